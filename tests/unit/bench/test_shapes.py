"""Real durations, from end to end, much shortened."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import BENCHES, measured


@pytest.mark.long
async def test_shapes_tell_the_cost_of_both_bots_and_the_least(tmp_path: Path) -> None:
    table = await measured("shapes", tmp_path, BENCHES["shapes"].quick)
    assert [row[0].split(":")[0] for row in table.rows] == 3 * ["all"] + 3 * ["from picture 2 on"]
    own, loop, _, least, excess = (float(cell.split()[0]) for cell in table.rows[0][1:])
    assert min(own, loop) > 0
    assert least < own
    assert excess > 1
