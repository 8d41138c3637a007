"""An HTTP answer as it came, and the error that it carries. No I/O.

ToAPIs fails in four envelopes: ``{error:{code,message}}``, ``{success:false,message}``, something that is not JSON, and
a failed task inside a 200. https://docs.toapis.com/docs/en/api-reference/tasks/image-status
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final

from bot.errors import (
    KeyRefused,
    ModelUnavailable,
    NotAllowed,
    NotFound,
    OrderRejected,
    OutOfCredit,
    PaintingFailed,
    PolicyRefused,
    RateLimited,
    ToAPIsError,
    ToAPIsUnavailable,
)
from bot.toapis.error_text import blames_order, blames_parameter, kind_of
from bot.toapis.retry import LimiterDown

DETAIL_LIMIT: Final = 500
"""Characters of ToAPIs' own words that go into the log."""
LONGEST_RETRY_AFTER: Final = 3600.0
"""Seconds. The longest wait that a header can cause."""

FEWEST_A_MINUTE: Final = 12
MOST_A_MINUTE: Final = 100_000
"""Calls a minute that a header may allow. Any other number is taken for a mistake."""

_UNIX_TIME_FROM: Final = 1_000_000_000
"""A ``Retry-After`` at least this large can't be a number of seconds: it is a moment in Unix time."""
_KEY: Final = re.compile(r"(?i)\bsk-[\w-]{6,}|(?<=bearer )[^\s\"']+")
_REQUEST_ID: Final = re.compile(r"(?i)request[ _-]?id[\"']?\s*[:：=]\s*[\"']?([\w.-]{6,80})")

_BY_STATUS: Final[Mapping[int, type[ToAPIsError]]] = {
    401: KeyRefused,
    402: OutOfCredit,
    403: NotAllowed,
    404: NotFound,
    408: ToAPIsUnavailable,
    422: PolicyRefused,
    425: ToAPIsUnavailable,
    429: RateLimited,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. ``at`` is the Unix time of its arrival; ``secret`` is the key, to be kept out of the log."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: float = 0.0
    secret: str = field(default="", repr=False)

    def header(self, name: str) -> str | None:
        """Return a header's value or None. The case of its name does not matter."""
        lower_name = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == lower_name), None)


def document(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of a successful answer. Raise the ToAPIsError of an unsuccessful one.

    ``success: false`` with HTTP 200 is an error too: the balance reports "not found" in that way.
    """
    body = _object(answer.body)
    if not 200 <= answer.status < 300 or body is None or _says_no(body):
        raise read_error(answer)
    return body


def read_error(answer: Answer) -> ToAPIsError:
    """Map an unsuccessful answer to one typed error. Never raise, whatever the body."""
    body = _object(answer.body)
    words = clean(_words(body) if body is not None else answer.body.decode("utf-8", "replace"), answer.secret)
    detail = f"HTTP {answer.status}: {words}"[:DETAIL_LIMIT]
    support_id = request_id(answer, words)
    status = answer.status
    if body is None:
        return _unreadable(answer, detail, support_id)
    if status < 400 and (code := _code_number(body)) is not None:
        status = code
    if status == 503 and "rate_limit_unavailable" in words:
        return LimiterDown(detail, retry_after=retry_after(answer.headers, answer.at), request_id=support_id)
    kind = kind_of(words) if status < 500 or status == 503 else None
    if status == 503 and kind is not ModelUnavailable:
        kind = None  # of all 5xx only "no available channel" is a sure refusal; after the others a task may exist
    if status == 429 and kind is not OutOfCredit:
        kind = RateLimited
    if kind is None:
        kind = _by_status(status, words)
    return _make(kind, answer, detail, support_id)


def painting_error(words: str, secret: str = "") -> ToAPIsError:
    """Map a failed task's words to an error: PaintingFailed unless they tell more."""
    words = clean(words, secret)
    kind = kind_of(words) or (OrderRejected if blames_parameter(words) else PaintingFailed)
    return kind(words[:DETAIL_LIMIT], request_id=_id_in(words))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Read ``Retry-After`` as seconds from ``now`` (Unix time). It may hold seconds, an HTTP date or Unix time.

    Its form is not documented, so all three are read. Return None if it is missing or unreadable; never a negative
    number, never more than an hour. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    text = next((value.strip() for key, value in headers.items() if key.lower() == "retry-after"), "")
    try:
        number = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
            number = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    else:
        if math.isnan(number):
            return None
        if number >= _UNIX_TIME_FROM * 1000:
            number = number / 1000 - now
        elif number >= _UNIX_TIME_FROM:
            number -= now
    return min(max(number, 0.0), LONGEST_RETRY_AFTER)


def rate_limit(answer: Answer) -> int | None:
    """Return the calls a minute that an answer says are allowed, or None where it does not say a sensible number.

    https://docs.toapis.com/docs/en/api-reference/rate-limits/async-tasks
    """
    text = (answer.header("X-RateLimit-Limit") or "").strip()
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        return None
    limit = int(text)
    return limit if FEWEST_A_MINUTE <= limit <= MOST_A_MINUTE else None


def clean(text: str, secret: str = "") -> str:
    """Make a text fit for the log: no key, no control characters, at most DETAIL_LIMIT characters."""
    if secret:
        text = text.replace(secret, "sk-***")
    text = _KEY.sub("sk-***", text[: DETAIL_LIMIT * 8])
    text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(text.split())[:DETAIL_LIMIT]


def request_id(answer: Answer, words: str = "") -> str | None:
    """Return the id that ToAPIs' support asks for, from a header or from the error's text. None if there is none."""
    for name in ("x-request-id", "x-oneapi-request-id"):
        if header := clean(answer.header(name) or "", answer.secret)[:100]:
            return header
    return _id_in(words)


def text_of(value: object) -> str:
    """Write a JSON value as one line: codes come as strings or numbers, errors as objects or bare strings."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        parts = [text_of(value.get(key)) for key in ("code", "type", "message", "param", "detail", "msg", "reason")]
        return " ".join(part for part in parts if part)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _make(kind: type[ToAPIsError], answer: Answer, detail: str, support_id: str | None) -> ToAPIsError:
    if issubclass(kind, RateLimited | ToAPIsUnavailable):
        return kind(detail, retry_after=retry_after(answer.headers, answer.at), request_id=support_id)
    return kind(detail, request_id=support_id)


def _by_status(status: int, words: str) -> type[ToAPIsError]:
    if 200 <= status < 300:
        return OrderRejected if blames_order(words) else ToAPIsUnavailable
    if status >= 500 or status < 400:
        return ToAPIsUnavailable
    if status == 422 and words:
        # 422 is moderation, but an upstream's "unprocessable" names the field that it refuses.
        return OrderRejected if blames_order(words) else PolicyRefused
    return _BY_STATUS.get(status, OrderRejected)


def _unreadable(answer: Answer, detail: str, support_id: str | None) -> ToAPIsError:
    """Map an answer that is not JSON: a proxy in front of ToAPIs sent it, which knows neither keys nor tasks."""
    if answer.status == 403:
        return _make(ToAPIsUnavailable, answer, f"edge block, not a bad key: {detail}"[:DETAIL_LIMIT], support_id)
    if answer.status in (400, 413, 414, 431):
        return _make(OrderRejected, answer, detail, support_id)
    if answer.status in (401, 402, 429):
        return _make(_BY_STATUS[answer.status], answer, detail, support_id)
    return _make(ToAPIsUnavailable, answer, f"not JSON: {detail}"[:DETAIL_LIMIT], support_id)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _says_no(body: dict[str, Any]) -> bool:
    success = body.get("success")
    return success is False or (isinstance(success, str) and success.strip().lower() == "false")


def _words(body: dict[str, Any]) -> str:
    keys = ("error", "code", "type", "message", "msg", "fail_reason", "detail", "reason")
    return " ".join(part for key in keys if (part := text_of(body.get(key))))


def _code_number(body: dict[str, Any]) -> int | None:
    """Return the HTTP status that hides in the body of a 200, or None."""
    error = body.get("error")
    for code in (error.get("code") if isinstance(error, dict) else None, body.get("code")):
        text = text_of(code)
        if re.fullmatch(r"[45]\d\d", text):
            return int(text)
    return None


def _id_in(words: str) -> str | None:
    match = _REQUEST_ID.search(words)
    return match.group(1) if match else None
