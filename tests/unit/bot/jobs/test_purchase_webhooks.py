"""The Purchase with webhooks: an address that is refused costs a second create, and never a second charge."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.database import Database
from bot.errors import CreateLost, JobCancelled, OrderRejected, RetouchError
from bot.jobs.claim import Claims
from bot.jobs.webhooks import Webhooks
from playground.hooks import Call, Drop, Phase
from tests.support.engine_runs import InlineEngine
from tests.support.purchase_shop import CREATE, Shop, shop
from tests.support.studio import PICTURE_URL
from tests.support.webhook_sender import ADDRESS, webhooks_over


async def buys(shop: Shop, webhooks: Webhooks) -> Any:
    try:
        return await shop.purchase(InlineEngine(), webhooks=webhooks).buy(shop.job, [PICTURE_URL])
    except RetouchError as error:
        return error


def addresses(shop: Shop) -> list[str | None]:
    """Return the address that each create of the job named."""
    calls = [call for call in shop.painter.requests if call.route == CREATE]
    return [call.json.get("callback_url") for call in calls if call.json["client_business_id"] == shop.job.id]


async def test_create_names_our_address_where_the_key_has_a_webhook(database: Database) -> None:
    async with shop(database) as s:
        s.painter.set_up_webhook("https://bot.example.com/anywhere")
        assert await s.is_bought_once(await buys(s, webhooks_over(database, s.hours)))
        assert addresses(s) == [ADDRESS]


@pytest.mark.parametrize("setting", [None, "https://another.example.com/hook"])
async def test_refused_address_is_left_out_under_the_same_claim(database: Database, setting: str | None) -> None:
    async with shop(database) as s:
        webhooks = webhooks_over(database, s.hours)
        claims: list[tuple[int, str | None]] = []

        async def hook(phase: Phase, call: Call) -> None:
            if (phase, call.route) == ("before", CREATE):
                send = await Claims(database).last(s.job.id)
                assert send is not None
                claims.append((send.number, send.claim_id))

        s.painter.hooks.append(hook)
        if setting is not None:
            s.painter.set_up_webhook(setting)
        assert await s.is_bought_once(await buys(s, webhooks))
        assert addresses(s) == [ADDRESS, None]
        assert len(set(claims)) == 1
        assert claims[0][0] == 1
        assert claims[0][1] is not None
        assert await webhooks.callback_for(s.job) is None


@pytest.mark.parametrize("when", ["first", "second"])
@pytest.mark.parametrize("fault", ["reset-after", "html-200"])
async def test_lost_answer_is_looked_up_with_and_without_the_address(database: Database, when: str, fault: str) -> None:
    async with shop(database) as s:
        if when == "first":
            s.painter.set_up_webhook(ADDRESS)
            s.painter.fault(fault, times=1)
        else:
            s.painter.fault("webhook-not-configured", times=1)
            s.painter.fault(fault, times=1)
        assert await s.is_bought_once(await buys(s, webhooks_over(database, s.hours)))
        assert addresses(s) == ([ADDRESS] if when == "first" else [ADDRESS, None])


async def test_process_that_dies_between_the_two_creates_buys_nothing_twice(database: Database) -> None:
    async with shop(database) as s:
        await s.prove()
        refused = asyncio.Event()

        async def hook(phase: Phase, call: Call) -> None:
            if (phase, call.route) == ("before", CREATE) and "callback_url" not in call.json:
                refused.set()
                raise Drop

        s.painter.hooks.append(hook)
        dying = asyncio.create_task(buys(s, webhooks_over(database, s.hours)))
        await asyncio.wait_for(refused.wait(), 30)
        dying.cancel()
        await asyncio.wait([dying])
        s.painter.hooks.clear()
        assert await s.is_bought_once(await buys(s, webhooks_over(database, s.hours)))
        assert addresses(s) == [ADDRESS, None, None]  # the last after a look-up was proved to find nothing


async def test_refusal_of_the_order_itself_is_told_and_closes_the_claim(database: Database) -> None:
    async with shop(database) as s:
        s.painter.fault("invalid-request", times=1)
        assert type(await buys(s, webhooks_over(database, s.hours))) is OrderRejected
        assert addresses(s) == [ADDRESS]
        send = await Claims(database).last(s.job.id)
        assert send is not None
        assert not send.in_doubt


async def test_second_refusal_is_the_orders_and_closes_the_claim(database: Database) -> None:
    async with shop(database) as s:
        s.painter.fault("webhook-not-configured")
        error = await buys(s, webhooks_over(database, s.hours))
        assert isinstance(error, OrderRejected)
        assert not isinstance(error, CreateLost)
        assert addresses(s) == [ADDRESS, None]
        send = await Claims(database).last(s.job.id)
        assert send is not None
        assert not send.in_doubt


async def test_cancelled_job_names_no_address_and_buys_nothing(database: Database) -> None:
    async with shop(database) as s:
        await s.jobs.cancel(s.job.id, 1)
        assert isinstance(await buys(s, webhooks_over(database, s.hours)), JobCancelled)
        assert addresses(s) == []


async def test_job_cancelled_between_the_two_creates_is_not_bought(database: Database) -> None:
    async with shop(database) as s:

        async def hook(phase: Phase, call: Call) -> None:
            if (phase, call.route) == ("after", CREATE):
                assert await s.jobs.cancel(s.job.id, 1) == "buying"

        s.painter.hooks.append(hook)
        assert isinstance(await buys(s, webhooks_over(database, s.hours)), JobCancelled)
        assert (addresses(s), s.charges) == ([ADDRESS], [])
        send = await Claims(database).last(s.job.id)
        assert send is not None
        assert not send.in_doubt
