"""The models on offer: the completion, check and price of an order. No I/O after ``load``."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from bot import search
from bot.errors import Refused
from bot.money import Micros
from bot.orders import Order
from bot.toapis.catalogue.loader import CatalogueMistake, read_catalogue
from bot.toapis.catalogue.model import Model

__all__ = ["Catalogue", "CatalogueMistake", "Model"]

_FACT_LIMIT = 60
"""Characters of a member's text that are repeated to them."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models in the order in which they are offered, and the default model's id."""

    models: tuple[Model, ...]
    default: str

    @classmethod
    def load(cls, extra: Path | None = None) -> Catalogue:
        """Load our table, with an operator's file merged over it. Raise CatalogueMistake with all mistakes."""
        default, models = read_catalogue(extra)
        return cls(models, default)

    def offered(self, listed: frozenset[str] | None) -> Catalogue:
        """Return a catalogue without the models that ``GET /v1/models?type=image`` does not list.

        Return all models if ``listed`` is None (the call failed) or holds none of ours: a list that hides everything is
        more likely wrong than right.
        """
        models = self.models if listed is None else tuple(m for m in self.models if listed & {m.id, *m.aliases})
        if not models:
            return self
        default = self.default if any(m.id == self.default for m in models) else models[0].id
        return Catalogue(models, default)

    def get(self, name: str) -> Model | None:
        """Return the model with exactly this id or alias, or None."""
        for model in self.models:
            if name == model.id:
                return model
        return next((model for model in self.models if name in model.aliases), None)

    def model(self, name: str) -> Model:
        """Return the model with this name, the default for "". Raise Refused("model-unknown") if there is none."""
        model = self.get(name.strip() or self.default)
        if model is None:
            raise Refused("model-unknown", model=_fact(name))
        return model

    def check(self, order: Order, *, editing: bool = True) -> Order:
        """Return the order as it will be sent: with the model's own id, defaults and the catalogue's spellings.

        ``editing=False`` allows an order without a source picture (unless the model only edits).
        Raise Refused with the reasons model-unknown, prompt-empty, prompt-too-long, ratio-unknown, resolution-unknown,
        resolution-none, count-unknown, too-many-sources, no-source. Checking a checked order changes nothing.
        """
        model = self.model(order.model)
        prompt = _prompt(order, model)
        _check_sources(order, model, editing=editing)
        ratio = _ratio(order, model)
        resolution = _resolution(order, model, ratio)
        return replace(order, model=model.id, prompt=prompt, ratio=ratio, resolution=resolution)

    def price(self, order: Order) -> Micros:
        """Calculate the price of all pictures and sources, in micro-dollars. Raise Refused("model-unknown")."""
        model = self.model(order.model)
        resolution = _spelled(order.resolution, model.resolutions)
        return Micros(model.price_of(resolution) * order.count + model.reference_price * len(order.sources))

    def search(self, text: str, limit: int = 25) -> list[Model]:
        """Find the models whose id, alias or name hold every word of ``text``, best match first, for autocomplete."""
        ranked: list[tuple[int, int, Model]] = []
        for place, model in enumerate(self.models):
            rank = search.rank((model.id, *model.aliases, model.name), text)
            if rank is not None:
                ranked.append((rank, -1 if model.id == self.default else place, model))
        return [model for _, _, model in sorted(ranked, key=lambda entry: entry[:2])[:limit]]


def _prompt(order: Order, model: Model) -> str:
    prompt = order.prompt.strip()
    # Zero-width characters and the like are categories C and Z: a prompt of nothing else is empty.
    if not any(unicodedata.category(character)[0] not in "CZ" for character in prompt):
        raise Refused("prompt-empty")
    if len(prompt) > model.prompt_limit:
        raise Refused("prompt-too-long", model=model.name, limit=model.prompt_limit, length=len(prompt))
    return prompt


def _check_sources(order: Order, model: Model, *, editing: bool) -> None:
    if order.count not in model.counts:
        offered = ", ".join(map(str, model.counts))
        raise Refused("count-unknown", model=model.name, count=order.count, offered=offered)
    if not order.sources and (editing or model.needs_source):
        raise Refused("no-source", model=model.name)
    limit = model.max_references
    if model.references_and_outputs is not None:
        limit = min(limit, model.references_and_outputs - order.count)
    if len(order.sources) > limit:
        raise Refused("too-many-sources", model=model.name, limit=limit, count=len(order.sources))


def _ratio(order: Order, model: Model) -> str | None:
    if not order.ratio:
        default = model.default_ratio
        return None if default in model.source_ratios and not order.sources else default
    ratio = _spelled(order.ratio.replace("：", ":").replace("×", "x"), model.ratios)
    if ratio is None:
        raise Refused("ratio-unknown", model=model.name, ratio=_fact(order.ratio), offered=", ".join(model.ratios))
    if ratio in model.source_ratios and not order.sources:
        raise Refused("no-source", model=model.name)
    return ratio


def _resolution(order: Order, model: Model, ratio: str | None) -> str | None:
    if not order.resolution:
        return model.resolution_for(ratio)
    if not model.resolutions:
        raise Refused("resolution-none", model=model.name, resolution=_fact(order.resolution))
    resolution = _spelled(order.resolution, model.resolutions)
    if resolution is None:
        offered = ", ".join(model.resolutions)
        raise Refused("resolution-unknown", model=model.name, resolution=_fact(order.resolution), offered=offered)
    return resolution


def _spelled(typed: str | None, offered: tuple[str, ...]) -> str | None:
    """Return the typed option in the catalogue's spelling; None if it is not offered."""
    folded = "".join((typed or "").split()).casefold()
    return next((option for option in offered if option.casefold() == folded), None)


def _fact(typed: str) -> str:
    text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in typed).strip()
    return text if len(text) <= _FACT_LIMIT else text[: _FACT_LIMIT - 1] + "…"
