"""The family of errors. Each class knows the sentence that a person is told (a key in ``locales/``).

    RetouchError
    ├── Refused                  the order can't be taken: nothing was spent
    ├── BadPicture               the bytes are not a picture that we can use
    ├── SourceGone               the attachment could not be read any more
    ├── Unavailable              Discord or our database is away: told only if waiting did not help
    ├── Held                     what a job is waiting for, to be shown; never raised
    ├── ToAPIsError              a failure at ToAPIs; repeating the request can't mend the first four
    │   ├── OrderRejected        400, 413: our order or picture is not accepted
    │   ├── PolicyRefused        422: moderation said no
    │   ├── KeyRefused           401: the operator's key is wrong
    │   ├── NotAllowed           403: this key may not use this model
    │   ├── OutOfCredit          402, or a quota text: the operator's balance is empty
    │   ├── OwnKeyRefused        the last three for a server's own key: the server's managers can mend it
    │   ├── OwnKeyNotAllowed
    │   ├── OwnKeyEmpty
    │   ├── KeyLocked            a server's own key is stored, and none of the operator's SECRET_KEYS opens it
    │   ├── NotFound             404: no such task
    │   ├── RateLimited          429: too many requests; knows how long to wait
    │   ├── ModelUnavailable     503 model_not_found, "no available channel": nobody paints this model now
    │   ├── ToAPIsUnavailable    no connection, 5xx, HTML, half an answer: it is not known whether ToAPIs did it
    │   ├── CreateLost           the answer to a paid create was lost: look it up, never repeat it blindly
    │   │   └── CreateLocked     and it can't be looked up, because the key is locked (KeyLocked)
    │   ├── NeverOrdered         the look-up proved that the create made no task
    │   ├── PaintingFailed       the task itself failed
    │   └── GaveUp               the task neither ended nor failed within a day
    ├── JobCancelled             somebody cancelled the job, and was told
    ├── StandsBy                 another process answers now: this one stays silent
    ├── Interrupted              the process died before the member saw an answer; nothing was bought
    ├── ResultGone               the painted picture can't be downloaded; it was paid for, and the member is told so
    │   └── ResultExpired        ToAPIs keeps a picture for a day at most, and the day is over
    └── Undeliverable            no channel is left in which the member could be told

Each error carries two values: ``detail`` is only for the log, never for people (it may quote ToAPIs); ``facts`` fill
the sentence's placeholders and are safe to show.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

Fact = str | int

_EXTRA_FIELDS: Final = ("request_id", "retry_after")
"""Attributes that only some classes have. For the log and for pacing, never for people."""


class RetouchError(Exception):
    """An error that we understand. ``sentence`` is the key of the sentence for the member."""

    sentence: ClassVar[str] = "error-unexpected"
    stored_name: ClassVar[str] = "RetouchError"
    """The name under which the engine stores the error: the first name of its class, which later versions must read."""

    def __init_subclass__(cls, *, stored_as: str = "") -> None:
        super().__init_subclass__()
        cls.stored_name = stored_as or cls.__name__

    def __init__(self, detail: str = "", **facts: Fact) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: dict[str, Fact] = facts

    @property
    def key(self) -> str:
        """Return the sentence's key in ``locales/``."""
        return self.sentence


class Reasoned(RetouchError):
    """An error with many sentences: the reason is part of the key."""

    def __init__(self, reason: str, detail: str = "", **facts: Fact) -> None:
        super().__init__(detail or reason, **facts)
        self.reason = reason

    @property
    def key(self) -> str:
        return f"{self.sentence}-{self.reason}"


class Refused(Reasoned):
    """An order that can't be taken. ``reason`` names the sentence ``refused-<reason>``. Nothing was stored or spent."""

    sentence = "refused"


class BadPicture(Reasoned):
    """Bytes that are no picture that we can send. ``reason`` names the sentence ``picture-<reason>``."""

    sentence = "picture"


class SourceGone(RetouchError):
    """An attachment that can no longer be read, neither where it was posted nor from our archive message."""

    sentence = "error-source-gone"


class Unavailable(Reasoned):
    """A service that can't be reached. ``reason`` is "discord" or "database"; ``retry_after`` is in seconds, if known.

    The member reads the sentence ``error-away-<reason>`` only if waiting did not help and nothing was bought yet.
    """

    sentence = "error-away"

    def __init__(self, reason: str, detail: str = "", *, retry_after: float | None = None, **facts: Fact) -> None:
        super().__init__(reason, detail, **facts)
        self.retry_after = retry_after


class Held(Reasoned):
    """The thing that a job is waiting for. ``reason`` (``bot/jobs/outage.py``) names the sentence ``held-<reason>``."""

    sentence = "held"


class ToAPIsError(RetouchError):
    """A failure that ToAPIs reported, or a missing answer. With ``request_id`` the operator can ask ToAPIs' support."""

    sentence = "error-toapis"

    def __init__(self, detail: str = "", *, request_id: str | None = None, **facts: Fact) -> None:
        super().__init__(detail, **facts)
        self.request_id = request_id


class OrderRejected(ToAPIsError):
    sentence = "error-order-rejected"


class PolicyRefused(ToAPIsError):
    sentence = "error-policy"


class KeyRefused(ToAPIsError):
    sentence = "error-key"


class NotAllowed(ToAPIsError):
    sentence = "error-not-allowed"


class OutOfCredit(ToAPIsError):
    sentence = "error-out-of-credit"


class OwnKeyRefused(ToAPIsError):
    sentence = "error-own-key"


class OwnKeyNotAllowed(ToAPIsError):
    sentence = "error-own-key-not-allowed"


class OwnKeyEmpty(ToAPIsError):
    sentence = "error-own-key-empty"


class KeyLocked(ToAPIsError):
    """A server's own key that can't be opened for now: jobs that began with it go on once it can be."""

    sentence = "error-own-key-locked"


class NotFound(ToAPIsError):
    sentence = "error-not-found"


class RateLimited(ToAPIsError):
    """HTTP 429. ``retry_after`` is in seconds from the moment of the answer; None if ToAPIs sent none."""

    sentence = "error-busy"

    def __init__(
        self, detail: str = "", *, retry_after: float | None = None, request_id: str | None = None, **facts: Fact
    ) -> None:
        super().__init__(detail, request_id=request_id, **facts)
        self.retry_after = retry_after


class ModelUnavailable(ToAPIsError):
    sentence = "error-model-unavailable"


class ToAPIsUnavailable(ToAPIsError):
    """An unreachable or failing ToAPIs. ``retry_after`` as in RateLimited, if the answer (503) carried it."""

    sentence = "error-unavailable"

    def __init__(
        self, detail: str = "", *, retry_after: float | None = None, request_id: str | None = None, **facts: Fact
    ) -> None:
        super().__init__(detail, request_id=request_id, **facts)
        self.retry_after = retry_after


class CreateLost(ToAPIsError):
    """A paid create that was sent and whose answer is unknown. The only right next step is ``ToAPIs.find``."""

    sentence = "error-unknown"


class CreateLocked(CreateLost):
    """A lost create that can't be looked up: it was sent with a server's own key, which can't be opened."""

    sentence = "error-unknown-locked"


class NeverOrdered(ToAPIsError):
    """A lost create that bought nothing: the look-up still finds an older task, but not this one."""

    sentence = "error-never-ordered"


class PaintingFailed(ToAPIsError):
    sentence = "error-painting-failed"


class ResultGone(RetouchError):
    sentence = "error-result-gone"


class ResultExpired(ResultGone):
    sentence = "error-result-expired"


class Undeliverable(RetouchError):
    sentence = "error-undeliverable"


class GaveUp(ToAPIsError):
    """A task that neither ended nor failed within a day."""

    sentence = "error-gave-up"


class JobCancelled(RetouchError, stored_as="CalledOff"):
    """A cancelled job: it takes no further step, and the person who cancelled it was told."""

    sentence = "error-called-off"


class StandsBy(RetouchError):
    """An interaction that another process answers: this process stays silent."""

    sentence = "error-stands-by"


class Interrupted(RetouchError):
    """An order whose process died before the member saw an answer: nothing was bought, the order must be sent again."""

    sentence = "error-interrupted"


def freeze(error: RetouchError) -> dict[str, Any]:
    """Return the error as JSON, so that the engine can store it. ``thaw`` is the inverse."""
    frozen: dict[str, Any] = {"name": error.stored_name, "detail": error.detail, "facts": error.facts}
    if isinstance(error, Reasoned):
        frozen["reason"] = error.reason
    return frozen | {name: getattr(error, name) for name in _EXTRA_FIELDS if hasattr(error, name)}


def thaw(frozen: dict[str, Any]) -> RetouchError:
    """Return the error that ``freeze`` stored. If its class no longer exists, return a plain RetouchError."""
    kinds = {kind.stored_name: kind for kind in family()}
    kind = kinds.get(frozen["name"], RetouchError)
    if issubclass(kind, Reasoned):
        return kind(frozen["reason"], frozen["detail"], **frozen["facts"])
    error = kind(frozen["detail"], **frozen["facts"])
    for name in _EXTRA_FIELDS:
        if name in frozen and hasattr(error, name):
            setattr(error, name, frozen[name])
    return error


def family(root: type[RetouchError] = RetouchError) -> list[type[RetouchError]]:
    """Return all classes of errors, from the root down."""
    return [root, *(kind for child in root.__subclasses__() for kind in family(child))]
