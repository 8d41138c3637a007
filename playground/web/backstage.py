"""Backstage, beside the channel: charges, requests, the stand-in's faults and pace, and the bot's process."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final, Protocol

from playground.discord import Discord
from playground.toapis.server import Painter
from playground.world.typed_command import CannotDo

Json = dict[str, Any]

LATEST: Final = 150
"""The number of requests that are shown."""

PACES: Final[dict[str, tuple[float, float]]] = {"fast": (0.5, 1.5), "usual": (6.0, 12.0), "slow": (40.0, 60.0)}
"""Seconds that a painting takes."""


class Process(Protocol):
    """The bot as a process: ``Stage`` is one."""

    def start(self) -> Awaitable[None]: ...
    def kill(self) -> Awaitable[None]: ...


class Backstage:
    """``process`` is the bot's, where the page may kill and start it."""

    def __init__(self, discord: Discord, painter: Painter, process: Process | None = None) -> None:
        self._discord = discord
        self._painter = painter
        self._process = process
        self._busy = False

    def state(self) -> Json:
        """Return everything, as JSON."""
        painter = self._painter
        charges = [
            {"model": charge.model, "dollars": charge.micros / 1e6, "refunded": charge.refunded, "at": charge.at}
            for charge in painter.ledger
        ]
        return {
            "charges": charges,
            "dollars": sum(charge.micros for charge in painter.ledger if not charge.refunded) / 1e6,
            "requests": self._requests(),
            "faults": self._faults(),
            "pace": next((name for name, pace in PACES.items() if pace == tuple(painter.seconds)), None),
            "paces": [{"name": name, "from": low, "to": high} for name, (low, high) in PACES.items()],
            "bot": self._life(),
        }

    def _life(self) -> Json:
        online = bool(self._discord.gateway.connected)
        return {"online": online, "busy": self._busy, "killable": self._process is not None}

    def _requests(self) -> list[Json]:
        """Return the requests to both services together, newest first."""
        toapis: list[Json] = [
            {"to": "ToAPIs", "route": call.route, "status": call.status, "at": call.at, "files": list(call.files)}
            for call in self._painter.requests[-LATEST:]
        ]
        discord: list[Json] = [
            {"to": "Discord", "route": request.route, "status": request.status, "at": request.at, "files": []}
            for request in self._discord.requests[-LATEST:]
        ]
        return sorted([*toapis, *discord], key=lambda request: float(request["at"]), reverse=True)[:LATEST]

    def _faults(self) -> list[Json]:
        on = {active.fault.name: active for active in self._painter.active}
        return [
            {
                "name": name,
                "line": line,
                "verb": self._painter.strikes(name),
                "on": name in on,
                "left": on[name].left if name in on else None,
            }
            for name, line in self._painter.faults.items()
        ]

    def fault(self, name: str, times: str) -> None:
        """Set a fault: ``once``, ``always`` or ``off``. Without a name all are removed. Raises CannotDo."""
        if not name:
            self._painter.calm()
        elif times == "off":
            self._painter.calm(name)
        elif name in self._painter.faults and times in ("once", "always"):
            self._painter.fault(name, 1 if times == "once" else None)
        else:
            raise CannotDo(f"there is no fault {name!r}")

    def pace(self, name: str) -> None:
        """Set how long the next paintings take. Raises CannotDo."""
        if name not in PACES:
            raise CannotDo(f"there is no pace {name!r}")
        self._painter.seconds = PACES[name]

    async def life(self, verb: str) -> None:
        """Handle ``kill``, which ends the bot as a host does, or ``start``. Raises CannotDo."""
        if self._process is None or self._busy:
            raise CannotDo("the bot can't be reached from here right now")
        self._busy = True
        try:
            if verb == "kill":
                await self._process.kill()
                await self._discord.offline()
            elif verb == "start" and not self._discord.gateway.connected:
                await self._process.start()
        finally:
            self._busy = False
