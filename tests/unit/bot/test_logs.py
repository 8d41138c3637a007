"""The log: what matters is in it, secrets are not, and what is no news at all is left out."""

from __future__ import annotations

import io
import json
import logging
import struct
from collections.abc import Iterator

import pytest
import structlog
from PIL import Image

from bot import logs
from bot.logs import conceal, set_up


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    """Reset the logging, which is the whole process's, after each test."""
    names = (None, "alembic", "bot", "cogs", "discord", "discord.client", "httpx", "PIL", "sqlalchemy")
    secrets = logs.operator_secrets.copy()
    before = [(logger, logger.level, logger.handlers[:], logger.filters[:]) for logger in map(logging.getLogger, names)]
    yield
    structlog.reset_defaults()
    logs.operator_secrets.clear()
    logs.operator_secrets.update(secrets)
    for logger, level, handlers, filters in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.filters[:] = filters


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_gets_into_it(capsys: pytest.CaptureFixture[str], form: str) -> None:
    set_up("INFO", form, ["sk-hush", "hush.a.b"])
    try:
        raise ValueError("sk-hush in a traceback")
    except ValueError:
        logging.getLogger("bot").exception("with the key %s and hush.a.b", "sk-hush")
    output = capsys.readouterr().err
    assert "with the key" in output
    assert "in a traceback" in output
    assert "hush" not in output


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
    output = capsys.readouterr().err
    assert "voice" not in output
    assert "Shard ID 0 has stopped responding" in output


def hostile_tiff() -> bytes:
    """Build a header that promises more samples a pixel than there can be."""
    tags = [(256, 4, 32), (257, 4, 32), (258, 3, 8), (259, 3, 1), (262, 3, 2), (273, 4, 8), (277, 3, 60_000)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\x00" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def test_a_hostile_picture_writes_nothing_into_it(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("DEBUG", "text", [])
    with pytest.raises(OSError, match="cannot identify"):
        Image.open(io.BytesIO(hostile_tiff()), formats=["TIFF"]).load()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        ("GET https://cdn.example/attachments/1/cat.png?hush=1 failed", "GET https://cdn.example/… failed"),
        ("at postgresql+psycopg://ann:hush@db.example:5432/bot", "at postgresql+psycopg://db.example:5432/…"),
        ("message='x', url='http://files.example/hush'", "message='x', url='http://files.example/…'"),
        ("429 on POST /webhooks/123/hush-Tok_en/messages", "429 on POST /webhooks/123/…/messages"),
        ("DETAIL:  Failing row contains (1, hush, (hush)).\nmore", "DETAIL:  Failing row contains …\nmore"),
        ("DETAIL:  Key (id)=(hush (a)) already exists.", "DETAIL:  Key (id)=(…) already exists."),
        ("[parameters: ('hush', 1)]", "[parameters: …]"),
        ("[type=x, input_value='hush', input_type=str]", "[type=x, input_value=…, input_type=str]"),
    ],
)
def test_what_errors_quote_is_left_out(capsys: pytest.CaptureFixture[str], line: str, logged: str) -> None:
    set_up("INFO", "json", [])
    logging.getLogger("bot").error("%s", line)
    assert json.loads(capsys.readouterr().err)["event"] == logged


def test_pieces_of_a_noted_prompt_are_left_out_of_lines_and_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    from bot import log_privacy

    set_up("INFO", "json", [])
    log_privacy.note("my grandmother\nin her nightgown, asleep")
    try:
        raise ValueError("not allowed: grandmother in her night…")
    except ValueError:
        logging.getLogger("bot").exception("said: %s", "my grandmother\nin her nightgown, asleep")
    output = json.loads(capsys.readouterr().err)
    assert output["event"] == "said: …"
    assert "not allowed:…" in output["exception"]
    assert "grandmother" not in output["exception"].split("ValueError: ")[1]


def test_libraries_are_never_more_talkative_than_info(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("DEBUG", "json", [])
    for name in ("aiosqlite", "sqlalchemy.engine", "discord.gateway", "aiohttp.client", "dbos", "alembic", "psycopg"):
        logging.getLogger(name).debug("hush")
    logging.getLogger("bot.jobs").debug("ours")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["ours"]


def test_what_libraries_log_by_structlog_comes_through_the_same_handler(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("INFO", "json", ["sk-hush"])
    structlog.get_logger("stamina").warning("again", caused_by="HTTP 500: sk-hush")
    out, err = capsys.readouterr()
    assert (out, json.loads(err)["caused_by"]) == ("", "HTTP 500: …")


def test_many_keys_that_are_only_tried_are_not_remembered_for_ever() -> None:
    logs.conceal_key("sk-of-a-server")
    for number in range(1000):
        logs.conceal_tried(f"sk-tried-{number}")
    event = {"event": "sk-of-a-server sk-tried-999 sk-tried-800 sk-tried-799"}
    assert logs.scrub(None, "", event) == {"event": "… … … sk-tried-799"}
