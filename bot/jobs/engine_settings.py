"""How DBOS is set up, and what of its log is dropped."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

from dbos import DBOSConfig, Serializer

VERSION: Final = "1"
"""Stays fixed: with the default, a hash of the source, every edit of the code would orphan the jobs in flight."""


class _Json(Serializer):
    """Plain JSON in the engine's tables: readable, and nothing that unpickles."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=str)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "retouch_json"


def configuration(url: str, executor: str) -> DBOSConfig:
    """Return the settings of DBOS. A later process with the same ``executor`` resumes its workflows."""
    return DBOSConfig(
        name="retouch",
        system_database_url=url,
        application_version=VERSION,
        executor_id=executor,
        max_executor_threads=8,  # a burst of jobs must not become a burst of threads: the event loop would lag
        serializer=_Json(),
        notification_listener_polling_interval_sec=0.1,  # we send none, but closing waits for its sleep (1 s)
        enable_otlp=False,
        db_engine_kwargs={"hide_parameters": True},
        log_level="WARNING",
    )


def quieten_log() -> None:
    """Drop the engine's advertisement, the tracebacks of failed workflows, and notes on workflows that go on later."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())  # else it adds one of its own and bypasses our format

    def without_traceback(record: logging.LogRecord) -> bool:
        record.exc_info = None
        record.exc_text = None
        message = record.getMessage()
        return "intended for development" not in message and "Asyncio task cancelled" not in message

    logger.addFilter(without_traceback)
