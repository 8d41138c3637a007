"""Answers of ToAPIs as the tests write them."""

from __future__ import annotations

import json
from typing import Any

from bot.toapis.responses import Answer

KEY = "sk-" + "a1B2" * 12
URL = "https://files.toapis.com/generated/1.png"
NOW = 1_800_000_000.0


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, headers or {}, data, NOW, KEY)


# Requests that failed


def error(code: object, message: str, **more: object) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}
