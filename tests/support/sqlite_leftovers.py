"""What a deletion leaves in an SQLite file, if SQLite was not built to wipe it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def leave_scraps(file: Path) -> None:
    """Write ``an old secret`` into the file, and delete it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as plain:
        plain.execute("PRAGMA secure_delete=OFF")
        plain.execute("CREATE TABLE scraps (text)")
        plain.executemany("INSERT INTO scraps VALUES (?)", [("an old secret",)] * 9)
        plain.execute("DROP TABLE scraps")
