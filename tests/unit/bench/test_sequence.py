"""Pictures one after the other, from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import BENCHES, measured


@pytest.mark.long
async def test_sequence_tells_of_each_picture_what_both_bots_took(tmp_path: Path) -> None:
    table = await measured("sequence", tmp_path, BENCHES["sequence"].quick)
    assert [row[0] for row in table.rows] == ["picture 1", "picture 2", "questions a picture"]
    assert all("nan" not in cell for row in table.rows for cell in row)
