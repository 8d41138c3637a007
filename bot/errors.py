"""The family of errors. Each one knows the sentence that a person is told (a key in ``locales/``).

    RetouchError
    ├── Refused                  the order can't be taken: said before anything was spent
    ├── BadPicture               the bytes are not a picture that we can use
    ├── SourceGone               the attachment could not be read any more
    ├── Unavailable              Discord or our database is away: waited out, and told only where that is in vain
    ├── Held                     what a job is waiting for, to be shown; never raised
    ├── ToAPIsError              what went wrong at ToAPIs; the first four can't be mended by asking again
    │   ├── OrderRejected        400, 413: our order or picture is not accepted
    │   ├── PolicyRefused        422: moderation said no
    │   ├── KeyRefused           401: the operator's key is wrong
    │   ├── NotAllowed           403: this key may not use this model
    │   ├── OutOfCredit          402, or a quota text: the operator's balance is empty
    │   ├── OwnKeyRefused        the same three of a server's own key: the server's managers can mend it
    │   ├── OwnKeyNotAllowed
    │   ├── OwnKeyEmpty
    │   ├── KeyLocked            a server's own key is kept, and none of the operator's SECRET_KEYS opens it
    │   ├── NotFound             404: no such task
    │   ├── RateLimited          429: asked too often; knows for how long to wait
    │   ├── ModelUnavailable     503 model_not_found, "no available channel": nobody paints this model now
    │   ├── ToAPIsUnavailable    no connection, 5xx, HTML, half an answer: what was asked is not known to have happened
    │   ├── CreateLost           the answer to a paid create was lost: look it up, never repeat it blindly
    │   │   └── CreateLocked     and it can't be looked up, for the reason of KeyLocked
    │   ├── NeverOrdered         it was looked up, and it is proved that no task came of the create
    │   ├── PaintingFailed       the task itself failed
    │   └── GaveUp               the task neither ended nor failed within a day
    ├── JobCancelled                somebody called the job off; they know
    ├── StandsBy                 another process answers by now: this one says nothing
    ├── Interrupted              we died before the member saw an answer; nothing was bought
    ├── ResultGone               the painted picture can't be had: it was paid for, so nobody is told otherwise
    │   └── ResultExpired        it could be had for a day at most, which is over
    └── Undeliverable            no place is left where the member could be told

Two values travel with each: ``detail`` is for the log alone, never for people (it may quote ToAPIs); ``facts`` fill the
sentence's placeholders and are safe to show.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

Fact = str | int

_TOLD: Final = ("request_id", "retry_after")
"""What some kinds know beside their words. For the log and for pacing, never for people."""


class RetouchError(Exception):
    """Something went wrong that we understand. ``sentence`` is the key of what the member is told."""

    sentence: ClassVar[str] = "error-unexpected"

    def __init__(self, detail: str = "", **facts: Fact) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: dict[str, Fact] = facts

    @property
    def key(self) -> str:
        """The sentence's key in ``locales/``."""
        return self.sentence


class _Reasoned(RetouchError):
    """An error with many sentences: the reason is part of the key."""

    def __init__(self, reason: str, detail: str = "", **facts: Fact) -> None:
        super().__init__(detail or reason, **facts)
        self.reason = reason

    @property
    def key(self) -> str:
        return f"{self.sentence}-{self.reason}"


class Refused(_Reasoned):
    """The order can't be taken. ``reason`` names the sentence ``refused-<reason>``. Nothing was stored or spent."""

    sentence = "refused"


class BadPicture(_Reasoned):
    """The bytes are no picture that we can send. ``reason`` names the sentence ``picture-<reason>``."""

    sentence = "picture"


class SourceGone(RetouchError):
    """The member's attachment can't be read any more, neither where it was posted nor from our archive message."""

    sentence = "error-source-gone"


class Unavailable(_Reasoned):
    """``reason`` is who is away: "discord" or "database". ``retry_after``: seconds, where they said so.

    The sentence ``error-away-<reason>`` is told where it was waited out in vain, before anything was bought.
    """

    sentence = "error-away"

    def __init__(self, reason: str, detail: str = "", *, retry_after: float | None = None, **facts: Fact) -> None:
        super().__init__(reason, detail, **facts)
        self.retry_after = retry_after


class Held(_Reasoned):
    """What a job is waiting for. ``reason`` (``bot/jobs/outage.py``) names the sentence ``held-<reason>``."""

    sentence = "held"


class ToAPIsError(RetouchError):
    """Something that ToAPIs said, or failed to say. ``request_id`` helps the operator to ask their support."""

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
    """ToAPIs can't be asked with a server's own key for now: what was begun with it goes on once it can be opened."""

    sentence = "error-own-key-locked"


class NotFound(ToAPIsError):
    sentence = "error-not-found"


class RateLimited(ToAPIsError):
    """429. ``retry_after`` is in seconds from the moment of the answer; None where ToAPIs did not say."""

    sentence = "error-busy"

    def __init__(
        self, detail: str = "", *, retry_after: float | None = None, request_id: str | None = None, **facts: Fact
    ) -> None:
        super().__init__(detail, request_id=request_id, **facts)
        self.retry_after = retry_after


class ModelUnavailable(ToAPIsError):
    sentence = "error-model-unavailable"


class ToAPIsUnavailable(ToAPIsError):
    """``retry_after`` as in RateLimited, where the answer carried it (503)."""

    sentence = "error-unavailable"

    def __init__(
        self, detail: str = "", *, retry_after: float | None = None, request_id: str | None = None, **facts: Fact
    ) -> None:
        super().__init__(detail, request_id=request_id, **facts)
        self.retry_after = retry_after


class CreateLost(ToAPIsError):
    """The paid create was sent and its answer is not known. The only right next step is ``ToAPIs.find``."""

    sentence = "error-unknown"


class CreateLocked(CreateLost):
    """The same, and it can't be looked up: the key that it was sent with is a server's own, and can't be opened."""

    sentence = "error-unknown-locked"


class NeverOrdered(ToAPIsError):
    """A lost create that bought nothing: a look-up that still finds an older task does not find this one."""

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
    """A task that was neither painted nor failed after a day of asking."""

    sentence = "error-gave-up"


class JobCancelled(RetouchError):
    """The job was called off: it takes no further step, and whoever called it off was told."""

    sentence = "error-called-off"


class StandsBy(RetouchError):
    """Another process answers by now: this one says nothing."""

    sentence = "error-stands-by"


class Interrupted(RetouchError):
    """The process died before the member saw an answer: nothing was bought, the order has to be sent again."""

    sentence = "error-interrupted"


def freeze(error: RetouchError) -> dict[str, Any]:
    """The error as JSON, for the engine's memory. ``thaw`` brings it back."""
    frozen: dict[str, Any] = {"name": type(error).__name__, "detail": error.detail, "facts": error.facts}
    if isinstance(error, _Reasoned):
        frozen["reason"] = error.reason
    return frozen | {name: getattr(error, name) for name in _TOLD if hasattr(error, name)}


def thaw(frozen: dict[str, Any]) -> RetouchError:
    """The error that ``freeze`` took. One of a class that is gone since becomes a plain RetouchError."""
    kinds = {kind.__name__: kind for kind in family()}
    kind = kinds.get(frozen["name"], RetouchError)
    if issubclass(kind, _Reasoned):
        return kind(frozen["reason"], frozen["detail"], **frozen["facts"])
    error = kind(frozen["detail"], **frozen["facts"])
    for name in _TOLD:
        if name in frozen and hasattr(error, name):
            setattr(error, name, frozen[name])
    return error


def family(root: type[RetouchError] = RetouchError) -> list[type[RetouchError]]:
    """All kinds of errors, from the root down."""
    return [root, *(kind for child in root.__subclasses__() for kind in family(child))]
