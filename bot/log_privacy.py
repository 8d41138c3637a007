"""Private text that no log line may hold: people's words and the addresses of pictures.

Errors quote their subject: ToAPIs a prompt, the database a row, an HTTP client an address with its signature.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import lru_cache
from typing import Final

LEAST: Final = 12
"""Characters: a piece of a prompt of this length is recognised wherever it stands."""

_SHORTEST: Final = 6
"""Characters of the shortest prompt that is hidden: a shorter one betrays nobody, and occurs in many lines."""

_REMEMBERED: Final = 4
"""The number of a task's last prompts that are hidden."""

_HIDDEN: Final = "…"

_URL: Final = re.compile(
    r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)(?:[^\s/?#'\"<>@]+@)?([^\s/?#'\"<>()]+)(?:[/?#][^\s'\"<>]*)?"
)
"""An address. The log keeps its scheme and host; the rest may be a signature, a token or a name."""

_VALUES: Final = (
    # Discord's routes hold the token of an interaction, also without a host in front.
    (re.compile(r"\b((?:webhooks|interactions)/[0-9]+/)[A-Za-z0-9._-]+"), rf"\1{_HIDDEN}"),
    # PostgreSQL's DETAIL, SQLAlchemy's parameters and pydantic's input quote values.
    (re.compile(r"(Failing row contains) .*"), rf"\1 {_HIDDEN}"),
    (re.compile(r"(Key \([^)\n]*\)=)\(.*\)"), rf"\1({_HIDDEN})"),
    (re.compile(r"(\[parameters: ).*"), rf"\1{_HIDDEN}]"),
    (re.compile(r"(input_value=).*(?=, input_type=)"), rf"\1{_HIDDEN}"),
)

_prompts: ContextVar[tuple[str, ...]] = ContextVar("prompts", default=())


def note(prompt: str) -> None:
    """Keep the prompt, and each longer piece of it, out of the log lines of the running task from now on."""
    prompts = _prompts.get()
    if len(prompt) >= _SHORTEST and prompt not in prompts:
        _prompts.set((*prompts, prompt)[-_REMEMBERED:])


def hide(text: str) -> str:
    """Return a text that is fit for the log: without noted prompts, paths of addresses, tokens and values of rows."""
    text = _URL.sub(rf"\1\2/{_HIDDEN}", text)
    for pattern, instead in _VALUES:
        text = pattern.sub(instead, text)
    for prompt in _prompts.get():
        text = _without(text, prompt)
    return text


def _without(text: str, prompt: str) -> str:
    """Return the text with each run of pieces of the prompt hidden."""
    if len(prompt) < LEAST:
        return text.replace(prompt, _HIDDEN)
    pieces = _pieces(prompt)
    visible: list[str] = []
    at = 0
    while at < len(text):
        end = at
        while text[end : end + LEAST] in pieces:
            end += 1
        if end == at:
            visible.append(text[at])
            at += 1
        else:
            visible.append(_HIDDEN)
            at = end + LEAST - 1
    return "".join(visible)


@lru_cache(maxsize=16)
def _pieces(prompt: str) -> frozenset[str]:
    """Return all pieces of ``LEAST`` characters, as they were typed and as they stand in one line."""
    lines = {prompt, " ".join(prompt.split())}
    return frozenset(line[at : at + LEAST] for line in lines for at in range(len(line) - LEAST + 1))
