"""Faults in the delivery of a webhook. The task, its answers and its charge are not touched by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WEBHOOK_FAULTS: Final = {
    "lost": "never sent, not even again",
    "late": "sent so many seconds after the end of the task",
    "twice": "sent a second time, though it was taken",
    "wrong-signature": "signed with another secret",
    "old": "signed right, ten minutes ago",
    "huge": "signed right, with a body of a megabyte",
    "before-answer": "sent before the create is answered: the task has ended by then",
}
"""Each fault's name, and what it does to a delivery."""

LATE: Final = 5.0
"""Seconds, unless others are named."""


@dataclass(slots=True)
class ActiveWebhookFault:
    """A fault that is on. ``left``: how many tasks or deliveries it strikes yet (None: all)."""

    name: str
    left: int | None
    seconds: float
    struck: int = 0


class WebhookFaults:
    """The faults that are on, by name."""

    def __init__(self) -> None:
        self._active: dict[str, ActiveWebhookFault] = {}

    def put_on(self, name: str, times: int | None = None, *, seconds: float = LATE) -> ActiveWebhookFault:
        """Enable a fault. Raises ValueError for an unknown one."""
        if name not in WEBHOOK_FAULTS:
            raise ValueError(f"no fault of webhooks is called {name!r}; there are: {', '.join(WEBHOOK_FAULTS)}")
        self._active[name] = ActiveWebhookFault(name, times, seconds)
        return self._active[name]

    def calm(self) -> None:
        self._active.clear()

    def strike(self, name: str) -> ActiveWebhookFault | None:
        """Return the fault if it is on, and count that it strikes."""
        fault = self._active.get(name)
        if fault is None or fault.left == 0:
            return None
        fault.struck += 1
        if fault.left is not None:
            fault.left -= 1
        return fault
