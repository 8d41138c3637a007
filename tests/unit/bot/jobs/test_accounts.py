"""Accounts: a job is paid by the key that it was accepted with, and trouble with a server's key is that server's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr

from bot import logs
from bot.database import Database
from bot.errors import (
    KeyLocked,
    KeyRefused,
    NotAllowed,
    OutOfCredit,
    PolicyRefused,
    Refused,
    RetouchError,
)
from bot.guilds.api_keys import ApiKeys, StoredKey
from bot.guilds.gate import DAY
from bot.jobs import accounts as room
from bot.jobs.accounts import Accounts
from bot.jobs.courier import Courier
from bot.jobs.job import Job
from bot.jobs.lookup import PROOF
from bot.key_value import KeyValueStore
from bot.toapis.client import ToAPIs
from playground.toapis.accounts import Account
from playground.toapis.server import Painter
from tests.support.studio import SEAL, Hours, RecordingCourier, a_job, bought, stored, studio

SERVER = 4
ANA = 71


@dataclass
class Bank:
    """Accounts over a painter, at which a server and the operator have a key each."""

    database: Database
    hours: Hours
    painter: Painter
    toapis: ToAPIs
    api_keys: ApiKeys
    accounts: Accounts
    theirs: str
    kept: StoredKey
    courier: RecordingCourier

    @property
    def job(self) -> Job:
        """Return a new job of the server."""
        return replace(a_job(), key_id=self.kept.id)

    async def blame(self, job: Job, error: RetouchError) -> str:
        return (await self.accounts.blame(job, error, cast("Courier", self.courier))).key

    async def look_after(self) -> None:
        await self.accounts.look_after(cast("Courier", self.courier))

    async def buys(self, job: Job) -> str:
        """Buy the job. Return the key that the stand-in ToAPIs says it was paid with."""
        _, ledger = await stored(self.database, job, self.hours)
        task = await bought((await self.accounts.of(job)).toapis, ledger, job)
        return next(charge.key for charge in self.painter.ledger if charge.task_id == task.task_id)


@asynccontextmanager
async def bank(database: Database, models: frozenset[str] | None = None) -> AsyncIterator[Bank]:
    hours = Hours()
    api_keys = ApiKeys(database, [SEAL], hours)
    async with studio(hours) as (painter, toapis):
        accounts = Accounts(
            toapis=toapis, key_values=KeyValueStore(database), api_keys=api_keys, window=120.0, look_on=3600.0,
            clock=hours, sleep=hours.sleep,
        )  # fmt: skip
        theirs = painter.add_key(Account("2002"), models=models)
        stored_key = await api_keys.keep(SERVER, SecretStr(theirs), ANA)
        yield Bank(database, hours, painter, toapis, api_keys, accounts, theirs, stored_key, RecordingCourier())


async def test_each_job_is_paid_with_the_key_that_it_was_accepted_with(database: Database) -> None:
    async with bank(database) as b:
        first = b.job
        second = b.painter.add_key(Account("3003"))
        b.kept = await b.api_keys.keep(SERVER, SecretStr(second), ANA)
        assert await b.buys(b.job) == second
        assert await b.buys(first) == b.theirs  # replaced in the meantime
        assert await b.buys(a_job()) == b.painter.key


async def test_lookup_proved_for_one_key_is_not_proved_for_another(database: Database) -> None:
    async with bank(database) as b:
        job = b.job
        await b.buys(job)
        task = next(charge.task_id for charge in b.painter.ledger)
        theirs = await b.accounts.of(job)
        operators = await b.accounts.of(a_job())
        await theirs.lookup.prove(job.id, task)
        assert await theirs.lookup.is_proved()
        assert not await operators.lookup.is_proved()


async def test_accounts_that_make_way_are_opened_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "REMEMBERED", 1)
    async with bank(database) as b:
        other = await b.api_keys.keep(5, SecretStr(b.painter.add_key(Account("3003"))), ANA)
        first = await b.accounts.of(b.job)
        assert await b.accounts.of(b.job) is first
        await b.accounts.of(replace(a_job(), key_id=other.id))
        assert await b.accounts.of(b.job) is not first
        assert await b.buys(b.job) == b.theirs


async def test_a_key_that_is_opened_is_kept_out_of_the_log(database: Database) -> None:
    async with bank(database) as b:
        await b.accounts.of(b.job)
        assert logs.scrub(None, "", {"event": f"with {b.theirs}"}) == {"event": "with …"}


async def test_good_key_returns_its_balance_and_bad_key_is_refused(database: Database) -> None:
    async with bank(database) as b:
        balance = await b.accounts.check(SecretStr(b.theirs))
        assert balance.left == 1_000_000_000
        for text in ("", "hello", "sk-short", "sk-" + "a" * 300, "sk-" + "a" * 20 + "\r\nX: y", "sk-" + "ü" * 48):
            asked = len(b.painter.requests)
            with pytest.raises(Refused, match="own-key-shape"):
                await b.accounts.check(SecretStr(text))
            assert len(b.painter.requests) == asked
        with pytest.raises(Refused, match="own-key-refused"):
            await b.accounts.check(SecretStr("sk-" + "a" * 48))


@pytest.mark.parametrize("fault", ["unavailable", "empty-503", "edge-403"])
async def test_key_that_cannot_be_checked_now_is_refused_as_unchecked(database: Database, fault: str) -> None:
    async with bank(database) as b:
        b.painter.fault(fault, on=("balance",))
        with pytest.raises(Refused, match="own-key-unchecked"):
            await b.accounts.check(SecretStr(b.theirs))


async def test_the_operators_trouble_and_other_trouble_is_left_as_it_is(database: Database) -> None:
    async with bank(database) as b:
        assert await b.blame(a_job(), KeyRefused("no")) == "error-key"
        assert await b.blame(a_job(), OutOfCredit("no")) == "error-out-of-credit"
        assert await b.blame(b.job, PolicyRefused("no")) == "error-policy"
        assert b.courier.managers == []
        assert b.api_keys.refuses(await b.api_keys.now(SERVER)) is None


@pytest.mark.parametrize("error", [KeyRefused("no"), NotAllowed("no")])
async def test_a_refused_key_is_rejected_and_its_managers_are_told_once(
    database: Database, error: RetouchError
) -> None:
    async with bank(database) as b:
        b.painter.revoke(b.theirs)
        for _ in range(3):
            assert await b.blame(b.job, error) == "error-own-key"
        await b.look_after()
        assert b.courier.managers == [(SERVER, "own-key-stopped", ANA)]
        refused = b.api_keys.refuses(await b.api_keys.now(SERVER))
        assert refused is not None
        assert refused.key == "refused-own-key-rejected"
        assert b.courier.warned == []


async def test_key_without_a_model_goes_on_with_the_others(database: Database) -> None:
    async with bank(database, models=frozenset({"gpt-image-2"})) as b:
        assert await b.blame(b.job, NotAllowed("not this model")) == "error-own-key-not-allowed"
        assert b.api_keys.refuses(await b.api_keys.now(SERVER)) is None
        assert b.courier.managers == []


async def test_an_empty_account_is_told_once_a_day_and_stops_nothing(database: Database) -> None:
    async with bank(database) as b:
        for pause in (0.0, 60.0, DAY):
            b.hours.now += pause
            assert await b.blame(b.job, OutOfCredit("no")) == "error-own-key-empty"
        assert b.courier.managers == [(SERVER, "own-key-empty", ANA)] * 2
        assert b.api_keys.refuses(await b.api_keys.now(SERVER)) is None


async def test_managers_are_notified_by_the_next_process_after_a_crash(database: Database) -> None:
    async with bank(database) as b:
        await b.api_keys.reject(b.kept.id)
        await b.look_after()
        await b.look_after()
        assert b.courier.managers == [(SERVER, "own-key-stopped", ANA)]


async def test_unneeded_keys_are_deleted_with_their_account_and_proof(database: Database) -> None:
    async with bank(database) as b:
        job = b.job
        await KeyValueStore(database).put(PROOF + b.kept.id, {"job": "j", "task": "t", "at": b.hours.now - 1})
        await b.accounts.of(job)
        await b.api_keys.remove(SERVER, ANA)
        await b.look_after()
        assert await KeyValueStore(database).get(PROOF + b.kept.id) is None
        with pytest.raises(KeyLocked):
            await b.accounts.of(job)


async def test_a_key_that_none_of_the_seals_opens_pays_for_nothing(database: Database) -> None:
    async with bank(database) as b:
        blind = Accounts(
            toapis=b.toapis,
            key_values=KeyValueStore(database),
            api_keys=ApiKeys(database),
            window=120.0,
            look_on=3600.0,
        )
        with pytest.raises(KeyLocked, match="SECRET_KEYS"):
            await blind.of(b.job)


async def test_trouble_with_telling_one_server_of_its_key_leaves_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:

    notices: list[int] = []

    async def tell_managers(guild_id: int, *_: Any, **__: Any) -> None:
        if guild_id == 1:
            raise ConnectionResetError
        notices.append(guild_id)

    noted: list[str] = []

    async def record_notice(_: ApiKeys, key_id: str, **__: Any) -> bool:
        noted.append(key_id)
        return True

    async def unreported(_: ApiKeys) -> list[Any]:
        return [SimpleNamespace(guild_id=number, id=f"key {number}", last_four="1234", set_by=1) for number in (1, 2)]

    monkeypatch.setattr(ApiKeys, "record_notice", record_notice)
    monkeypatch.setattr(ApiKeys, "unreported", unreported)
    async with studio() as (_, toapis):
        accounts = Accounts(
            toapis=toapis, key_values=KeyValueStore(database), api_keys=ApiKeys(database), window=1, look_on=1
        )
        await accounts.look_after(cast("Courier", SimpleNamespace(tell_managers=tell_managers)))
    assert (notices, noted) == ([2], ["key 2"])
