"""Covers: by name, by flag, and of links in the words of a message."""

from __future__ import annotations

from typing import Any

import pytest

from cogs.ui.covers import is_link_covered, is_upload_covered

FOX = "https://pictures.example/fox.png"


@pytest.mark.parametrize(
    ("upload", "covered"),
    [
        ({"filename": "cat.png"}, False),
        ({"filename": "cat.png", "flags": 0}, False),
        ({"filename": "cat.png", "flags": None}, False),
        ({"filename": "cat.png", "flags": 1 << 2}, False),
        ({"filename": "cat_SPOILER_.png"}, False),
        ({"filename": "SPOILER_cat.png"}, True),
        ({"filename": "cat.png", "flags": 1 << 3}, True),
        ({"filename": "cat.png", "flags": 1 << 3 | 1 << 5}, True),
    ],
)
def test_upload_is_covered_by_its_name_or_its_flag(upload: dict[str, Any], covered: bool) -> None:
    assert is_upload_covered(upload) is covered


@pytest.mark.parametrize(
    ("link", "texts", "covered"),
    [
        (FOX, [f"look: {FOX}"], False),
        (FOX, [f"look: ||{FOX}||"], True),
        (FOX, [f"||a\nfox: {FOX}|| and more"], True),
        (FOX, [f"{FOX} but ||not this||"], False),
        (FOX, [f"||{FOX}|| {FOX}"], True),
        (FOX, [f"{FOX} ||https://pictures.example/other.png||"], False),
        (FOX, ["||https://pictures.example/fox.png?width=9||"], True),
        ("https://pictures.example/as-discord-writes-it", [f"||{FOX}||"], True),
        (None, [f"||{FOX}||"], True),
        (None, ["no link ||but a secret||"], False),
        (FOX, ["", f"||{FOX}||"], True),
        (FOX, [f"|{FOX}|"], False),
        (None, [], False),
    ],
)
def test_embed_is_covered_where_its_link_is_a_spoiler(link: str | None, texts: list[str], covered: bool) -> None:
    assert is_link_covered(link, texts) is covered
