"""A token bucket, as docs.toapis.com/docs/en/api-reference/rate-limits/async-tasks describes it. No I/O."""

from __future__ import annotations

import math
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final, Literal

RetryAfterForm = Literal["seconds", "http-date", "unix", "none"]
TIERS: Final[dict[str, dict[str, tuple[int, int]]]] = {
    "default": {"async_submit": (300, 50), "async_query": (3_000, 500)},
    "vip": {"async_submit": (1_000, 167), "async_query": (10_000, 1_667)},
    "svip": {"async_submit": (2_000, 334), "async_query": (30_000, 5_000)},
}
"""Requests a minute, and the burst in 10 s, by tier and category."""


@dataclass(slots=True)
class Bucket:
    """A bucket that holds at most ``burst`` tokens and gains ``rpm`` a minute. ``at`` in Unix seconds."""

    category: str
    rpm: int
    burst: int
    tokens: float
    at: float

    @classmethod
    def full(cls, tier: str, category: str, now: float) -> Bucket:
        rpm, burst = TIERS[tier][category]
        return cls(category, rpm, burst, burst, now)

    def take(self, now: float) -> float:
        """Take one token: 0.0. Where there is none: the seconds until there is (and nothing is taken)."""
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.rpm / 60)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) * 60 / self.rpm

    def headers(self, now: float) -> dict[str, str]:
        """Return the headers of each limited answer. The unit of ``-Reset`` is not documented; Unix seconds here."""
        full_again = (self.burst - self.tokens) * 60 / self.rpm
        return {
            "X-RateLimit-Limit": str(self.rpm),
            "X-RateLimit-Remaining": str(int(self.tokens)),
            "X-RateLimit-Reset": str(math.ceil(now + full_again)),
            "X-RateLimit-Category": self.category,
        }


def retry_after(seconds: float, now: float, form: RetryAfterForm) -> dict[str, str]:
    """Build the header ``Retry-After`` in one of its forms (RFC 9110 knows two; Unix time was seen too). Rounded up."""
    whole = math.ceil(seconds)
    if form == "none":
        return {}
    if form == "seconds":
        return {"Retry-After": str(whole)}
    moment = math.ceil(now + seconds)
    return {"Retry-After": str(moment) if form == "unix" else formatdate(moment, usegmt=True)}
