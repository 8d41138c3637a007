"""What is wrong with a copy, or with the place for it, in a sentence for the operator."""

from __future__ import annotations

import os
from pathlib import Path

from bot.database import DatabaseMistake
from bot.migrations.migrate import HEAD, VERSIONS


class CopyMistake(DatabaseMistake):
    """A copy that can't be made or put back. Nothing was changed."""


def check_version(version: str | None, file: Path) -> None:
    """Raise CopyMistake for a copy of another program, or of a version that this code does not know."""
    if version in VERSIONS:
        return
    if version is None or not version.isdigit():
        raise CopyMistake(f"{file} holds no database of Retouch")
    raise CopyMistake(
        f"{file} was made by a newer version of Retouch (tables {version}; this one knows {HEAD}): update Retouch first"
    )


def new_file(file: Path) -> Path:
    """Create the file that a copy is written to before it gets its name, 0600. Raise CopyMistake where it can't be."""
    if file.exists():
        raise CopyMistake(f"{file} is there already: choose another name, or delete it first")
    part = file.with_name(file.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise CopyMistake(f"{file} can't be written: {error.strerror}") from None
    return part


def name_for_good(part: Path, file: Path) -> None:
    """Give a finished file its name, on the disk: a power cut leaves the whole file or none."""
    for path in (part, part.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path == part:
            part.replace(file)
