"""Errors outlive a restart: what was frozen thaws to the same kind, with the same sentence."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    BadPicture,
    JobCancelled,
    PolicyRefused,
    RateLimited,
    Reasoned,
    Refused,
    RetouchError,
    ToAPIsError,
    ToAPIsUnavailable,
    family,
    freeze,
    thaw,
)

FACTS = st.dictionaries(
    st.sampled_from(["limit", "left", "model", "since"]), st.integers(-(2**53), 2**53) | st.text(max_size=20)
)


def build(kind: type[RetouchError], detail: str, facts: dict[str, Any]) -> RetouchError:
    return kind("day-full", detail, **facts) if issubclass(kind, Reasoned) else kind(detail, **facts)


def again(error: RetouchError) -> RetouchError:
    return thaw(json.loads(json.dumps(freeze(error))))


@pytest.mark.parametrize("kind", family())
@given(detail=st.text(max_size=30), facts=FACTS)
def test_each_kind_comes_back_from_json_as_it_was(kind: type[RetouchError], detail: str, facts: dict[str, Any]) -> None:
    error = build(kind, detail, facts)
    thawed = again(error)
    assert type(thawed) is kind
    assert (thawed.key, thawed.detail, thawed.facts) == (error.key, error.detail, error.facts)
    assert str(thawed) == str(error)


@pytest.mark.parametrize(
    "error",
    [
        RateLimited("slow down", retry_after=1.5, request_id="id-7", limit=3),
        ToAPIsUnavailable("503", retry_after=0.0, request_id="id-8"),
        PolicyRefused("no", request_id="id-9"),
    ],
)
def test_what_toapis_told_beside_its_words_comes_back_too(error: ToAPIsError) -> None:
    thawed = again(error)
    assert vars(thawed) == vars(error)


def test_what_an_older_version_froze_still_thaws() -> None:
    thawed = thaw({"name": "RateLimited", "detail": "slow down", "facts": {}})
    assert isinstance(thawed, RateLimited)
    assert (thawed.retry_after, thawed.request_id) == (None, None)


def test_an_error_of_a_kind_that_is_gone_is_still_an_error() -> None:
    thawed = thaw({"name": "OutOfFilm", "detail": "gone", "facts": {"limit": 1}})
    assert type(thawed) is RetouchError
    assert (thawed.key, thawed.detail, thawed.facts) == ("error-unexpected", "gone", {"limit": 1})


@pytest.mark.parametrize(
    ("error", "key"), [(Refused("blocked"), "refused-blocked"), (BadPicture("svg"), "picture-svg")]
)
def test_the_reason_is_part_of_the_key(error: RetouchError, key: str) -> None:
    assert error.key == key


def test_a_reason_stands_in_for_a_detail_that_nobody_gave() -> None:
    assert Refused("blocked").detail == "blocked"
    assert Refused("blocked", "id 7").detail == "id 7"


def test_names_and_sentences_tell_the_kinds_apart() -> None:
    assert len({kind.__name__ for kind in family()}) == len(family())
    # A room may refine a kind for itself (LimiterDown) and say the same to people.
    ours = [kind for kind in family() if kind.__module__ == "bot.errors" and kind is not Reasoned]
    counts = Counter(kind.sentence for kind in ours)
    assert counts.most_common(1)[0][1] == 1


def test_the_family_is_whole_from_any_root() -> None:
    assert set(family(ToAPIsError)) == {kind for kind in family() if issubclass(kind, ToAPIsError)}


def test_cancelled_job_of_the_previous_version_thaws_as_cancelled() -> None:
    """The engine keeps what a step ended with under this name since the first version."""
    stored = {"name": "CalledOff", "detail": "", "facts": {}}
    assert type(thaw(stored)) is JobCancelled
    assert freeze(JobCancelled()) == stored
