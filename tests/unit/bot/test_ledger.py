"""The Ledger: a job's money opens once and closes once, with the job or not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.database import Database, DatabaseMistake, FileLock, metadata
from bot.ledger import Ledger
from bot.migrations.migrate import migrate
from bot.money import Micros, Reservation

NOW = 1_700_000_000.0
PRICE = Micros(40_000)


async def held(database: Database, job_id: str = "job", at: float = NOW) -> Ledger:
    """Return a Ledger that holds 4 cents for the job."""
    ledger = Ledger(database, lambda: at)
    async with database.write() as write:
        await ledger.reserve(write, job_id, PRICE, member_id=2**60, guild_id=None)
    return ledger


async def entries(database: Database) -> list[tuple[str, int]]:
    table = metadata.tables["ledger"]
    async with database.read() as read:
        return [(row.kind, row.amount) for row in await read.execute(sa.select(table).order_by(table.c.id))]


async def test_a_reservation_is_found_again_while_its_money_is_held(database: Database) -> None:
    ledger = await held(database)
    reservation = await ledger.reservation("job")
    assert reservation is not None
    assert (reservation.job_id, reservation.amount) == ("job", PRICE)
    assert await ledger.reservation("another") is None


async def test_a_job_is_reserved_for_once_only(database: Database) -> None:
    await held(database)
    with pytest.raises(IntegrityError):
        await held(database)
    assert await entries(database) == [("reserved", PRICE)]


@pytest.mark.parametrize("first", ["settle", "give_back"])
@pytest.mark.parametrize("second", ["settle", "give_back"])
async def test_the_second_closing_changes_nothing(database: Database, first: str, second: str) -> None:
    ledger = await held(database)

    async def close(how: str) -> bool:
        return await (ledger.settle("job", Micros(30_000)) if how == "settle" else ledger.give_back("job"))

    assert await close(first) is True
    before = await entries(database)
    assert await close(second) is False
    assert await entries(database) == before


async def test_settling_notes_the_true_cost_and_returning_the_whole_reservation(database: Database) -> None:
    ledger = await held(database, "painted")
    await held(database, "failed")
    await ledger.settle("painted", Micros(30_000))
    await ledger.give_back("failed")
    assert await entries(database) == [
        ("reserved", PRICE),
        ("reserved", PRICE),
        ("settled", 30_000),
        ("returned", PRICE),
    ]
    assert await ledger.reservation("painted") is None


async def test_of_many_closings_at_once_one_counts_even_from_two_processes(database_url: str) -> None:
    async with Database.open(database_url) as first, Database.open(database_url) as second:
        ledgers = [await held(first), Ledger(second)]
        tries = [ledger.settle("job", Micros(1)) for ledger in ledgers for _ in range(5)]
        tries += [ledger.give_back("job") for ledger in ledgers for _ in range(5)]
        assert sorted(await asyncio.gather(*tries)) == [False] * 19 + [True]
        assert len(await entries(first)) == 2


async def test_what_is_held_is_listed_oldest_first_however_old(database: Database) -> None:
    day = 24 * 3600.0
    await held(database, "oldest", NOW - 300 * day)
    await held(database, "newer", NOW - 1)
    await held(database, "older", NOW - 2 * day)
    ledger = await held(database, "closed", NOW)
    await ledger.give_back("closed")
    assert list(await ledger.held()) == ["oldest", "older", "newer"]


async def test_money_is_not_held_when_the_transaction_fails(database: Database) -> None:
    ledger = Ledger(database)
    with pytest.raises(RuntimeError):
        async with database.write() as write:
            await ledger.reserve(write, "job", PRICE, member_id=1, guild_id=2)
            raise RuntimeError
    assert await entries(database) == []


@pytest.mark.parametrize("how", ["settle", "give_back"])
async def test_closing_what_was_never_reserved_changes_nothing(database: Database, how: str) -> None:
    ledger = await held(database, "another")
    assert await (ledger.settle("job", Micros(1)) if how == "settle" else ledger.give_back("job")) is False
    assert await entries(database) == [("reserved", PRICE)]


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


async def test_what_was_spent_is_what_is_held_and_what_it_truly_cost(database: Database) -> None:
    hours = [NOW]
    ledger = Ledger(database, lambda: hours[0])

    async def reserve(job_id: str, member: int, guild: int | None, pictures: int) -> None:
        async with database.write() as write:
            await ledger.reserve(write, job_id, PRICE, member_id=member, guild_id=guild, pictures=pictures)

    async def spent(member: int | None, guild: int | None) -> tuple[list[tuple[int, int, float | None]], float | None]:
        async with database.read() as read:
            windows, newest = await ledger.spent(read, member_id=member, guild_id=guild)
        return [(window.pictures, window.money, window.oldest) for window in windows.values()], newest

    assert await spent(1, 2) == ([(0, 0, None)] * 3, None)
    await reserve("returned", 1, 2, 9)
    await ledger.give_back("returned")
    await reserve("dear", 1, 2, 1)
    await ledger.settle("dear", Micros(90_000))
    hours[0] += 3600  # an hour is over exactly
    await reserve("held", 1, 2, 2)
    await reserve("elsewhere", 1, 3, 4)
    await reserve("another", 5, 2, 8)
    later = NOW + 3600
    assert await spent(1, 2) == ([(2, 40_000, later), (3, 130_000, NOW), (3, 130_000, NOW)], later)
    assert await spent(None, 2) == ([(10, 80_000, later), (11, 170_000, NOW), (11, 170_000, NOW)], later)
    assert await spent(None, None) == ([(14, 120_000, later), (15, 210_000, NOW), (15, 210_000, NOW)], later)
    hours[0] += 30 * 24 * 3600
    assert await spent(None, None) == ([(0, 0, None)] * 3, None)


async def test_money_of_an_own_key_counts_for_the_server_only(database: Database) -> None:
    ledger = Ledger(database, lambda: NOW)
    for job_id, key_id in (("operators", None), ("servers", "key"), ("settled", "key")):
        async with database.write() as write:
            await ledger.reserve(write, job_id, PRICE, member_id=1, guild_id=2, key_id=key_id)
    await ledger.settle("settled", Micros(90_000))

    async def money(**whose: int) -> int:
        async with database.read() as read:
            return (await ledger.spent(read, **whose))[0]["day"].money

    assert await money() == PRICE
    assert await money(guild_id=2) == await money(guild_id=2, member_id=1) == 2 * PRICE + 90_000
