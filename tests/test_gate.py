"""The Gate: the four limits, their order, and the facts that its refusals carry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.gate import Limits, Standing, decide

LIMITS = Limits(pictures_per_day=10, running_per_member=2, running_in_all=5, blocked_ids=frozenset({666, 999}))
NEW = Standing(pictures_today=0, running=0, running_in_all=0, refills_at=None)


def verdict(standing: Standing = NEW, *, member: int = 1, guild: int | None = 2, count: int = 1) -> Refused | None:
    return decide(LIMITS, standing, member_id=member, guild_id=guild, count=count)


def key(refused: Refused | None) -> str | None:
    return refused.key if refused else None


@pytest.mark.parametrize("guild", [2, None])
def test_a_new_member_may_order_in_a_server_and_in_private(guild: int | None) -> None:
    assert verdict(guild=guild) is None


@pytest.mark.parametrize(("member", "guild"), [(666, 2), (1, 999), (666, None)])
def test_a_blocked_member_or_server_is_refused(member: int, guild: int | None) -> None:
    assert key(verdict(member=member, guild=guild)) == "refused-blocked"


@pytest.mark.parametrize(("today", "count", "passes"), [(9, 1, True), (10, 1, False), (8, 2, True), (9, 2, False)])
def test_the_day_is_full_exactly_at_its_limit(today: int, count: int, passes: bool) -> None:
    assert (verdict(replace(NEW, pictures_today=today), count=count) is None) is passes


def test_a_full_day_says_what_is_left_and_when_the_next_place_opens() -> None:
    refused = verdict(replace(NEW, pictures_today=9, refills_at=1_700_000_000.9), count=4)
    assert refused is not None
    assert refused.facts == {"limit": 10, "left": 1, "refills_at": 1_700_000_000}


def test_nothing_is_left_below_nothing_when_the_operator_lowered_the_limit() -> None:
    refused = verdict(replace(NEW, pictures_today=30, refills_at=5.0))
    assert refused is not None
    assert refused.facts["left"] == 0


@pytest.mark.parametrize(("running", "told"), [(1, None), (2, "refused-too-many-running")])
def test_so_many_of_a_member_may_run_and_no_more(running: int, told: str | None) -> None:
    assert key(verdict(replace(NEW, running=running))) == told


@pytest.mark.parametrize(("running", "told"), [(4, None), (5, "refused-everybody-busy")])
def test_so_many_may_run_in_all_and_no_more(running: int, told: str | None) -> None:
    assert key(verdict(replace(NEW, running_in_all=running))) == told


def test_the_tightest_limit_speaks_first() -> None:
    full = Standing(pictures_today=10, running=2, running_in_all=5, refills_at=1.0)
    assert key(verdict(full, member=666)) == "refused-blocked"
    assert key(verdict(full)) == "refused-day-full"
    assert key(verdict(replace(full, pictures_today=0))) == "refused-too-many-running"
    assert key(verdict(replace(full, pictures_today=0, running=0))) == "refused-everybody-busy"


@given(st.integers(0, 20), st.integers(0, 5), st.integers(0, 9), st.integers(1, 10))
def test_whoever_passes_stays_within_every_limit(today: int, running: int, in_all: int, count: int) -> None:
    passes = verdict(Standing(today, running, in_all, 1.0), count=count) is None
    assert passes == (today + count <= 10 and running + 1 <= 2 and in_all + 1 <= 5)
