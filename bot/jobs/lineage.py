"""Lineage: the pictures that led to a picture. Values only."""

from __future__ import annotations

from collections.abc import Sequence

from bot.jobs.job import Job
from bot.orders import UNKNOWN, Source


def used(line: Sequence[Job]) -> list[Job]:
    """Return the jobs of a line (the first one first) whose pictures led to the last job.

    A try that nobody went on from is left out: its picture was no source of a later job. A job whose picture was
    deleted since is kept.
    """
    path = list(line[-1:])
    for job in reversed(line[:-1]):
        message_id = job.erased_id or job.result_id
        if message_id is not None and any(source.message_id == message_id for source in path[0].order.sources):
            path.insert(0, job)
    return path


def is_near(parent: Job, child: Job) -> bool:
    """Return whether both jobs stand in one channel, thread or direct message of one server.

    Only then may the steps that led to the parent be shown with those of the child. Of a parent the places of which
    are forgotten nothing is left to show.
    """
    there = parent.destination
    here = child.destination
    if there.guild_id != here.guild_id:
        return False
    return not there.places.isdisjoint(here.places) or (parent.forgotten_at is not None and not there.places)


def owners_of(job: Job) -> tuple[int, ...]:
    """Return the owners of a job's results: its requester and everyone whose pictures were used."""
    are_recorded = job.forgotten_at is None or job.order.owner_ids is not None
    return tuple(sorted({job.destination.requester_id, *(job.order.owners if are_recorded else (UNKNOWN,))}))


def result_of(job: Job) -> Source | None:
    """Return the first painted picture of a job, where people see it, or None where there is none or it was deleted."""
    if job.result_id is None or job.erased_id is not None:
        return None
    place = job.destination.result_place_id or job.destination.place_id or job.destination.channel_id
    return Source("", job.stem("retouch", 1, 1), None, 0, place, job.result_id, owners_of(job), covered=job.covered)
