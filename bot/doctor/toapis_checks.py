"""What ToAPIs says of the key: whether it is good, what it may spend and use, and whether uploads work."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from PIL import Image

from bot.database import NOBODY, Database
from bot.doctor.finding import Finding
from bot.errors import CreateLost, KeyRefused, Refused, RetouchError, ToAPIsError
from bot.jobs.job import new_id
from bot.jobs.lookup import PROOF
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.money import Micros, dollars
from bot.orders import Order
from bot.toapis.catalogue.catalogue import Catalogue
from bot.toapis.catalogue.model import Model
from bot.toapis.client import ToAPIs
from bot.toapis.tasks import Billing, Failed, Painted

LITTLE: Final = Micros(1_000_000)
"""Micro-dollars. Whoever has less is told to fill it up."""

PAINTED_WITHIN: Final = 300.0
"""Seconds for which the paid picture is waited for. Its money is closed later by nobody: it is counted as spent."""

EVERY: Final = 3.0
"""Seconds between two questions about it."""


@dataclass(frozen=True, slots=True)
class _Speck:
    """A picture of 64 by 64 pixels, to be uploaded."""

    data: bytes
    mime: str = "image/png"
    filename: str = "doctor.png"


class ToAPIsChecks:
    """Asks ToAPIs with the operator's key. Only ``paid`` spends anything."""

    def __init__(self, toapis: ToAPIs, catalogue: Catalogue) -> None:
        self._toapis = toapis
        self._catalogue = catalogue

    async def findings(self) -> AsyncIterator[Finding]:
        """Yield what is known of each matter. Without a good key nothing else can be asked."""
        try:
            balance = await self._toapis.balance()
        except KeyRefused:
            yield Finding(
                "key", False, "ToAPIs refuses TOAPIS_API_KEY: copy it anew from https://toapis.com/console/token"
            )
            return
        except ToAPIsError as error:
            yield Finding(
                "ToAPIs", False, f"it does not answer as it should ({error.detail}): check TOAPIS_BASE_URL, DNS, proxy"
            )
            return
        yield Finding("key", True, "ToAPIs takes it")
        yield _funds("balance of the key", balance.left)
        try:
            yield _funds("balance of the account", (await self._toapis.account_balance()).left)
        except ToAPIsError:
            yield Finding("balance of the account", True, "this key may not read it, which is fine")
        yield await self._models()
        yield await self._upload()

    async def _models(self) -> Finding:
        try:
            listed = await self._toapis.models()
        except ToAPIsError as error:
            return Finding("models", False, f"the list can't be read ({error.detail}): try again in a minute")
        offered = [model.id for model in self._offered(listed)]
        if not offered:
            return Finding(
                "models", False, "the key may use none of the models known here: allow some in ToAPIs' console"
            )
        return Finding("models", True, f"{len(offered)} can be used: {', '.join(sorted(offered))}")

    def _offered(self, listed: frozenset[str]) -> list[Model]:
        """Return the models of the catalogue that are in ToAPIs' list, which has some under other names."""
        return [model for model in self._catalogue.models if listed & {model.id, *model.aliases}]

    async def _upload(self) -> Finding:
        try:
            await self._toapis.upload(_Speck(_speck()))
        except ToAPIsError as error:
            return Finding("upload", False, f"a small picture was not taken ({error.detail}): pictures can't be edited")
        return Finding("upload", True, "a small picture was taken; it cost nothing")

    async def paid(self, database: Database) -> AsyncIterator[Finding]:
        """Buy the cheapest picture, wait for it, and prove that a lost order could be looked up.

        The money is reserved in the ledger before, as of nobody, so that the books know of it whatever happens.
        """
        order = self._cheapest(await self._toapis.models())
        if order is None:
            yield Finding("paid picture", False, "none was ordered: the key may use no model that paints from words")
            return
        price = self._catalogue.price(order)
        job_id = new_id()
        ledger = Ledger(database)
        async with database.write() as write:
            reservation = await ledger.reserve(
                write, job_id, price, member_id=NOBODY, guild_id=None, pictures=order.count
            )
        try:
            task = await self._toapis.create(order, self._catalogue.model(order.model), [], reservation)
            painted = await self._painted(task.task_id, price, ledger, job_id)
        except CreateLost as error:
            await ledger.settle(job_id, price)
            yield Finding(
                "paid picture", False, f"the answer was lost ({error.detail}); ${dollars(price)} counts as spent"
            )
            return
        except RetouchError as error:
            await ledger.give_back(job_id)
            yield Finding("paid picture", False, f"ToAPIs did not take the order ({error.detail}); nothing was charged")
            return
        except BaseException:
            await ledger.settle(job_id, price)  # stopped by the operator: it may have been bought
            raise
        yield painted
        yield await self._looked_up(task.task_id, job_id, KeyValueStore(database))

    def _cheapest(self, listed: frozenset[str]) -> Order | None:
        """Return the cheapest order for a picture from words, or None where no listed model paints any."""
        orders = []
        for model in self._offered(listed):
            with suppress(Refused):  # it only edits
                orders.append(self._catalogue.check(Order("a small red circle", model.id), editing=False))
        return min(orders, key=self._catalogue.price, default=None)

    async def _painted(self, task_id: str, price: Micros, ledger: Ledger, job_id: str) -> Finding:
        until = time.monotonic() + PAINTED_WITHIN
        while time.monotonic() < until:
            await asyncio.sleep(EVERY)
            try:
                task = await self._toapis.status(task_id)
            except ToAPIsError:
                continue
            if isinstance(task, Failed):
                await ledger.give_back(job_id)
                return Finding("paid picture", False, f"it failed at ToAPIs ({task.error.detail}), which refunds it")
            if isinstance(task, Painted):
                cost = _cost(task.billing, price)
                await (ledger.settle(job_id, cost) if cost else ledger.give_back(job_id))
                return Finding("paid picture", True, f"it was painted, and cost ${dollars(cost)}")
        await ledger.settle(job_id, price)
        return Finding(
            "paid picture", False, f"it is not painted after {PAINTED_WITHIN:.0f} s; ${dollars(price)} counts as spent"
        )

    async def _looked_up(self, task_id: str, job_id: str, key_values: KeyValueStore) -> Finding:
        try:
            task = await self._toapis.find(job_id)
        except ToAPIsError as error:
            return Finding("look-up", False, f"ToAPIs could not be asked by our own id ({error.detail}): try again")
        if task is None or task.task_id != task_id:
            text = "ToAPIs does not know the order by our own id: what is lost in a crash will be shown as unknown"
            return Finding("look-up", False, text)
        proof = {"job": job_id, "task": task_id, "at": time.time()}
        await key_values.put(PROOF + "operator", proof)
        return Finding(
            "look-up", True, "proved: ToAPIs finds the order by our own id, so a lost one is never bought twice"
        )


def _cost(bill: Billing | None, price: Micros) -> Micros:
    """Return what a painted picture cost: its bill where that is final, else the price that was reserved."""
    if bill is not None and bill.state == "refunded":
        return Micros(0)
    return bill.cost if bill is not None and bill.state == "settled" and bill.cost is not None else price


def _funds(matter: str, left: Micros | None) -> Finding:
    if left is None:
        return Finding(matter, True, "it has no limit of its own")
    if left < LITTLE:
        return Finding(matter, False, f"${dollars(left)} is left: fill it up at https://toapis.com/console")
    return Finding(matter, True, f"${dollars(left)} is left")


def _speck() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 30, 30)).save(content, "PNG")
    return content.getvalue()
