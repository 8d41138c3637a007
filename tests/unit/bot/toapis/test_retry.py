"""Which call is repeated after which trouble: the table says it, and the client does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.errors import CreateLost, ToAPIsError
from bot.toapis.client import ToAPIs
from bot.toapis.retry import TABLE, Again, CallFailure, Verb
from tests.support.toapis_clients import QUICK, URLS, held, http, order, photo, scripted

# The table


def test_the_table_says_for_each_call_and_trouble_what_to_do() -> None:
    calls = [(verb, what) for verb in Verb for what in CallFailure]
    assert not [(verb, what) for verb, what in calls if TABLE[verb][what] is not _expected(verb, what)]


def _expected(verb: Verb, what: CallFailure) -> Again:
    if what in {CallFailure.NOT_CONNECTED, CallFailure.RATE_LIMITED, CallFailure.LIMITER_DOWN}:
        return Again.REPEAT
    if what is CallFailure.LOST:
        return Again.LOOK_UP if verb is Verb.CREATE else Again.REPEAT
    return Again.REPEAT if (verb, what) == (Verb.STATUS, CallFailure.ABSENT) else Again.NEVER


TROUBLES = {
    CallFailure.RATE_LIMITED: http(429, {"error": {"code": "rate_limit_exceeded", "message": "x"}}, "Retry-After: 0"),
    CallFailure.LIMITER_DOWN: http(
        503, {"error": {"code": "rate_limit_unavailable", "message": "x"}}, "Retry-After: 0"
    ),
    CallFailure.LOST: http(502, b"<html>"),
    CallFailure.NO_CHANNEL: http(503, {"error": {"code": "model_not_found", "message": "no available channel"}}),
    CallFailure.REFUSED: http(401, {"error": {"code": 401, "message": "bad key"}}),
}
VERBS: dict[Verb, Callable[[ToAPIs], Any]] = {
    Verb.UPLOAD: lambda toapis: toapis.upload(photo()),
    Verb.CREATE: lambda toapis: toapis.create(*order(), URLS, held()),
    Verb.STATUS: lambda toapis: toapis.status("t"),
    Verb.FIND: lambda toapis: toapis.find("job-1"),
    Verb.BALANCE: lambda toapis: toapis.balance(),
    Verb.MODELS: lambda toapis: toapis.models(),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("what", TROUBLES)
async def test_the_client_does_what_the_table_says(verb: Verb, what: CallFailure) -> None:
    async with scripted(TROUBLES[what]) as (script, toapis):
        with pytest.raises(ToAPIsError) as caught:
            await VERBS[verb](toapis)
        expected = QUICK.patience.attempts if TABLE[verb][what] is Again.REPEAT else 1
        assert len(script.asked) == expected
        assert isinstance(caught.value, CreateLost) == (TABLE[verb][what] is Again.LOOK_UP)
