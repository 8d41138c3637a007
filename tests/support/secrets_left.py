"""Where secrets must not be: all that a running bot left behind, as bytes, and which secrets are in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from playground.hooks import Call, Phase
from playground.stage import Stage


class SentRequests:
    """Records all that the bot sends, except the one header that a key belongs in, if it is the right key."""

    def __init__(self, stage: Stage) -> None:
        self.heard: list[str] = []
        self._token = f"Bot {stage.world.application.token}"
        stage.discord.hooks.append(self._to_discord)
        stage.painter.hooks.append(self._to_toapis)

    async def _to_discord(self, phase: Phase, call: Call) -> None:
        self._hear(phase, call, rightly=call.headers.get("Authorization") == self._token)

    async def _to_toapis(self, phase: Phase, call: Call) -> None:
        kind, _, key = call.headers.get("Authorization", "").partition(" ")
        self._hear(phase, call, rightly=kind == "Bearer" and key.startswith("sk-"))

    def _hear(self, phase: Phase, call: Call, *, rightly: bool) -> None:
        if phase == "before":
            headers = {name: value for name, value in call.headers.items() if not (rightly and name == "Authorization")}
            self.heard.append(json.dumps([call.path, dict(call.query), headers, call.json, call.files], default=repr))


def left_behind(folder: Path, database_url: str, stage: Stage, requests: SentRequests) -> dict[str, bytes]:
    """Return by place: each file (the database's with those beside it, the log), each table of a server, all that
    was sent, and all that people read of the bot.
    """
    places = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    if not database_url.startswith("sqlite"):
        places |= dict(_tables(database_url))
    ours = [entry.as_json() for entry in stage.world.transcript if entry.who == stage.world.bot.name]
    places["sent"] = "\n".join(requests.heard).encode()
    places["said"] = json.dumps(ours, default=repr).encode()
    return places


def _tables(url: str) -> Iterator[tuple[str, bytes]]:
    with psycopg.connect(url.replace("+psycopg", "")) as server:
        rows = server.execute("SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_)'")
        for schema, table in rows.fetchall():
            dump = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, table))
            yield f"{schema}.{table}", "\n".join(str(row[0]) for row in server.execute(dump)).encode()


def leaks(secrets: Mapping[str, str], places: Mapping[str, bytes]) -> list[str]:
    """Return which secret is in which place, by their names alone."""
    return [
        f"{name} in {place}"
        for name, secret in secrets.items()
        for place, content in places.items()
        if secret.encode() in content
    ]
