"""A finding: what is known of one matter that the bot needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about a ``matter``. ``well``: nothing has to be done; else ``text`` says what to do."""

    matter: str
    well: bool
    text: str

    def line(self) -> str:
        """Return it as a line for a terminal."""
        return f"{'OK  ' if self.well else 'FIX '} {self.matter}: {self.text}"
