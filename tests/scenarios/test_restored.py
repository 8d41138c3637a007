"""A database that was lost and restored from an older copy: nothing is bought twice, and nothing delivered twice."""

from __future__ import annotations

import random
from pathlib import Path

from playground.stage import Stage
from tests.scenarios.support.copies import command, lose_and_restore


async def test_copy_made_under_load_is_restored_and_nothing_comes_twice(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    rng = random.Random("a copy under load")
    counts = await lose_and_restore(stage, database_url, tmp_path / "copy", rng, orders=4)
    assert counts.known >= 1
    assert counts.charges == counts.results


async def test_restore_is_refused_while_a_bot_runs_and_onto_used_tables(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    code, output = await command(stage, "backup", str(tmp_path / "copy"))
    assert code == 0, output
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    code, output = await command(stage, "restore", str(tmp_path / "copy"))
    assert code == 2
    assert "Retouch process uses" in output
    code, output = await command(stage, "backup", str(tmp_path / "copy"))
    assert (code, output) == (2, f"{tmp_path}/copy is there already: choose another name, or delete it first\n")
