"""The client against the stand-in ToAPIs with its faults, and against a scripted server for exact bytes.

Money is counted by the stand-in's ledger: whatever happens, one order is charged once.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from bot.errors import OrderRejected
from bot.toapis.catalogue.catalogue import Model
from bot.toapis.client import UPLOAD_LIMIT
from bot.toapis.rate_limit import Bucket
from bot.toapis.tasks import Painted
from tests.support.toapis_clients import CATALOGUE, Photo, buy, calls, finish, photo, share, studio

ALL = [pytest.param(model, id=model.id) for model in CATALOGUE.models]


# The way that everything should go


@pytest.mark.parametrize("model", ALL)
@pytest.mark.proves("references-by-address")
async def test_every_model_goes_from_upload_to_picture_without_a_single_offence(model: Model) -> None:
    async with studio() as (painter, toapis):
        task = await buy(toapis, model=model.id)
        painted = await finish(toapis, task.task_id)
        assert isinstance(painted, Painted)
        picture = await toapis.download(painted.urls[0], share())
        with Image.open(io.BytesIO(picture.data)) as image:
            image.verify()
        assert painter.offences == []
        assert [charge.business_id for charge in painter.ledger] == ["job-1"]


@pytest.mark.proves("create-is-asynchronous")
async def test_a_create_answers_with_a_task_and_never_with_a_picture() -> None:
    async with studio() as (_, toapis):
        assert not isinstance(await buy(toapis), Painted)


async def test_an_upload_says_the_type_that_the_bytes_were_checked_to_be() -> None:
    async with studio() as (painter, toapis):
        upload = await toapis.upload(replace(photo(), filename='Käse "1"\r\n.png'))
        assert upload.url.startswith(painter.url)
        assert (upload.mime, upload.size) == ("image/png", len(photo().data))
        assert painter.offences == []


@pytest.mark.proves("references-by-address")
async def test_a_large_upload_succeeds_and_one_over_the_limit_is_never_sent() -> None:
    data = photo().data
    large = Photo(data + b"\0" * (3_000_000 - len(data)))
    async with studio() as (painter, toapis):
        assert (await toapis.upload(large)).size == 3_000_000
        with pytest.raises(OrderRejected):
            await toapis.upload(Photo(data + b"\0" * UPLOAD_LIMIT))
        assert calls(painter, "POST /v1/uploads/images") == 1


async def test_balances_and_models_are_read() -> None:
    async with studio() as (_, toapis):
        assert (await toapis.balance()).credits_used == 0
        assert ((await toapis.account_balance()).credits_left or 0) > 0
        assert {model.id for model in CATALOGUE.models} <= await toapis.models()


@pytest.mark.proves("create-looked-up")
async def test_a_lost_task_is_found_by_its_business_id_else_none() -> None:
    async with studio() as (_, toapis):
        task = await buy(toapis)
        task_found = await toapis.find("job-1")
        assert task_found is not None
        assert task_found.task_id == task.task_id
        assert await toapis.find("job-2") is None


@pytest.mark.proves("download-without-key", "own-user-agent")
async def test_calls_and_downloads_have_our_agent_and_downloads_no_key() -> None:
    async with studio() as (painter, toapis):
        painted = await finish(toapis, (await buy(toapis)).task_id)
        assert isinstance(painted, Painted)
        await toapis.download(painted.urls[0], share())
        assert all(call.headers["User-Agent"].startswith("Retouch/") for call in painter.requests)
        files = [call for call in painter.requests if call.path.startswith("/files/")]
        assert files
        assert not any("Authorization" in call.headers for call in files)


async def test_no_more_than_four_uploads_run_at_once() -> None:
    running = most = 0
    release = asyncio.Event()

    async def hook(phase: str, call: Any) -> None:
        nonlocal running, most
        if call.route == "POST /v1/uploads/images":
            running += 1 if phase == "before" else -1
            most = max(most, running)
            if phase == "before" and most >= 4:
                asyncio.get_running_loop().call_later(0.1, release.set)  # time for a fifth to come, if it could
            await release.wait()

    async with studio() as (painter, toapis):
        painter.hooks.append(hook)
        await asyncio.gather(*(toapis.upload(photo()) for _ in range(9)))
    assert most == 4


async def test_allowance_of_another_tier_is_learned_from_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[float] = []
    monkeypatch.setattr(Bucket, "learn", lambda _, times: learned.append(times))
    async with studio(tier="vip") as (_, toapis):
        task = await buy(toapis)
        await toapis.status(task.task_id)
    assert learned == [pytest.approx(1000 / 300), pytest.approx(10_000 / 3_000)]
