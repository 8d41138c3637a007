"""A mood of the painter: what it does instead, what it does to an answer, what it does to a task. And which are on."""

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
class Scene:
    """What an answer is about: the request, the task if there is one, and the time in Unix seconds.

    ``prompt`` is the order's; empty where no order can be told from the request (an upload, a question about the key).
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
class Instead(Fault):
    """An answer instead of the effect. With the option ``made`` the effect happens all the same (and is charged)."""

    act: Callable[[Options, Scene], Answer] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class After(Fault):
    """Strikes a good answer (200) after its effect. None: nothing here to strike."""

    act: Callable[[Answer, Options, Scene], Answer | None] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Bend(Fault):
    """Bends the fate of the task that is being made."""

    act: Callable[[TaskOutcome, Options], TaskOutcome] = field(kw_only=True)


@dataclass(slots=True)
class Active:
    """A mood that is on. ``left``: how often it strikes yet (None: for ever); ``struck``: how often it did.

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
    """The moods that are on, in the order in which they were put on."""

    def __init__(self, table: Mapping[str, Fault], rng: random.Random) -> None:
        self._table = table
        self._rng = rng
        self.active: list[Active] = []

    def put_on(
        self,
        name: str,
        times: int | None,
        on: tuple[Verb, ...] | None,
        chance: float,
        options: Options,
        prompt: str | None = None,
    ) -> Active:
        """Raises ValueError for an unknown mood or option. The same mood for the same order replaces the first."""
        if name not in self._table:
            raise ValueError(f"no mood is called {name!r}; there are: {', '.join(self._table)}")
        fault = self._table[name]
        known = {"made": False, **fault.options} if isinstance(fault, Instead) else dict(fault.options)
        if unknown := options.keys() - known.keys():
            raise ValueError(f"{name} has no option {', '.join(sorted(unknown))}; it has: {', '.join(known) or 'none'}")
        self.active = [active for active in self.active if (active.fault.name, active.prompt) != (name, prompt)]
        active = Active(fault, on or fault.on, times, chance, known | dict(options), prompt)
        self.active.append(active)
        return active

    def has(self, name: str) -> bool:
        return any(active.fault.name == name for active in self.active)

    def instead(self, verb: Verb, scene: Scene) -> tuple[Answer, bool] | None:
        """The answer of the first mood that strikes this verb, and whether the effect happens all the same."""
        for active in self._ready(verb, scene.prompt):
            if isinstance(active.fault, Instead):
                self._count(active)
                return active.fault.act(active.options, scene), bool(active.options["made"])
        return None

    def after(self, verb: Verb, answer: Answer, scene: Scene) -> Answer:
        for active in self._ready(verb, scene.prompt):
            if isinstance(active.fault, After) and (changed := active.fault.act(answer, active.options, scene)):
                self._count(active)
                answer = changed
        return answer

    def bend(self, outcome: TaskOutcome, prompt: str) -> TaskOutcome:
        for active in self._ready("create", prompt):
            if isinstance(active.fault, Bend):
                self._count(active)
                outcome = active.fault.act(outcome, active.options)
        return outcome

    def _ready(self, verb: Verb, prompt: str) -> Iterator[Active]:
        for active in tuple(self.active):
            meant = verb in active.on and active.prompt in (None, prompt)
            if meant and (active.chance >= 1 or self._rng.random() < active.chance):
                yield active

    def _count(self, active: Active) -> None:
        active.struck += 1
        if active.left is not None:
            active.left -= 1
            if active.left <= 0:
                self.active.remove(active)
