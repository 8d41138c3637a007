"""The command that reconciles: what it prints, and its exit code."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from bot.database import Database
from tests.support.databases import sqlite_database
from tests.support.reconcile_shop import PRICE, shop

ROOT = Path(__file__).parents[4]


def audited(url: str, painter: str, key: str) -> tuple[int, str]:
    """Return what ``python -m bot reconcile`` prints, and its exit code."""
    environment = {
        "DISCORD_TOKEN": "a.b.c",
        "TOAPIS_API_KEY": key,
        "TOAPIS_BASE_URL": painter,
        "DATABASE_URL": url,
        "LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", "reconcile"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


async def test_the_command_prints_it_and_its_exit_code_tells_whether_anything_differs(tmp_path: Path) -> None:
    with sqlite_database(tmp_path) as url:
        async with Database.open(url) as database, shop(database) as s:
            job = await s.paints()
            code, output = await asyncio.to_thread(audited, url, s.painter.url, s.painter.key)
            assert (code, output.splitlines()[-1]) == (0, "Nothing differs.")
            assert output.startswith("In the ledger: $0.04 was reserved. Of that $0.04 was settled (and cost $0.04)")
            await s.cost(job, 1)
            code, output = await asyncio.to_thread(audited, url, s.painter.url, s.painter.key)
            assert (code, output.splitlines()[-1]) == (1, "One thing differs.")
            assert job.id in output
            await s.cost(job, PRICE)
            code, output = await asyncio.to_thread(audited, url, "http://127.0.0.1:9", s.painter.key)
            assert (code, output.splitlines()[-1]) == (2, "Nothing differs.")


async def test_the_command_makes_no_database_where_there_is_none(tmp_path: Path) -> None:
    for file in (tmp_path / "no" / "such.db", tmp_path / "none.db"):
        code, output = audited(f"sqlite:///{file}", "http://127.0.0.1:9", "sk-1")
        assert (code, output) == (2, f"DATABASE_URL: there is no file {file}, so nothing to compare\n")
        assert not file.exists()
