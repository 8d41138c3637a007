"""Phrases: each error has its sentence, each sentence can be said, and nobody ever sees a bare key."""

from __future__ import annotations

import ast
import logging
import re
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, FluentSerializer
from fluent.syntax.ast import Message

from bot.errors import Fact, OutOfCredit, Reasoned, Refused, family
from bot.i18n import FOLDER, Phrases
from tests.support.cases import failures

ROOT = Path(__file__).parents[3]
_ENTRIES = FluentParser().parse((FOLDER / "en.ftl").read_text(encoding="utf-8")).body
ENGLISH = {e.id.name: FluentSerializer().serialize_entry(e) for e in _ENTRIES if isinstance(e, Message)}
PREFIXES = {"Refused": "refused", "BadPicture": "picture"}


def facts(source: str, number: int) -> dict[str, Fact]:
    """Return a value for each placeholder: a number if the sentence counts, else words."""
    counted = set(re.findall(r"NUMBER\(\$(\w+)|\$(\w+) ->", source))
    numbers = {name for pair in counted for name in pair if name}
    return {name: number if name in numbers else f"some {name}" for name in re.findall(r"\$(\w+)", source)}


def reasons() -> set[str]:
    """Return the keys of all Refused("…") and BadPicture("…") in the code."""
    keys = set()
    for file in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id=("Refused" | "BadPicture") as kind), args=[ast.Constant(value=str(why)), *_]
                ):
                    keys.add(f"{PREFIXES[kind]}-{why}")
    return keys


@pytest.fixture(scope="session")
def phrases() -> Phrases:
    return Phrases()


def test_each_kind_of_error_has_its_sentence() -> None:
    assert not [kind for kind in family() if not issubclass(kind, Reasoned) and kind.sentence not in ENGLISH]


def test_each_reason_that_is_raised_has_its_sentence() -> None:
    assert "refused-day-full" in reasons()
    assert reasons() <= set(ENGLISH)


@pytest.mark.parametrize("number", [0, 1, 7, 1_700_000_000])
def test_each_sentence_can_be_said(phrases: Phrases, caplog: pytest.LogCaptureFixture, number: int) -> None:
    def check(key: str) -> None:
        caplog.clear()
        text = phrases.say("en", key, facts(ENGLISH[key], number))
        assert not caplog.records
        assert text.strip()
        assert "{" not in text
        assert "$" not in text.replace("$some", "")  # cost sentences begin an amount with a dollar

    assert not failures(check, {key: key for key in ENGLISH})


def test_an_explanation_is_whole_sentences(phrases: Phrases) -> None:
    def check(key: str) -> None:
        text = phrases.say("en", key, facts(ENGLISH[key], 7))
        assert text[0].isupper() or text[0].isdigit() or text.startswith("some ")
        assert text.endswith((".", "?", "!"))

    assert not failures(check, {key: key for key in ENGLISH if key.startswith(("error-", "refused-", "picture-"))})


def test_a_key_that_nobody_wrote_falls_back_to_the_general_sentence(
    phrases: Phrases, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert phrases.say("en", "refused-moonlight") == phrases.say("en", "error-unexpected")
    assert "refused-moonlight" in caplog.text


def test_a_missing_fact_is_logged_and_the_sentence_is_said_anyway(
    phrases: Phrases, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert phrases.say("en", "card-asked")
    assert "card-asked" in caplog.text


@pytest.mark.parametrize("locale", ["en", "en-GB", "xx", "xx-YY", ""])
def test_a_language_that_we_do_not_have_is_answered_in_english(phrases: Phrases, locale: str) -> None:
    assert phrases.say(locale, OutOfCredit.sentence).startswith("My account")


def test_a_region_falls_back_to_its_language_and_a_hole_to_english(tmp_path: Path) -> None:
    (tmp_path / "en.ftl").write_text("state-working = Painting…\nstate-failed = No picture\n")
    (tmp_path / "de.ftl").write_text("state-working = Ich male…\n", encoding="utf-8")
    phrases = Phrases(tmp_path)
    assert phrases.locales == {"en", "de"}
    assert phrases.say("de-AT", "state-working") == "Ich male…"
    assert phrases.say("de-AT", "state-failed") == "No picture"


def test_an_error_is_explained_with_its_facts(phrases: Phrases) -> None:
    text = phrases.explain("en", Refused("day-full", limit=5, left=1, refills_at=1_700_000_000))
    assert text == (
        "You can make 5 pictures in 24 hours, and one is left. "
        "The next place opens <t:1700000000:R>; please order again then."
    )
