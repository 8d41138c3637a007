"""The archive: a copy of a server's tables as lines of JSON in a tar file, which any version of PostgreSQL can take.

Each table is a member ``<table>.jsonl``; ``manifest.json`` comes last, with the number of lines of each and their
checksum, so that an archive that was cut off has none.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import sqlalchemy as sa

from bot.backup.copy_mistake import CopyMistake

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
"""The number of this form. An archive with another is refused."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself. ``version`` is that of the tables; ``at`` is in Unix seconds."""

    version: str
    at: float
    facts: dict[str, Any]
    rows: dict[str, int] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


def write(connection: sa.Connection, tables: sa.MetaData, manifest: Manifest, part: Path) -> None:
    """Write the rows of all tables, as this transaction sees them."""
    with tarfile.open(part, "w") as archive:
        for table in tables.sorted_tables:
            with tempfile.TemporaryFile(dir=part.parent) as lines:
                _write_table(connection, table, manifest, lines)
                _add(archive, f"{table.name}.jsonl", lines)
        with tempfile.TemporaryFile(dir=part.parent) as lines:
            lines.write(json.dumps(asdict(manifest)).encode())
            _add(archive, MANIFEST, lines)


def _write_table(connection: sa.Connection, table: sa.Table, manifest: Manifest, lines: IO[bytes]) -> None:
    checksum = hashlib.sha256()
    count = 0
    streamed = connection.execution_options(stream_results=True, yield_per=200)
    for row in streamed.execute(sa.select(table)).mappings():
        line = json.dumps(dict(row)).encode() + b"\n"
        checksum.update(line)
        lines.write(line)
        count += 1
    manifest.rows[table.name] = count
    manifest.sums[table.name] = checksum.hexdigest()


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size = content.tell()
    member.mode = 0o600
    content.seek(0)
    archive.addfile(member, content)


def read_manifest(file: Path) -> Manifest:
    """Check a whole archive, and return its manifest. Raise CopyMistake where a line is missing or was changed."""
    try:
        with tarfile.open(file, "r:") as archive:
            member = archive.extractfile(MANIFEST)
            assert member is not None  # a directory of this name
            manifest = Manifest(**json.load(member))
            for name, checksum in manifest.sums.items():
                lines = archive.extractfile(f"{name}.jsonl")
                assert lines is not None  # as above
                if _checksum(lines) != checksum:
                    raise CopyMistake(f"{file} is damaged ({name}): take another copy")
    except FileNotFoundError:
        raise CopyMistake(f"there is no file {file}") from None
    except (tarfile.TarError, OSError, KeyError, ValueError, TypeError, AssertionError):
        raise CopyMistake(f"{file} is damaged, or was not made by `python -m bot backup`: take another copy") from None
    if manifest.format != FORMAT:
        raise CopyMistake(f"{file} was made by a newer version of Retouch: update Retouch first")
    return manifest


def _checksum(lines: IO[bytes]) -> str:
    checksum = hashlib.sha256()
    for line in lines:
        checksum.update(line)
    return checksum.hexdigest()


def rows(file: Path, table: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table in an archive that was checked."""
    with tarfile.open(file, "r:") as archive:
        lines = archive.extractfile(f"{table}.jsonl")
        assert lines is not None  # it was checked
        for line in lines:
            yield json.loads(line)
