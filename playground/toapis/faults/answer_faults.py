"""Faults in a good answer on its way out: its wire, its words, its result. The effect has happened."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from playground.toapis.answer import Answer, Transmission, page, say
from playground.toapis.faults.fault import ASKING, TALKING, AnswerFault, FaultContext, Options, Verb
from playground.toapis.painting.grain import grain
from playground.toapis.tasks import SHAPES, Shape, place

_CREATE: Final[tuple[Verb, ...]] = ("create",)
_DOWNLOAD: Final[tuple[Verb, ...]] = ("download",)
_DONE: Final = "completed"
_FINAL: Final = ("completed", "failed")
_ADDRESSES: Final = ("result", "url", "images", "data")

Change = Callable[[dict[str, Any], Options, FaultContext], bool]
"""Changes a body in place. Returns False where there was nothing to change."""


def _wording(name: str, line: str, on: tuple[Verb, ...], change: Change, **options: Any) -> AnswerFault:
    """Build a fault that changes words of a JSON answer."""

    def act(answer: Answer, options: Options, context: FaultContext) -> Answer | None:
        if answer.transmission is not Transmission.WHOLE or not isinstance(answer.json, dict):
            return None
        body = copy.deepcopy(answer.json)
        changed = change(body, options, context)
        return say(body, answer.status, answer.headers, answer.task_id) if changed else None

    return AnswerFault(name, line, on, options=options, act=act)


def _wire(
    name: str, line: str, on: tuple[Verb, ...], spoil: Callable[[Answer, Options], Answer], **options: Any
) -> AnswerFault:
    """Build a fault in the way an answer travels."""
    return AnswerFault(name, line, on, options=options, act=lambda answer, options, _context: spoil(answer, options))


def _cut(answer: Answer, _options: Options) -> Answer:
    return answer.sent_as(Transmission.CUT)


def _late(answer: Answer, options: Options, context: FaultContext) -> Answer | None:
    if context.task is None:
        return None
    context.task.outcome = replace(context.task.outcome, hidden=options["seconds"])
    return answer.sent_as(Transmission.RESET)


def _redirected(answer: Answer, options: Options, context: FaultContext) -> Answer | None:
    if "moved" in context.call.params:
        return None
    wanted = str(options["to"])
    places = {
        "good": f"{context.call.path}?moved=1",
        "loop": context.call.path,
        "private": "http://10.0.0.1/secret.png",
        "metadata": "http://169.254.169.254/latest/meta-data/",
        "file": "file:///etc/hostname",
    }
    place = places.get(wanted, wanted)
    return replace(answer, status=302, body=b"", content_type="text/plain", headers={"Location": place})


def _strings(body: dict[str, Any], _options: Options, _context: FaultContext) -> bool:
    for name, value in body.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            body[name] = str(value)
    return True


def _unknown_fields(body: dict[str, Any], _options: Options, _context: FaultContext) -> bool:
    body |= {"x_trace": {"hops": [1, None, "a"]}, "usage": {"total_tokens": 12}, "warnings": [], "eta": None}
    return True


def _unknown_status(body: dict[str, Any], options: Options, _context: FaultContext) -> bool:
    if body.get("status") in _FINAL:
        return False
    body["status"] = options["word"]
    return True


def _other_words(body: dict[str, Any], options: Options, context: FaultContext) -> bool:
    words = {"completed": options["done"], "failed": options["failed"]}
    if context.task is None:
        return False
    body["status"] = words.get(body["status"], options["waiting"])
    return True


def _progress(body: dict[str, Any], options: Options, _context: FaultContext) -> bool:
    if body.get("status") in _FINAL:
        return False
    body["progress"] = options["at"]
    return True


def _bare(body: dict[str, Any], options: Options, context: FaultContext) -> bool:
    """Remove the addresses from the first ``polls`` look-ups that say completed."""
    if body.get("status") != _DONE or context.task is None or context.task.looks > options["polls"]:
        return False
    return _drop_addresses(body)


def _never_url(body: dict[str, Any], _options: Options, _context: FaultContext) -> bool:
    return body.get("status") == _DONE and _drop_addresses(body)


def _drop_addresses(body: dict[str, Any]) -> bool:
    for name in _ADDRESSES:
        body.pop(name, None)
    body["result"] = {"type": "image", "data": []}
    return True


def _shaped(shape: Shape) -> Change:
    def change(body: dict[str, Any], _options: Options, context: FaultContext) -> bool:
        if body.get("status") != _DONE or context.task is None:
            return False
        place(body, _addresses(body), shape)
        return True

    return change


def _image_url(body: dict[str, Any], _options: Options, _context: FaultContext) -> bool:
    if body.get("status") != _DONE:
        return False
    urls = _addresses(body)
    _drop_addresses(body)
    del body["result"]
    body["data"] = [{"image_url": url} for url in urls]
    return True


def _addresses(body: dict[str, Any]) -> list[str]:
    result = body.get("result") or {}
    entries = result.get("data") or body.get("images") or body.get("data") or []
    return [entry["url"] for entry in entries] or ([body["url"]] if "url" in body else [])


def _elsewhere(body: dict[str, Any], options: Options, context: FaultContext) -> bool:
    """Replace the first ``count`` addresses by one that leads somewhere else."""
    if body.get("status") != _DONE or context.task is None:
        return False
    urls = _addresses(body)
    count = options["count"] or len(urls)
    place(body, [str(options["to"])] * len(urls[:count]) + urls[count:], "result")
    return True


def _long(body: dict[str, Any], options: Options, context: FaultContext) -> bool:
    """Extend the addresses by a signature, as many file hosts do; the stand-in itself checks none."""
    if body.get("status") != _DONE or context.task is None:
        return False
    urls = _addresses(body)
    place(body, [f"{url}?signature=".ljust(options["length"], "f") for url in urls], "result")
    return True


def _task_id(body: dict[str, Any], _options: Options, _context: FaultContext) -> bool:
    body["task_id"] = body.pop("id")
    return True


def _data_id(body: dict[str, Any], _options: Options, _context: FaultContext) -> bool:
    body["data"] = {"id": body.pop("id")}
    return True


_ROWS: Final = (
    # the wire
    _wire("reset-after", "made and charged, then hangs up", _CREATE, lambda a, _: a.sent_as(Transmission.RESET)),
    _wire("hang-after", "made and charged, then never answers", _CREATE, lambda a, _: a.sent_as(Transmission.HANG)),
    AnswerFault(
        "late-task",
        "made and charged, hangs up, and look-ups find it only some seconds later",
        _CREATE,
        options={"seconds": 5.0},
        act=_late,
    ),
    _wire(
        "html-200",
        "made and charged, answered by an HTML page with code 200",
        _CREATE,
        lambda a, _: replace(page(200, "Just a moment..."), task_id=a.task_id),
    ),
    _wire(
        "empty-body",
        "made and charged, answered by nothing with code 200",
        _CREATE,
        lambda a, _: Answer(200, task_id=a.task_id),
    ),
    _wire(
        "truncated-json",
        "made and charged, answered by half of the JSON",
        _CREATE,
        lambda a, _: replace(a, body=a.body[: len(a.body) // 2], json=None),
    ),
    _wire("cut-answer", "the connection breaks in the middle of the answer", TALKING, _cut),
    _wire(
        "drip",
        "answers come a few bytes at a time",
        ("status", "find", "download"),
        lambda a, o: a.sent_as(Transmission.DRIP, pace=o["pace"]),
        pace=0.05,
    ),
    # the words
    _wording("numbers-as-strings", "numbers come as strings", (*TALKING, "balance"), _strings),
    _wording("unknown-fields", "fields that nobody knows", (*TALKING, "balance", "upload"), _unknown_fields),
    _wording(
        "unknown-status",
        "a status that nobody knows, until it is finished",
        TALKING,
        _unknown_status,
        word="warming_up",
    ),
    _wording(
        "other-words",
        "other spellings of each status",
        TALKING,
        _other_words,
        waiting="running",
        done="succeeded",
        failed="error",
    ),
    _wording("stuck-progress", "progress sticks at 10 to the end", ASKING, _progress, at=10),
    _wording("completed-without-url", "completed, but no picture for two look-ups", ASKING, _bare, polls=2),
    _wording("completed-never-url", "completed, but never a picture", ASKING, _never_url),
    *(_wording(f"shape-{shape}", f"the picture's address in {shape}", ASKING, _shaped(shape)) for shape in SHAPES),
    _wording("shape-image_url", "the picture's address in data[].image_url", ASKING, _image_url),
    _wording(
        "address-elsewhere",
        "the picture's address (of the first so many, 0 for all) is one that nobody should open",
        ASKING,
        _elsewhere,
        to="http://169.254.169.254/latest/meta-data/",
        count=0,
    ),
    _wording("long-address", "the picture's address is signed, and so many characters long", ASKING, _long, length=600),
    _wording("create-task-id", "the task's id comes as task_id", _CREATE, _task_id),
    _wording("create-data-id", "the task's id comes as data.id", _CREATE, _data_id),
    # the result
    _wire(
        "wrong-type-result",
        "the picture's content type lies",
        _DOWNLOAD,
        lambda a, o: replace(a, content_type=o["says"]),
        says="text/plain",
    ),
    _wire("truncated-result", "the connection breaks in the middle of the picture", _DOWNLOAD, _cut),
    _wire(
        "broken-result",
        "half a picture that claims to be whole",
        _DOWNLOAD,
        lambda a, _: replace(a, body=a.body[: len(a.body) // 2]),
    ),
    _wire(
        "result-not-image",
        "an HTML page that claims to be a picture",
        _DOWNLOAD,
        lambda a, _: replace(page(200, "Welcome"), content_type=a.content_type),
    ),
    _wire("empty-result", "a picture of no bytes", _DOWNLOAD, lambda a, _: replace(a, body=b"")),
    _wire(
        "heavy-result",
        "a true picture of many megabytes",
        _DOWNLOAD,
        lambda a, o: replace(a, body=grain(o["megabytes"]), content_type="image/png"),
        megabytes=20.0,
    ),
    _wire("endless-result", "a picture that never ends", _DOWNLOAD, lambda a, _: a.sent_as(Transmission.ENDLESS)),
    _wire(
        "huge-result",
        "a picture with zeros after it, 100 MB in all",
        _DOWNLOAD,
        lambda a, o: a.sent_as(Transmission.PADDED, length=o["length"]),
        length=100_000_000,
    ),
    AnswerFault(
        "redirect-result",
        "302 to 'private', 'metadata', 'file', 'loop', 'good' or an address",
        _DOWNLOAD,
        options={"to": "private"},
        act=_redirected,
    ),
)

ANSWER_FAULTS: Final = {fault.name: fault for fault in _ROWS}
