"""The Record: what was proved already, in a file, so that a stopped run goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Record:
    """One line of JSON for each batch that held. A batch is known by its name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self._rows: dict[str, dict[str, Any]] = {row["batch"]: row for row in map(json.loads, lines)}

    def has(self, batch: str) -> bool:
        """Whether it held before."""
        return batch in self._rows

    def add(self, batch: str, **facts: Any) -> None:
        """Keeps that a batch held, and what it counted."""
        self._rows[batch] = {"batch": batch, **facts}
        with self._path.open("a") as file:
            file.write(json.dumps(self._rows[batch]) + "\n")

    def rows(self) -> Sequence[dict[str, Any]]:
        """Every batch that held."""
        return list(self._rows.values())
