"""Erasing: which of a later job's pictures are copies of a deleted one."""

from __future__ import annotations

from dataclasses import replace

from bot.jobs.job import Job, JobState
from bot.orders import Source
from cogs.moderation.erasing import EVERY, Copy, copies_in
from tests.support.studio import a_job

SHOWN = Source("", "retouch-0123456789abcdef.png", channel_id=2, message_id=11)
ARCHIVED = Source("", "source-0123456789abcdef-2", channel_id=2, message_id=12)
UPLOAD = Source("https://cdn.example/hat.jpg", "hat.jpg")


def made_from(*sources: Source, source_id: int | None = 21) -> Job:
    """Return a job with these sources, whose copies are in message 21 of channel 20."""
    job = a_job(JobState.DELIVERED)
    where = replace(job.destination, card_id=19, place_id=20, source_id=source_id)
    return replace(job, order=replace(job.order, sources=sources), destination=where)


def test_a_copy_has_the_names_that_it_was_archived_under() -> None:
    job = made_from(UPLOAD, SHOWN)
    assert copies_in(job, {11: EVERY}) == Copy(20, 21, frozenset({f"source-{job.id}-2"}))
    alone = made_from(SHOWN)
    assert copies_in(alone, {11: EVERY, 5: EVERY}) == Copy(20, 21, frozenset({f"source-{alone.id}"}))


def test_only_the_deleted_picture_of_an_archive_is_a_copy() -> None:
    job = made_from(ARCHIVED, UPLOAD)
    assert copies_in(job, {12: {"source-0123456789abcdef-2"}}) == Copy(20, 21, frozenset({f"source-{job.id}-1"}))
    assert copies_in(job, {12: {"source-0123456789abcdef-1"}}) is None
    named = made_from(replace(ARCHIVED, name="source-0123456789abcdef-2.jpg"))
    assert copies_in(named, {12: {"source-0123456789abcdef-2"}}) is not None


def test_picture_never_posted_again_has_no_copy() -> None:
    assert copies_in(made_from(SHOWN, source_id=None), {11: EVERY}) is None
    assert copies_in(made_from(SHOWN, source_id=19), {11: EVERY}) is None  # the card itself shows the progress
    assert copies_in(made_from(UPLOAD), {11: EVERY}) is None
