"""Scrubbing of an SQLite file: deleted rows vanish from its bytes too. Writers never wait for readers.

It uses VACUUM, not secure_delete, which zeroes a deleted row but not the gaps of pages in which the row stood before it
moved. VACUUM writes the new pages into the write-ahead log; the old pages stay in the file until the log is copied into
it, which has to wait for all who still read them. So the copy is tried at once, and again later.
https://www.sqlite.org/lang_vacuum.html  https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Final

_PAUSES: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between the first tries. Most readers are done by then; a chore of the recovery tries again later."""


def vacuum(file: str) -> None:
    """Write the whole file anew, without deleted rows. Other writers wait, about 0.7 s for 125 MB."""
    with closing(sqlite3.connect(file, timeout=30.0)) as connection:
        connection.execute("VACUUM")


def empty_log(file: str) -> bool:
    """Copy the write-ahead log into the file and truncate it. Return False at once if somebody reads or writes.

    The first call copies without a lock, so that the second, which keeps writers out, has nothing left to copy.
    """
    with closing(sqlite3.connect(file, timeout=0.0)) as connection:
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:  # "database is locked", and "database table is locked"
            return False
    return not busy


async def empty_log_soon(file: str) -> bool:
    """Try for about two seconds, beside the event loop, to empty the log. Return False if it has to be tried later."""
    for pause in (*_PAUSES, None):
        if await asyncio.to_thread(empty_log, file):
            return True
        if pause is not None:
            await asyncio.sleep(pause)
    return False
