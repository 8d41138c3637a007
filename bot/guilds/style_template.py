"""The Style: a named template that turns a prompt into a longer one. No I/O; servers' own styles are in ``styles``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.search import rank
from bot.text import clean

PLACE: Final = "{prompt}"
"""Stands in a template where the member's words go."""

_PLACE: Final = re.compile(r"\{\s*prompt\s*\}", re.IGNORECASE)
_FILE: Final = Path(__file__).with_name("styles.toml")
_ENDS: Final = ".!?…。！？"
_JOINTS: Final = " ,;:–—-"
"""What joins a prompt to the words around it, and hangs loose where there is none."""


@dataclass(frozen=True, slots=True)
class Style:
    """``id`` is what a choice in a menu carries, ``name`` what people read, ``template`` what is sent.

    ``key`` is the key of a built-in's name in ``locales/``. A server's own style is called what the server called it:
    its ``id`` is its name, and its ``key`` None. ``aliases`` are only searched.
    """

    id: str
    name: str
    template: str
    key: str | None = None
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return all names that the style may be called by."""
        return (self.id, self.name, *self.aliases)


def built_in() -> tuple[Style, ...]:
    """Return the styles of every server, in the order in which they are offered."""
    entries = tomllib.loads(_FILE.read_text(encoding="utf-8"))["styles"]
    return tuple(
        Style(id_, entry["name"], placed(entry["template"]), f"style-{id_}", tuple(entry["aliases"]))
        for id_, entry in entries.items()
    )


def places(template: str) -> int:
    """Count how often the template names the place of the prompt."""
    return len(_PLACE.findall(template))


def placed(template: str) -> str:
    """Return the template with the prompt's place in it: spelled our way, and at the end where it was missing."""
    template = _PLACE.sub(lambda _: PLACE, template.strip())
    if PLACE in template:
        return template
    joint = " " if not template or unicodedata.category(template[-1]).startswith("P") else ": "
    return f"{template}{joint}{PLACE}".strip()


def apply(style: Style, prompt: str) -> str:
    """Return the text that is sent, and shown. Without a prompt it is what the template says by itself.

    The prompt's own characters stay as they are; a placeholder typed in it is not replaced.
    """
    before, _, after = placed(style.template).partition(PLACE)
    prompt = prompt.strip()
    if not clean(prompt):
        before = before.rstrip(_JOINTS)
        return f"{before}{after}".strip() if before else after.lstrip(_JOINTS + ".").rstrip()
    if prompt[-1] in _ENDS:
        after = after.removeprefix(".")
    return f"{before}{prompt}{after}".strip()


def translated(styles: Sequence[Style], say: Callable[[str], str]) -> tuple[Style, ...]:
    """Return the styles with the built-ins' names by ``say``, by their keys. English names still find them."""
    return tuple(
        replace(style, name=say(style.key), aliases=(style.name, *style.aliases)) if style.key else style
        for style in styles
    )


def search(styles: Sequence[Style], typed: str, limit: int = 25) -> list[Style]:
    """Return the styles for autocomplete a name of which holds every word of ``typed``, the best match first."""
    ranked = [(rank(style.names, typed), style) for style in styles]
    matches = [(rank, style) for rank, style in ranked if rank is not None]
    return [style for _, style in sorted(matches, key=lambda entry: entry[0])[:limit]]


def folded(name: str) -> str:
    """Normalize a name, so that names which people take for the same are equal."""
    return unicodedata.normalize("NFKC", clean(name)).casefold()


def called(styles: Sequence[Style], name: str) -> Style | None:
    """Return the first style with exactly this id or name, in any case, or None."""
    wanted = folded(name)
    return next((style for style in styles if wanted in (folded(style.id), folded(style.name))), None)


def nicknamed(styles: Sequence[Style], name: str) -> Style | None:
    """Return the only style with such an alias, in any case, or None."""
    matches = [style for style in styles if folded(name) in map(folded, style.aliases)]
    return matches[0] if len(matches) == 1 else None
