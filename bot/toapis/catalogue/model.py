"""One model on offer: what it takes, what it costs, and how its order is spelled. No I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.money import Micros

ResolutionField = Literal["none", "top-lower", "top-upper", "metadata"]
ReferenceField = Literal["image_urls", "reference_images"]
ReferenceShape = Literal["strings", "objects"]

ANY = "any"
"""The key in ``Model.prices`` for a model that has no resolutions."""


@dataclass(frozen=True, slots=True)
class Model:
    """An entry of the catalogue. What each field means is written on top of ``catalogue.toml``."""

    id: str
    name: str
    aliases: tuple[str, ...]
    ratios: tuple[str, ...]
    default_ratio: str | None
    """Sent for an edit where the member chose none; None: ``size`` is left out."""
    square: bool
    """Paints 1:1 where ``size`` is left out, whatever the source looks like."""
    source_ratios: tuple[str, ...]
    resolutions: tuple[str, ...]
    """From small to large, upper case. Empty: the model has no such choice."""
    default_resolution: str | None
    resolution_field: ResolutionField
    sure_ratios: Mapping[str, tuple[str, ...]] = field(hash=False)
    max_references: int
    reference_types: tuple[str, ...]
    """Media types of source pictures that it reads."""
    reference_field: ReferenceField
    reference_shape: ReferenceShape
    prompt_limit: int
    """In characters (Unicode code points)."""
    counts: tuple[int, ...]
    references_and_outputs: int | None
    watermark: bool | None
    """What to send as ``metadata.watermark``; None: nothing."""
    prices: Mapping[str, Micros] = field(hash=False)
    assumed_price: Micros | None
    reference_price: Micros
    seconds: tuple[float, float]
    """Typical painting time in seconds: the fastest tenth, the slowest tenth."""
    needs_source: bool

    def price_of(self, resolution: str | None) -> Micros:
        """The price of one picture, without its sources, in micro-dollars."""
        stated = self.prices.get(resolution or self.default_resolution or ANY)
        price = stated if stated is not None else self.assumed_price
        assert price is not None  # the catalogue takes no entry in which a resolution has neither price
        return price

    def is_price_assumed(self, resolution: str | None) -> bool:
        """True where no page of ToAPIs states the price, so that people can be told "about"."""
        return (resolution or self.default_resolution or ANY) not in self.prices

    def resolution_for(self, ratio: str | None) -> str | None:
        """The resolution for a member who chose none: the default, or the first that surely takes this ratio."""
        if ratio is None or self.default_resolution is None:
            return self.default_resolution
        for resolution in (self.default_resolution, *self.resolutions):
            if ratio in self.sure_ratios.get(resolution, (ratio,)):
                return resolution
        return self.default_resolution

    def sharper(self, resolution: str | None) -> str | None:
        """The next resolution above this one (or above the default); None where there is none."""
        known = resolution or self.default_resolution
        if known not in self.resolutions:
            return None
        above = self.resolutions[self.resolutions.index(known) + 1 :]
        return above[0] if above else None

    def ratio_of_source(self, width: int, height: int, resolution: str | None) -> str | None:
        """For an edit whose member chose no ratio: the one nearest to the source (upright, in pixels).

        Of the ratios that this resolution surely takes. None where the model itself keeps the source's shape.
        """
        if not self.square or width <= 0 or height <= 0:
            return None
        wanted = math.log(width / height)
        shapes = {ratio: _shape(ratio) for ratio in self.sure_ratios.get(resolution or "", self.ratios)}
        known = {ratio: abs(shape - wanted) for ratio, shape in shapes.items() if shape is not None}
        return min(known, key=known.__getitem__, default=None)


def _shape(ratio: str) -> float | None:
    width, colon, height = ratio.partition(":")
    if not colon or not width.isdecimal() or not height.isdecimal():
        return None
    return math.log(int(width) / int(height))
