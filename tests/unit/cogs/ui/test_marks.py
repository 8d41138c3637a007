"""Marks: which words of the bot's own messages name a job, and which never do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import discord
import pytest

from cogs.ui.marks import read_mark, read_names, read_requester

JOB = "0123456789abcdef"


@dataclass
class Words:
    """The visible parts of a message."""

    content: str = ""
    embeds: list[discord.Embed] = field(default_factory=list)
    attachments: list[Any] = field(default_factory=list)


@dataclass
class Named:
    filename: str


def mark(content: str = "", *footers: str) -> tuple[str, str] | None:
    embeds = [discord.Embed(description=f"> {JOB}").set_footer(text=text) for text in footers]
    return read_mark(cast("discord.Message", Words(content, embeds)))


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (f"<@1>, here is your picture.\n-# A model · 1K · 3:2 · $0.04 · {JOB}.2", ".2"),
        (f"And one more.\n-# A model · $0.04 · {JOB}.2-3", ".2-3"),
        (f"This one takes longer.\n-# {JOB}.1", ".1"),
        (f"<@1> It failed.\n-# {JOB}.3", ".3"),
        (f"<@1> Nobody knows.\n-# {JOB}.4", ".4"),
    ],
)
def test_last_line_in_small_print_names_the_job(content: str, suffix: str) -> None:
    assert mark(content) == (JOB, suffix)


@pytest.mark.parametrize(("footer", "suffix"), [(f"A model · 1K · {JOB}", ""), (f"{JOB}.0", ".0")])
def test_footer_of_a_message_that_is_one_embed_names_the_job(footer: str, suffix: str) -> None:
    assert mark("", footer) == (JOB, suffix)


@pytest.mark.parametrize(
    "content",
    [
        JOB,
        f"{JOB}.2",
        f"The word {JOB}.2 is not wanted here.",
        f"-# {JOB}.2\nThe last line is another one.",
        f"You are blocked: -# {JOB}.2",
        f"-# {JOB}.2 rude",
        f"-# rude {JOB}.2",
        f"-# {JOB}",
        f"-# {JOB}.0",
        f"-# {JOB}.9",
        f"-# 1{JOB}.2",
        f"\\-# {JOB}.2",
    ],
)
def test_mark_elsewhere_in_a_message_names_no_job(content: str) -> None:
    assert mark(content) is None


def test_footers_of_other_messages_name_no_job() -> None:
    assert mark("Words beside it", f"A model · {JOB}") is None
    assert mark("", f"A model · {JOB}", f"A model · {JOB}") is None
    assert mark("", f"a model {JOB}") is None
    assert mark("", f"{JOB}.2") is None
    assert mark("") is None


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        (f"retouch-{JOB}.png", True),
        (f"SPOILER_reported-{JOB}-2.jpg", True),
        (f"compare-{JOB}.png", True),
        (f"cat-{JOB}.png", False),
        (f"my-retouch-{JOB}.png", False),
        (f"retouch-{JOB}.png.png", False),
    ],
)
def test_only_files_that_we_named_are_read(name: str, is_ours: bool) -> None:
    assert read_names(cast("discord.Message", Words(attachments=[Named(name)]))) == (JOB if is_ours else None)


def test_only_the_first_line_says_whose_picture_it_is() -> None:
    words = "<@1>, here is your picture.\n-# From a message of <@2>\n-# A model · 0123456789abcdef.2"
    assert read_requester(cast("discord.Message", Words(words))) == 1
    assert read_requester(cast("discord.Message", Words("And one more.\n-# From <@2>"))) is None
