"""The work of the stand-in ToAPIs: it takes uploads, accepts creates, reports tasks, and paints."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, ClassVar, Final

from playground.toapis.accounts import Account, Charge, ChargeLedger, Key, WebhookSetting
from playground.toapis.answer import Answer, error, page, refusal, say
from playground.toapis.create_request import CreateReader, CreateRequest, InvalidRequest, Reference
from playground.toapis.painting.paint import Canvas, paint
from playground.toapis.price_list import MODELS
from playground.toapis.tasks import (
    PAINTING,
    SHAPES,
    WAITING,
    BillingForm,
    Failure,
    PaintTask,
    TaskOutcome,
    created,
    described,
)
from playground.toapis.uploads import Part, Uploaded, recognise
from playground.toapis.webhooks import WebhookSender

LARGEST_UPLOAD: Final = 10_000_000
_ENDINGS: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
_PREFIXES: Final = ("task_img_", "tsk_img_", "task_", "img_")
_SCALES: Final = {"0.5K": 0.5, "2K": 1.5, "3K": 1.75, "4K": 2.0}
_UNSUPPORTED: Final = "unsupported image type, supported: image/jpeg, image/png, image/webp, image/gif"


class ImageService:
    """The state of the stand-in, and each verb as a method that returns an Answer."""

    EDGE: ClassVar = 1024
    """The first value of ``edge``. Tests that look at no picture set less: painting costs more than all the rest."""

    def __init__(
        self, seconds: tuple[float, float], seed: int | None, clock: Callable[[], float], account: Account
    ) -> None:
        self.seconds = seconds
        """The range, in seconds, that a task's painting time is drawn from. May be changed at any time."""
        self.edge = self.EDGE
        """The longest edge in pixels of a 1K picture; the other resolutions go with it."""
        self.billing: BillingForm = "off"
        self.url = ""
        self.clock = clock
        self.account = account
        self.tasks: dict[str, PaintTask] = {}
        self.uploads: list[Uploaded] = []
        self.offences: list[str] = []
        """Mistakes of a careless client, in words: keys sent to the file host, data URIs, wrong spellings …"""
        self.keys: dict[str, Key] = {}
        self.delisted: set[str] = set()
        """The ids of models that ToAPIs no longer has: no list names them, and a create is refused without a task."""
        self.webhooks = WebhookSender(clock, lambda: self.url)
        self._rng = random.Random(seed)
        self._ledger = ChargeLedger()
        self._at: dict[str, Uploaded] = {}
        self._by_business: dict[tuple[str, str], PaintTask] = {}
        self._failing: list[PaintTask] = []
        self._brush = asyncio.Lock()
        self.key = self.add_key(account)

    def add_key(self, account: Account, *, cap: int | None = None, models: frozenset[str] | None = None) -> str:
        """Add a further key. ``cap`` in micro-dollars; ``models``: the only ones that it may use."""
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"
        text = "sk-" + "".join(self._rng.choices(letters, k=48))
        self.keys[text] = Key(text, account, cap, models)
        return text

    def set_up_webhook(self, url: str, key: str | None = None) -> WebhookSetting:
        """Set up a key's webhook in the imaginary console, with a new secret. Without ``key``: the first key's."""
        setting = WebhookSetting(url)
        self.keys[key or self.key].webhook = setting
        return setting

    def revoke(self, text: str) -> None:
        """Delete a key, as its owner does in the imaginary console: from now on it is refused as unknown."""
        del self.keys[text]

    @property
    def ledger(self) -> list[Charge]:
        """Return every accepted create, oldest first; those whose task has failed by now are refunded."""
        self._refund()
        return self._ledger.charges

    def upload(self, key: Key, parts: list[Part]) -> Answer:
        """Handle ``POST /v1/uploads/images``: docs.toapis.com/docs/en/api-reference/uploads/images."""
        files = [part for part in parts if part.name == "file"]
        if len(files) != 1 or any(part.name not in {"file", "purpose"} for part in parts):
            self.offences.append("an upload holds one field 'file', and 'purpose' at most")
            return refusal(400, "exactly one file is required in the field 'file'")
        file = files[0]
        if len(file.data) > LARGEST_UPLOAD:
            return refusal(400, "image too large, maximum size is 10MB")
        seen = recognise(file.data)
        if seen is None or file.declared not in _ENDINGS:
            return refusal(400, _UNSUPPORTED)
        if file.declared != seen.mime:
            self.offences.append(f"{file.filename}: declared {file.declared}, but the bytes are {seen.mime}")
            return refusal(400, f"content type {file.declared} does not match the file")
        uploaded = self._take(key, file, seen)
        data = {"id": uploaded.id, "url": uploaded.url, "mime_type": uploaded.mime, "size": len(uploaded.data)}
        return say({"success": True, "message": "", "data": data})

    def create(
        self, key: Key, body: object, outcome: Callable[[TaskOutcome], TaskOutcome], *, narrow_tiers: bool = False
    ) -> Answer:
        """Handle ``POST /v1/images/generations``. ``outcome`` may change what was drawn for the task."""
        callback_ok = key.webhook.covers if key.webhook is not None else _never
        reader = CreateReader(self.url, self._look, callback_ok, narrow_tiers)
        try:
            request = reader.read(body)
        except InvalidRequest as invalid:
            if invalid.offence:
                self.offences.append(invalid.message)
            return error(400, invalid.code, invalid.message, param=invalid.param, type_="invalid_request_error")
        self.offences.extend(reader.remarks)
        if request.model.id in self.delisted:
            message = f"no available channel for model {request.named} under group default (distributor)"
            return error(503, "model_not_found", message)
        if key.models is not None and not {request.named, request.model.id} & key.models:
            return error(403, "permission_denied", f"this key may not use {request.named}", type_="forbidden")
        drawn = outcome(TaskOutcome(self._rng.uniform(*self.seconds), _inborn(request)))
        self._refund()
        if not self._ledger.affords(key, round(request.cost * drawn.factor)):
            return error(402, "insufficient_quota", "the balance is too low for this request")
        task = self._accept(key, request, drawn)
        self.webhooks.expect(task, key.webhook)
        return say(created(task), task_id=task.id)

    def find(self, key: Key, id_: str) -> PaintTask | None:
        """Find a task by task id or by business id, within the key's user; None while the task is hidden."""
        task = self.tasks.get(id_) or self._by_business.get((key.account.user, id_))
        if task is None or task.charge.user != key.account.user:
            return None
        return task if self.clock() >= task.created + task.outcome.hidden else None

    def describe(self, task: PaintTask) -> dict[str, Any]:
        """Return the body of a look-up, at this moment."""
        now = self.clock()
        self._refund()
        if task.finished(now):
            task.looks += 1
        return described(task, now, self.url, self.billing)

    def list_models(self, key: Key, kind: str) -> Answer:
        """Handle ``GET /v1/models``. Without ``type=image`` no image model is listed."""
        listed = MODELS.values() if kind in {"image", "all"} else ()
        rows = [
            {
                "id": model.id,
                "object": "model",
                "created": 1_750_000_000,
                "owned_by": model.owner,
                "supported_endpoint_types": ["image-generation"],
            }
            for model in listed
            if (key.models is None or model.id in key.models) and model.id not in self.delisted
        ]
        return say({"success": True, "object": "list", "data": rows})

    def key_balance(self, key: Key) -> Answer:
        self._refund()
        return say(self._ledger.key_balance(key))

    def account_balance(self, key: Key) -> Answer:
        self._refund()
        return say(self._ledger.account_balance(key.account))

    async def file(self, path: str) -> Answer:
        """Handle ``GET /files/…``: an upload, or a painted picture within its 24 hours."""
        uploaded = self._at.get(f"{self.url}{path}")
        if uploaded is not None:
            return Answer(200, uploaded.data, uploaded.mime)
        match path.split("/"):
            case ["", "files", "generated", id_, name] if id_ in self.tasks:
                return await self._result(self.tasks[id_], name)
        return page(404, "404 Not Found")

    async def _result(self, task: PaintTask, name: str) -> Answer:
        now = self.clock()
        index = {url.rsplit("/", 1)[1]: index for index, url in enumerate(task.urls(self.url))}.get(name)
        if index is None or not task.painted_at(now) or task.gone(now):
            return page(404, "404 Not Found")
        async with self._brush:  # one picture at a time: Pillow is hungry
            if index not in task.painted:
                task.painted[index] = await asyncio.to_thread(paint, self._canvas(task, index))
        return Answer(200, task.painted[index], f"image/{task.output}")

    def _canvas(self, task: PaintTask, index: int) -> Canvas:
        request = task.request
        sources = [self._at[url].data for url in request.references if url in self._at]
        longest = max(16, round(self.edge * _SCALES.get(request.resolution, 1.0)))
        return Canvas(
            prompt=request.prompt,
            sources=tuple(sources),
            size=request.size,
            longest=longest,
            seed=task.seed,
            index=index,
            output=task.output,
            watermark=request.watermark,
        )

    def _accept(self, key: Key, request: CreateRequest, outcome: TaskOutcome) -> PaintTask:
        now = self.clock()
        number = len(self.tasks)
        rng = self._rng
        id_ = f"{_PREFIXES[number % 4]}{rng.getrandbits(96):024x}"
        cost = round(request.cost * outcome.factor)
        charge = Charge(id_, request.business_id, request.named, cost, now, key.account.user, key.text)
        task = PaintTask(
            id=id_,
            request=request,
            outcome=outcome,
            charge=charge,
            created=now,
            waiting=WAITING[number % len(WAITING)],
            painting=PAINTING[number % len(PAINTING)],
            shape=SHAPES[number % len(SHAPES)],
            output=request.output or rng.choice(("png", "jpeg")),
            seed=rng.getrandbits(32),
        )
        self.tasks[id_] = task
        self._ledger.charges.append(charge)
        if request.business_id is not None:
            # Whether a second create with the same id is refused is not documented. The harsh guess: a second task,
            # paid a second time, that hides the first.
            self._by_business[key.account.user, request.business_id] = task
        if outcome.failure is not None:
            self._failing.append(task)
        return task

    def _refund(self) -> None:
        now = self.clock()
        for task in [task for task in self._failing if task.failed(now)]:
            task.charge.refunded = True
            self._failing.remove(task)

    def _take(self, key: Key, file: Part, seen: Reference) -> Uploaded:
        number = f"{self._rng.getrandbits(64):016x}"
        now = self.clock()
        user = key.account.user
        url = f"{self.url}/files/uploads/{user}/{int(now)}_{number}.{_ENDINGS[seen.mime]}"
        uploaded = Uploaded(
            id=f"upload_{number}",
            url=url,
            data=file.data,
            declared=file.declared,
            mime=seen.mime,
            filename=file.filename or "",
            width=seen.width,
            height=seen.height,
            user=user,
            at=now,
        )
        self.uploads.append(uploaded)
        self._at[url] = uploaded
        return uploaded

    def _look(self, url: str) -> Reference | None:
        uploaded = self._at.get(url)
        if uploaded is None:
            return None
        return Reference(uploaded.mime, uploaded.width, uploaded.height, len(uploaded.data))


def _never(_: str) -> bool:
    """Return False: the key has no webhook, so that no address of one is accepted."""
    return False


def _inborn(request: CreateRequest) -> Failure | None:
    """Return the failure of viduq2-fast beyond 1K, which it accepts all the same, or None.

    docs.toapis.com/docs/en/api-reference/images/vidu-image
    """
    if request.model.id == "viduq2-fast" and request.resolution != "1K":
        return Failure("InvalidParameter", "resolution is not supported by this model")
    return None
