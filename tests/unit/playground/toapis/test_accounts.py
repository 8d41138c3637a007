"""Money and keys of the stand-in ToAPIs: charges, refunds, balances, and which key may do what."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from playground.toapis.accounts import Account
from tests.support.toapis_caller import Visitor, visiting


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as visitor:
        yield visitor


@pytest.mark.proves("business-id")
async def test_every_create_is_charged_even_with_a_repeated_business_id(visitor: Visitor) -> None:
    first = (await visitor.create()).json["id"]
    second = (await visitor.create(metadata={"resolution": "4K"})).json["id"]
    assert [(charge.task_id, charge.business_id, charge.micros) for charge in visitor.painter.ledger] == [
        (first, "job-1", 40_000),
        (second, "job-1", 60_000),
    ]
    assert (await visitor.look("job-1")).json["id"] == second
    balance = (await visitor.ask("GET", "/v1/balance")).json
    assert (balance["used_credits"], balance["remain_credits"]) == (20, 199_980)


@pytest.mark.proves("price-charged")
async def test_a_failed_task_is_refunded_when_it_fails_and_not_before(visitor: Visitor) -> None:
    visitor.painter.fault("failed:generation_failed")
    await visitor.create()
    assert [charge.refunded for charge in visitor.painter.ledger] == [False]
    visitor.clock.advance(8)
    assert [charge.refunded for charge in visitor.painter.ledger] == [True]
    assert (await visitor.ask("GET", "/v1/balance")).json["used_credits"] == 0


@pytest.mark.proves("balance-empty")
async def test_an_empty_balance_is_402_and_makes_no_task(visitor: Visitor) -> None:
    visitor.painter.account.budget = 70_000
    assert (await visitor.create()).status == 200
    reply = await visitor.create()
    assert (reply.status, reply.json["error"]["code"]) == (402, "insufficient_quota")
    assert len(visitor.painter.tasks) == len(visitor.painter.ledger) == 1


@pytest.mark.proves("key-envelopes")
async def test_a_capped_key_is_empty_while_the_account_is_not(visitor: Visitor) -> None:
    key = visitor.painter.add_key(visitor.painter.account, cap=0)
    assert (await visitor.create(key=key)).status == 402
    assert (await visitor.ask("GET", "/balance", key=key)).json["remain_credits"] == 0
    assert (await visitor.ask("GET", "/user/balance", key=key)).json["remain_credits"] == 200_000


@pytest.mark.proves("balance-empty")
async def test_an_unlimited_account_shows_minus_one(visitor: Visitor) -> None:
    visitor.painter.account.budget = None
    balance = (await visitor.ask("GET", "/v1/user/balance")).json
    assert (balance["remain_balance"], balance["unlimited_quota"]) == (-1, True)


@pytest.mark.proves("key-envelopes")
async def test_a_key_limited_to_some_models_gets_403_for_the_others(visitor: Visitor) -> None:
    key = visitor.painter.add_key(visitor.painter.account, models=frozenset({"gpt-image-2"}))
    assert (await visitor.create(key=key)).status == 403
    listed = (await visitor.ask("GET", "/v1/models?type=image", key=key)).json["data"]
    assert [row["id"] for row in listed] == ["gpt-image-2"]


@pytest.mark.proves("key-envelopes")
async def test_only_the_revoked_key_is_refused_and_its_tasks_go_on(visitor: Visitor) -> None:
    key = visitor.painter.add_key(visitor.painter.account)
    id_ = (await visitor.create(key=key)).json["id"]
    visitor.painter.revoke(key)
    assert (await visitor.look(id_, key=key)).status == (await visitor.create(key=key)).status == 401
    assert (await visitor.ask("GET", "/v1/balance", key=key)).status == 401
    assert (await visitor.look(id_)).status == 200


async def test_keys_of_two_accounts_are_charged_apart(visitor: Visitor) -> None:
    other = visitor.painter.add_key(Account("2002", budget=1_000_000))
    await visitor.create()
    await visitor.create(key=other)
    mine, theirs = visitor.painter.ledger
    assert (mine.key, theirs.key, theirs.user) == (visitor.painter.key, other, "2002")
    left = (await visitor.ask("GET", "/v1/balance", key=other)).json["remain_balance"]
    assert left == (1_000_000 - theirs.micros) / 1_000_000


@pytest.mark.parametrize("key", ["", "sk-wrong"])
@pytest.mark.proves("key-envelopes")
async def test_a_wrong_key_is_401_in_the_envelope_of_each_verb(visitor: Visitor, key: str) -> None:
    upload = await visitor.upload(key=key)
    create = await visitor.create(key=key)
    look = await visitor.look("x", key=key)
    assert [reply.status for reply in (upload, create, look)] == [401, 401, 401]
    assert upload.json["success"] is False
    assert create.json["error"]["code"] == "unauthorized"
    assert look.json["error"]["code"] == 401
    assert visitor.painter.ledger == []


async def test_a_task_is_found_by_every_key_of_its_user_only(visitor: Visitor) -> None:
    sibling = visitor.painter.add_key(visitor.painter.account)
    stranger = visitor.painter.add_key(Account("2002"))
    id_ = (await visitor.create()).json["id"]
    for name in (id_, "job-1"):
        assert (await visitor.look(name, key=sibling)).status == 200
        assert (await visitor.look(name, key=stranger)).status == 404
