"""The export: all that the database keeps about a member, row by row as JSON. Ids are texts, moments are UTC."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO

from bot.database import Rows


async def write(file: TextIO, member_id: int, now: float, tables: Iterable[tuple[str, Rows]], note: str = "") -> None:
    """Write a JSON object: the member, the moment of the export, and a list of rows for each table.

    ``note``: a sentence on the pictures that the rows link to, left out where it is empty.
    """
    about = {"member_id": str(member_id), "exported_at": _plain("at", now), "amounts": "millionths of a US dollar"}
    about |= {"pictures": note} if note else {}
    file.write("{\n" + ",\n".join(f"{_json(name)}: {_json(value)}" for name, value in about.items()))
    for name, rows in tables:
        file.write(f",\n{_json(name)}: [")
        between = "\n"
        async for row in rows:
            links = {"links": _links(row)} if "destination" in row else {}  # only of a member's own jobs
            file.write(between + _json(_plain(name, {**row, **links})))
            between = ",\n"
        file.write("]")
    file.write("\n}\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _links(job: dict[str, Any]) -> dict[str, str]:
    """Return links to a job's messages."""
    where = job["destination"]
    messages = {
        "card": (where["channel_id"], where.get("card_id")),
        "result": (where.get("result_place_id") or where.get("place_id") or where["channel_id"], job["result_id"]),
    }
    server = where.get("guild_id") or "@me"
    return {
        name: f"https://discord.com/channels/{server}/{place}/{message}"
        for name, (place, message) in messages.items()
        if message
    }


def _plain(name: str, value: Any) -> Any:
    """Return a value as JSON that every reader takes: an id exceeds the integers of JavaScript."""
    if isinstance(value, dict):
        return {key: _plain(key, member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(name, element) for element in value]
    if isinstance(value, int) and name.endswith(("_id", "_ids", "_by")):
        return str(value)
    if isinstance(value, float) and (name == "at" or name.endswith("_at")):
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds")
    return value
