"""CSV export: what people wrote is text in it, never a formula."""

from __future__ import annotations

import csv
import io

import pytest

from cogs.ui.csv_export import FORMULA, to_csv


def test_rows_stand_under_their_heading_in_utf_8() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(("who", "why"), [(2**60, "für, “dich”\nja")]).decode())))
    assert rows == [["who", "why"], [str(2**60), "für, “dich”\nja"]]


@pytest.mark.parametrize("first", FORMULA)
def test_cell_that_begins_like_a_formula_is_text(first: str) -> None:
    _, row = list(csv.reader(io.StringIO(to_csv(("why",), [(f"{first}1+1",)]).decode())))
    assert row == [f"'{first}1+1"]
