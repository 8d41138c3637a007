"""Failure by example: the page is whole, still true, and kind. ``make failures`` made it; nothing runs here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from playground.failures.bad_inputs import BadInput
from playground.failures.fault_stories import FaultStory, fault_stories
from playground.failures.outcome import CHARGED, NO_CHARGE, REFUNDED, Ending
from playground.failures.page import mistakes, page, section_of, views
from playground.failures.play import PlayedCase
from playground.hooks import Call
from playground.screenshots.camera import NOON, moment
from playground.toapis.faults.fault import FaultContext, RefusalFault
from playground.toapis.faults.refusals import REFUSALS
from playground.toapis.faults.task_faults import TASK_FAULTS
from playground.toapis.server import Painter
from tests.scenarios.support.wording import SORRY

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE: Final = (DOCS / "failures.md").read_text(encoding="utf-8")
MAKE: Final = "make failures makes the page anew"
SORRY_CARD: Final = re.compile(r"(No picture this time|No picture this time, and no charge|Not known yet) · (.+)")
REFUSED: Final = "The painting service declined this. You were not charged; please try again."


def quotes(text: str = PAGE) -> list[str]:
    """Return every sentence that the page shows, as people read it."""
    lines = [line[2:] for line in text.splitlines() if line.startswith("> ")]
    return [re.sub(r"\\(.)", r"\1", line) for line in lines]


def blocks(text: str = PAGE) -> Iterator[tuple[str, list[str]]]:
    """Yield each view's words, and what each of its cases cost."""
    for block in re.split(r"\n\n(?=> )", text)[1:]:
        rows = [line for line in block.splitlines() if line.startswith("| ") and "what it cost" not in line]
        yield " ".join(quotes(block)), [row.split("|")[-2].strip() for row in rows]


def raw_words() -> set[str]:
    """Return what the stand-in ToAPIs says in its own words."""
    fates = {str(fault.options["message"]) for fault in TASK_FAULTS.values() if "message" in fault.options}
    context = FaultContext(Call("POST", "/", "POST /"), None, 0.0)
    answers = [fault.act(fault.options, context).json for fault in REFUSALS.values() if isinstance(fault, RefusalFault)]
    return {text for text in (*fates, *texts(answers)) if len(text) > 8}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def played_case(
    words: str, money: str = NO_CHARGE, cause: FaultStory | BadInput | None = None, pictures: int = 0
) -> PlayedCase:
    """Return an order that came to this."""
    ending = Ending((words,), (), private=False, in_thread=True, pictures=pictures, money=money, seen=())
    return PlayedCase(cause or FaultStory("policy-422"), "a line", ending, "")


def test_every_fault_of_the_stand_in_is_on_the_page() -> None:
    assert set(re.findall(r"^\| `([^`]+)`: ", PAGE, re.MULTILINE)) == set(Painter().faults), MAKE


def test_introduction_is_written_by_generator() -> None:
    written = page([played_case("Please try again")], "failures")
    assert _introduction(written) == _introduction(PAGE), MAKE


def _introduction(text: str) -> str:
    """Return what stands above the first table, without its numbers."""
    return re.sub(r"[0-9]+", "N", text.split("\n|", 1)[0])


def test_every_picture_is_there_and_shown_once_and_small() -> None:
    named = re.findall(r"\]\(failures/([^)]+)\)", PAGE)
    assert sorted(named) == sorted(file.name for file in (DOCS / "failures").iterdir()), MAKE
    sizes = [file.stat().st_size for file in (DOCS / "failures").iterdir()]
    assert max(sizes) < 40_000
    assert sum(sizes) < 2_500_000


def test_every_picture_is_described_by_what_it_says() -> None:
    described = re.findall(r"^!\[(.+)\]\(", PAGE, re.MULTILINE)
    assert len(described) == len(list(blocks()))
    for (words, _), alt in zip(blocks(), described, strict=True):
        assert re.sub(r"\\(.)", r"\1", alt).startswith(words.replace("[", "").replace("]", ""))


def test_no_sentence_is_for_machines() -> None:
    assert len(raw_words()) > 25
    assert len(quotes()) > 50
    for sentence in quotes():
        assert not re.search(r"[{}<>]|\bNone\b|Traceback|HTTP|\d{12}", sentence), sentence
        assert not [words for words in raw_words() if words in sentence], sentence


def test_every_sorry_is_one_that_the_bot_still_says() -> None:
    sorry = [match[2] for sentence in quotes() if (match := SORRY_CARD.fullmatch(sentence))]
    assert len(sorry) > 20
    for sentence in sorry:
        assert [key for key, pattern in SORRY.items() if pattern.fullmatch(sentence)], f"{sentence!r}: {MAKE}"


def test_nobody_is_told_that_it_was_free_when_it_was_not() -> None:
    free = [costs for words, costs in blocks() if "not charged" in words or "no charge" in words]
    assert len(free) > 15
    assert {cost for costs in free for cost in costs} == {NO_CHARGE, REFUNDED}


def test_a_fault_without_a_story_is_met_as_it_is() -> None:
    faults = Painter().faults
    assert {story.fault for story in fault_stories(faults)} == set(faults)
    assert FaultStory("policy-422") in fault_stories(faults)
    with pytest.raises(ValueError, match="no fault called"):
        fault_stories({"policy-422": "a line"})


@pytest.mark.parametrize(
    ("words", "money"),
    [
        ("You were not charged.", CHARGED),
        ("No picture this time, and no charge · This is a PDF.", CHARGED),
        ("Hello { $member }", NO_CHARGE),
        ("See <@1>", NO_CHARGE),
        ("None", NO_CHARGE),
    ],
)
def test_the_run_itself_refuses_what_no_ending_may_be(words: str, money: str) -> None:
    assert len(list(mistakes([played_case(words, money)]))) == 1
    assert not list(mistakes([played_case(REFUSED), played_case(REFUSED, REFUNDED)]))


def test_words_without_a_next_step_have_no_section() -> None:
    assert section_of(played_case(REFUSED)).title == "Try again later"
    with pytest.raises(ValueError, match="what to do next"):
        section_of(played_case("Something is wrong."))


def test_identical_endings_are_one_view_with_all_their_causes() -> None:
    alike = [played_case(REFUSED), played_case(REFUSED, REFUNDED, FaultStory("slow", "once"))]
    painted = played_case("@Ana, here is your picture.", CHARGED, FaultStory("drip"), pictures=1)
    sections = views([*alike, painted])
    assert [len(view.cases) for view in sections["Try again later"]] == [2]
    assert [view.name for view in sections["A picture comes all the same"]] == ["drip"]
    text = page([*alike, painted], "failures")
    assert text.count(f"> {REFUSED}") == 1
    assert "| `slow`: a line | once | charged, and given back |" in text


def test_future_moments_are_shown_in_whole_hours_and_past_before_noon() -> None:
    assert moment(24 * 3600 - 7) == NOON + 24 * 3600
    assert moment(-3) == NOON - 4
