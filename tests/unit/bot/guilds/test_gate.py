"""The Gate: the limits, the rules, their order, and the facts that its refusals carry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Fact, Refused
from bot.guilds.gate import (
    DISCORD_EPOCH,
    Limit,
    Limits,
    MemberContext,
    MemberUsage,
    check_blocked,
    check_limits,
    check_quotas,
    check_rules,
    limits_of,
)
from bot.guilds.rules import GuildRules
from bot.ledger import Spent
from bot.orders import Order

LIMITS = Limits(pictures_per_day=10, running_per_member=2, running_in_all=5, blocked_ids=frozenset({666, 999}))
NEW = MemberUsage(pictures_today=0, running=0, running_in_all=0, refills_at=None)


def verdict(
    member_usage: MemberUsage = NEW, *, member: int = 1, guild: int | None = 2, count: int = 1
) -> Refused | None:
    return check_limits(LIMITS, member_usage, member_id=member, guild_id=guild, count=count)


def key(refused: Refused | None) -> str | None:
    return refused.key if refused else None


@pytest.mark.parametrize("guild", [2, None])
def test_a_new_member_may_order_in_a_server_and_in_private(guild: int | None) -> None:
    assert verdict(guild=guild) is None


@pytest.mark.parametrize(("member", "guild"), [(666, 2), (1, 999), (666, None)])
def test_a_blocked_member_or_server_is_refused(member: int, guild: int | None) -> None:
    assert key(verdict(member=member, guild=guild)) == "refused-blocked"


@pytest.mark.parametrize(
    ("member", "guild", "expected"),
    [(1, 2, None), (1, 3, "refused-not-here"), (1, None, "refused-not-here"), (666, 2, "refused-blocked")],
)
def test_where_servers_are_listed_no_other_place_serves(member: int, guild: int | None, expected: str | None) -> None:
    listed = replace(LIMITS, allowed_guild_ids=frozenset({2}))
    assert key(check_limits(listed, NEW, member_id=member, guild_id=guild, count=1)) == expected
    assert key(check_blocked(listed, member_id=member, guild_id=guild)) == expected
    assert check_blocked(LIMITS, member_id=1, guild_id=guild) is None


@pytest.mark.parametrize(("today", "count", "passes"), [(9, 1, True), (10, 1, False), (8, 2, True), (9, 2, False)])
def test_the_day_is_full_exactly_at_its_limit(today: int, count: int, passes: bool) -> None:
    assert (verdict(replace(NEW, pictures_today=today), count=count) is None) is passes


def test_full_day_names_what_is_left_and_when_it_refills() -> None:
    refused = verdict(replace(NEW, pictures_today=9, refills_at=1_700_000_000.9), count=4)
    assert refused is not None
    assert refused.facts == {"limit": 10, "left": 1, "refills_at": 1_700_000_000}


def test_nothing_is_left_below_nothing_when_the_operator_lowered_the_limit() -> None:
    refused = verdict(replace(NEW, pictures_today=30, refills_at=5.0))
    assert refused is not None
    assert refused.facts["left"] == 0


@pytest.mark.parametrize(("running", "expected"), [(1, None), (2, "refused-too-many-running")])
def test_so_many_of_a_member_may_run_and_no_more(running: int, expected: str | None) -> None:
    assert key(verdict(replace(NEW, running=running))) == expected


@pytest.mark.parametrize(("running", "expected"), [(4, None), (5, "refused-everybody-busy")])
def test_so_many_may_run_in_all_and_no_more(running: int, expected: str | None) -> None:
    assert key(verdict(replace(NEW, running_in_all=running))) == expected


def test_the_tightest_limit_speaks_first() -> None:
    full = MemberUsage(pictures_today=10, running=2, running_in_all=5, refills_at=1.0)
    assert key(verdict(full, member=666)) == "refused-blocked"
    assert key(verdict(full)) == "refused-day-full"
    assert key(verdict(replace(full, pictures_today=0))) == "refused-too-many-running"
    assert key(verdict(replace(full, pictures_today=0, running=0))) == "refused-everybody-busy"


@given(st.integers(0, 20), st.integers(0, 5), st.integers(0, 9), st.integers(1, 10))
def test_whoever_passes_stays_within_every_limit(today: int, running: int, in_all: int, count: int) -> None:
    passes = verdict(MemberUsage(today, running, in_all, 1.0), count=count) is None
    assert passes == (today + count <= 10 and running + 1 <= 2 and in_all + 1 <= 5)


# A server's rules

NOW = 1_800_000_000.0
DAY = 86_400.0
MADE_TODAY = int((NOW - DISCORD_EPOCH) * 1000) << 22
"""The id of an account that was made at NOW."""
HERE = MemberContext(
    place_ids=frozenset({10, 11}),
    in_thread=True,
    age_restricted=True,
    role_ids=frozenset({20}),
    joined_at=NOW - 5 * DAY,
)
ORDER = Order("a cat in neon", "gemini", "1:1", "2K", 3)


@pytest.mark.parametrize(
    ("rules", "member_context", "expected"),
    [
        (GuildRules(), MemberContext(), None),
        (GuildRules(channels=frozenset({11, 12})), HERE, None),  # the parent of the thread
        (GuildRules(channels=frozenset({12})), HERE, "refused-rule-channel"),
        (GuildRules(threads_only=True), HERE, None),
        (GuildRules(threads_only=True), replace(HERE, in_thread=False), "refused-rule-thread"),
        (GuildRules(age_restricted_only=True), HERE, None),
        (GuildRules(age_restricted_only=True), replace(HERE, age_restricted=False), "refused-rule-age-restricted"),
        (GuildRules(roles=frozenset({20, 21})), HERE, None),
        (GuildRules(roles=frozenset({21})), HERE, "refused-rule-role"),
        (GuildRules(member_days=5), HERE, None),
        (GuildRules(member_days=6), HERE, "refused-rule-member-young"),
        (GuildRules(member_days=1), replace(HERE, joined_at=None), "refused-rule-member-young"),
        (GuildRules(models=frozenset({"gemini"})), HERE, None),
        (GuildRules(models=frozenset({"other"})), HERE, "refused-rule-model"),
        (GuildRules(resolutions=frozenset({"2K"})), HERE, None),
        (GuildRules(resolutions=frozenset({"1K"})), HERE, "refused-rule-resolution"),
        (GuildRules(count=3), HERE, None),
        (GuildRules(count=2), HERE, "refused-rule-count"),
        (GuildRules(words=("neo",)), HERE, None),
        (GuildRules(words=("Neon",)), HERE, "refused-rule-word"),
    ],
)
def test_each_rule_forbids_what_it_says_and_nothing_else(
    rules: GuildRules, member_context: MemberContext, expected: str | None
) -> None:
    assert key(check_rules(rules, member_context, ORDER, member_id=1, now=NOW)) == expected


@pytest.mark.parametrize(("days", "expected"), [(0, None), (1, "refused-rule-account-young")])
def test_an_account_is_as_old_as_its_id(days: int, expected: str | None) -> None:
    rules = GuildRules(account_days=days)
    refused = check_rules(rules, HERE, ORDER, member_id=MADE_TODAY, now=NOW)
    assert key(refused) == expected
    assert refused is None or refused.facts["at"] == int(NOW + DAY)
    assert check_rules(rules, HERE, ORDER, member_id=MADE_TODAY, now=NOW + DAY) is None
    assert check_rules(GuildRules(), HERE, ORDER, member_id=MADE_TODAY, now=NOW - 60) is None  # our clock may be late


def test_server_may_allow_fewer_running_jobs_but_never_more() -> None:
    def refusal(rules: GuildRules, member_usage: MemberUsage) -> str | None:
        return key(check_limits(LIMITS, member_usage, member_id=1, guild_id=2, count=1, rules=rules))

    assert refusal(GuildRules(running_per_member=1), replace(NEW, running=1)) == "refused-too-many-running"
    assert refusal(GuildRules(running_per_member=9), replace(NEW, running=2)) == "refused-too-many-running"
    assert refusal(GuildRules(running_in_server=3), replace(NEW, running_here=3)) == "refused-server-busy"
    assert refusal(GuildRules(running_in_server=3), replace(NEW, running_here=2)) is None


# Quotas


def test_every_set_limit_counts_and_role_limits_for_their_roles() -> None:
    rules = GuildRules(member_day=5, server_money_month=7, role_limited=frozenset({20}), role_day=3)
    ours = {Limit("member", "day", "pictures", 5), Limit("server", "month", "money", 7)}
    assert set(limits_of(LIMITS, rules, frozenset())) == ours
    assert set(limits_of(LIMITS, rules, frozenset({20}))) == {*ours, Limit("member", "day", "pictures", 3)}
    budget = replace(LIMITS, money_per_day=9)
    assert limits_of(budget, GuildRules(), frozenset()) == [Limit("all", "day", "money", 9)]
    assert limits_of(budget, GuildRules(), frozenset(), operator_pays=False) == []
    assert set(limits_of(budget, rules, frozenset(), operator_pays=False)) == ours


def facts(*limits: tuple[Limit, Spent], count: int = 1, price: int = 1) -> tuple[str, dict[str, Fact]] | None:
    refused = check_quotas(limits, count=count, price=price)
    return None if refused is None else (refused.reason, refused.facts)


def test_the_tightest_limit_speaks_with_what_is_left_and_when_it_refills() -> None:
    roomy = (Limit("server", "day", "pictures", 10), Spent(8, 0, NOW))
    tight = (Limit("member", "hour", "pictures", 2), Spent(2, 0, NOW))
    assert facts(roomy, tight, count=3) == (
        "limit-never",
        {"limit": 2, "unit": "pictures", "window": "hour"},
    )
    assert facts(roomy, tight, count=2) == (
        "limit-member",
        {"limit": 2, "left": 0, "unit": "pictures", "window": "hour", "refills_at": int(NOW + 3600)},
    )
    dear = (Limit("all", "month", "money", 5_000_000), Spent(0, 4_980_000, NOW))
    assert facts(dear, price=40_000) == (
        "limit-all",
        {"limit": "$5.00", "left": "$0.02", "unit": "money", "window": "month", "refills_at": int(NOW + 30 * DAY)},
    )
    both = [(Limit("server", window, "pictures", 2), Spent(2, 0, NOW)) for window in ("hour", "day")]
    assert facts(*both) == (  # the last to refill: before that, the other one helps nobody
        "limit-server",
        {"limit": 2, "left": 0, "unit": "pictures", "window": "day", "refills_at": int(NOW + DAY)},
    )


@given(st.integers(1, 9), st.integers(0, 12), st.integers(1, 9))
def test_whoever_passes_a_quota_stays_within_it(most: int, spent: int, count: int) -> None:
    passes = (
        check_quotas([(Limit("member", "day", "pictures", most), Spent(spent, 0, NOW))], count=count, price=1) is None
    )
    assert passes == (spent + count <= most)
