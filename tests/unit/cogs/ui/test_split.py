"""Lines split over messages, and texts cut to one: no message is too long, and no line is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cogs.ui.split import CONTENT_LIMIT, beside, cut, split


@given(st.lists(st.text("ab", max_size=9)), st.integers(0, 20), st.integers(10, 20))
def test_messages_hold_all_lines_in_order_and_within_their_limits(lines: list[str], room: int, further: int) -> None:
    messages = split(lines, room, further)
    assert [line for message in messages for line in message] == lines
    assert len("\n".join(messages[0])) <= room
    assert all(len(message) > 0 and len("\n".join(message)) <= further for message in messages[1:])


def test_first_message_without_room_has_no_line() -> None:
    assert split(["a", "b"], 0) == [[], ["a", "b"]]


def test_line_that_fits_nowhere_has_its_own_message() -> None:
    assert split(["a", "b" * 30, "c"], 10, 20) == [["a"], ["b" * 30], ["c"]]


def test_lines_with_room_stand_before_the_last_line() -> None:
    assert beside("a\nmark", ["b", "c"]) == "a\nb\nc\nmark"
    assert beside("a\nmark", ["b" * 9, "c"], 10) == "a\nc\nmark"
    assert beside("a\nmark", ["b"], 7) == "a\nmark"


def test_text_that_fits_is_not_cut() -> None:
    assert cut("x" * CONTENT_LIMIT) == "x" * CONTENT_LIMIT


def test_cut_text_keeps_its_last_line_unless_that_is_too_long() -> None:
    assert cut("a" * 30 + "\nmark", 20) == "a" * 14 + "…\nmark"
    assert cut("a" * 30 + "\n" + "b" * 30, 20) == "a" * 20
