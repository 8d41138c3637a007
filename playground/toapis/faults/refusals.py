"""Refusals: every error of ToAPIs' pages and of its integrators' notes, as an answer.

Nothing is made and nothing is charged, unless the fault is enabled with ``made=True``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from playground.toapis.answer import Answer, Transmission, error, page, refusal, say
from playground.toapis.faults.fault import KEYED, TALKING, FaultContext, Options, RefusalFault, Verb
from playground.toapis.token_bucket import retry_after

_CREATE: Final[tuple[Verb, ...]] = ("create",)
_UPLOAD: Final[tuple[Verb, ...]] = ("upload",)
_DOWNLOAD: Final[tuple[Verb, ...]] = ("download",)
RUDE: Final = "@everyone <@&1> <@2> [click](https://example.com) ` ** __ upstream said: no"


def _plain(name: str, line: str, on: tuple[Verb, ...], answer: Callable[[], Answer]) -> RefusalFault:
    return RefusalFault(name, line, on, act=lambda _options, _context: answer())


def _rate_limited(options: Options, context: FaultContext) -> Answer:
    said = error(429, "rate_limit_exceeded", "too many requests", type_="rate_limit_error")
    return said.with_headers(retry_after(options["seconds"], context.now, options["form"]))


def _limiter_down(options: Options, context: FaultContext) -> Answer:
    said = error(503, "rate_limit_unavailable", "the submit limiter is not available")
    return said.with_headers(retry_after(options["seconds"], context.now, options["form"]))


def _policy(options: Options, _context: FaultContext) -> Answer:
    return error(422, "content_policy_violation", options["message"])


_WAIT: Final = {"seconds": 1, "form": "seconds"}
_CHINESE_KEY: Final = "无效的令牌 (request id: 20261124090000123456789)"
_CHINESE_POLICY: Final = "提示词包含敏感内容，请修改后重试 (request id: 20261124090000123456789)"
_CHINESE_QUOTA: Final = "用户额度不足, 剩余额度: ＄0.000000 (request id: 20261124090000123456789)"
_CHANNEL: Final = "no available channel for this model under group default (distributor)"

_ROWS: Final = (
    # 400
    _plain(
        "invalid-request", "400: some field is wrong", _CREATE, lambda: error(400, "invalid_request", "bad request")
    ),
    _plain(
        "invalid-param",
        "400 that names the field",
        _CREATE,
        lambda: error(400, "invalid_request_error", "unsupported size", param="size", type_="invalid_request_error"),
    ),
    _plain(
        "invalid-references",
        "400: the reference pictures are not accepted",
        _CREATE,
        lambda: error(400, "invalid_reference_images", "reference image could not be read"),
    ),
    _plain(
        "webhook-not-configured",
        "400: no webhook is set up",
        _CREATE,
        lambda: error(400, "webhook_not_configured", "no webhook is configured for this key"),
    ),
    _plain("everyone-400", "400 whose text pings @everyone", _CREATE, lambda: error(400, "invalid_request", RUDE)),
    _plain(
        "upload-unsupported",
        "400 to an upload: not one of the four formats",
        _UPLOAD,
        lambda: refusal(400, "unsupported image type, supported: image/jpeg, image/png, image/webp, image/gif"),
    ),
    _plain(
        "upload-too-large",
        "400 to an upload: over 10 MB",
        _UPLOAD,
        lambda: refusal(400, "image too large, maximum size is 10MB"),
    ),
    # 401, 402, 403
    _plain(
        "unauthorized", "401: the key is wrong", KEYED, lambda: error(401, "unauthorized", "invalid or expired api key")
    ),
    _plain(
        "unauthorized-numeric",
        "401 whose code is a number",
        KEYED,
        lambda: error(401, 401, "invalid api key", type_="authentication_error"),
    ),
    _plain(
        "unauthorized-chinese", "401 in Chinese", KEYED, lambda: error(401, "", _CHINESE_KEY, type_="new_api_error")
    ),
    _plain(
        "insufficient-quota",
        "402: the balance is empty",
        _CREATE,
        lambda: error(402, "insufficient_quota", "balance too low"),
    ),
    _plain(
        "forbidden",
        "403: this key may not use this model",
        _CREATE,
        lambda: error(403, "permission_denied", "this token has no access to this model"),
    ),
    _plain(
        "quota-403",
        "403 that means: out of credit (in Chinese)",
        _CREATE,
        lambda: error(403, "insufficient_user_quota", _CHINESE_QUOTA, type_="new_api_error"),
    ),
    _plain("edge-403", "403 as an HTML page: the edge blocks us", KEYED, lambda: page(403, "403 Forbidden")),
    # 404, 408, 413, 422
    _plain(
        "not-found",
        "404: no such task, by task id",
        ("status",),
        lambda: error(404, 404, "task not found", type_="not_found_error"),
    ),
    _plain(
        "task-not-found",
        "404 whose code is a word",
        ("status",),
        lambda: error(404, "task_not_found", "task not found"),
    ),
    _plain(
        "lookup-absent",
        "404 to every look-up by business id",
        ("find",),
        lambda: error(404, 404, "task not found", type_="not_found_error"),
    ),
    _plain("request-timeout", "408: the request took too long", _CREATE, lambda: page(408, "408 Request Time-out")),
    _plain(
        "too-large-413",
        "413 as an HTML page: the proxy's limit",
        _UPLOAD,
        lambda: page(413, "413 Request Entity Too Large"),
    ),
    RefusalFault(
        "policy-422",
        "422: moderation refuses the order",
        _CREATE,
        options={"message": "Your request was rejected by the safety system"},
        act=_policy,
    ),
    _plain(
        "policy-chinese",
        "400 in Chinese that means: moderation refuses",
        _CREATE,
        lambda: error(400, "sensitive_words_detected", _CHINESE_POLICY, type_="new_api_error"),
    ),
    # 429, 5xx
    RefusalFault(
        "rate-limited", "429 with Retry-After", ("create", "status", "find"), options=_WAIT, act=_rate_limited
    ),
    _plain("internal-error", "500 in JSON", TALKING, lambda: error(500, "internal_error", "internal server error")),
    RefusalFault(
        "rate-limit-unavailable", "503: the submit limiter is down", _CREATE, options=_WAIT, act=_limiter_down
    ),
    _plain("no-channel", "503: nobody paints this model now", _CREATE, lambda: error(503, "model_not_found", _CHANNEL)),
    _plain("unavailable", "503 as an HTML page", TALKING, lambda: page(503, "503 Service Temporarily Unavailable")),
    _plain("empty-503", "503 without a body", TALKING, lambda: Answer(503)),
    _plain("bad-gateway", "502 as an HTML page", TALKING, lambda: page(502, "502 Bad Gateway")),
    _plain("gateway-timeout", "504 as an HTML page", TALKING, lambda: page(504, "504 Gateway Time-out")),
    _plain("timeout-524", "524 as an HTML page", TALKING, lambda: page(524, "524: A timeout occurred")),
    # odd envelopes
    _plain(
        "success-false",
        "200 that says success: false",
        ("upload", "balance"),
        lambda: refusal(200, "not found"),
    ),
    _plain(
        "error-as-string", "500 whose error is a bare string", TALKING, lambda: say({"error": "upstream error"}, 500)
    ),
    _plain("message-only", "500 with a message at the top level", TALKING, lambda: say({"message": "upstream"}, 500)),
    # no answer at all
    _plain("hang", "never answers", ("status",), lambda: Answer(transmission=Transmission.HANG)),
    _plain(
        "reset-before", "hangs up before anything happens", _CREATE, lambda: Answer(transmission=Transmission.RESET)
    ),
    _plain("result-gone", "404 to a download", _DOWNLOAD, lambda: page(404, "404 Not Found")),
    _plain("result-410", "410 to a download", _DOWNLOAD, lambda: page(410, "410 Gone")),
    _plain("result-503", "503 to a download", _DOWNLOAD, lambda: page(503, "503 Service Temporarily Unavailable")),
)

REFUSALS: Final = {fault.name: fault for fault in _ROWS}
