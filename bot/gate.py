"""The Gate: may this member order this here, now? Decides only; who counts and who stores is not its business."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import Refused


@dataclass(frozen=True, slots=True)
class Limits:
    """The operator's limits. ``pictures_per_day`` counts any 24 hours, so that nobody waits for a midnight."""

    pictures_per_day: int
    running_per_member: int
    running_in_all: int
    blocked_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands: pictures of the last 24 hours that were not returned, and what is running now.

    ``refills_at`` is when the oldest of those pictures leaves the 24 hours (Unix seconds), or None.
    """

    pictures_today: int
    running: int
    running_in_all: int
    refills_at: float | None


def blocked(limits: Limits, *, member_id: int, guild_id: int | None) -> bool:
    """Whether the operator lets this member, or this server, do nothing at all."""
    return member_id in limits.blocked_ids or guild_id in limits.blocked_ids


def decide(limits: Limits, standing: Standing, *, member_id: int, guild_id: int | None, count: int) -> Refused | None:
    """The Verdict: None allows, else the reason. The tightest limit speaks first; ``count`` pictures are asked for."""
    if blocked(limits, member_id=member_id, guild_id=guild_id):
        return Refused("blocked")
    if standing.pictures_today + count > limits.pictures_per_day:
        left = max(0, limits.pictures_per_day - standing.pictures_today)
        when = int(standing.refills_at or 0)
        return Refused("day-full", limit=limits.pictures_per_day, left=left, refills_at=when)
    if standing.running >= limits.running_per_member:
        return Refused("too-many-running", limit=limits.running_per_member)
    if standing.running_in_all >= limits.running_in_all:
        return Refused("everybody-busy")
    return None
