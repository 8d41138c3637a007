"""Checks that an action on a job can be carried out: its picture may be deleted, its order forgotten."""

from __future__ import annotations

from bot.errors import Refused
from bot.jobs.job import Job


def refuse_deleted(job: Job) -> None:
    """Raise Refused if the picture that an action needs was deleted."""
    if job.erased_id is not None:
        raise Refused("picture-deleted")


def refuse_forgotten(job: Job, action: str) -> None:
    """Raise Refused for an action on a forgotten job that needs more than its picture."""
    if job.forgotten_at is None or action == "go":
        return
    match action:
        case "cancel":
            raise Refused("too-late-to-cancel")
        case "compare":
            raise Refused("forgotten-compare")
        case "steps":
            raise Refused("forgotten-steps")
        case _:
            raise Refused("forgotten-order")
