"""Wrong: why an order is not accepted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Wrong(Exception):
    """One 400. ``offence`` where no careful client would have sent it."""

    message: str
    code: str = "invalid_request"
    param: str = ""
    offence: bool = False
