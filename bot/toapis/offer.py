"""The Offer: the catalogue as ToAPIs serves it at the moment."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from bot.errors import ToAPIsError
from bot.toapis.catalogue.catalogue import Catalogue
from bot.toapis.client import ToAPIs

EVERY: Final = 3600.0
"""Seconds between two looks at what ToAPIs lists."""

_log = logging.getLogger(__name__)


class Offer:
    """Call it for the models on offer now. The whole catalogue serves until ToAPIs has answered."""

    def __init__(self, catalogue: Catalogue, toapis: ToAPIs) -> None:
        self._all = catalogue
        self._now = catalogue
        self._toapis = toapis

    def __call__(self) -> Catalogue:
        return self._now

    def whole(self) -> Catalogue:
        """Return every model that we know, on offer now or not: what was ordered is judged by these alone."""
        return self._all

    async def refresh_forever(self) -> None:
        """Asks now and then every hour, until it is cancelled."""
        while True:
            try:
                self._now = self._all.offered(await self._toapis.models())
            except ToAPIsError as error:
                _log.warning("the models on offer can't be read, the table serves: %s", error.detail)
            except Exception:  # noqa: BLE001 - the table serves, whatever it was
                _log.exception("the look at the models on offer broke off")
            await asyncio.sleep(EVERY)
