"""The log: what matters is in it, secrets are not, and what is no news at all is left out."""

from __future__ import annotations

import io
import json
import logging
import struct
from collections.abc import Iterator

import pytest
from PIL import Image

from bot import logs
from bot.logs import conceal, set_up


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    """The set-up is the whole process's: here it ends with the test."""
    names = (None, "alembic", "discord", "discord.client", "PIL")
    secrets = logs._secrets.copy()
    before = [(logger, logger.level, logger.handlers[:], logger.filters[:]) for logger in map(logging.getLogger, names)]
    yield
    logs._secrets.clear()
    logs._secrets.update(secrets)
    for logger, level, handlers, filters in before:
        logger.setLevel(level)
        logger.handlers[:], logger.filters[:] = handlers, filters


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_gets_into_it(capsys: pytest.CaptureFixture[str], form: str) -> None:
    set_up("INFO", form, ["sk-hush", "hush.a.b"])
    try:
        raise ValueError("sk-hush in a traceback")
    except ValueError:
        logging.getLogger("bot").exception("with the key %s and hush.a.b", "sk-hush")
    told = capsys.readouterr().err
    assert "with the key" in told
    assert "in a traceback" in told
    assert "hush" not in told


def test_a_secret_that_becomes_known_later_is_kept_out_from_then_on(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("INFO", "json", [])
    conceal("sk-late-hush")
    logging.getLogger("bot").error("with %s", "sk-late-hush")
    assert json.loads(capsys.readouterr().err)["event"] == "with …"


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("INFO", "json", [])
    logging.getLogger("bot.jobs").warning("two\nlines")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"], line["logger"]) == ("two\nlines", "warning", "bot.jobs")


def test_what_discord_py_says_of_voice_is_left_out_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("INFO", "text", [])
    client = logging.getLogger("discord.client")
    client.warning("PyNaCl is not installed, voice will NOT be supported")
    client.warning("davey is not installed, voice will NOT be supported")
    client.warning("Shard ID %s has stopped responding", 0)
    told = capsys.readouterr().err
    assert "voice" not in told
    assert "Shard ID 0 has stopped responding" in told


def hostile_tiff() -> bytes:
    """A header that promises more samples a pixel than there can be."""
    tags = [(256, 4, 32), (257, 4, 32), (258, 3, 8), (259, 3, 1), (262, 3, 2), (273, 4, 8), (277, 3, 60_000)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\x00" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def test_a_hostile_picture_writes_nothing_into_it(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("DEBUG", "text", [])
    with pytest.raises(OSError, match="cannot identify"):
        Image.open(io.BytesIO(hostile_tiff()), formats=["TIFF"]).load()
    assert capsys.readouterr().err == ""
