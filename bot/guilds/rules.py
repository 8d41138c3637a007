"""GuildRules: what one server's owner allows. One table, from which the panel, its checks and the store follow."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

import sqlalchemy as sa

from bot.database import Database, Transaction, metadata
from bot.errors import Refused
from bot.guilds.rule_values import Kind, Rule, Value, restored, stored
from bot.i18n import LOCALES
from bot.orders import Order
from bot.toapis.catalogue.catalogue import Catalogue

_FRESH: Final = 10.0
"""Seconds."""
_REMEMBERED: Final = 1_000
"""Servers."""


def _rule(kind: Kind, default: Value, *, least: int = 0, most: int = 0, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"kind": kind, "least": least, "most": most, "choices": choices})


@dataclass(frozen=True, slots=True)
class GuildRules:
    """The rules of one server. An empty list allows all, and 0 is no limit."""

    channels: frozenset[int] = _rule("channels", frozenset(), most=25)
    threads_only: bool = _rule("switch", False)
    age_restricted_only: bool = _rule("switch", False)

    roles: frozenset[int] = _rule("roles", frozenset(), most=25)
    account_days: int = _rule("number", 0, most=3650)
    member_days: int = _rule("number", 0, most=3650)

    models: frozenset[str] = _rule("models", frozenset(), most=25)
    resolutions: frozenset[str] = _rule("resolutions", frozenset(), most=25)
    default_model: frozenset[str] = _rule("models", frozenset(), most=1)
    default_ratio: str = _rule("ratio", "")
    count: int = _rule("number", 15, least=1, most=15)

    member_hour: int = _rule("number", 0, most=10_000)
    member_day: int = _rule("number", 0, most=10_000)
    member_month: int = _rule("number", 0, most=100_000)
    member_money_day: int = _rule("money", 0)
    member_money_month: int = _rule("money", 0)

    role_limited: frozenset[int] = _rule("roles", frozenset(), most=25)
    role_hour: int = _rule("number", 0, most=10_000)
    role_day: int = _rule("number", 0, most=10_000)
    role_month: int = _rule("number", 0, most=100_000)
    role_money_day: int = _rule("money", 0)

    server_hour: int = _rule("number", 0, most=100_000)
    server_day: int = _rule("number", 0, most=1_000_000)
    server_month: int = _rule("number", 0, most=10_000_000)
    server_money_day: int = _rule("money", 0)
    server_money_month: int = _rule("money", 0)

    running_per_member: int = _rule("number", 0, most=100)
    running_in_server: int = _rule("number", 0, most=1_000)
    cooldown: int = _rule("number", 0, most=86_400)

    language: str = _rule("choice", "member", choices=("member", *LOCALES))
    """A locale of ``locales/`` for all that everybody sees, or each member's own."""
    delivery: str = _rule("choice", "thread", choices=("thread", "channel"))
    spoiler: bool = _rule("switch", False)

    consent: str = _rule("choice", "anyone", choices=("anyone", "own", "opt_out"))
    """Whose pictures may be used: anybody's; one's own; of those without the ``consent_role``."""
    consent_role: frozenset[int] = _rule("roles", frozenset(), most=1)

    words: tuple[str, ...] = _rule("words", ())
    log_channel: frozenset[int] = _rule("channels", frozenset(), most=1)
    reports_channel: frozenset[int] = _rule("channels", frozenset(), most=1)


RULES: Final[dict[str, Rule]] = {
    rule.name: Rule(rule.name, default=getattr(GuildRules(), rule.name), **rule.metadata) for rule in fields(GuildRules)
}

SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "where": ("channels", "threads_only", "age_restricted_only"),
    "who": ("roles", "account_days", "member_days"),
    "what": ("models", "resolutions", "default_model", "default_ratio", "count"),
    "member": ("member_hour", "member_day", "member_month", "member_money_day", "member_money_month"),
    "role": ("role_limited", "role_hour", "role_day", "role_month", "role_money_day"),
    "server": ("server_hour", "server_day", "server_month", "server_money_day", "server_money_month"),
    "pace": ("running_per_member", "running_in_server", "cooldown"),
    "how": ("language", "delivery", "spoiler"),
    "consent": ("consent", "consent_role"),
    "words": ("words",),
    "log": ("log_channel", "reports_channel"),
}
"""What the panel shows together. Five at most: a form has no more fields."""


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that somebody changed. ``at`` in Unix seconds."""

    name: str
    old: Value
    new: Value
    by: int
    at: float


GUILD_RULES: Final = sa.Table(
    "rules",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("values", sa.JSON, nullable=False),
)
RULE_CHANGES: Final = sa.Table(
    "rule_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("old", sa.JSON, nullable=False),
    sa.Column("new", sa.JSON, nullable=False),
    sa.Column("by", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)


class Rules:
    """Each server's rules, and who changed them. A direct message (no server) has the default ones."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[int | None, tuple[float, GuildRules]] = {}

    async def lately(self, guild_id: int | None) -> GuildRules:
        """Return the rules, at most some seconds old: for suggestions and defaults, which are decided on later."""
        read_at, rules = self._known.get(guild_id, (0.0, GuildRules()))
        if self._clock() - read_at > _FRESH:
            rules = await self.get(guild_id)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[guild_id] = (self._clock(), rules)
        return rules

    async def get(self, guild_id: int | None) -> GuildRules:
        """Return the rules as they are now."""
        async with self._database.read() as read:
            return await self.within(read, guild_id)

    async def within(self, transaction: Transaction, guild_id: int | None) -> GuildRules:
        """Return the rules in the caller's transaction, so that no order passes by rules that were replaced."""
        if guild_id is None:
            return GuildRules()
        query = sa.select(GUILD_RULES.c["values"]).where(GUILD_RULES.c.guild_id == guild_id)
        stored_values = await transaction.scalar(query) or {}
        values: dict[str, Any] = {
            name: restored(RULES[name], raw) for name, raw in stored_values.items() if name in RULES
        }
        return GuildRules(**values)

    async def change(self, guild_id: int, by: int, wanted: Mapping[str, Value]) -> list[Change]:
        """Store the rules that are ``wanted`` and differ, all or none, and record each. ``by`` is the member's id."""
        async with self._database.write() as write:
            await self._database.decide_alone(write, guild_id)
            before = await self.within(write, guild_id)
            now = self._clock()
            changes = [
                Change(name, getattr(before, name), new, by, now)
                for name, new in wanted.items()
                if new != getattr(before, name)
            ]
            after = {name: getattr(before, name) for name in RULES} | {change.name: change.new for change in changes}
            values = {name: stored(value) for name, value in after.items() if value != RULES[name].default}
            await write.execute(sa.delete(GUILD_RULES).where(GUILD_RULES.c.guild_id == guild_id))
            await write.execute(sa.insert(GUILD_RULES).values({"guild_id": guild_id, "values": values}))
            for change in changes:
                row = {"name": change.name, "old": stored(change.old), "new": stored(change.new), "by": by, "at": now}
                await write.execute(sa.insert(RULE_CHANGES).values(guild_id=guild_id, **row))
        self._known.pop(guild_id, None)
        return changes

    async def changes(self, guild_id: int, most: int = 10) -> list[Change]:
        """Return the last changes, the newest first."""
        query = (
            sa.select(RULE_CHANGES)
            .where(RULE_CHANGES.c.guild_id == guild_id)
            .order_by(RULE_CHANGES.c.id.desc())
            .limit(most)
        )
        async with self._database.read() as read:
            rows = (await read.execute(query)).all()
        readable = [row for row in rows if row.name in RULES]
        return [
            Change(row.name, restored(RULES[row.name], row.old), restored(RULES[row.name], row.new), row.by, row.at)
            for row in readable
        ]


async def forget_old_changes(within: Transaction, before: float) -> None:
    """Delete the notes of rules that were changed before then (Unix seconds). The rules themselves stay."""
    await within.execute(sa.delete(RULE_CHANGES).where(RULE_CHANGES.c.at < before))


def agree(wanted: Mapping[str, Value]) -> None:
    """Check that the rules of a form make sense together. Raises Refused: a rule without an effect is a mistake."""
    if wanted.get("consent") == "opt_out" and not wanted.get("consent_role"):
        raise Refused("rule-consent-role")


def on_offer(catalogue: Catalogue, rules: GuildRules) -> Catalogue:
    """Return the models that a server offers, with its default model."""
    offered = catalogue.offered(rules.models or None)
    wanted = next(iter(rules.default_model), "")
    return replace(offered, default=wanted) if offered.get(wanted) else offered


def filled_in(order: Order, rules: GuildRules, catalogue: Catalogue) -> Order:
    """Fill in what the member left out, by the server's rules. Raises Refused("model-unknown")."""
    order = replace(order, model=order.model or on_offer(catalogue, rules).default)
    model = catalogue.model(order.model)
    if order.ratio is None and rules.default_ratio in model.ratios:
        order = replace(order, ratio=rules.default_ratio)
    if order.resolution is None and rules.resolutions and model.resolution_for(order.ratio) not in rules.resolutions:
        allowed = (resolution for resolution in model.resolutions if resolution in rules.resolutions)
        order = replace(order, resolution=next(allowed, None))
    return order
