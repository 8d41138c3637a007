"""An operator's own catalogue in a folder, and a source for orders of its models."""

from __future__ import annotations

from pathlib import Path

from bot.orders import Source

SOURCE = Source("https://cdn.example.com/cat.png", "cat.png", "image/png", 1000)


def own_file(folder: Path, text: str) -> Path:
    path = folder / "models.toml"
    path.write_text(text, encoding="utf-8")
    return path
