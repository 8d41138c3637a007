"""The report of a whole run, and what does not count as whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import report
from bench.__main__ import main, with_share
from bench.report import PAGE, RESULTS, Report, as_json, from_json, glance, keep, page
from bench.table import Table

TABLE = Table("Memory", "At rest.", ("figure", "Retouch"), (("memory", "60 MiB"),))


def test_a_report_is_read_back_as_it_was_kept(tmp_path: Path) -> None:
    whole = Report("2 CPUs", 0.1, 38.4, (TABLE,))
    keep(whole, tmp_path / "results.json", tmp_path / "page.md")
    assert from_json((tmp_path / "results.json").read_text()) == whole
    assert (tmp_path / "page.md").read_text() == page(whole)
    assert as_json(from_json(as_json(whole))) == as_json(whole)


def test_glance_has_the_named_rows_and_their_ratios() -> None:
    idle = Table(
        "Idle",
        "",
        ("figure", "Retouch", "sample loop", "ratio"),
        (("resident memory, idle", "90 MiB", "45 MiB", "2.00"), ("another", "1", "2", "0.50")),
    )
    flood = Table(
        "A flood next door",
        "",
        ("figure", "Retouch", "sample loop"),
        (("a lone server's first picture, beside the flood", "6 s", "5 s"),),
    )
    assert glance([TABLE, flood, idle]).rows == (
        ("A flood next door: a lone server's first picture, beside the flood", "6 s", "5 s", "–"),
        ("Idle: resident memory, idle", "90 MiB", "45 MiB", "2.00"),
    )


def test_page_says_that_a_busy_machine_makes_figures_preliminary() -> None:
    assert "preliminary" not in page(Report("2 CPUs", 0.1, 38.4, (TABLE,)))
    assert "preliminary" in page(Report("2 CPUs", 3.0, 38.4, (TABLE,)))


def test_page_in_docs_is_that_of_the_kept_results() -> None:
    assert PAGE.exists() == RESULTS.exists()
    if RESULTS.exists():
        assert PAGE.read_text() == page(from_json(RESULTS.read_text()))


def test_a_partial_run_prints_and_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report.keep, "__defaults__", (tmp_path / "results.json", tmp_path / "page.md"))
    assert main(["--quick", "timing", "scarcity"]) == 0
    assert "### Scarce questions" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_busy_stand_ins_are_named_in_the_notes() -> None:
    assert "held up" not in with_share(TABLE, 0.5).notes
    assert with_share(TABLE, 0.93).notes.startswith("At rest. The stand-ins' process used 93 % of a core at most")
    assert "held up" in with_share(TABLE, 0.93).notes
