"""Faults of the stand-in ToAPIs (refusals, changed answers, changed tasks), and the faults that are on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from playground.hooks import Call
from playground.toapis.answer import Answer
from playground.toapis.tasks import PaintTask, TaskOutcome

Verb = Literal["upload", "create", "status", "find", "download", "balance", "models", "nothing"]
Options = Mapping[str, Any]
ASKING: Final[tuple[Verb, ...]] = ("status", "find")
TALKING: Final[tuple[Verb, ...]] = ("create", "status", "find")
KEYED: Final[tuple[Verb, ...]] = ("upload", "create", "status", "find", "balance", "models")


@dataclass(frozen=True, slots=True)
class FaultContext:
    """The circumstances of an answer: the request, the task if there is one, and the time in Unix seconds.

    ``prompt`` is the order's; empty where the request shows no order (an upload, a question about the key).
    """

    call: Call
    task: PaintTask | None
    now: float
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """``on``: the verbs that it strikes by default. ``options`` with their defaults."""

    name: str
    line: str
    on: tuple[Verb, ...]
    options: Options = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True, slots=True)
class RefusalFault(Fault):
    """A fault that answers instead of the effect. With the option ``made`` the effect happens, and is charged."""

    act: Callable[[Options, FaultContext], Answer] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class AnswerFault(Fault):
    """A fault in a good answer (200) after its effect. ``act`` returns None where it does not apply."""

    act: Callable[[Answer, Options, FaultContext], Answer | None] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class TaskFault(Fault):
    """A fault in the outcome of the task that is being made."""

    act: Callable[[TaskOutcome, Options], TaskOutcome] = field(kw_only=True)


@dataclass(slots=True)
class ActiveFault:
    """A fault that is on. ``left``: how often it strikes yet (None: for ever); ``struck``: how often it did.

    ``prompt``: the words of the one order that it strikes; None: every order.
    """

    fault: Fault
    on: tuple[Verb, ...]
    left: int | None
    chance: float
    options: Options
    prompt: str | None = None
    struck: int = 0


class Faults:
    """The faults that are on, in the order in which they were enabled."""

    def __init__(self, table: Mapping[str, Fault], rng: random.Random) -> None:
        self._table = table
        self._rng = rng
        self.active: list[ActiveFault] = []

    def put_on(
        self,
        name: str,
        times: int | None,
        on: tuple[Verb, ...] | None,
        chance: float,
        options: Options,
        prompt: str | None = None,
    ) -> ActiveFault:
        """Enable a fault; it replaces itself for the same order. Raises ValueError for an unknown fault or option."""
        if name not in self._table:
            raise ValueError(f"no fault is called {name!r}; there are: {', '.join(self._table)}")
        fault = self._table[name]
        defaults = {"made": False, **fault.options} if isinstance(fault, RefusalFault) else dict(fault.options)
        if unknown := options.keys() - defaults.keys():
            names = ", ".join(defaults) or "none"
            raise ValueError(f"{name} has no option {', '.join(sorted(unknown))}; it has: {names}")
        self.active = [active for active in self.active if (active.fault.name, active.prompt) != (name, prompt)]
        active = ActiveFault(fault, on or fault.on, times, chance, defaults | dict(options), prompt)
        self.active.append(active)
        return active

    def has(self, name: str) -> bool:
        return any(active.fault.name == name for active in self.active)

    def refusal(self, verb: Verb, context: FaultContext) -> tuple[Answer, bool] | None:
        """Return the answer of the first fault that strikes this verb, and whether the effect happens all the same."""
        for active in self._ready(verb, context.prompt):
            if isinstance(active.fault, RefusalFault):
                self._count(active)
                return active.fault.act(active.options, context), bool(active.options["made"])
        return None

    def alter_answer(self, verb: Verb, answer: Answer, context: FaultContext) -> Answer:
        for active in self._ready(verb, context.prompt):
            if isinstance(active.fault, AnswerFault) and (changed := active.fault.act(answer, active.options, context)):
                self._count(active)
                answer = changed
        return answer

    def alter_task(self, outcome: TaskOutcome, prompt: str) -> TaskOutcome:
        for active in self._ready("create", prompt):
            if isinstance(active.fault, TaskFault):
                self._count(active)
                outcome = active.fault.act(outcome, active.options)
        return outcome

    def _ready(self, verb: Verb, prompt: str) -> Iterator[ActiveFault]:
        for active in tuple(self.active):
            meant = verb in active.on and active.prompt in (None, prompt)
            if meant and (active.chance >= 1 or self._rng.random() < active.chance):
                yield active

    def _count(self, active: ActiveFault) -> None:
        active.struck += 1
        if active.left is not None:
            active.left -= 1
            if active.left <= 0:
                self.active.remove(active)
