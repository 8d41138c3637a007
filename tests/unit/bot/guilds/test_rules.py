"""GuildRules: one table, a store that notes each change, and forms whose mistakes change nothing."""

from __future__ import annotations

import asyncio
from dataclasses import fields

import pytest

from bot.database import Database
from bot.errors import Refused
from bot.guilds.rule_values import Value, parsed, shown
from bot.guilds.rules import RULES, SECTIONS, GuildRules, Rules, agree, filled_in, on_offer
from bot.orders import Order
from bot.toapis.catalogue.catalogue import Catalogue

GUILD = 2**60
OTHER = 7
ANA = 101
CATALOGUE = Catalogue.load()


def test_the_table_the_value_and_the_panel_name_the_same_rules() -> None:
    named = [name for names in SECTIONS.values() for name in names]
    assert sorted(named) == sorted(RULES) == sorted(rule.name for rule in fields(GuildRules))
    assert all(1 <= len(names) <= 5 for names in SECTIONS.values())  # a form has no more fields


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("threads_only", ["yes"], True),
        ("threads_only", ["no"], False),
        ("threads_only", [], False),
        ("member_day", ["10"], 10),
        ("member_day", [" 10 "], 10),
        ("member_day", [""], 0),
        ("count", [""], 15),
        ("member_money_day", ["12.50"], 12_500_000),
        ("member_money_day", ["$1,5"], 1_500_000),
        ("member_money_day", [""], 0),
        ("channels", ["5", "6"], frozenset({5, 6})),
        ("log_channel", [], frozenset()),
        ("models", ["gpt-image-2"], frozenset({"gpt-image-2"})),
        ("default_ratio", ["16:9"], "16:9"),
        ("default_ratio", [""], ""),
        ("consent", ["opt_out"], "opt_out"),
        ("consent", [], "anyone"),
        ("language", ["en"], "en"),
        ("delivery", ["channel"], "channel"),
        ("words", ["gun\n\n  big   knife \ngun"], ("gun", "big knife")),
    ],
)
def test_what_a_form_brings_is_read(name: str, given: list[str], value: Value) -> None:
    assert parsed(RULES[name], given) == value


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("member_day", "ten", "rule-number"),
        ("member_day", "-1", "rule-number"),
        ("member_day", "10001", "rule-number"),
        ("member_day", "٣", "rule-number"),
        ("count", "0", "rule-number"),
        ("member_money_day", "much", "rule-money"),
        ("member_money_day", "-0.01", "rule-money"),
        ("member_money_day", "NaN", "rule-money"),
        ("member_money_day", "1e9", "rule-money"),
        ("default_ratio", "wide", "rule-ratio"),
        ("consent", "everyone", "rule-choice"),
        ("consent", "opt_out ,own", "rule-choice"),
        ("language", "xx", "rule-choice"),
        ("language", "../en", "rule-choice"),
        ("words", "x" * 61, "rule-words"),
        ("words", "\n".join(map(str, range(201))), "rule-words"),
    ],
)
def test_what_is_no_such_value_is_refused(name: str, given: str, reason: str) -> None:
    with pytest.raises(Refused) as raised:
        parsed(RULES[name], [given])
    assert raised.value.reason == reason


def test_a_role_that_says_no_must_be_named() -> None:
    with pytest.raises(Refused, match="rule-consent-role"):
        agree({"consent": "opt_out", "consent_role": frozenset()})
    agree({"consent": "opt_out", "consent_role": frozenset({5})})
    agree({"consent": "own", "consent_role": frozenset()})
    agree({"member_day": 5})


@pytest.mark.parametrize("value", [0, 5, 12_500_000])
def test_what_a_form_shows_is_read_as_the_same(value: int) -> None:
    rule = RULES["server_money_day"]
    assert parsed(rule, [shown(rule, value)]) == value


async def test_rules_are_kept_of_one_server_and_each_change_is_noted(database: Database) -> None:
    rules = Rules(database, lambda: 5.0)
    assert await rules.get(GUILD) == GuildRules()
    wanted: dict[str, Value] = {"member_day": 3, "channels": frozenset({9, 8}), "words": ("gun",), "cooldown": 0}
    changes = await rules.change(GUILD, ANA, wanted)
    assert [(change.name, change.old, change.new, change.by, change.at) for change in changes] == [
        ("member_day", 0, 3, ANA, 5.0),
        ("channels", frozenset(), frozenset({8, 9}), ANA, 5.0),
        ("words", (), ("gun",), ANA, 5.0),
    ]
    assert await rules.get(GUILD) == GuildRules(member_day=3, channels=frozenset({8, 9}), words=("gun",))
    assert await rules.get(OTHER) == await rules.get(None) == GuildRules()
    await rules.change(GUILD, ANA, {"member_day": 0})
    assert await rules.get(GUILD) == GuildRules(channels=frozenset({8, 9}), words=("gun",))
    assert [change.name for change in await rules.changes(GUILD)] == ["member_day", "words", "channels", "member_day"]
    assert await rules.changes(GUILD, 3) == (await rules.changes(GUILD))[:3]
    assert await rules.changes(OTHER) == []


async def test_rules_are_cached_for_seconds_until_a_change_of_ours(database: Database) -> None:
    hours = [1_000.0]
    ours = Rules(database, lambda: hours[0])
    theirs = Rules(database, lambda: hours[0])
    assert await ours.lately(GUILD) == GuildRules()
    await theirs.change(GUILD, ANA, {"cooldown": 5})
    assert await ours.lately(GUILD) == GuildRules()
    hours[0] += 10.1
    assert await ours.lately(GUILD) == GuildRules(cooldown=5)
    await ours.change(GUILD, ANA, {"cooldown": 6})
    assert await ours.lately(GUILD) == GuildRules(cooldown=6)


async def test_two_who_change_at_once_lose_nothing(database_url: str) -> None:
    async with Database.open(database_url) as first, Database.open(database_url) as second:
        names = ("member_hour", "member_day", "server_hour", "server_day")
        await asyncio.gather(
            *(
                Rules(database).change(GUILD, ANA, {name: 5})
                for database, name in zip((first, second) * 2, names, strict=True)
            )
        )
        assert await Rules(first).get(GUILD) == GuildRules(member_hour=5, member_day=5, server_hour=5, server_day=5)


def test_a_server_paints_with_its_own_model_where_nobody_chose() -> None:
    another = next(model for model in CATALOGUE.models if model.id != CATALOGUE.default)
    assert on_offer(CATALOGUE, GuildRules()) == CATALOGUE
    only = on_offer(CATALOGUE, GuildRules(models=frozenset({another.id})))
    assert ([model.id for model in only.models], only.default) == ([another.id], another.id)
    wanted = GuildRules(default_model=frozenset({another.id}))
    assert filled_in(Order("x", ""), wanted, CATALOGUE).model == another.id
    assert filled_in(Order("x", CATALOGUE.default), wanted, CATALOGUE).model == CATALOGUE.default


def test_ratio_and_resolution_are_filled_in_where_supported() -> None:
    model = next(model for model in CATALOGUE.models if len(model.resolutions) > 1 and model.ratios)
    largest = model.resolutions[-1]
    rules = GuildRules(default_ratio=model.ratios[-1], resolutions=frozenset({largest}))
    order = filled_in(Order("x", model.id), rules, CATALOGUE)
    assert (order.ratio, order.resolution) == (model.ratios[-1], largest)
    chosen = Order("x", model.id, model.ratios[0], model.resolutions[0])
    assert filled_in(chosen, rules, CATALOGUE) == chosen
    assert filled_in(Order("x", model.id), GuildRules(default_ratio="99:1"), CATALOGUE).ratio is None
