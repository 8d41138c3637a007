"""Plain text: what a member typed is shown as it was typed, and does nothing."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import clean, escape, quote, shorten, title

WRITING = st.text(max_size=400) | st.text(alphabet="a-+1. \n*_~`|<>@#:[]()\\\u200d\u202e\u200b", max_size=60)
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def shown(text: str) -> str:
    """Render as Discord does: it hides a backslash before anything but a letter, digit or space."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\nb\r\nc\td", "a b c d"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u200bb\ufeffc\u2066d", "abcd"),
        ("a\x00\x1bb", "ab"),
        ("  night  sky ", "night sky"),
        ("night \u202e sky", "night sky"),
        (FAMILY, FAMILY),
        ("\u200d\u200d", ""),
        ("Grüße, 你好, مرحبا", "Grüße, 你好, مرحبا"),
    ],
)
def test_invisible_characters_go_and_every_script_stays(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(WRITING)
def test_clean_text_is_one_line_without_anything_that_hides(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.splitlines()) <= 1
    assert not [c for c in cleaned if c != "\u200d" and unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs")]
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "@everyone",
        "<@123>",
        "<#123>",
        "<t:1:R>",
        "<:smile:123>",
        "[text](https://example.com)",
        "https://example.com/a_b",
        "**bold** _it_ ~~no~~ `code` ||hidden||",
        "# title",
        "- item",
        "> quoted",
        "\\*already\\*",
    ],
)
def test_nothing_pings_links_or_formats_and_all_is_shown(text: str) -> None:
    escaped = escape(text)
    assert shown(escaped) == text
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_~|<>\[\]()#@:]", re.sub(r"\\[^0-9A-Za-z\s]", "", escaped))


@given(WRITING)
def test_escaped_text_is_shown_as_it_was(text: str) -> None:
    assert shown(escape(text)) == text


@given(WRITING)
def test_no_special_character_is_left_bare(text: str) -> None:
    assert not re.search(r"[`*_~|<>\[\]()#@:]", re.sub(r"\\[^0-9A-Za-z\s]", "", escape(text)))


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("night", 5, "night"),
        ("nights", 5, "nigh…"),
        ("a castle at night", 14, "a castle at…"),
        ("a verylongwordwithoutend", 14, "a verylongwor…"),
    ],
)
def test_long_text_is_cut_at_a_word_near_the_end(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


@given(WRITING, st.integers(1, 100))
def test_short_text_stays_and_long_text_keeps_its_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text if len(text) <= limit else short.endswith("…")


@given(WRITING)
def test_a_quotation_is_one_quoted_line_of_bounded_length(text: str) -> None:
    quoted = quote(text, 50)
    assert quoted.startswith("> ")
    assert len(quoted.splitlines()) == 1
    assert len(quoted) <= 2 + 2 * 50


@given(WRITING)
def test_a_thread_always_has_a_name_that_discord_takes(text: str) -> None:
    assert 1 <= len(title(text)) <= 80
    assert title(text).strip()


def test_a_thread_from_an_empty_prompt_has_a_name() -> None:
    assert title(" \u200b\n") == "…"
