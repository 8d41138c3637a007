"""The benches run from end to end with tiny counts, so that they can't rot. Their figures are not judged here."""

from __future__ import annotations

import re
from pathlib import Path

from bench import burst, cpu, idle, process, progress, scarcity, timing
from bench.table import Table, percentile, ratio, spread

QUICK = (0.1, 0.1)


def figures(row: tuple[str, ...]) -> list[float]:
    """Return the first number of each cell that has one."""
    return [float(match[0]) for cell in row[1:] if (match := re.match(r"[\d.]+", cell))]


def names(table: Table) -> list[str]:
    lines = str(table).splitlines()
    assert {line.count("|") for line in lines if line.startswith("|")} == {len(table.columns) + 1}
    return [row[0] for row in table.rows]


async def test_idle_tells_memory_and_the_way_to_ready(tmp_path: Path) -> None:
    table = await idle.measure(tmp_path, rounds=1, settle=0.1, rest=0.1)
    assert names(table)[0] == "process start to READY"
    assert all(figure > 0 for figure in figures(table.rows[0]))
    if process.MEASURABLE:
        assert names(table)[1:] == ["resident memory, idle", "processor, idle"]
        assert all(figure > 0 for figure in figures(table.rows[1]))


async def test_cpu_tells_what_a_picture_costs_and_how_long_it_takes(tmp_path: Path) -> None:
    table = await cpu.measure(tmp_path, jobs=2, rounds=1, seconds=QUICK, edge=64, quiet=0.1)
    assert names(table)[-1] == "from the command to the picture"
    assert all(len(figures(row)) == 3 and min(figures(row)) > 0 for row in table.rows)
    assert len(table.rows) == 1 + process.MEASURABLE


async def test_burst_tells_of_each_database_how_soon_and_how_often(tmp_path: Path) -> None:
    table = await burst.measure(tmp_path, orders=2, rounds=1, seconds=QUICK, patience=30, quiet=0.1)
    assert names(table) == list(burst.NAMES.values())
    assert all(figure > 0 for row in table.rows for figure in figures(row[:4]))
    for row in table.rows[1:]:
        assert row[4:8] == ("0", "2", "0", "2")


async def test_progress_tells_the_age_in_own_threads_and_in_one(tmp_path: Path) -> None:
    table = await progress.measure(tmp_path, jobs=2, seconds=3.0, commands=2)
    assert names(table) == list(progress.NAMES.values())
    for row in table.rows:
        middle, slow, most, *_ = figures(row)
        assert 0 <= middle <= slow <= most
        assert row[-2:] == ("0", "2")


async def test_timing_tells_of_each_law_what_is_least_and_what_is_ours(tmp_path: Path) -> None:
    table = await timing.measure(tmp_path, students=1, shapes=1, runs=2)
    assert names(table)[0] == "lognormal (30 s, 0.35)"
    loop, least, cold, warm, *_ = figures(table.rows[0])
    assert least < warm < cold < loop


async def test_scarcity_tells_of_each_way_what_members_lose(tmp_path: Path) -> None:
    table = await scarcity.measure(tmp_path, jobs=100, paintings=300)
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
