"""The posts that this process may have sent already: each is looked for before it is sent again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

REMEMBERED: Final = 20_000
"""Posts."""


class SentPosts:
    """The last posts.

    For jobs no newer than the job of a post that was dropped, every post counts as sent: a needless look costs a call,
    a missing one would cost a second message.
    """

    def __init__(self, born: float, most: int = REMEMBERED) -> None:
        self._horizon = born
        self._most = most
        self._posts: OrderedDict[str, float] = OrderedDict()

    def may_be_sent(self, post: str, created_at: float) -> bool:
        """Return whether this post, of a job that was accepted at ``created_at`` (Unix seconds), may have been sent."""
        return post in self._posts or created_at < self._horizon

    def add(self, post: str, created_at: float) -> None:
        """Record that a post is about to be sent."""
        self._posts[post] = created_at
        self._posts.move_to_end(post)
        while len(self._posts) > self._most:
            _, oldest = self._posts.popitem(last=False)
            self._horizon = max(self._horizon, oldest + 0.001)
