"""A small round of what ``make prove`` runs in great number: each kind of event once, on one bot."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.scenarios.support.sequence_plan import PLAN, planned
from tests.scenarios.support.sequences import group


def test_a_group_of_ten_has_each_kind_as_often_as_planned() -> None:
    dealt = planned(random.Random(1), 10, 12)
    assert {len(steps) for steps in dealt} == {12}
    assert {kind: sum(steps.count(kind) for steps in dealt) for kind in PLAN} == PLAN


@pytest.mark.parametrize("seed", [1])
async def test_money_and_limits_are_right_after_every_failure(tmp_path: Path, database_url: str, seed: int) -> None:
    ends = await group(tmp_path, database_url, random.Random(seed), sequences=1)
    assert ends.orders >= 8
    assert ends.charges
