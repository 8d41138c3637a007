"""Values that are written in another way than they are kept: lists with commas, and money."""

from __future__ import annotations

from decimal import InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.money import Micros, micros


def split(value: object) -> object:
    """Split ``1,2 3`` at commas and spaces. Return anything but a string as it is: pydantic reports it."""
    return [part for part in value.replace(",", " ").split() if part] if isinstance(value, str) else value


def _dollars(value: object) -> object:
    """Convert dollars to micro-dollars. Return anything that is no number as it is: pydantic reports it."""
    try:
        return micros(str(value))
    except (InvalidOperation, ValueError, OverflowError):
        return value


Dollars = Annotated[Micros, BeforeValidator(_dollars), Field(ge=0)]
"""An amount that is written in dollars and kept in micro-dollars."""

Ids = frozenset[Annotated[int, Field(gt=0)]]
