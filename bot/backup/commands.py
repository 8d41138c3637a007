"""The commands ``backup`` and ``restore``: what they do, and what they say to the operator."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from bot.backup.file_copy import copy_file, mark_file, put_back_file
from bot.backup.mark import COPY, Marked
from bot.database import FileLock
from bot.errors import ToAPIsError
from bot.money import Micros, dollars
from bot.settings import Settings
from bot.toapis.client import ToAPIs
from bot.toapis.tasks import CREDITS_PER_DOLLAR

PATIENCE: Final = 15.0
"""Seconds for which ToAPIs is asked what the key has used. Copies are made and put back without it, too."""


def back_up(settings: Settings, file: Path) -> list[str]:
    """Copy the whole database to ``file``, also while the bot runs. Return what to say. Raise DatabaseMistake."""
    now = time.time()
    used = asyncio.run(_used(settings))
    facts: dict[str, Any] = {COPY: {"at": now, "used": used}}
    if used is not None:
        facts[_reconciled(settings)] = {"at": now, "used": used}  # what is bought later, a reconcile finds
    if settings.embedded:
        copy_file(settings.database_file, file, facts)
    else:
        _server().copy_server(settings.database_url, file, facts)
    size = file.stat().st_size
    return [
        f"{file}: {size:,} bytes, everything up to {_moment(now)}. Only you can read it (0600): it holds what members "
        "wrote, and servers' own keys, which SECRET_KEYS opens. Keep SECRET_KEYS elsewhere."
    ]


def restore(settings: Settings, file: Path | None, *, replace: bool) -> list[str]:
    """Put the copy in ``file`` in place of the database, or, without a file, mark what another tool restored.

    Return what to say. Raise DatabaseMistake, and change nothing, where that is not safe.
    """
    now = time.time()
    with ExitStack() as stack:
        if settings.embedded:
            stack.callback(FileLock.take(settings.database_file).release)
            database = settings.database_file
            marked = put_back_file(file, database, now, replace=replace) if file else mark_file(database, now)
        elif file is not None:
            marked = _server().put_back_server(file, settings.database_url, now, replace=replace)
        else:
            marked = _server().mark_server(settings.database_url, now)
    return list(_said(marked, asyncio.run(_used(settings)), restored=file is not None))


def _said(marked: Marked, used: int | None, *, restored: bool) -> Iterator[str]:
    yield f"{'Restored' if restored else 'Marked'}: the database is as it was at {_moment(marked.copied_at)}."
    yield (
        f"{marked.unfinished} jobs were not over then. Before the bot goes on with one, it looks for its messages at "
        f"Discord and for its task at ToAPIs ({marked.looked_up} have no known task): nothing is bought or posted a "
        "second time, and what can't be proved is shown as unknown."
    )
    yield (
        "Jobs that were accepted later are not known here, and ToAPIs lists none: their buttons say that they are "
        "gone. What members had deleted since is back: ask them to delete it again."
    )
    if used is None or marked.used is None:
        yield "What the key has used since then is not known. `python -m bot reconcile` compares it from now on."
    else:
        spent = dollars(Micros(max(0, used - marked.used)))
        yield (
            f"Since then the key has used ${spent}. Jobs of this copy that were not over account for "
            f"${dollars(Micros(marked.held))} of it at most; the rest was spent on jobs that are not known here. "
            "`python -m bot reconcile` names what is left unexplained once the bot has gone on with its jobs."
        )
    yield "Now start the bot."


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def _reconciled(settings: Settings) -> str:
    key = settings.toapis_api_key.get_secret_value()
    return "reconciled:" + hashlib.sha256(key.encode()).hexdigest()[:12]


async def _used(settings: Settings) -> int | None:
    """Return the micro-dollars that the operator's key has used, or None where ToAPIs can't tell soon."""
    key = settings.toapis_api_key.get_secret_value()
    try:
        async with (
            asyncio.timeout(PATIENCE),
            ToAPIs.open(key=key, base_url=settings.toapis_base_url, tier=settings.toapis_tier) as toapis,
        ):
            return (await toapis.balance()).credits_used * (1_000_000 // CREDITS_PER_DOLLAR)
    except (ToAPIsError, TimeoutError):
        return None


def _server() -> Any:
    """Import what works on a server only for one: its driver takes 8 MiB."""
    from bot.backup import server_copy

    return server_copy
