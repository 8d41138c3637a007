"""Everything that happened in the world, in order, as a person could retell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``facts`` holds ids and details; everything in it can be written as JSON."""

    at: float
    """Seconds since 1970, by the world's clock."""
    kind: str
    """command, message command, autocomplete, press, select, submit, answered, failed; message, edited, deleted;
    thread, archived, unarchived, locked, unlocked, renamed; reaction."""
    who: str
    where: str
    text: str = ""
    facts: Json = field(default_factory=dict)

    def as_json(self) -> Json:
        return {"at": self.at, "kind": self.kind, "who": self.who, "where": self.where, "text": self.text, **self.facts}


class Transcript:
    """A list of entries that prints as readable lines."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)

    def of(self, *kinds: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind in kinds]

    def as_json(self) -> list[Json]:
        return [entry.as_json() for entry in self.entries]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> Entry:
        return self.entries[index]

    def __str__(self) -> str:
        if not self.entries:
            return "(nothing happened)"
        start = self.entries[0].at
        return "\n".join(line(entry, start) for entry in self.entries)


def line(entry: Entry, start: float) -> str:
    """Format one entry as one line; ``start`` is the moment that counts as zero."""
    facts = entry.facts
    words = [f"{entry.at - start:8.3f}s", entry.where, "|", entry.who, entry.kind]
    if "after_ms" in facts:
        words.append(f"after {facts['after_ms']} ms")
    if facts.get("ephemeral"):
        words.append("(only they see it)")
    if entry.text:
        words.append(": " + entry.text.replace("\n", " / "))
    for file in facts.get("attachments", ()):
        name = f"covered {file['name']}" if file["covered"] else file["name"]
        words.append(f"[{name}: {file['description']}]" if file["description"] else f"[{name}]")
    if facts.get("buttons"):
        words.append("<" + "> <".join(facts["buttons"]) + ">")
    if facts.get("pinged"):
        words.append("(pings " + ", ".join(facts["pinged"]) + ")")
    return " ".join(words)
