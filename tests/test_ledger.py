"""The Ledger: a job's money opens once and closes once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.database import Database, DatabaseMistake, FileLock, migrate
from bot.ledger import Ledger
from bot.money import Micros, Reservation


async def test_money_closes_once_however_many_try(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    await asyncio.to_thread(migrate, url)
    async with Database.open(url) as database:
        ledger = Ledger(database)
        async with database.write() as write:
            await ledger.reserve(write, "job", Micros(40_000), member_id=1, guild_id=None)
        assert await ledger.held() == ["job"]
        tries = [ledger.settle("job", Micros(30_000)) for _ in range(5)] + [ledger.give_back("job") for _ in range(5)]
        assert sorted(await asyncio.gather(*tries)) == [False] * 9 + [True]
        assert await ledger.held() == []
        assert await ledger.reservation("job") is None


async def test_a_reservation_that_is_not_committed_was_never_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    await asyncio.to_thread(migrate, url)
    async with Database.open(url) as database:
        with pytest.raises(RuntimeError):
            async with database.write() as write:
                await Ledger(database).reserve(write, "job", Micros(1), member_id=1, guild_id=None)
                raise RuntimeError
        assert await Ledger(database).reservation("job") is None


def test_nobody_else_makes_a_reservation() -> None:
    with pytest.raises(TypeError):
        Reservation("job", Micros(1), object())


def test_a_second_process_on_the_same_file_is_refused(tmp_path: Path) -> None:
    lock = FileLock.take(tmp_path / "a.db")
    with pytest.raises(DatabaseMistake, match="another Retouch process"):
        FileLock.take(tmp_path / "a.db")
    lock.release()
    FileLock.take(tmp_path / "a.db").release()
