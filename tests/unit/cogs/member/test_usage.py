"""The attachments of /usage: a file that no spreadsheet executes, and a description that Discord accepts."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest

from bot.money import Micros
from bot.reports.chart import cents
from bot.reports.usage import Bar, Row, Step, Sum, beginnings
from cogs.member.usage import ALT_LIMIT, bar_text, csv_table

DAY = date(2026, 3, 1)
NOW = datetime(2026, 11, 24, 18, 40, tzinfo=UTC)


def parsed(*rows: Row) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_table(rows).decode())))


def test_row_has_day_member_model_pictures_and_exact_dollars() -> None:
    heading, row = parsed(Row(DAY, 2**60, "gpt-image-2", Sum(3, Micros(42_857))))
    assert heading == ["day", "member_id", "model", "pictures", "dollars"]
    assert row == ["2026-03-01", str(2**60), "gpt-image-2", "3", "0.042857"]


def test_no_usage_exports_only_the_heading() -> None:
    assert len(parsed()) == 1


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_model_named_like_a_formula_is_exported_as_text(first: str) -> None:
    evil = f'{first}HYPERLINK("https://evil.example","a,b")'
    _, row = parsed(Row(DAY, 1, evil, Sum(1, Micros(1))))
    assert row[2] == f"'{evil}"
    assert len(row) == 5


@pytest.mark.parametrize(("step", "days"), [("hour", 1), ("day", 30), ("month", 365)])
def test_chart_description_names_each_bar_and_fits_the_limit(step: Step, days: int) -> None:
    busy = Sum(12_345, Micros(1_234_560_000))
    bars = [bar_text(Bar(at, busy), step) for at in beginnings(days, NOW)]  # type: ignore[arg-type]  # one of its three
    assert len(set(bars)) == len(bars)
    assert len(", ".join(bars)) < ALT_LIMIT - 120
    assert all(f": 12345 (${cents(busy.amount)})" in bar for bar in bars)
    assert "$" not in bar_text(Bar(NOW, Sum(0, Micros(0))), step)
