"""The error of a create that is not accepted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class InvalidRequest(Exception):
    """An answer 400. ``offence``: no careful client would have sent such a create."""

    message: str
    code: str = "invalid_request"
    param: str = ""
    offence: bool = False
