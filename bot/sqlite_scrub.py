"""Scrubbing: what was deleted from an SQLite file goes from its bytes too. Nobody who writes waits for who reads.

VACUUM, and not secure_delete: that one zeroes a deleted row, but not what is left in the gaps of a page where the row
stood before it moved. VACUUM writes the new pages into the log ahead; the old ones stay in the file until the log is
copied into it, and that has to wait for everybody who still reads them. So it is tried at once, and again later.
https://www.sqlite.org/lang_vacuum.html  https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Final

_PAUSES: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between the first tries. Most readers are done by then; a duty tries again for the others."""


def vacuum(file: str) -> None:
    """Write the whole file anew, without what was deleted. Others who write wait, some 0.7 s for 125 MB."""
    with closing(sqlite3.connect(file, timeout=30.0)) as connection:
        connection.execute("VACUUM")


def empty_log(file: str) -> bool:
    """Copy the log ahead into the file and cut it off. False where somebody still reads or writes: it waits for nobody.

    First without a lock, so that the second call, which keeps writers out, has nothing left to copy.
    """
    with closing(sqlite3.connect(file, timeout=0.0)) as connection:
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:  # "database is locked", and "database table is locked"
            return False
    return not busy


async def empty_log_soon(file: str) -> bool:
    """Try to empty the log ahead for about two seconds, beside the event loop. False where it is to be tried later."""
    for pause in (*_PAUSES, None):
        if await asyncio.to_thread(empty_log, file):
            return True
        if pause is not None:
            await asyncio.sleep(pause)
    return False
