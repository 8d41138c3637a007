"""Every message about a job fits into Discord's limits, even with the longest facts that there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import RetouchError, family
from bot.i18n import Phrases
from bot.jobs.courier import Link, Progress
from bot.jobs.job import Job, JobState
from bot.orders import Source
from bot.text import title
from bot.toapis.catalogue.catalogue import Catalogue
from cogs.ui.cards import Cards
from cogs.ui.links import LONGEST, original_lines
from cogs.ui.result_posts import ResultPosts
from cogs.ui.split import beside
from tests.support.studio import CATALOGUE, a_job

ID = 2**63 - 1
PROMPT = "*_" * 2000
LONG = "W" * 4000

CONTENT = 2000
DESCRIPTION = 4096
FOOTER = 2048
TOTAL = 6000
ALT = 1024
THREAD = 100
"""https://discord.com/developers/docs/resources/message#embed-object-embed-limits"""


@pytest.fixture
def longest() -> Job:
    """Return a job with foreign sources, a sentence about the place, the longest ids, and a prompt all escaped."""
    job = a_job(JobState.DELIVERED)
    sources = tuple(
        Source(f"https://x/{n}", "cat.png", "image/png", 1, credit=f"<@{ID - n}>", seen_in=f"https://discord.com/{n}")
        for n in range(4)
    )
    where = replace(
        job.destination, requester_id=ID, channel_id=ID, place_id=ID - 1, card_id=ID, guild_id=ID,
        word="place-no-create-thread", locale="en",
    )  # fmt: skip
    order = replace(job.order, prompt=PROMPT, sources=sources, resolution="4K", ratio="16:9")
    return replace(job, order=order, destination=where, cancelled_by=ID, parent_id="0" * 16)


@pytest.fixture
def wordy() -> Catalogue:
    """Return a catalogue whose models have long names, as an operator may choose."""
    return replace(CATALOGUE, models=tuple(replace(model, name=LONG) for model in CATALOGUE.models))


@pytest.fixture
def cards() -> Cards:
    return Cards(Phrases(), lambda: CATALOGUE)


@pytest.fixture
def wordy_cards(wordy: Catalogue) -> Cards:
    return Cards(Phrases(), lambda: wordy)


def check_embed(embed: Any) -> None:
    assert len(embed.description or "") <= DESCRIPTION
    assert len(embed.footer.text or "") <= FOOTER
    assert len(embed) <= TOTAL


def test_cards_fit(wordy_cards: Cards, longest: Job) -> None:
    for embed in (
        wordy_cards.accepted(longest),
        wordy_cards.opened(longest),
        wordy_cards.working(longest, Progress("painting", 50, 9, 9)),
        wordy_cards.cancelled(longest),
        wordy_cards.deleted(longest, ID),
        wordy_cards.delivered(longest, f"https://discord.com/channels/{ID}/{ID}/{ID}"),
        *(wordy_cards.history_entry("en", replace(longest, state=state, result_id=ID), None) for state in JobState),
    ):
        check_embed(embed)


def test_results_fit_with_any_links(wordy_cards: Cards, longest: Job) -> None:
    for length in (10, 160, 170, 700, 1100, 1199, 1201, 4000):
        for spoiler in (False, True):
            job = replace(longest, destination=replace(longest.destination, spoiler=spoiler))
            links = [Link(f"https://x.example/{n}?".ljust(length, ")"), 2_000_000_000) for n in range(9)]
            for part in (0, 1):
                texts = ResultPosts(wordy_cards).texts(job, part, 10, links, "place-direct")
                assert all(0 < len(text) <= CONTENT for text in texts)
                marks = [text.rpartition("\n")[2] for text in texts]
                assert len(set(marks)) == len(texts)
                assert all(job.nonce in mark for mark in marks)


def test_every_link_is_in_exactly_one_message(cards: Cards, longest: Job) -> None:
    links = [Link(f"https://x.example/{n}-".ljust(600, "f"), None) for n in range(9)]
    text = "\n".join(ResultPosts(cards).texts(longest, 0, 1, links, None))
    assert [text.count(str(link.url)) for link in links] == [1] * 9


def test_links_are_split_alike_with_and_without_a_word_about_the_place(cards: Cards, longest: Job) -> None:
    for length in range(150, 260):
        links = [Link(f"https://x.example/{n}-".ljust(length, "f"), None) for n in range(9)]
        _, *with_word = ResultPosts(cards).texts(longest, 0, 1, links, "place-direct")
        _, *without = ResultPosts(cards).texts(longest, 0, 1, links, None)
        assert with_word == without


def test_apology_and_alt_and_thread_name_fit(wordy_cards: Cards, longest: Job) -> None:
    for kind in family(RetouchError):
        if kind.__name__.startswith("_") or kind.__init__ is not RetouchError.__init__:
            continue
        assert len(wordy_cards.apology(longest, kind(LONG)).content(None) or "") <= CONTENT
        check_embed(wordy_cards.failed(longest, kind(LONG)))
    assert len(wordy_cards.late(longest).content(None) or "") <= CONTENT
    assert len(wordy_cards.result_alt(longest)) <= ALT
    assert len(wordy_cards.source_alt(longest)) <= ALT
    assert 0 < len(title(PROMPT)) <= THREAD


def test_steps_fit(cards: Cards, longest: Job) -> None:
    text = cards.steps("en", [longest] * 60, [True] * 61, forgotten=True)
    assert len(text) <= CONTENT
    assert text.splitlines()[-1].startswith("-# Made by AI")


def test_originals_stand_beside_the_longest_result_while_there_is_room(cards: Cards, longest: Job) -> None:
    text = ResultPosts(cards).texts(longest, 0, 10, [], None)[0]
    for length in (60, 300, LONGEST, LONGEST + 1):
        links = [Link(f"https://x.example/{n}-".ljust(length, "f"), 1_800_000_000) for n in range(10)]
        lines = original_lines(cards.phrases, longest, links, 1)
        whole = beside(text, [line for line in lines if line])
        assert len(whole) <= CONTENT
        assert whole.splitlines()[-1] == text.splitlines()[-1]
        shown = [link for link in links if f"(<{link.url}>)" in whole]
        assert len(shown) == {60: 10, 300: 4, LONGEST: 1, LONGEST + 1: 0}[length]


def test_an_operators_name_of_a_model_fits_wherever_it_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.toml"
    file.write_text(f'[models."gpt-image-2"]\nname = "{LONG}"\n')
    assert len(Catalogue.load(file).model("gpt-image-2").name) <= 80
