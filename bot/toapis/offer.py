"""The Offer: the models of the catalogue that ToAPIs serves now."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from bot.errors import ToAPIsError
from bot.toapis.catalogue.catalogue import Catalogue
from bot.toapis.client import ToAPIs

EVERY: Final = 3600.0
"""Seconds between two requests for ToAPIs' list of models."""

_log = logging.getLogger(__name__)


class Offer:
    """The models on offer now, by a call of the object. Until ToAPIs has answered, the whole catalogue."""

    def __init__(self, catalogue: Catalogue, toapis: ToAPIs) -> None:
        self._all = catalogue
        self._now = catalogue
        self._toapis = toapis

    def __call__(self) -> Catalogue:
        return self._now

    def whole(self) -> Catalogue:
        """Return every model that we know, on offer now or not. Existing orders are checked against these."""
        return self._all

    async def refresh_forever(self) -> None:
        """Update the offer now and then every hour, until cancelled."""
        while True:
            try:
                self._now = self._all.offered(await self._toapis.models())
            except ToAPIsError as error:
                _log.warning("the models on offer can't be read, the table serves: %s", error.detail)
            except Exception:  # noqa: BLE001 - the known models stay on offer, whatever broke
                _log.exception("the look at the models on offer broke off")
            await asyncio.sleep(EVERY)
