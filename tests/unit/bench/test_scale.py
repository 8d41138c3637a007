"""The simulation of a day: its peak hour, its tiers, and waits that grow where a limit is passed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.scale import CALLS, CALLS_A_SECOND, PEAK, limits, measure, rates, tier_for, waits_of_a_day


def test_a_day_has_its_mean_and_its_peak_hour() -> None:
    assert sum(rates()) == pytest.approx(24)
    assert max(rates()) == pytest.approx(PEAK)
    assert min(rates()) > 0


@pytest.mark.parametrize(
    ("peak", "tier"), [(0.1, "default"), (5.0, "default"), (5.1, "vip"), (30, "svip"), (99, "svip")]
)
def test_tier_is_the_lowest_that_the_peak_fits_into(peak: float, tier: str) -> None:
    assert tier_for(peak) == tier


def test_discord_is_the_tighter_limit_above_the_default_tier() -> None:
    paces = {tier: min(limits(tier), key=lambda limit: limit.pace) for tier in ("default", "vip", "svip")}
    assert paces["default"].pace == 5.0
    assert paces["vip"].pace == paces["svip"].pace == CALLS_A_SECOND / CALLS


def test_nobody_waits_long_below_the_limit_and_many_above_it() -> None:
    below = waits_of_a_day(0.5, 5.0, random.Random(1))
    above = waits_of_a_day(3.0, 5.0, random.Random(1))
    assert max(below) < 2.0
    assert max(above) > 600.0


async def test_table_has_a_row_for_each_size() -> None:
    table = await measure(Path(), sizes=(1, 100))
    assert [row[0] for row in table.rows] == ["1", "100"]
    assert {len(row) for row in table.rows} == {len(table.columns)}
