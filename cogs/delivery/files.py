"""The files of a post: made from its fitting pictures, and the lines that lead to their originals."""

from __future__ import annotations

import io
from collections.abc import Sequence

import discord

from bot.images.checked import Picture
from cogs.ui.links import as_file
from cogs.ui.post import Attachments


def files_of(attachments: Attachments | None, pictures: Sequence[Picture]) -> list[discord.File]:
    """Make the files of a post from fitting pictures. Each try makes them anew: a file can be sent only once."""
    if attachments is None:
        return []
    files = []
    for picture, (_, stem) in zip(pictures, attachments.pictures, strict=True):
        name = attachments.cover + picture.named(stem)
        files.append(discord.File(io.BytesIO(picture.data), filename=name, description=attachments.alt))
    return [*files, *as_file(attachments.links, attachments.cover)]


def originals(attachments: Attachments | None, pictures: Sequence[Picture]) -> list[str]:
    """Return the lines that lead to the originals of the pictures that had to be made smaller."""
    if attachments is None or not attachments.originals:
        return []
    triples = zip(pictures, attachments.pictures, attachments.originals, strict=True)
    return [line for picture, (painted, _), line in triples if picture is not painted and line]


def file_option(files: Sequence[discord.File]) -> dict[str, object]:
    """Return the option of discord.py that sends files; nothing where there are none."""
    return {"files": list(files)} if files else {}
