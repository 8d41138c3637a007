"""Orders and Sources: who owns what an order is made from, also in JSON of an older version and once forgotten."""

from __future__ import annotations

from dataclasses import asdict, replace

from bot.orders import UNKNOWN, Order, Source

NOTED = Source("https://cdn.example.com/a.png", "a.png", owner_ids=(1, 2))
UNNOTED = Source("https://cdn.example.com/b.png", "b.png")


def test_source_without_noted_owners_belongs_to_somebody_unknown() -> None:
    assert NOTED.owners == {1, 2}
    assert UNNOTED.owners == {UNKNOWN}


def test_source_is_restored_from_its_json_also_without_owners() -> None:
    raw = asdict(NOTED) | {"owner_ids": [1, 2]}
    assert Source.restored(raw) == NOTED
    del raw["owner_ids"]
    assert Source.restored(raw).owners == {UNKNOWN}


def test_source_is_restored_with_its_cover_also_where_only_its_name_tells() -> None:
    covered = replace(NOTED, covered=True)
    assert Source.restored(asdict(covered)) == covered
    for name in ("a.png", "SPOILER_a.png"):
        raw = asdict(replace(NOTED, name=name))
        del raw["covered"]
        assert Source.restored(raw).covered is name.startswith("SPOILER_")


def test_order_is_covered_by_wish_or_by_any_covered_source() -> None:
    covered = replace(UNNOTED, covered=True)
    assert not Order("x", "m", sources=(NOTED, UNNOTED)).covered
    assert Order("x", "m", sources=(NOTED, covered)).covered
    assert Order("x", "m", spoiler=True).covered


def test_order_belongs_to_the_owners_of_all_its_sources() -> None:
    assert Order("x", "m").owners == frozenset()
    assert Order("x", "m", sources=(NOTED, UNNOTED)).owners == {1, 2, UNKNOWN}


def test_owners_outlast_the_sources_that_are_forgotten() -> None:
    assert Order("", "m", owner_ids=(2,)).owners == {2}
    assert Order("", "m", sources=(NOTED,), owner_ids=()).owners == frozenset()
