"""Offences: refusals that a careful bot would have foreseen. They are kept in ``world.offences``.

A refusal that can meet any bot (something was deleted, a permission was taken away a moment ago, a limit was
reached)is no offence.
"""

from __future__ import annotations

from typing import Final

from .errors import Json, Refusal

CODES: Final = {
    0: "without a token, or of a route that is not there",
    10015: "by a token that opens nothing yet",
    10062: "an answer after three seconds, or to nobody's question",
    40060: "a second answer",
    40094: "more follow-ups than a brought-along app has",
    50006: "an empty message",
    50027: "by an interaction's token after its fifteen minutes",
    50035: "not well formed",
    50109: "no JSON",
}


def offence(route: str, refusal: Refusal) -> str | None:
    """Return the line to keep, or None where the bot is not to blame."""
    blamed = refusal.code in CODES if refusal.foreseeable is None else refusal.foreseeable
    if not blamed:
        return None
    why = CODES.get(refusal.code, "the last interaction there has told that it may not")
    wrong = "".join(f"; {line}" for line in _flat(refusal.errors or {}))
    return f"{route}: {refusal.code} {refusal.message} ({why}){wrong}"


def _flat(tree: Json, path: str = "") -> list[str]:
    lines = [f"{path} {error['code']} {error['message']}" for error in tree.get("_errors", [])]
    for key, inner in tree.items():
        if key != "_errors":
            lines += _flat(inner, f"{path}.{key}".strip("."))
    return lines
