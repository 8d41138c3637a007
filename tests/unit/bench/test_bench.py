"""The benches run from end to end with tiny counts, so that they can't rot. Their figures are not judged here."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from bench import burst, process, progress, scarcity
from bench.__main__ import BENCHES, measured
from bench.table import Table, percentile, ratio, spread


async def quick(name: str, folder: Path) -> Table:
    """Return what ``python -m bench --quick NAME`` prints."""
    return await measured(name, folder, BENCHES[name].quick)


def figures(row: tuple[str, ...]) -> list[float]:
    """Return the first number of each cell that has one."""
    return [float(match[0]) for cell in row[1:] if (match := re.match(r"[\d.]+", cell))]


def names(table: Table) -> list[str]:
    lines = str(table).splitlines()
    assert {line.count("|") for line in lines if line.startswith("|")} == {len(table.columns) + 1}
    return [row[0] for row in table.rows]


async def test_idle_tells_memory_processor_and_the_way_to_ready(tmp_path: Path) -> None:
    table = await quick("idle", tmp_path)
    assert names(table)[0] == "process start to READY"
    assert all(figure > 0 for figure in figures(table.rows[0]))
    if process.MEASURABLE:
        assert names(table)[1:] == ["resident memory, idle", "processor, idle", "processor, idle, of a core"]
        assert all(figure > 0 for figure in figures(table.rows[1]))


@pytest.mark.long
async def test_cpu_tells_what_a_picture_costs_and_how_long_it_takes(tmp_path: Path) -> None:
    table = await quick("cpu", tmp_path)
    assert names(table)[-1] == "from the command to the picture"
    assert all(len(figures(row)) == 3 and min(figures(row)) > 0 for row in table.rows)
    assert len(table.rows) == 1 + process.MEASURABLE


@pytest.mark.long
async def test_burst_tells_of_each_size_and_bot_how_soon_and_how_often(tmp_path: Path) -> None:
    table = await quick("burst", tmp_path)
    assert names(table) == [f"2: {name}" for name in burst.NAMES.values()]
    assert all(figure > 0 for row in table.rows for figure in figures(row[:4]))
    assert {row[4] for row in table.rows} == {"0 of 4"}
    assert [row[5:8] for row in table.rows] == [("–", "–", "–"), *(3 * [("4", "0", "4")])]


@pytest.mark.long
async def test_flood_tells_what_a_lone_server_waits(tmp_path: Path) -> None:
    rows = {row[0]: row[1:] for row in (await quick("flood", tmp_path)).rows}
    alone, beside, without = (figures(("", *cells)) for cells in list(rows.values())[:3])
    assert len(alone) == len(beside) == 2
    assert [wait - 0.1 for wait in beside] == pytest.approx(without, abs=0.02)  # both are rounded
    assert rows["once"] == ("4 of 4", "4 of 4")


@pytest.mark.long
async def test_flight_tells_memory_lateness_and_who_comes_back(tmp_path: Path) -> None:
    rows = {row[0]: row[1:] for row in (await quick("flight", tmp_path)).rows}
    assert rows["tasks at ToAPIs"][:2] == ("4 of 4", "4 of 4")
    assert rows["jobs in their wait again"][:2] == ("6 of 6", "0 of 6")
    assert rows["new start until all are in their wait"][1] == "never"
    late = [figures(("", *rows[f"loop lateness while they wait: {word}"]))[:2] for word in ("p50", "p99", "most")]
    assert all(0 <= middle <= slow <= most for middle, slow, most in zip(*late, strict=True))


@pytest.mark.long
async def test_where_tells_of_threads_and_packages_that_add_up(tmp_path: Path) -> None:
    table = await quick("where", tmp_path)
    sums = {kind: [0.0, 0.0] for kind in ("all", "thread", "package")}
    for row in table.rows:
        kind = row[0].split()[0].rstrip("s,")
        own, _, loop = figures(row)
        sums[kind][0] += own
        sums[kind][1] += loop
    assert min(sums["all"]) > 0
    for kind in ("thread", "package"):
        assert sums[kind] == pytest.approx(sums["all"], abs=1.0)  # each of its rows is rounded


@pytest.mark.long
async def test_progress_tells_the_age_in_own_threads_and_in_one(tmp_path: Path) -> None:
    table = await quick("progress", tmp_path)
    assert names(table) == list(progress.NAMES.values())
    for row in table.rows:
        middle, slow, most, *_ = figures(row)
        assert 0 <= middle <= slow <= most
        assert row[-2:] == ("0", "2")


async def test_timing_tells_of_each_law_what_is_least_and_what_is_ours(tmp_path: Path) -> None:
    table = await quick("timing", tmp_path)
    assert names(table)[0] == "lognormal (30 s, 0.35)"
    loop, least, cold, warm, *_ = figures(table.rows[0])
    assert least < warm < cold < loop


async def test_scarcity_tells_of_each_way_what_members_lose(tmp_path: Path) -> None:
    table = await quick("scarcity", tmp_path)
    assert len(names(table)) == 4 * len(scarcity.WAYS) + 1


def test_age_of_progress_counts_from_the_first_news_not_shown() -> None:
    watched = progress.Watched()
    assert watched.age(100.0) is None
    watched.hears(100.0, 100.0, {"status": "queued", "progress": 0})
    assert watched.age(103.0) == 3.0
    watched.shows((False, None))
    assert watched.age(104.0) == 0.0
    for now, percent in ((105.0, 10), (107.0, 20), (109.0, 30)):
        watched.hears(now, 100.0, {"status": "in_progress", "progress": percent})
    assert watched.age(110.0) == 5.0
    watched.shows((True, 20))
    assert watched.age(110.0) == 1.0
    watched.shows((True, 30))
    assert watched.age(111.0) == 0.0
    watched.done = True
    assert watched.age(112.0) is None


def test_table_has_medians_with_range_and_their_ratio() -> None:
    assert spread([3.0, 1.0, 2.0], "s") == "2.00 s (1.00 to 3.00)"
    assert spread([119.4], "MiB") == "119 MiB"
    assert ratio([3.0, 30.0, 5.0], [2.0]) == "2.50"
    assert ratio([1.0], [0.0]) == "–"


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(200, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99)) == (100.0, 198.0)
    assert percentile([7.0], 0.99) == 7.0
    assert math.isnan(percentile([], 0.5))
