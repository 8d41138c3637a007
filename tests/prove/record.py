"""The record of what held already, in a file, so that a stopped run continues where it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Record:
    """One line of JSON for each batch that held, under the batch's name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self._rows: dict[str, dict[str, Any]] = {row["batch"]: row for row in map(json.loads, lines)}

    def has(self, batch: str) -> bool:
        """Return whether the batch held before."""
        return batch in self._rows

    def add(self, batch: str, **facts: Any) -> None:
        """Store that a batch held, and its counts."""
        self._rows[batch] = {"batch": batch, **facts}
        with self._path.open("a") as file:
            file.write(json.dumps(self._rows[batch]) + "\n")

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return every batch that held."""
        return list(self._rows.values())
