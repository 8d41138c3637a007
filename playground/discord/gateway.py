"""The gateway half of Discord: sessions, heartbeats, events, resuming.

https://discord.com/developers/docs/events/gateway
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json as jsonlib
import secrets
from typing import Any

from aiohttp import WSMsgType, web

from playground.world.state import Event
from playground.world.world import World

from . import place_shapes
from .identify_limit import IdentifyLimit, shard_of
from .intents import forbidden, guild_of, payload
from .session import Connection, Session
from .shapes import Shapes

Json = dict[str, Any]

DISPATCH = 0
HEARTBEAT = 1
IDENTIFY = 2
PRESENCE = 3
VOICE = 4
RESUME = 6
RECONNECT = 7
MEMBERS = 8
INVALID = 9
HELLO = 10
ACK = 11
STATUSES = ("online", "dnd", "idle", "invisible", "offline")
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
UNKNOWN_OPCODE = 4001
DECODE_ERROR = 4002
NOT_AUTHENTICATED = 4003
BAD_TOKEN = 4004
ALREADY_AUTHENTICATED = 4005
INVALID_SHARD = 4010
SHARDING_REQUIRED = 4011
BAD_VERSION = 4012
DISALLOWED_INTENTS = 4014


class Gateway:
    """``shards`` is the recommended number; ``identify_every`` refuses a second IDENTIFY within so many seconds.

    ``concurrency``: so many shards may identify at once, each with its number modulo this one.
    """

    def __init__(
        self, world: World, form: Shapes, *, shards: int, heartbeat: float, identify_every: float, concurrency: int
    ) -> None:
        self.world = world
        self.form = form
        self.shards = shards
        self.heartbeat = heartbeat
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self.limit = IdentifyLimit(identify_every, concurrency)
        self.identifies: list[float] = []
        """When a session was begun, by the world's clock."""
        self.identified: list[tuple[int, int]] = []
        """The shard of each session that was begun, and of how many shards it is."""
        self.least_shards = 1
        """Whoever identifies with fewer is closed with 4011, as where a shard would have too many servers."""
        self.take_turns = False
        """True: an interaction goes to only one of several connections, each in its turn, as if its server were that
        connection's. Discord sends it to all of them."""
        self._turn = itertools.count()
        world.listeners.append(self.hear)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/gateway", self.connect), web.get("/gateway/", self.connect), web.get("/resume", self.connect)]

    # Events of the world

    def hear(self, event: Event) -> None:
        """Send an event to the sessions that listen: of the server's shard, or of shard 0 for direct conversations."""
        sessions = [session for session in self.sessions.values() if session.ready and self._belongs(event, session)]
        if self.take_turns and event.name == "INTERACTION_CREATE":
            alive = [session for session in sessions if session.connection is not None]
            sessions = alive and [alive[next(self._turn) % len(alive)]]
        for session in sessions:
            data = payload(event, session.intents, self.form)
            if data is not None:
                session.dispatch(event.name, data)

    def _belongs(self, event: Event, session: Session) -> bool:
        guild = guild_of(event)
        if guild is None:
            return session.shard == 0
        there = self.world.bot.id in guild.members or event.name in ("INTERACTION_CREATE", "GUILD_DELETE")
        return there and (guild.id >> 22) % session.shards == session.shard

    @property
    def connected(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.ready and session.connection is not None]

    # One connection

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=1 << 20, compress=False, autoping=True)
        await socket.prepare(request)
        connection = Connection(socket, request.transport, request.query.get("compress"))
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write())
        connection.expect_heartbeat(self.heartbeat * 2)
        try:
            if request.query.get("v") != "10" or request.query.get("encoding") != "json":
                connection.close(BAD_VERSION)
            hello = {"heartbeat_interval": int(self.heartbeat * 1000), "_trace": []}
            connection.send({"op": HELLO, "t": None, "s": None, "d": hello})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(connection, message.data)
        finally:
            self._connections.discard(connection)
            connection.rest()
            for session in self.sessions.values():
                if session.connection is connection:
                    session.connection = None
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            self.world.changed()
        return socket

    def _receive(self, connection: Connection, text: str) -> None:
        try:
            message = jsonlib.loads(text)
            op = message["op"]
            data = message.get("d")
        except (ValueError, KeyError, TypeError):
            connection.close(DECODE_ERROR)
            return
        session = next((session for session in self.sessions.values() if session.connection is connection), None)
        if op == HEARTBEAT:
            connection.expect_heartbeat(self.heartbeat * 2)
            if not connection.ignores_heartbeats:
                connection.send({"op": ACK, "t": None, "s": None, "d": None})
        elif op == IDENTIFY:
            self._identify(connection, session, data)
        elif op == RESUME:
            self._resume(connection, data)
        elif session is None:
            connection.close(NOT_AUTHENTICATED)
        elif op == MEMBERS:
            self._members(session, data)
        elif op == PRESENCE:
            self._presence(connection, session, data)
        elif op != VOICE:
            connection.close(UNKNOWN_OPCODE)

    def _identify(self, connection: Connection, session: Session | None, data: Json) -> None:
        shard, shards = shard_of(data)
        refusals = (
            (ALREADY_AUTHENTICATED, session is not None),
            (BAD_TOKEN, data.get("token") != self.world.application.token),
            (INVALID_SHARD, not 0 <= shard < shards),
            (SHARDING_REQUIRED, shards < self.least_shards),
            (DISALLOWED_INTENTS, forbidden(self.world, data.get("intents", 0))),
        )
        for code, applies in refusals:
            if applies:
                connection.close(code)
                return
        now = self.world.clock()
        if not self.limit.takes(shard, now):
            connection.send({"op": INVALID, "t": None, "s": None, "d": False})
            return
        self.identifies.append(now)
        self.identified.append((shard, shards))
        for old in [
            session for session in self.sessions.values() if session.shard == shard and session.connection is None
        ]:
            del self.sessions[old.id]  # its bot died and begins anew
        fresh = Session(secrets.token_hex(16), shard, shards, data.get("intents", 0), connection)
        self.sessions[fresh.id] = fresh
        self._ready(fresh)

    def _ready(self, session: Session) -> None:
        world = self.world
        guilds = [
            guild for guild in world.guilds.values()
            if world.bot.id in guild.members and (guild.id >> 22) % session.shards == session.shard
        ]  # fmt: skip
        app = world.application
        session.dispatch("READY", {
            "v": 10, "user": place_shapes.user(world.bot) | {"verified": True, "mfa_enabled": True, "email": None},
            "session_id": session.id, "resume_gateway_url": self.url + "/resume",
            "shard": [session.shard, session.shards],
            "application": {"id": str(app.id), "flags": app.flags}, "session_type": "normal", "user_settings": {},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds], "private_channels": [],
            "relationships": [], "presences": [], "guild_join_requests": [], "_trace": [],
        })  # fmt: skip
        session.ready = True
        if session.intents & 1:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", self.form.guild(guild, everybody=bool(session.intents & 2)))
        world.changed()

    def _resume(self, connection: Connection, data: Json) -> None:
        """Send what was missed, or say that the session is gone."""
        session = self.sessions.get(str(data.get("session_id")))
        if data.get("token") != self.world.application.token:
            connection.close(BAD_TOKEN)
        elif session is None or not session.can_resume_from(int(data.get("seq") or 0)):
            connection.send({"op": INVALID, "t": None, "s": None, "d": False})
        else:
            session.connection = connection
            session.replay(int(data["seq"]))
            session.resumes += 1
            session.dispatch("RESUMED", {"_trace": []})
            self.world.changed()

    def _presence(self, connection: Connection, session: Session, data: Any) -> None:
        """Set the presence. https://discord.com/developers/docs/events/gateway-events#update-presence"""
        whole = isinstance(data, dict) and {"since", "activities", "status", "afk"} <= data.keys()
        if not whole or data["status"] not in STATUSES:
            connection.close(DECODE_ERROR)
            return
        if not all(activity.get("name") for activity in data["activities"]):
            connection.close(DECODE_ERROR)
            return
        session.presence = data
        self.world.changed()

    def _members(self, session: Session, data: Json) -> None:
        """Send members of a server. https://discord.com/developers/docs/events/gateway-events#request-guild-members"""
        guild = self.world.guilds.get(int(data["guild_id"]))
        if guild is None:
            return
        wanted = {int(user_id) for user_id in data.get("user_ids") or []}
        start = str(data.get("query") or "").lower()
        members = [
            member for member in guild.members.values()
            if (member.user.id in wanted if wanted else member.user.name.lower().startswith(start))
        ][: data.get("limit") or None]  # fmt: skip
        session.dispatch("GUILD_MEMBERS_CHUNK", {
            "guild_id": str(guild.id), "members": [place_shapes.member(member) for member in members], "chunk_index": 0,
            "chunk_count": 1, "not_found": [], "nonce": data.get("nonce"),
        })  # fmt: skip

    # Verbs for tests

    def drop(self, *, resumable: bool, code: int | None) -> None:
        """Break every connection; not resumable means that the sessions are forgotten too."""
        if not resumable:
            for session in list(self.sessions.values()):
                session.ready = False
            self.sessions.clear()
        for connection in list(self._connections):
            if code is None:
                connection.cut()
            else:
                connection.close(code)

    def ask_to_reconnect(self) -> None:
        for connection in list(self._connections):
            connection.send({"op": RECONNECT, "t": None, "s": None, "d": None})

    def invalidate(self, *, resumable: bool) -> None:
        """End the sessions. https://discord.com/developers/docs/events/gateway-events#invalid-session"""
        for session in list(self.sessions.values()):
            if session.connection is not None:
                session.connection.send({"op": INVALID, "t": None, "s": None, "d": resumable})
            if not resumable:
                session.connection = None
                session.ready = False
                del self.sessions[session.id]

    def hear_no_heartbeat(self) -> None:
        """Stop acknowledging heartbeats on the present connections, which still bring events."""
        for connection in list(self._connections):
            connection.ignores_heartbeats = True

    def silence(self) -> None:
        """Stop the present connections without a sign: no event, no heartbeat answer from now on."""
        for connection in list(self._connections):
            connection.silent = True

    async def close(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(ConnectionError, asyncio.TimeoutError):
                await asyncio.wait_for(connection.socket.close(code=1001), 0.5)
