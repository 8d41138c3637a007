"""Rate limits: so many calls per bucket and window, and fifty a second in all.

https://discord.com/developers/docs/topics/rate-limits. The numbers are those that bots observe; Discord publishes none.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field

GLOBAL = (50, 1.0)
USUAL = (10, 5.0)
RULES = {
    "POST /channels/{channel}/messages": (5, 5.0),
    "PATCH /channels/{channel}/messages/{message}": (5, 5.0),
    "DELETE /channels/{channel}/messages/{message}": (5, 1.0),
    "GET /channels/{channel}/messages": (5, 5.0),
    "GET /channels/{channel}/messages/{message}": (5, 5.0),
    "POST /channels/{channel}/typing": (5, 5.0),
    "POST /channels/{channel}/messages/{message}/threads": (50, 300.0),
    "POST /channels/{channel}/threads": (50, 300.0),
    "PATCH /channels/{channel}": (10, 15.0),
    "PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me": (1, 0.25),
    "POST /webhooks/{webhook}/{token}": (5, 2.0),
    "PATCH /webhooks/{webhook}/{token}/messages/{message}": (5, 2.0),
}
RENAME = (2, 600.0)
"""A channel's or thread's name may change twice in ten minutes, whatever the headers say."""
UNCOUNTED = ("POST /interactions/", "GET /gateway")


@dataclass(slots=True)
class _Window:
    opened: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limit as the headers show it after one call; ``exceeded``: the seconds to wait if the call was too many."""

    limit: int
    remaining: int
    reset_after: float
    bucket: str
    now: float
    exceeded: float | None = None
    scope: str = "user"

    @property
    def headers(self) -> dict[str, str]:
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{self.now + self.reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after:.3f}",
            "X-RateLimit-Bucket": self.bucket,
        }
        if self.exceeded is not None:
            headers |= exceeded_headers(self.exceeded, self.scope)
        return headers


def exceeded_headers(wait: float, scope: str) -> dict[str, str]:
    """Return the headers that only a 429 has; ``wait`` in seconds, sent as whole ones.

    https://discord.com/developers/docs/topics/rate-limits#header-format-rate-limit-header-examples
    """
    headers = {"X-RateLimit-Scope": scope, "Retry-After": f"{math.ceil(wait)}"}
    return headers | ({"X-RateLimit-Global": "true"} if scope == "global" else {})


@dataclass(slots=True)
class RateLimits:
    """The calls counted in fixed windows, each opened by its first call, as Discord does."""

    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)

    def spend(
        self, route: str, major: str, now: float, *, by_token: bool = False, rename: bool = False
    ) -> Allowance | None:
        """Count one call; ``major`` is the channel, guild or webhook. None: this route is not limited."""
        if route.startswith(UNCOUNTED):
            return None
        limit, seconds = RULES.get(route, USUAL)
        bucket = hashlib.blake2b(route.encode(), digest_size=16).hexdigest()
        if not by_token:
            late = self._take("everything", "", now, *GLOBAL)
            if late.used > GLOBAL[0]:
                wait = late.opened + GLOBAL[1] - now
                return Allowance(limit, 1, wait, bucket, now, exceeded=wait, scope="global")
        window = self._take(route, major, now, limit, seconds)
        reset = window.opened + seconds - now
        if window.used > limit:
            return Allowance(limit, 0, reset, bucket, now, exceeded=reset)
        if rename:
            sub = self._take("rename", major, now, *RENAME)
            if sub.used > RENAME[0]:
                wait = sub.opened + RENAME[1] - now
                return Allowance(limit, limit - window.used, reset, bucket, now, exceeded=wait)
        return Allowance(limit, limit - window.used, reset, bucket, now)

    def _take(self, name: str, major: str, now: float, limit: int, seconds: float) -> _Window:
        window = self._windows.get((name, major))
        if window is None or now >= window.opened + seconds:
            window = self._windows[name, major] = _Window(now)
        window.used = min(window.used + 1, limit + 1)
        return window
