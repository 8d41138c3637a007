"""The workflows that wait for their turn, with those of orders that are being answered: their cards name a place."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from bot.jobs.courier import QueuePlace
from bot.jobs.fair_queue import FairQueue, line_of
from bot.jobs.job import Job
from bot.jobs.pace import Pace, expected
from bot.jobs.workflows import ShownPlace, Workflow


class WaitingLine:
    """Workflows in the order in which they begin. An expected one has a place, but waits until it is added.

    ``somebody`` is set while a workflow waits that was added: nothing has to be asked again and again. ``elapsed``
    counts seconds, and ``clock`` returns Unix seconds.
    """

    def __init__(self, elapsed: Callable[[], float] = time.monotonic, clock: Callable[[], float] = time.time) -> None:
        self._elapsed = elapsed
        self._clock = clock
        self._queue = FairQueue[Workflow]()
        self._resumed = deque[Workflow]()
        """Those that had their turn in an earlier life: they begin before all others."""
        self._expected: dict[str, Workflow] = {}
        self._overdue: set[str] = set()
        """The ids of the expected workflows whose turn has come. They are in the queue no more."""
        self._pace = Pace(elapsed)
        self._free = 0
        self._usual: float | None = None
        self.somebody = asyncio.Event()
        self.given_up: Callable[[], None] = _nothing
        """Called when the place of an expected workflow was given up: another may begin."""

    def __len__(self) -> int:
        """Return how many workflows wait, without those that are expected."""
        return len(self._resumed) + len(self._queue) + len(self._overdue) - len(self._expected)

    @contextmanager
    def expecting(self, job: Job) -> Iterator[QueuePlace | None]:
        """Keep a place for a job whose command is being answered, and yield it; None where it will begin at once.

        Left before the workflow was added, the place is given up.
        """
        where = job.destination
        workflow = Workflow(job.id, job.id, "paint", server=where.guild_id, member=where.requester_id)
        self._expected[workflow.id] = workflow
        self._queue.add(workflow, workflow.server, workflow.member)
        place = self.place(len(self._resumed) + self._queue.place_of_last(workflow.server, workflow.member))
        self.show(workflow, place)
        try:
            yield place
        finally:
            if self._expected.get(workflow.id) is workflow:
                self.remove(workflow)
                self.given_up()

    def expected(self, id_: str) -> Workflow | None:
        """Return the expected workflow with this id, or None."""
        return self._expected.get(id_)

    def add(self, workflow: Workflow) -> None:
        """Let a workflow wait: at the place that it was given, or else behind its member's others."""
        workflow.waits = True
        was_expected = self._expected.pop(workflow.id, None) is not None
        if workflow.had_turn:
            self._resumed.append(workflow)
        elif workflow.id in self._overdue:
            self._overdue.discard(workflow.id)
            self._queue.put_back(workflow, workflow.server, workflow.member)
        elif not was_expected:
            self._queue.add(workflow, workflow.server, workflow.member)

    def remove(self, workflow: Workflow) -> bool:
        """Give up the place of a workflow. Return False where it has none: it has begun, or was never here."""
        self._expected.pop(workflow.id, None)
        workflow.waits = False
        if workflow.id in self._overdue:
            self._overdue.discard(workflow.id)
            return True
        try:
            self._queue.remove(workflow, workflow.server, workflow.member)
        except KeyError:
            return False
        return True

    def take(self, free: int) -> Workflow | None:
        """Remove and return the workflow whose turn it is, where ``free`` may begin now. None where nobody may.

        An expected workflow whose turn comes keeps that: it begins as soon as it is added.
        """
        workflow = self._next(free)
        if workflow is not None:
            workflow.waits = False
        return workflow

    def _next(self, free: int) -> Workflow | None:
        if self._resumed and free > 0:
            return self._resumed.popleft()
        while self._queue and len(self._overdue) < free:
            workflow = self._queue.take()
            if workflow.id not in self._expected:
                self._pace.began()
                return workflow
            self._overdue.add(workflow.id)
        return None

    def settle(self, free: int, usual: float | None) -> None:
        """Note how many workflows may still begin now, and count the seconds in which somebody waits.

        ``usual`` are the beginnings a second that are believed until they were measured.
        """
        self._free = free
        self._usual = usual
        if len(self):
            self._pace.waits()
            self.somebody.set()
        else:
            self._pace.nobody_waits()
            self.somebody.clear()

    @property
    def a_second(self) -> float | None:
        """Return how many workflows that wait begin in a second, or None where nobody can say that."""
        measured = self._pace.a_second()
        return self._usual if measured is None else measured

    def in_order(self) -> list[Workflow]:
        """Return the workflows in the order in which they begin if no other comes, expected ones included."""
        return [*self._resumed, *self._queue.in_order()]

    def place(self, number: int) -> QueuePlace | None:
        """Return the place of the workflow that is the ``number``-th in the line, or None where it begins at once."""
        number -= max(self._free - len(self._overdue), 0)
        if number <= 0:
            return None
        seconds = expected(number, self.a_second)
        return QueuePlace(number, None if seconds is None else int(self._clock() + seconds))

    def show(self, workflow: Workflow, place: QueuePlace | None) -> None:
        """Note the place that the card of a workflow shows from now on."""
        if place is not None:
            workflow.shown = ShownPlace(place.number, place.begins_at, self._elapsed())


def _nothing() -> None:
    """Do nothing."""


def in_turn(
    waiting: Sequence[Workflow], turns: Mapping[tuple[int | None, int], float], begun: Sequence[Workflow] = ()
) -> list[Workflow]:
    """Return the workflows in the order in which a new queue has to get them, to go on as the old one would have.

    ``waiting`` are in the order in which they were added; ``turns`` are the last ones of servers and members that
    bought. Those that have ``begun``, in this order, had a turn after all of these. Whoever had no turn since they wait
    comes when they came.
    """
    servers: dict[int, float] = {}
    members: dict[tuple[int, int], float] = {}
    for workflow in waiting:
        line = line_of(workflow.server, workflow.member)
        servers.setdefault(line, workflow.created_at)
        members.setdefault((line, workflow.member), workflow.created_at)
    last = max([*servers.values(), *members.values(), *turns.values()], default=0.0)
    later = {(workflow.server, workflow.member): last + number for number, workflow in enumerate(begun, start=1)}
    for (server, member), at in {**turns, **later}.items():
        line = line_of(server, member)
        if line in servers:
            servers[line] = max(servers[line], at)
        if (line, member) in members:
            members[line, member] = max(members[line, member], at)

    def key(workflow: Workflow) -> tuple[float, int, float]:
        line = line_of(workflow.server, workflow.member)
        return servers[line], line, members[line, workflow.member]

    return sorted(waiting, key=key)
