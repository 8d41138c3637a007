"""The Gate: whether a member may order this here and now. Values in, a refusal or None out; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.errors import Fact, Refused
from bot.guilds import blocked_words
from bot.guilds.rules import GuildRules
from bot.ledger import SECONDS, Spent, Window
from bot.money import Micros, dollars
from bot.orders import Order
from bot.text import escape

DAY: Final = SECONDS["day"]

DISCORD_EPOCH: Final = 1_420_070_400.0
"""Unix seconds. An id tells when it was made: https://discord.com/developers/docs/reference#snowflakes"""


@dataclass(frozen=True, slots=True)
class Limits:
    """The operator's limits: of each member, and of all together. Money in micro-dollars.

    Of money and attempts 0 is no limit.

    Where ``allowed_guild_ids`` names any server, nothing is done in another one, nor in direct messages.
    """

    pictures_per_day: int
    running_per_member: int
    running_in_all: int
    blocked_ids: frozenset[int] = frozenset()
    money_per_day: int = 0
    money_per_month: int = 0
    allowed_guild_ids: frozenset[int] = frozenset()
    attempts_per_hour: int = 0
    queue_limit: int = 0


@dataclass(frozen=True, slots=True)
class MemberUsage:
    """The usage of a member: pictures of the last 24 hours whose money was not returned, and what is running now.

    ``refills_at`` is when the oldest of those pictures leaves the 24 hours (Unix seconds), or None.
    ``running_here`` counts everybody's in this server. ``attempts``: orders of the last hour that cost nothing though
    their card was shown; ``next_attempt_at`` is when the oldest of them leaves the hour (Unix seconds), or None.
    """

    pictures_today: int
    running: int
    running_in_all: int
    refills_at: float | None
    running_here: int = 0
    attempts: int = 0
    next_attempt_at: float | None = None


@dataclass(frozen=True, slots=True)
class MemberContext:
    """What Discord reported about the member and the place. Empty outside a server.

    ``place_ids``: the channel, and for a thread also its parent. ``joined_at`` in Unix seconds. ``owner_roles``: what
    roles the owners of the pictures have here, by their id; a missing owner could not be asked for.
    """

    place_ids: frozenset[int] = frozenset()
    in_thread: bool = False
    age_restricted: bool = False
    role_ids: frozenset[int] = frozenset()
    joined_at: float | None = None
    owner_roles: Mapping[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` pictures, or micro-dollars, in any window of this length, for a scope of people."""

    scope: Literal["member", "server", "all"]
    window: Window
    unit: Literal["pictures", "money"]
    most: int


def check_blocked(limits: Limits, *, member_id: int, guild_id: int | None) -> Refused | None:
    """Return a refusal if the operator has blocked this member or server, else None.

    With an allow-list a direct message is none of its places: anybody could go there with what their server may not.
    """
    if member_id in limits.blocked_ids or guild_id in limits.blocked_ids:
        return Refused("blocked")
    if limits.allowed_guild_ids and guild_id not in limits.allowed_guild_ids:
        return Refused("not-here")
    return None


def check_limits(
    limits: Limits,
    member_usage: MemberUsage,
    *,
    member_id: int,
    guild_id: int | None,
    count: int,
    rules: GuildRules | None = None,
) -> Refused | None:
    """Return a refusal if ``count`` pictures exceed one of the operator's limits, else None."""
    rules = rules or GuildRules()
    if (barred := check_blocked(limits, member_id=member_id, guild_id=guild_id)) is not None:
        return barred
    if member_usage.pictures_today + count > limits.pictures_per_day:
        left = max(0, limits.pictures_per_day - member_usage.pictures_today)
        when = int(member_usage.refills_at or 0)
        return Refused("day-full", limit=limits.pictures_per_day, left=left, refills_at=when)
    if limits.attempts_per_hour and member_usage.attempts >= limits.attempts_per_hour:
        return Refused("attempts-full", limit=limits.attempts_per_hour, at=int(member_usage.next_attempt_at or 0))
    running = min(limits.running_per_member, rules.running_per_member or limits.running_per_member)
    if member_usage.running >= running:
        return Refused("too-many-running", limit=running)
    if rules.running_in_server and member_usage.running_here >= rules.running_in_server:
        return Refused("server-busy", limit=rules.running_in_server)
    if member_usage.running_in_all >= limits.running_in_all + limits.queue_limit:
        return Refused("everybody-busy")
    return None


def check_rules(
    rules: GuildRules, member_context: MemberContext, order: Order, *, member_id: int, now: float
) -> Refused | None:
    """Return a refusal if a server's rules forbid this order, else None."""
    if rules.channels and not rules.channels & member_context.place_ids:
        return Refused(
            "rule-channel", channels=" ".join(f"<#{channel_id}>" for channel_id in sorted(rules.channels)[:5])
        )
    if rules.threads_only and not member_context.in_thread:
        return Refused("rule-thread")
    if rules.age_restricted_only and not member_context.age_restricted:
        return Refused("rule-age-restricted")
    if rules.roles and not rules.roles & member_context.role_ids:
        return Refused("rule-role", roles=" ".join(f"<@&{role_id}>" for role_id in sorted(rules.roles)[:5]))
    made_at = (member_id >> 22) / 1000 + DISCORD_EPOCH
    if rules.account_days and now < made_at + rules.account_days * DAY:
        return Refused("rule-account-young", days=rules.account_days, at=int(made_at + rules.account_days * DAY))
    if rules.member_days and now < (member_context.joined_at or now) + rules.member_days * DAY:
        at = int((member_context.joined_at or now) + rules.member_days * DAY)
        return Refused("rule-member-young", days=rules.member_days, at=at)
    return _forbids_order(rules, order)


def _forbids_order(rules: GuildRules, order: Order) -> Refused | None:
    if rules.models and order.model not in rules.models:
        return Refused("rule-model", models=", ".join(sorted(rules.models)))
    if rules.resolutions and order.resolution is not None and order.resolution not in rules.resolutions:
        return Refused("rule-resolution", resolutions=", ".join(sorted(rules.resolutions)))
    if order.count > rules.count:
        return Refused("rule-count", limit=rules.count)
    word = blocked_words.first_blocked(rules.words, order.prompt)
    return None if word is None else Refused("rule-word", word=escape(word))


def limits_of(
    limits: Limits, rules: GuildRules, role_ids: frozenset[int], *, operator_pays: bool = True
) -> list[Limit]:
    """Return every limit that counts for this member here. The operator's money is shared by everybody."""
    limits_here = [
        Limit("member", "hour", "pictures", rules.member_hour),
        Limit("member", "day", "pictures", rules.member_day),
        Limit("member", "month", "pictures", rules.member_month),
        Limit("member", "day", "money", rules.member_money_day),
        Limit("member", "month", "money", rules.member_money_month),
        Limit("server", "hour", "pictures", rules.server_hour),
        Limit("server", "day", "pictures", rules.server_day),
        Limit("server", "month", "pictures", rules.server_month),
        Limit("server", "day", "money", rules.server_money_day),
        Limit("server", "month", "money", rules.server_money_month),
    ]
    if operator_pays:
        limits_here += [
            Limit("all", "day", "money", limits.money_per_day),
            Limit("all", "month", "money", limits.money_per_month),
        ]
    if rules.role_limited & role_ids:
        limits_here += [
            Limit("member", "hour", "pictures", rules.role_hour),
            Limit("member", "day", "pictures", rules.role_day),
            Limit("member", "month", "pictures", rules.role_month),
            Limit("member", "day", "money", rules.role_money_day),
        ]
    return [limit for limit in limits_here if limit.most]


def check_quotas(limits: Sequence[tuple[Limit, Spent]], *, count: int, price: int) -> Refused | None:
    """Return the refusal for the tightest limit this order would exceed, or None.

    Ties go to the limit that resets last.
    """
    full = []
    for limit, spent in limits:
        wanted = count if limit.unit == "pictures" else price
        # Never below 0: more may be spent than a limit that was lowered since, and what is free still fits.
        left = max(0, limit.most - (spent.pictures if limit.unit == "pictures" else spent.money))
        if wanted > left:
            refills_at = (spent.oldest or 0.0) + SECONDS[limit.window]
            full.append((left / wanted, -refills_at, limit, left))
    if not full:
        return None
    _, refills, limit, left = min(full, key=lambda candidate: candidate[:2])
    most = _said(limit, limit.most)
    if (price if limit.unit == "money" else count) > limit.most:
        return Refused("limit-never", limit=most, unit=limit.unit, window=limit.window)
    reason = "limit-all"
    if limit.scope == "member":
        reason = "limit-member"
    elif limit.scope == "server":
        reason = "limit-server"
    at = int(-refills)
    left_over = _said(limit, left)
    return Refused(reason, limit=most, left=left_over, unit=limit.unit, window=limit.window, refills_at=at)


def _said(limit: Limit, amount: int) -> Fact:
    return amount if limit.unit == "pictures" else f"${dollars(Micros(amount))}"
