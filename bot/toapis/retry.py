"""Which call may be made again after which trouble. A table, and the one function that reads it. No I/O.

The rule behind the table: asking for a look costs nothing, asking for a picture costs money. So a paid create is only
repeated where it is certain that no task was made.
https://docs.toapis.com/docs/en/api-reference/rate-limits/async-tasks
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from bot.errors import ModelUnavailable, NotFound, RateLimited, ToAPIsError, ToAPIsUnavailable


class Verb(Enum):
    """What the client can ask."""

    UPLOAD = "upload"
    CREATE = "create"
    STATUS = "status"
    FIND = "find"
    DOWNLOAD = "download"
    BALANCE = "balance"
    MODELS = "models"


class Trouble(Enum):
    """What can come instead of an answer."""

    NOT_CONNECTED = "no connection was established: nothing was sent"
    RATE_LIMITED = "429: not charged, no task"
    LIMITER_DOWN = "503 rate_limit_unavailable: no task was made"
    LOST = "reset, time-out, 408, 5xx, HTML, an unreadable 200: it may have happened"
    NO_CHANNEL = "503 model_not_found: nobody paints this model now"
    ABSENT = "404: no such task"
    REFUSED = "any other 4xx: asking again changes nothing"


class Again(Enum):
    """What to do then."""

    REPEAT = "ask again, after a pause"
    NEVER = "hand the error on"
    LOOK_UP = "it may have been paid: only a look-up by business id can tell"


class NotConnected(ToAPIsUnavailable):
    """No connection could be established, so nothing was sent."""


class LimiterDown(ToAPIsUnavailable):
    """503 ``rate_limit_unavailable``: ToAPIs could not count, so it made no task."""


_FREE: Mapping[Trouble, Again] = MappingProxyType(
    {
        Trouble.NOT_CONNECTED: Again.REPEAT,
        Trouble.RATE_LIMITED: Again.REPEAT,
        Trouble.LIMITER_DOWN: Again.REPEAT,
        Trouble.LOST: Again.REPEAT,
        Trouble.NO_CHANNEL: Again.NEVER,
        Trouble.ABSENT: Again.NEVER,
        Trouble.REFUSED: Again.NEVER,
    }
)

TABLE: Mapping[Verb, Mapping[Trouble, Again]] = MappingProxyType(
    {
        Verb.UPLOAD: _FREE,  # a second copy of the same picture costs nothing and is never looked at
        Verb.CREATE: MappingProxyType({**_FREE, Trouble.LOST: Again.LOOK_UP}),
        Verb.STATUS: MappingProxyType({**_FREE, Trouble.ABSENT: Again.REPEAT}),  # a task made just now may not be known
        Verb.FIND: _FREE,  # here "absent" is an answer, and the caller decides how long it goes on looking
        Verb.DOWNLOAD: _FREE,
        Verb.BALANCE: _FREE,
        Verb.MODELS: _FREE,
    }
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a call is repeated. All times in seconds."""

    attempts: int = 5
    total: float = 120.0
    """No attempt begins later than this after the first."""
    first_wait: float = 0.5
    longest_wait: float = 20.0
    jitter: float = 1.0
    longest_retry_after: float = 60.0
    """A ``Retry-After`` beyond this is not waited for here: the error goes out and carries it."""
    unsaid_retry_after: float = 2.0
    """How long a bucket rests after a 429 that did not say."""


def trouble(error: ToAPIsError) -> Trouble:
    """Which row of the table an error belongs to."""
    match error:
        case NotConnected():
            return Trouble.NOT_CONNECTED
        case LimiterDown():
            return Trouble.LIMITER_DOWN
        case RateLimited():
            return Trouble.RATE_LIMITED
        case ToAPIsUnavailable():
            return Trouble.LOST
        case ModelUnavailable():
            return Trouble.NO_CHANNEL
        case NotFound():
            return Trouble.ABSENT
        case _:
            return Trouble.REFUSED


def pause(verb: Verb, error: Exception, patience: Patience) -> bool | float:
    """Whether to ask again: False, True (after the usual growing wait), or after exactly so many seconds."""
    if not isinstance(error, ToAPIsError) or TABLE[verb][trouble(error)] is not Again.REPEAT:
        return False
    told = error.retry_after if isinstance(error, RateLimited | ToAPIsUnavailable) else None
    if told is None:
        return True
    # Never sooner than our own first wait: "Retry-After: 0" from many callers at once would be a hammer.
    return max(told, patience.first_wait) if told <= patience.longest_retry_after else False
