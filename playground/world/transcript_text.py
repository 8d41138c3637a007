"""The transcript in comparable words: the same for the same events, whatever ids, addresses and seconds they had."""

from __future__ import annotations

import re

from playground.world.state import WorldState
from playground.world.transcript import Entry

_LINK = re.compile(r"https?://[^\s)>\]]+")
_TIME = re.compile(r"<t:\d+(:\w)?>")
_MENTION = re.compile(r"<(@!?|@&|#)(\d+)>")
_MARK = re.compile(r"\b(?:[0-9a-f]{16}|\d{17,20})\b")
_SECONDS = re.compile(r"\b\d+ (s|ms)\b")


def plain_transcript(world: WorldState) -> str:
    """Write one line for each thing that happened; of a message's many edits only the last appears.

    Mentions are names, addresses and moments are words, other ids are numbered in the order in which they appear.
    """
    last = {entry.facts["message"]: entry for entry in world.transcript if entry.kind == "edited"}
    entries = [entry for entry in world.transcript if entry.kind != "edited" or last[entry.facts["message"]] is entry]
    marks: dict[str, str] = {}
    return "\n".join(_plain(_line(entry), world, marks) for entry in entries)


def _line(entry: Entry) -> str:
    facts = entry.facts
    words = [entry.where, "|", entry.who, entry.kind]
    if facts.get("ephemeral"):
        words.append("(only they see it)")
    if entry.text:
        words.append("| " + entry.text.replace("\n", " / "))
    files = facts.get("attachments", ())
    words += [f"[covered {file['name']}]" if file["covered"] else f"[{file['name']}]" for file in files]
    words += [f"<{label}>" for label in facts.get("buttons", ())]
    if facts.get("pinged"):
        words.append("(pings " + ", ".join(facts["pinged"]) + ")")
    return " ".join(words)


def _plain(line: str, world: WorldState, marks: dict[str, str]) -> str:
    def name(hit: re.Match[str]) -> str:
        kind = hit[1]
        snowflake = int(hit[2])
        if kind == "#":
            return world.channels[snowflake].label if snowflake in world.channels else "#nowhere"
        roles = {role.id: role.name for guild in world.guilds.values() for role in guild.roles.values()}
        return "@" + (world.users[snowflake].name if snowflake in world.users else roles.get(snowflake, "nobody"))

    def numbered(hit: re.Match[str]) -> str:
        return marks.setdefault(hit[0], f"no. {len(marks) + 1}")

    line = _TIME.sub("(a moment)", _LINK.sub("(a link)", _MENTION.sub(name, line)))
    return _SECONDS.sub(r"some \1", _MARK.sub(numbered, line))
