"""A style: what is shown is what is sent, and the member's words stay theirs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.guilds.style_template import (
    PLACE,
    Style,
    apply,
    built_in,
    called,
    folded,
    nicknamed,
    placed,
    places,
    search,
    translated,
)
from bot.i18n import Phrases
from bot.text import clean

BUILT_IN = built_in()
WORDS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30)


def style(template: str) -> Style:
    return Style("test", "Test", template)


def test_a_dozen_styles_are_built_in() -> None:
    assert len(BUILT_IN) == 12
    assert len({folded(style.name) for style in BUILT_IN}) == len({style.id for style in BUILT_IN}) == 12


@pytest.mark.parametrize("built_in_style", BUILT_IN, ids=lambda style: style.id)
def test_each_of_them_says_how_and_makes_sense_with_words_and_without(built_in_style: Style) -> None:
    assert places(built_in_style.template) == 1
    assert 100 < len(built_in_style.template) < 400
    assert built_in_style.template == clean(built_in_style.template)
    assert apply(built_in_style, "a cat on a roof").startswith("a cat on a roof. Make it a")
    assert apply(built_in_style, "").startswith("Make it a")
    assert apply(built_in_style, "").endswith(".")


@pytest.mark.parametrize("built_in_style", BUILT_IN, ids=lambda style: style.id)
def test_each_of_them_has_its_name_in_every_language(built_in_style: Style) -> None:
    phrases = Phrases()
    assert built_in_style.key == f"style-{built_in_style.id}"
    assert phrases.say("en", built_in_style.key) == built_in_style.name
    for locale in phrases.locales:
        assert 1 <= len(phrases.say(locale, built_in_style.key)) <= 100  # a choice's name: as much as Discord shows


@pytest.mark.parametrize(
    ("template", "prompt", "sent"),
    [
        ("{prompt}. Make it blue.", "a cat", "a cat. Make it blue."),
        ("{prompt}. Make it blue.", "a cat!", "a cat! Make it blue."),
        ("{prompt}. Make it blue.", "a cat.", "a cat. Make it blue."),
        ("{prompt}. Make it blue.", "  a cat  ", "a cat. Make it blue."),
        ("{prompt}. Make it blue.", "", "Make it blue."),
        ("{prompt}. Make it blue.", " \u200b\n", "Make it blue."),
        ("A poster of {prompt}, bold", "a cat", "A poster of a cat, bold"),
        ("A poster of {prompt}, bold", "", "A poster of, bold"),
        ("As in the nineties: {prompt}", "a cat", "As in the nineties: a cat"),
        ("As in the nineties: {prompt}", "", "As in the nineties"),
        ("As in the nineties", "a cat", "As in the nineties: a cat"),
        ("Make it old.", "a cat", "Make it old. a cat"),
        ("Make it old.", "", "Make it old."),
        ("{ Prompt }, in lead", "a cat", "a cat, in lead"),
        ("{prompt}, in lead", "a {prompt} and {0} \\1", "a {prompt} and {0} \\1, in lead"),
        ("", "a cat", "a cat"),
    ],
)
def test_a_prompt_and_a_template_become_one_text(template: str, prompt: str, sent: str) -> None:
    assert apply(style(template), prompt) == sent


@given(WORDS, WORDS, WORDS)
def test_the_members_words_are_sent_as_they_were_typed(before: str, prompt: str, after: str) -> None:
    sent = apply(style(f"{before} {PLACE} {after}"), prompt)
    assert sent == f"{before} {prompt} {after}"


@given(st.text(max_size=60))
def test_a_placed_template_has_exactly_one_place_and_stays_as_it_is(template: str) -> None:
    once = placed(template)
    assert places(once) == max(1, places(template))
    assert placed(once) == once


def test_style_is_found_by_name_id_alias_and_translation() -> None:
    assert [style.id for style in search(BUILT_IN, "waterc")] == ["watercolour"]
    assert [style.id for style in search(BUILT_IN, "watercolor")] == ["watercolour"]
    assert search(BUILT_IN, "wash")[0].id == "ink-and-wash"
    german = translated(BUILT_IN, lambda key: "Ölgemälde" if key == "style-oil" else "Stil")
    assert [style.id for style in search(german, "ölg")] == ["oil"]
    assert search(german, "oil painting")[0].name == "Ölgemälde"


def test_the_best_match_comes_first_and_a_list_holds_25() -> None:
    styles = [Style(name, name, "") for name in ("x neon", "old neon", "neon lights", "neon")]
    assert [style.id for style in search(styles, "neon")] == ["neon", "neon lights", "x neon", "old neon"]
    assert search(styles, "") == styles
    assert len(search([*styles] * 10, "")) == 25
    assert len(search(styles, "", limit=2)) == 2


def test_a_servers_style_keeps_its_name_in_every_language() -> None:
    own = Style("Neon", "Neon", "{prompt} in neon")
    assert translated([own], lambda key: "never") == (own,)


def test_names_are_equal_in_any_case_and_unicode_form() -> None:
    assert called(BUILT_IN, " WATERCOLOUR ") is called(BUILT_IN, "watercolour") is not None
    assert called(BUILT_IN, "Ink and wash") is called(BUILT_IN, "ink-and-wash") is not None
    assert folded("Grüße") == folded("GRU\u0308SSE")
    assert folded("ne\u200bon") == "neon"
    assert called(BUILT_IN, "neon") is None


def test_another_word_names_a_style_only_where_it_is_the_only_one() -> None:
    nickname = nicknamed(BUILT_IN, "AQUARELLE")
    assert nickname is not None
    assert nickname.id == "watercolour"
    assert nicknamed(BUILT_IN, "photo") is None
    assert nicknamed(BUILT_IN, "neon") is None
