"""The Wire: what is said to a worker, and how little of its answers is believed."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from bot.errors import BadPicture
from bot.images import works
from bot.images.checked import Picture
from bot.images.wire import (
    MOST_BYTES,
    SIZE,
    Limits,
    Refusal,
    Task,
    WrongAnswer,
    answer_head,
    described,
    read_answer,
    refused,
    request_head,
)

FILES = [b"one", None, b"three"]
TASK = Task("film_strip", FILES, {"limit": 7}, Limits(1.0, 2.0))
WORDS: dict[str, Any] = {
    "format": "PNG",
    "width": 3,
    "height": 2,
    "animated": False,
    "turned": True,
    "size": 5,
    "same": None,
}


def test_a_request_names_the_sizes_of_its_files() -> None:
    request = works.received(io.BytesIO(request_head(TASK)))
    assert request is not None
    assert (request.work, request.sizes, request.options, request.limits) == (
        "film_strip",
        [3, None, 5],
        {"limit": 7},
        Limits(1.0, 2.0),
    )
    assert works.received(io.BytesIO()) is None


def test_a_file_that_comes_back_as_it_was_is_not_sent_again() -> None:
    data = bytes(range(7))
    words = described(Picture(data, "PNG", 3, 2), [b"other", data])
    answer = read_answer(json.dumps({"pictures": [words]}).encode(), [b"other", data])
    assert not isinstance(answer, Refusal)
    assert [picture.same for picture in answer] == [1]
    assert described(Picture(bytes(7), "PNG", 3, 2), [b"other", data])["same"] is None


def test_a_refusal_comes_back_with_reason_and_facts() -> None:
    head = answer_head(refused(BadPicture("too-large", "so many bytes", limit_mb=50), pressed=True))
    (size,) = SIZE.unpack(head[: SIZE.size])
    assert len(head) == SIZE.size + size
    refusal = read_answer(head[SIZE.size :], FILES)
    assert isinstance(refusal, Refusal)
    assert refusal.pressed
    error = refusal.error()
    assert (error.key, error.facts, error.detail) == ("picture-too-large", {"limit_mb": 50}, "so many bytes")


@pytest.mark.parametrize(
    "words",
    [
        [],
        {},
        {"pictures": []},
        {"pictures": [WORDS] * 5},
        {"pictures": [WORDS | {"format": "SVG"}]},
        {"pictures": [WORDS | {"width": "3"}]},
        {"pictures": [WORDS | {"height": True}]},
        {"pictures": [WORDS | {"size": 0}]},
        {"pictures": [WORDS | {"size": MOST_BYTES + 1}]},
        {"pictures": [WORDS | {"same": 1}]},
        {"pictures": [WORDS | {"same": 3}]},
        {"pictures": [WORDS | {"same": -1}]},
        {"failed": "KeyError()"},
        {"refused": {"reason": "../en", "detail": "", "facts": {}, "pressed": False}},
        {"refused": {"reason": "broken", "detail": "", "facts": {"a": [1]}, "pressed": False}},
        {"refused": {"reason": "broken", "detail": "", "facts": {"a": "b" * 201}, "pressed": False}},
        {"refused": {"reason": 5, "detail": "", "facts": {}, "pressed": False}},
    ],
)
def test_an_answer_that_our_program_would_not_give_is_not_taken(words: Any) -> None:
    with pytest.raises(WrongAnswer):
        read_answer(json.dumps(words).encode(), FILES)


def test_bytes_that_are_no_words_are_not_taken() -> None:
    for head in (b"", b"\xff", b"[" * 50_000):
        with pytest.raises(WrongAnswer):
            read_answer(head, FILES)
