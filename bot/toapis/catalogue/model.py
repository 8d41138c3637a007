"""A model on offer: its options, its prices, and the spelling of its orders. No I/O."""

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
    """An entry of the catalogue. The top of ``catalogue.toml`` explains each field."""

    id: str
    name: str
    aliases: tuple[str, ...]
    ratios: tuple[str, ...]
    default_ratio: str | None
    """The ratio for an edit if the member chose none; None: ``size`` is left out."""
    square: bool
    """Whether it paints 1:1 if ``size`` is left out, whatever the source's shape."""
    source_ratios: tuple[str, ...]
    resolutions: tuple[str, ...]
    """From small to large, upper case. Empty: the model has no such choice."""
    default_resolution: str | None
    resolution_field: ResolutionField
    sure_ratios: Mapping[str, tuple[str, ...]] = field(hash=False)
    max_references: int
    reference_types: tuple[str, ...]
    """The media types of source pictures that it reads."""
    reference_field: ReferenceField
    reference_shape: ReferenceShape
    prompt_limit: int
    """In characters (Unicode code points)."""
    counts: tuple[int, ...]
    references_and_outputs: int | None
    watermark: bool | None
    """The value of ``metadata.watermark``; None: it is left out."""
    prices: Mapping[str, Micros] = field(hash=False)
    assumed_price: Micros | None
    reference_price: Micros
    seconds: tuple[float, float]
    """Typical painting time in seconds: the fastest tenth, the slowest tenth."""
    needs_source: bool

    def price_of(self, resolution: str | None) -> Micros:
        """Return the price of one picture, without its sources, in micro-dollars."""
        stated = self.prices.get(resolution or self.default_resolution or ANY)
        price = stated if stated is not None else self.assumed_price
        assert price is not None  # the catalogue refuses an entry without a price for a resolution
        return price

    def is_price_assumed(self, resolution: str | None) -> bool:
        """Return whether no page of ToAPIs states the price, so that "about" is shown beside it."""
        return (resolution or self.default_resolution or ANY) not in self.prices

    def resolution_for(self, ratio: str | None) -> str | None:
        """Return the resolution if the member chose none: the default, or the first that surely allows this ratio."""
        if ratio is None or self.default_resolution is None:
            return self.default_resolution
        for resolution in (self.default_resolution, *self.resolutions):
            if ratio in self.sure_ratios.get(resolution, (ratio,)):
                return resolution
        return self.default_resolution

    def sharper(self, resolution: str | None) -> str | None:
        """Return the next resolution above this one (or above the default); None if there is none."""
        current = resolution or self.default_resolution
        if current not in self.resolutions:
            return None
        above = self.resolutions[self.resolutions.index(current) + 1 :]
        return above[0] if above else None

    def ratio_of_source(self, width: int, height: int, resolution: str | None) -> str | None:
        """Return the ratio nearest to the source (upright, in pixels), for an edit whose member chose none.

        Choose among the ratios that this resolution surely allows. None if the model itself keeps the source's shape.
        """
        if not self.square or width <= 0 or height <= 0:
            return None
        source_shape = math.log(width / height)
        shapes = {ratio: _shape(ratio) for ratio in self.sure_ratios.get(resolution or "", self.ratios)}
        distances = {ratio: abs(shape - source_shape) for ratio, shape in shapes.items() if shape is not None}
        return min(distances, key=distances.__getitem__, default=None)


def _shape(ratio: str) -> float | None:
    width, colon, height = ratio.partition(":")
    if not colon or not width.isdecimal() or not height.isdecimal():
        return None
    return math.log(int(width) / int(height))
