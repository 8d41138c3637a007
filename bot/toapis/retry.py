"""The retry table: which call may be repeated after which failure. No I/O.

The rule behind the table: a look-up is free, a picture costs money. So a paid create is only repeated if it is certain
that no task was made.
https://docs.toapis.com/docs/en/api-reference/rate-limits/async-tasks
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from bot.errors import ModelUnavailable, NotFound, OrderRejected, RateLimited, ToAPIsError, ToAPIsUnavailable


class Verb(Enum):
    """The calls of the client."""

    UPLOAD = "upload"
    CREATE = "create"
    STATUS = "status"
    FIND = "find"
    DOWNLOAD = "download"
    BALANCE = "balance"
    MODELS = "models"


class CallFailure(Enum):
    """The ways in which a call fails."""

    NOT_CONNECTED = "no connection was established: nothing was sent"
    RATE_LIMITED = "429: not charged, no task"
    LIMITER_DOWN = "503 rate_limit_unavailable: no task was made"
    LOST = "reset, time-out, 408, 5xx, HTML, an unreadable 200: it may have happened"
    NO_CHANNEL = "503 model_not_found: nobody paints this model now"
    ABSENT = "404: no such task"
    REFUSED = "any other 4xx: asking again changes nothing"


class Again(Enum):
    """The reactions to a failure."""

    REPEAT = "ask again, after a pause"
    NEVER = "hand the error on"
    LOOK_UP = "it may have been paid: only a look-up by business id can tell"


class NotConnected(ToAPIsUnavailable):
    """A connection that could not be established, so that nothing was sent."""


class LimiterDown(ToAPIsUnavailable):
    """HTTP 503 ``rate_limit_unavailable``: ToAPIs could not count the call, so it made no task."""


class CallbackRefused(OrderRejected):
    """HTTP 400 about the address for the webhook alone. No task was made; without the address the order is accepted."""


_FREE: Mapping[CallFailure, Again] = MappingProxyType(
    {
        CallFailure.NOT_CONNECTED: Again.REPEAT,
        CallFailure.RATE_LIMITED: Again.REPEAT,
        CallFailure.LIMITER_DOWN: Again.REPEAT,
        CallFailure.LOST: Again.REPEAT,
        CallFailure.NO_CHANNEL: Again.NEVER,
        CallFailure.ABSENT: Again.NEVER,
        CallFailure.REFUSED: Again.NEVER,
    }
)

TABLE: Mapping[Verb, Mapping[CallFailure, Again]] = MappingProxyType(
    {
        Verb.UPLOAD: _FREE,  # a second copy of the same picture costs nothing and is never used
        Verb.CREATE: MappingProxyType({**_FREE, CallFailure.LOST: Again.LOOK_UP}),
        Verb.STATUS: MappingProxyType({**_FREE, CallFailure.ABSENT: Again.REPEAT}),  # a new task may not be known yet
        Verb.FIND: _FREE,  # here "absent" is an answer, and the caller decides how long to look
        Verb.DOWNLOAD: _FREE,
        Verb.BALANCE: _FREE,
        Verb.MODELS: _FREE,
    }
)


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits of a call's repetitions. All times in seconds."""

    attempts: int = 5
    total: float = 120.0
    """No attempt begins later than this after the first."""
    first_wait: float = 0.5
    longest_wait: float = 20.0
    jitter: float = 1.0
    longest_retry_after: float = 60.0
    """A longer ``Retry-After`` is not waited for here: it is raised with the error."""
    unsaid_retry_after: float = 2.0
    """The pause of a bucket after a 429 without ``Retry-After``."""


def classify(error: ToAPIsError) -> CallFailure:
    """Map an error to its row of the table."""
    match error:
        case NotConnected():
            return CallFailure.NOT_CONNECTED
        case LimiterDown():
            return CallFailure.LIMITER_DOWN
        case RateLimited():
            return CallFailure.RATE_LIMITED
        case ToAPIsUnavailable():
            return CallFailure.LOST
        case ModelUnavailable():
            return CallFailure.NO_CHANNEL
        case NotFound():
            return CallFailure.ABSENT
        case _:
            return CallFailure.REFUSED


def pause(verb: Verb, error: Exception, patience: Patience) -> bool | float:
    """Decide whether to repeat: False, True (after the usual growing wait), or the seconds to wait before."""
    if not isinstance(error, ToAPIsError) or TABLE[verb][classify(error)] is not Again.REPEAT:
        return False
    seconds = error.retry_after if isinstance(error, RateLimited | ToAPIsUnavailable) else None
    if seconds is None:
        return True
    # Never sooner than our own first wait: after "Retry-After: 0" many callers would repeat at once.
    return max(seconds, patience.first_wait) if seconds <= patience.longest_retry_after else False
