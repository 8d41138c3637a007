"""The Experience: how long the paintings of each model, resolution and count took, kept across restarts.

A model's experience is a value of bounded size under a name of its own. A value that can't be read is ignored: it only
costs a few questions to learn it again. The catalogue's seconds are where it begins.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict
from typing import Any, Final

from bot.jobs.durations import BUCKETS, RATIO, Law, Weights, law, observed, prior
from bot.jobs.timing import NEW, price
from bot.key_value import KeyValueStore
from bot.orders import Order

FACT: Final = "durations:"
"""Begins the name of the fact that holds a model's experience."""

MODELS: Final = 100
"""Models whose experience is in memory. That of another is read again."""

KINDS: Final = 16
"""Resolutions and counts of a model that are told apart. Of more, the one that was longest unused is forgotten."""

SAVED: Final = 0.1
"""The share of a model's paintings that a crash may lose: then it is saved less often than it is learned."""

_MOST: Final = 100.0
_ALL: Final = ""

_log = logging.getLogger(__name__)


class Forecast:
    """What is known of one kind of painting, as of now. Shared by all that wait for paintings of that kind."""

    def __init__(self, experience: ModelExperience, kind: str, seconds: tuple[float, float]) -> None:
        self._experience = experience
        self._kind = kind
        self._usual = prior(seconds)
        self._version = -1
        self._law = Law.of(self._usual)
        self._price = 0.0

    @property
    def law(self) -> Law:
        """Return how long such paintings take."""
        self._refresh()
        return self._law

    @property
    def price(self) -> float:
        """Return the price of a question about such a painting, in seconds of waiting."""
        self._refresh()
        return self._price

    def _refresh(self) -> None:
        """Compute the law again if something was learned since."""
        if self._version == self._experience.version:
            return
        self._version = self._experience.version
        weights = self._experience.weights
        self._law = law(weights.get(self._kind, {}), weights.get(_ALL, {}), self._usual)
        self._price = price(self._law)

    @property
    def is_new(self) -> bool:
        """Return whether so little is known that the next painting may change when to ask about all others."""
        return self.law.known < NEW

    async def learn(self, low: float, high: float) -> None:
        """Learn that such a painting took from ``low`` to ``high`` seconds. Never raises: it only helps."""
        await self._experience.learn(self._kind, low, high, self.law)

    async def news(self) -> None:
        """Wait until another painting of the model has ended."""
        await self._experience.learned.wait()


class ModelExperience:
    """What is known of a model. ``weights`` are by kind, and those of all kinds together under an empty name."""

    def __init__(self, name: str, key_values: KeyValueStore | None, weights: dict[str, Weights]) -> None:
        self._name = name
        self._key_values = key_values
        self._unsaved = 0
        self.weights: OrderedDict[str, Weights] = OrderedDict(weights)
        self.forecasts: OrderedDict[tuple[str, tuple[float, float]], Forecast] = OrderedDict()
        self.version = 0
        self.learned = asyncio.Event()

    def of(self, kind: str, seconds: tuple[float, float]) -> Forecast:
        """Return the forecast for a kind, which begins with the catalogue's ``seconds``."""
        forecast = self.forecasts.setdefault((kind, seconds), Forecast(self, kind, seconds))
        self.forecasts.move_to_end((kind, seconds))
        while len(self.forecasts) > KINDS:
            self.forecasts.popitem(last=False)
        return forecast

    async def learn(self, kind: str, low: float, high: float, expected: Law) -> None:
        """Add a painting, wake those who wait for news, and save it now and then."""
        for name in (kind, _ALL):
            self.weights[name] = observed(self.weights.get(name, {}), low, high, expected)
            self.weights.move_to_end(name)
        while len(self.weights) > KINDS + 1:
            self.weights.popitem(last=False)
        self.version += 1
        self.learned.set()
        self.learned = asyncio.Event()
        self._unsaved += 1
        if self._unsaved > SAVED * sum(self.weights[_ALL].values()):
            self._unsaved = 0
            await self._save()

    async def _save(self) -> None:
        if self._key_values is None:
            return
        kinds = {
            kind: {str(bucket): round(mass, 4) for bucket, mass in weights.items()}
            for kind, weights in self.weights.items()
        }
        try:
            await self._key_values.put(self._name, {"ratio": RATIO, "kinds": kinds})
        except Exception as error:  # noqa: BLE001 - the picture is there; the next painting saves it
            _log.warning("the durations of %s can't be saved now: %r", self._name, error)


class Experience:
    """The experience of all models. Without ``key_values`` it ends with the process."""

    def __init__(self, key_values: KeyValueStore | None = None) -> None:
        self._key_values = key_values
        self._models: OrderedDict[str, ModelExperience] = OrderedDict()

    async def of(self, order: Order, seconds: tuple[float, float]) -> Forecast:
        """Return the forecast for an order's painting. ``seconds`` are the catalogue's fastest and slowest tenth."""
        name = FACT + order.model
        model = self._models.get(name)
        if model is None:
            stored = None if self._key_values is None else await self._key_values.get(name)
            model = self._models.setdefault(name, ModelExperience(name, self._key_values, readable(stored)))
        self._models.move_to_end(name)
        while len(self._models) > MODELS:
            self._models.popitem(last=False)
        return model.of(f"{order.resolution or ''}/{order.count}".lower(), seconds)


def readable(value: Any) -> dict[str, Weights]:
    """Return the weights that were stored, or none where the value was not written by this version."""
    if not isinstance(value, dict) or value.get("ratio") != RATIO or not isinstance(value.get("kinds"), dict):
        return {}
    try:
        kinds = {str(kind)[:100]: _weights(masses) for kind, masses in list(value["kinds"].items())[-KINDS - 1 :]}
    except (AttributeError, TypeError, ValueError) as error:
        _log.warning("stored durations can't be read, and are learned anew: %r", error)
        return {}
    return kinds


def _weights(stored: dict[str, Any]) -> Weights:
    weights = {int(bucket): float(mass) for bucket, mass in stored.items()}
    if any(not 0 <= bucket < BUCKETS or not math.isfinite(mass) or mass < 0 for bucket, mass in weights.items()):
        raise ValueError("a bucket or a mass is out of range")
    if sum(weights.values()) > _MOST:
        raise ValueError("more paintings than are ever remembered")
    return weights
