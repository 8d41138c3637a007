"""The report of a whole run: kept as JSON, and written as the page docs/benchmarks.md. Pure but for ``keep``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench.table import Table

_DOCS: Final = Path(__file__).parent.parent / "docs"
PAGE: Final = _DOCS / "benchmarks.md"
RESULTS: Final = _DOCS / "benchmarks.json"

GLANCE: Final[dict[str, tuple[str, ...]]] = {
    "Orders at an even pace": (
        "catalogue as shipped, all: time lost p50",
        "catalogue as shipped, all: time lost p95",
        "catalogue as shipped, all: questions a picture",
        "catalogue as shipped: answer p50",
        "catalogue as shipped: answer p99",
    ),
    "The first pictures, one after the other": ("picture 1", "picture 8"),
    "A picture": ("processor time a picture",),
    "Idle": ("processor, idle, of a core", "resident memory, idle", "process start to READY"),
    "A flood next door": ("a lone server's first picture, beside the flood",),
    "1,000 jobs in flight": (
        "memory a job",
        "loop lateness while they wait: p99",
        "jobs in their wait again",
        "new start until all are in their wait",
    ),
}
"""The rows at the top of the page, by the titles of their tables."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. ``load``: how many processes wanted to run before it began; ``minutes``: how long it took."""

    machine: str
    load: float
    minutes: float
    tables: tuple[Table, ...]


def page(report: Report) -> str:
    """Return the page."""
    head = f"""# How fast and how heavy Retouch is

`make bench` wrote this page, and `docs/benchmarks.json` beside it, in one run of {report.minutes:.0f} minutes:
{report.machine}.
{_load(report.load)}

Three bots are measured, each as a process of its own between a stand-in Discord and a stand-in ToAPIs, which are
another process:

- **Retouch**, the real one, on an empty SQLite file where nothing else is said;
- the **sample loop** of ToAPIs' documentation with a command around it (`bench/bare.py`): it asks, pauses for two
  seconds, and asks again; it keeps nothing, so that a restart loses every picture that is being painted;
- the **answering bot**, which answers a command and does nothing else.

All pictures are ready before they are asked for. The stand-ins run on the same machine: each table says how much of a
core they used. Machines differ; the ratios tell more than the seconds.
"""
    tables = (glance(report.tables), *report.tables)
    return "\n\n".join([head.rstrip(), *(str(table) for table in tables)]) + "\n"


def glance(tables: Sequence[Table]) -> Table:
    """Return the rows that matter most, of all tables that have them."""
    rows = []
    for table in tables:
        if table.title not in GLANCE:
            continue
        own = table.columns.index("Retouch")
        loop = table.columns.index("sample loop")
        ratios = [place for place, name in enumerate(table.columns) if name in ("ratio", "Retouch / loop")]
        for row in table.rows:
            if row[0] in GLANCE[table.title]:
                rows.append((f"{table.title}: {row[0]}", row[own], row[loop], row[ratios[0]] if ratios else "–"))
    return Table("At a glance", "From the tables below.", ("figure", "Retouch", "sample loop", "ratio"), tuple(rows))


def _load(load: float) -> str:
    if load < 0.5:
        return "The machine was at rest before."
    return f"**The machine was busy before (load {load:.1f}): these figures are preliminary.**"


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    return json.dumps(asdict(report), indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> Report:
    """Return the report that ``as_json`` wrote."""
    values = json.loads(text)
    tables = tuple(
        Table(table["title"], table["notes"], tuple(table["columns"]), tuple(tuple(row) for row in table["rows"]))
        for table in values["tables"]
    )
    return Report(values["machine"], values["load"], values["minutes"], tables)


def keep(report: Report, results: Path = RESULTS, file: Path = PAGE) -> None:
    """Write the results and the page."""
    results.write_text(as_json(report))
    file.write_text(page(report))
