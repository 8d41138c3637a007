"""The export: all that the database keeps about a member, row by row as JSON. Ids are texts, moments are UTC."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import sqlalchemy as sa

from bot.database import Transaction

ROWS_AT_ONCE: Final = 200
"""Rows that are in memory at a time. After each lot everybody else gets their turn."""

Rows = AsyncIterator[dict[str, Any]]


async def rows_of(read: Transaction, query: sa.Select[Any]) -> AsyncIterator[Mapping[str, Any]]:
    """Yield the rows of a query as mappings, however many they are."""
    result = await read.stream(query)
    async for rows in result.mappings().partitions(ROWS_AT_ONCE):
        for row in rows:
            yield row


async def write(file: TextIO, member_id: int, now: float, tables: Iterable[tuple[str, Rows]]) -> None:
    """Write one JSON object: whose it is, when it was made, and a list of rows for each table."""
    about = {"member_id": str(member_id), "exported_at": _plain("at", now), "amounts": "millionths of a US dollar"}
    file.write("{\n" + ",\n".join(f"{_json(name)}: {_json(value)}" for name, value in about.items()))
    for name, rows in tables:
        file.write(f",\n{_json(name)}: [")
        between = "\n"
        async for row in rows:
            links = {"links": _links(row)} if "destination" in row else {}  # only of a member's own jobs
            told = {**row, **links}
            file.write(between + _json(_plain(name, told)))
            between = ",\n"
        file.write("]")
    file.write("\n}\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _links(job: dict[str, Any]) -> dict[str, str]:
    """The way to a job's messages."""
    where = job["destination"]
    found = {
        "card": (where["channel_id"], where.get("card_id")),
        "result": (where.get("result_place_id") or where.get("place_id") or where["channel_id"], job["result_id"]),
    }
    server = where.get("guild_id") or "@me"
    return {
        name: f"https://discord.com/channels/{server}/{place}/{message}"
        for name, (place, message) in found.items()
        if message
    }


def _plain(name: str, value: Any) -> Any:
    """A value as JSON that every reader takes: an id is more than a number of JavaScript can hold."""
    if isinstance(value, dict):
        return {key: _plain(key, one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(name, one) for one in value]
    if isinstance(value, int) and name.endswith(("_id", "_ids", "_by")):
        return str(value)
    if isinstance(value, float) and (name == "at" or name.endswith("_at")):
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds")
    return value
