"""The log: one line an event, the job's id on it, no secret in it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import reduce

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_secrets: set[str] = set()
"""What no line may hold. Of the whole process, as logging is."""


def conceal(*secrets: str) -> None:
    """From now on these stand in no line."""
    _secrets.update(secrets)


def set_up(level: str, form: str, secrets: Iterable[str]) -> None:
    """Everything that logs goes through one handler, in text or JSON (``form``)."""
    conceal(*secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _scrub,
            last,
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("PIL").setLevel(logging.CRITICAL)  # hostile files make it loud; BadPicture says what matters
    logging.getLogger("discord.client").addFilter(_is_not_of_voice)  # two warnings at each start; we never speak
    logging.getLogger("discord").setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _is_not_of_voice(record: logging.LogRecord) -> bool:
    """discord.py's switch (VoiceClient.warn_nacl) would have to be thrown where discord may be imported."""
    return "voice will NOT be supported" not in record.getMessage()


def _scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = reduce(lambda text, secret: text.replace(secret, "…"), _secrets, value)
    return event
