"""A queue in which servers take turns, and within a server its members. Pure: nothing here waits."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """A queue that a server or a member with many items can't keep others out of.

    Each turn takes one item: of the server whose last turn is longest ago, and of its member likewise. The items of a
    member come in their order. A server without an id stands for a direct conversation: each of its members is one.
    """

    def __init__(self) -> None:
        self._servers: OrderedDict[int, OrderedDict[int, deque[T]]] = OrderedDict()
        self._lengths: dict[int, int] = {}
        """How many items each server has."""
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, item: T, server: int | None, member: int) -> None:
        """Add an item at the end of its member's."""
        key = line_of(server, member)
        members = self._servers.setdefault(key, OrderedDict())
        members.setdefault(member, deque()).append(item)
        self._count(key, 1)

    def put_back(self, item: T, server: int | None, member: int) -> None:
        """Add an item that was taken, so that it is taken next."""
        key = line_of(server, member)
        members = self._servers.setdefault(key, OrderedDict())
        members.setdefault(member, deque()).appendleft(item)
        members.move_to_end(member, last=False)
        self._servers.move_to_end(key, last=False)
        self._count(key, 1)

    def take(self) -> T:
        """Remove and return the item whose turn it is. Raises KeyError where there is none."""
        server, members = self._servers.popitem(last=False)
        member, items = members.popitem(last=False)
        item = items.popleft()
        if items:
            members[member] = items
        if members:
            self._servers[server] = members
        self._count(server, -1)
        return item

    def remove(self, item: T, server: int | None, member: int) -> None:
        """Remove an item: nobody loses or gains a turn by it. Raises KeyError where it is not there."""
        key = line_of(server, member)
        members = self._servers[key]
        try:
            members[member].remove(item)
        except ValueError:
            raise KeyError(item) from None
        if not members[member]:
            del members[member]
        if not members:
            del self._servers[key]
        self._count(key, -1)

    def in_order(self) -> list[T]:
        """Return the items in the order in which they would be taken if nobody else came."""
        return _by_turns([_by_turns(list(map(list, members.values()))) for members in self._servers.values()])

    def place_of_last(self, server: int | None, member: int) -> int:
        """Return the place of a member's last item, 1 where it is next. Raises KeyError where the member has none."""
        key = line_of(server, member)
        members = self._servers[key]
        lengths = ((other, len(items)) for other, items in members.items())
        before = len(members[member]) - 1
        if before or next(reversed(members)) != member:
            before = _items_before(lengths, member, before)
        else:
            before = len(members) - 1  # a first turn, after that of everybody else there
        if before or next(reversed(self._servers)) != key:
            return _items_before(((other, self._lengths[other]) for other in self._servers), key, before) + 1
        return len(self._servers)

    def _count(self, server: int, more: int) -> None:
        self._length += more
        self._lengths[server] = self._lengths.get(server, 0) + more
        if not self._lengths[server]:
            del self._lengths[server]


def line_of(server: int | None, member: int) -> int:
    """Return the line in which a member's items wait: their server's, or one of their own in direct conversations."""
    return -member if server is None else server


def _by_turns(lines: list[list[T]]) -> list[T]:
    """Return the items of several lines, one of each line in turn."""
    if len(lines) == 1:
        return lines[0]
    order: list[T] = []
    turn = 0
    while lines:
        order += [line[turn] for line in lines]
        turn += 1
        lines = [line for line in lines if len(line) > turn]
    return order


def _items_before(lengths: Iterable[tuple[int, int]], mine: int, before: int) -> int:
    """Return how many items of all lines are taken before that of ``mine`` with ``before`` others before it there."""
    lines = iter(lengths)
    earlier = 0
    for line, length in lines:
        if line == mine:
            break
        earlier += min(length, before + 1)
    return before + earlier + sum(min(length, before) for _, length in lines)
