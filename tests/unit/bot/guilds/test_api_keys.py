"""The ApiKeys: a key is kept sealed, opened by whoever sealed it alone, and gone once no job needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.database import Database, metadata
from bot.errors import KeyLocked, Refused
from bot.guilds.api_keys import ApiKeys, StoredKey
from bot.guilds.gate import DAY
from bot.jobs.accounts import needed_keys
from bot.jobs.job import Job, JobState
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from tests.support.studio import PRICE, SEAL, Hours, a_job

SERVER = 4
OTHER = 5
ANA = 71
BEN = 72
KEY = SecretStr("sk-" + "a" * 44 + "1234")
NEXT = SecretStr("sk-" + "b" * 44 + "5678")
NEW_SEAL = SecretStr(Fernet.generate_key().decode())
LOOK_ON = 3600.0


async def rows(database: Database) -> Sequence[Any]:
    async with database.read() as read:
        return (await read.execute(sa.select(metadata.tables["keys"]))).all()


async def change(database: Database, key_id: str, **values: Any) -> None:
    keys = metadata.tables["keys"]
    async with database.write() as write:
        await write.execute(sa.update(keys).where(keys.c.id == key_id).values(values))


async def begun(database: Database, hours: Hours, kept: StoredKey, *states: JobState) -> Job:
    """Store a job that was accepted with this key and came so far; its money is held."""
    job = replace(a_job(), key_id=kept.id, created_at=hours.now)
    async with database.write() as write:
        await Jobs(database, hours).add(write, job)
        await Ledger(database, hours).reserve(write, job.id, PRICE, member_id=1, guild_id=SERVER, key_id=kept.id)
    for state in states:
        assert await Jobs(database, hours).move(job.id, state)
    return job


async def test_a_key_is_kept_sealed_and_shown_as_its_last_four(database: Database) -> None:
    api_keys = ApiKeys(database, [SEAL])
    kept = await api_keys.keep(SERVER, KEY, ANA)
    assert (kept.last_four, kept.set_by, kept.rejected_at) == ("1234", ANA, None)
    assert await api_keys.now(SERVER) == kept == await api_keys.get(kept.id)
    assert api_keys.opened(kept) == KEY
    assert KEY.get_secret_value() not in f"{kept!r} {api_keys!r} {await rows(database)}"
    assert kept.sealed not in repr(kept)
    assert await api_keys.now(OTHER) is None


async def test_a_new_key_retires_the_one_before_which_can_still_be_opened(database: Database) -> None:
    api_keys = ApiKeys(database, [SEAL])
    first = await api_keys.keep(SERVER, KEY, ANA)
    second = await api_keys.keep(SERVER, NEXT, BEN)
    assert await api_keys.now(SERVER) == second
    old = await api_keys.get(first.id)
    assert old is not None
    assert api_keys.opened(old) == KEY
    assert await api_keys.remove(SERVER, ANA)
    assert not await api_keys.remove(SERVER, ANA)
    assert await api_keys.now(SERVER) is None


async def test_of_many_who_enter_a_key_at_once_one_remains(database_url: str) -> None:
    async with Database.open(database_url) as first, Database.open(database_url) as second:
        vaults = [ApiKeys(first, [SEAL]), ApiKeys(second, [SEAL])]
        entered = await asyncio.gather(*(api_keys.keep(SERVER, KEY, ANA) for api_keys in vaults for _ in range(5)))
        now = await vaults[0].now(SERVER)
        assert now in entered
        assert [row.id for row in await rows(first) if row.retired_at is None] == [now.id if now else ""]


async def test_without_encryption_keys_nothing_is_stored_or_used(database: Database) -> None:
    kept = await ApiKeys(database, [SEAL]).keep(SERVER, KEY, ANA)
    api_keys = ApiKeys(database)
    assert not api_keys.is_set_up
    with pytest.raises(Refused, match="own-key-off"):
        await api_keys.keep(SERVER, NEXT, ANA)
    assert await api_keys.now(SERVER) == kept
    with pytest.raises(KeyLocked, match="SECRET_KEYS"):
        api_keys.opened(kept)
    refused = api_keys.refuses(kept)
    assert refused is not None
    assert refused.key == "refused-own-key-locked"
    assert api_keys.refuses(None) is None


async def test_tampered_or_moved_key_cannot_be_opened(database: Database) -> None:
    api_keys = ApiKeys(database, [SEAL])
    mine = await api_keys.keep(SERVER, KEY, ANA)
    theirs = await api_keys.keep(OTHER, NEXT, BEN)
    middle = len(mine.sealed) // 2
    bent = mine.sealed[:middle] + ("A" if mine.sealed[middle] != "A" else "B") + mine.sealed[middle + 1 :]
    for sealed in (bent, "", "ü", theirs.sealed):
        await change(database, mine.id, sealed=sealed)
        kept = await api_keys.now(SERVER)
        assert kept is not None
        with pytest.raises(KeyLocked, match="SECRET_KEYS"):
            api_keys.opened(kept)


async def test_rotating_lets_the_old_seal_be_taken_out(database: Database) -> None:
    old = ApiKeys(database, [SEAL])
    mine = await old.keep(SERVER, KEY, ANA)
    await old.keep(OTHER, NEXT, BEN)
    assert await ApiKeys(database, [NEW_SEAL, SEAL]).rotate() == (2, 0)
    new = ApiKeys(database, [NEW_SEAL])
    kept = await new.now(SERVER)
    assert kept is not None
    assert (new.opened(kept), kept.id) == (KEY, mine.id)
    with pytest.raises(KeyLocked):
        old.opened(kept)


async def test_rotating_with_wrong_encryption_keys_counts_and_keeps_locked_keys(database: Database) -> None:
    api_keys = ApiKeys(database, [SEAL])
    await api_keys.keep(SERVER, KEY, ANA)
    before = await rows(database)
    assert await ApiKeys(database, [NEW_SEAL]).rotate() == (0, 1)
    assert await ApiKeys(database).rotate() == (0, 1)
    assert await rows(database) == before


@pytest.mark.parametrize("state", [JobState.ACCEPTED, JobState.SUBMITTED, JobState.UNKNOWN, JobState.FAILED])
async def test_retired_key_is_kept_until_its_last_job_is_settled(database: Database, state: JobState) -> None:
    hours = Hours()
    api_keys = ApiKeys(database, [SEAL], hours)
    ledger = Ledger(database, hours)
    kept = await api_keys.keep(SERVER, KEY, ANA)
    job = await begun(database, hours, kept, *([] if state is JobState.ACCEPTED else [state]))
    await api_keys.remove(SERVER, ANA)
    assert await api_keys.clear(needed_keys(hours() - LOOK_ON)) == []
    if state is not JobState.FAILED:
        assert await Jobs(database, hours).move(job.id, JobState.FAILED)
        assert await api_keys.clear(needed_keys(hours() - LOOK_ON)) == []  # its money is held
    await ledger.give_back(job.id)
    assert await api_keys.clear(needed_keys(hours() - LOOK_ON)) == [kept.id]
    assert await api_keys.get(kept.id) is None


async def test_only_the_idle_retired_key_is_cleared(database: Database) -> None:
    hours = Hours()
    api_keys = ApiKeys(database, [SEAL], hours)
    idle = await api_keys.keep(SERVER, KEY, ANA)
    busy = await api_keys.keep(SERVER, KEY, ANA)
    used = await api_keys.keep(SERVER, NEXT, ANA)
    await begun(database, hours, busy)
    assert await api_keys.clear(needed_keys(hours() - LOOK_ON)) == [idle.id]
    assert {row.id for row in await rows(database)} == {busy.id, used.id}


async def test_what_stays_unknown_keeps_no_key_for_ever(database: Database) -> None:
    hours = Hours()
    api_keys = ApiKeys(database, [SEAL], hours)
    kept = await api_keys.keep(SERVER, KEY, ANA)
    await begun(database, hours, kept, JobState.UNKNOWN)
    await api_keys.remove(SERVER, ANA)
    hours.now += LOOK_ON - 1
    assert await api_keys.clear(needed_keys(hours() - LOOK_ON)) == []
    hours.now += 2
    assert await api_keys.clear(needed_keys(hours() - 2 * LOOK_ON)) == []  # it is still looked for
    assert await api_keys.clear(needed_keys(hours() - LOOK_ON)) == [kept.id]


async def test_key_that_an_order_is_being_accepted_with_is_not_cleared(database_url: str) -> None:
    hours = Hours()
    async with Database.open(database_url) as first, Database.open(database_url) as second:
        api_keys = ApiKeys(first, [SEAL], hours)
        elsewhere = ApiKeys(second, [SEAL], hours)
        await api_keys.keep(SERVER, KEY, ANA)

        async def remove() -> list[str]:
            await elsewhere.remove(SERVER, ANA)
            return await elsewhere.clear(needed_keys(hours() - LOOK_ON))

        async with first.write() as write:
            kept = await api_keys.within(write, SERVER)
            assert kept is not None
            removing = asyncio.create_task(remove())
            await asyncio.wait({removing}, timeout=0.5)  # all the time in the world to do wrong
            await Jobs(first, hours).add(write, replace(a_job(), key_id=kept.id, created_at=hours.now))
        assert await removing == []
        assert await api_keys.get(kept.id) is not None


async def test_managers_are_told_of_a_rejected_key_until_they_know(database: Database) -> None:
    hours = Hours()
    api_keys = ApiKeys(database, [SEAL], hours)
    kept = await api_keys.keep(SERVER, KEY, ANA)
    assert await api_keys.unreported() == []
    await api_keys.reject(kept.id)
    hours.now += 10
    await api_keys.reject(kept.id)  # the first time stands
    (untold,) = await api_keys.unreported()
    assert (untold.id, untold.rejected_at) == (kept.id, hours.now - 10)
    refused = api_keys.refuses(untold)
    assert refused is not None
    assert refused.key == "refused-own-key-rejected"
    assert await api_keys.record_notice(kept.id)
    assert await api_keys.unreported() == []
    again = await api_keys.keep(SERVER, KEY, ANA)  # entered anew
    assert api_keys.refuses(again) is None


async def test_of_a_retired_key_nobody_is_told(database: Database) -> None:
    api_keys = ApiKeys(database, [SEAL])
    kept = await api_keys.keep(SERVER, KEY, ANA)
    await api_keys.remove(SERVER, ANA)
    await api_keys.reject(kept.id)
    assert await api_keys.unreported() == []
    assert not await api_keys.record_notice(kept.id, at_most_daily=True)


async def test_of_an_empty_account_managers_are_told_once_a_day(database: Database) -> None:
    hours = Hours()
    api_keys = ApiKeys(database, [SEAL], hours)
    kept = await api_keys.keep(SERVER, KEY, ANA)
    notices = []
    for pause in (0.0, DAY - 1, 1.0, 5.0):
        hours.now += pause
        notices.append(await api_keys.record_notice(kept.id, at_most_daily=True))
    assert notices == [True, False, True, False]
    assert api_keys.refuses(kept) is None  # money may have been added
