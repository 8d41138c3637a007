"""A queue in which servers take turns, and within a server its members. Pure: nothing here waits."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """A queue that a server or a member with many items can't keep others out of.

    Each turn takes one item: of the server whose last turn is longest ago, and of its member likewise. The items of a
    member come in their order. A server without an id stands for a direct conversation: each of its members is one.
    """

    def __init__(self) -> None:
        self._servers: OrderedDict[int, OrderedDict[int, deque[T]]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, item: T, server: int | None, member: int) -> None:
        """Add an item at the end of its member's."""
        members = self._servers.setdefault(-member if server is None else server, OrderedDict())
        members.setdefault(member, deque()).append(item)
        self._length += 1

    def take(self) -> T:
        """Remove and return the item whose turn it is. Raises KeyError where there is none."""
        server, members = self._servers.popitem(last=False)
        member, items = members.popitem(last=False)
        item = items.popleft()
        if items:
            members[member] = items
        if members:
            self._servers[server] = members
        self._length -= 1
        return item
