"""Discord's own specification, checked against everything that the tests send to the stand-in and get from it.

https://github.com/discord/discord-api-spec, kept beside this repository as ../shared/discord-openapi.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from playground.hooks import Call, Phase
from tests.support.deviations import is_known

Json = dict[str, Any]

SPEC: Final = Path(__file__).parents[3] / "shared" / "discord-openapi.json"
NOT_RUN: Final = "openapi: NOT RUN (../shared/discord-openapi.json is missing)"
_DOCUMENT: Final = "spec:/discord"
"""The address of the specification for the quick validators."""

PREFIX: Final = "/api/v10"
REFUSED_FOR_ITS_FORM: Final = frozenset({(400, 50035), (400, 50109), (404, 0)})
"""Status and code of a request that the stand-in already refused: a test meant it, or it is an offence."""


@dataclass(slots=True)
class Exchange:
    """A request and its answer, as text: nothing that happens later changes them. ``status`` None: no answer."""

    method: str
    path: str
    query: Mapping[str, str]
    body: str
    status: int | None = None
    answer: str = "null"


@dataclass(slots=True)
class Recorder:
    """A hook that records every exchange."""

    exchanges: list[Exchange] = field(default_factory=list)
    _open: dict[int, Exchange] = field(default_factory=dict)

    async def __call__(self, phase: Phase, call: Call) -> None:
        if phase == "before":
            exchange = Exchange(call.method, call.path.removeprefix(PREFIX), dict(call.query), _text(call.json))
            self.exchanges.append(exchange)
            self._open[id(call)] = exchange
        elif id(call) in self._open:
            exchange = self._open.pop(id(call))
            exchange.status = call.status
            exchange.answer = _text(call.answer)


def _text(body: Any) -> str:
    """Return the body as JSON, or null if it was none: then the stand-in has refused it."""
    try:
        return json.dumps(body)
    except TypeError:
        return "null"


class Specification:
    """Discord's specification. ``faults`` returns what in an exchange differs from it, a line each."""

    def __init__(self, document: Json) -> None:
        closed = _closed(document)
        self._paths: Json = closed["paths"]
        self._registry: Registry[Any] = Registry().with_resource("spec", DRAFT202012.create_resource(closed))
        plain_first = sorted(self._paths, key=lambda path: path.count("{"))
        self._templates = [(_pattern(path), path) for path in plain_first]
        self._kinds = {name: _kinds(shape) for name, shape in closed["components"]["schemas"].items()}
        choices = {word: self._choice(Draft202012Validator.VALIDATORS[word]) for word in ("oneOf", "anyOf")}
        self._validator = extend(Draft202012Validator, choices)
        self._validators: dict[str, Any] = {}
        self._quick_registry = jsonschema_rs.Registry([(_DOCUMENT, closed)])
        self._quick: dict[str, jsonschema_rs.Draft202012Validator] = {}
        self._explained: dict[tuple[str, str], list[str]] = {}

    def faults(self, exchange: Exchange) -> list[str]:
        wrong = self.request_faults(exchange)
        answer = json.loads(exchange.answer)
        if isinstance(answer, dict) and (exchange.status, answer.get("code")) in REFUSED_FOR_ITS_FORM:
            wrong = []
        return [line for line in (*wrong, *self.answer_faults(exchange)) if not is_known(line)]

    def request_faults(self, exchange: Exchange) -> list[str]:
        """Return what is wrong with its path, its query and its body."""
        place = self._place(exchange)
        if place is None:
            return [f"{exchange.method} {exchange.path}: Discord has no such route"]
        name, operation, where, values = place
        shared = self._paths[name].get("parameters", [])
        wrong: list[str] = []
        queries = {}
        for rule in (*shared, *operation.get("parameters", [])):
            if rule["in"] == "path":
                wrong += self._check(rule["schema"], values[rule["name"]], f"{where} path.{rule['name']}")
            elif rule["in"] == "query":
                queries[rule["name"]] = rule["schema"]
        for key, text in exchange.query.items():
            if key not in queries:
                wrong.append(f"{where} query.{key}: unknown")
            else:
                mismatch = self._check(queries[key], _typed(text), f"{where} query.{key}")
                wrong += mismatch and self._check(queries[key], text, f"{where} query.{key}") and mismatch
        return wrong + self._body(operation, json.loads(exchange.body), where)

    def _body(self, operation: Json, body: Any, where: str) -> list[str]:
        expected = operation.get("requestBody")
        if expected is None:
            return [] if body is None else [f"{where} body: none is expected"]
        if body is None:
            return [f"{where} body: is missing"] if expected.get("required") else []
        kinds = expected["content"]
        schema = (kinds.get("application/json") or kinds["multipart/form-data"])["schema"]
        return self._check(schema, body, f"{where} body")

    def answer_faults(self, exchange: Exchange) -> list[str]:
        """Return what is wrong with the answer: its status, or its shape."""
        place = self._place(exchange)
        if place is None or exchange.status is None or exchange.status >= 500:
            return []
        _, operation, where, _ = place
        answers = operation["responses"]
        status = str(exchange.status)
        rule = answers.get(status) or answers.get(f"{status[0]}XX")
        if rule is None:
            return [f"{where} answer: {status} is not among {', '.join(answers)}"]
        if "$ref" in rule:
            kind = "RatelimitedResponse" if status == "429" else "ErrorResponse"
            rule = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind}"}}}}
        content = rule.get("content")
        if content is None:
            return [] if exchange.answer == "null" else [f"{where} answer: {status} comes without a body"]
        return self._check(
            content["application/json"]["schema"], json.loads(exchange.answer), f"{where} answer {status}"
        )

    def _place(self, exchange: Exchange) -> tuple[str, Json, str, Mapping[str, str]] | None:
        for pattern, name in self._templates:
            match = pattern.fullmatch(exchange.path)
            if match is not None and exchange.method.lower() in self._paths[name]:
                return name, self._paths[name][exchange.method.lower()], f"{exchange.method} {name}", match.groupdict()
        return None

    def _choice(self, usual: Any) -> Any:
        """Try only the branches whose ``type`` is the value's: ten times as fast, and the errors name one."""

        def choose(validator: Any, branches: list[Json], value: Any, schema: Json) -> Iterator[ValidationError]:
            kind = value.get("type") if isinstance(value, dict) else None
            named = [(branch, self._kinds.get(branch.get("$ref", "").rsplit("/", 1)[-1], ())) for branch in branches]
            if type(kind) is not int or not all(kinds or branch == {"type": "null"} for branch, kinds in named):
                return usual(validator, branches, value, schema)  # type: ignore[no-any-return]  # jsonschema has no types
            fitting = [branch for branch, kinds in named if kind in kinds]
            if len(fitting) == 1:
                return validator.descend(value, fitting[0])  # type: ignore[no-any-return]  # jsonschema has no types
            if not fitting:
                return iter([ValidationError(f"type {kind} can't stand here")])
            return usual(validator, fitting, value, schema)  # type: ignore[no-any-return]  # jsonschema has no types

        return choose

    def _check(self, schema: Json, value: Any, where: str) -> list[str]:
        """Return what is wrong, in words. Explaining is slow, so it is done only if something is."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._quick:
            absolute = json.loads(key.replace('"#/', f'"{_DOCUMENT}#/'))
            self._quick[key] = jsonschema_rs.Draft202012Validator(absolute, registry=self._quick_registry)
        if self._quick[key].is_valid(value):
            return []
        wrong = (key, json.dumps(value, sort_keys=True))  # many are the same: each bot registers its commands
        if wrong not in self._explained:
            self._explained[wrong] = self._explain(key, value)
        return [f"{where}{line}" for line in self._explained[wrong]]

    def _explain(self, key: str, value: Any) -> list[str]:
        if key not in self._validators:
            absolute = json.loads(key.replace('"#/', '"spec#/'))
            self._validators[key] = self._validator(absolute, registry=self._registry)
        return [line for error in self._validators[key].iter_errors(value) for line in _lines(error)]


@cache
def specification() -> Specification | None:
    """Return the specification, or None if its file is missing."""
    return Specification(json.loads(SPEC.read_text())) if SPEC.exists() else None


def _lines(error: ValidationError) -> list[str]:
    """Return the error's details, a line each: for a choice, those of the shape that was meant."""
    if error.validator in ("oneOf", "anyOf") and error.context:
        branches: dict[int, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
        candidates = [
            branch for branch in branches.values() if not any(_of_another_kind(error, inner) for inner in branch)
        ]
        if candidates:
            return [line for inner in min(candidates, key=_how_far_off) for line in _lines(inner)]
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error.absolute_path)
    return [f"{path}: {error.message[:200]}"]


def _how_far_off(branch: list[ValidationError]) -> tuple[int, int]:
    """Return a sort key: the shape that was meant fits at the top and fails deep inside, if at all."""
    return -min(len(error.absolute_path) for error in branch), len(branch)


def _of_another_kind(choice: ValidationError, inner: ValidationError) -> bool:
    """Return whether the branch is for another kind of value: null, or a component of another number."""
    depth = len(inner.absolute_path) - len(choice.absolute_path)
    return (depth == 0 and inner.validator == "type") or (depth == 1 and inner.absolute_path[-1] == "type")


def _kinds(shape: Json) -> tuple[int, ...]:
    """Return the values of ``type`` that a shape is for, if it has any."""
    return tuple(shape.get("properties", {}).get("type", {}).get("enum", ()))


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _typed(text: str) -> Any:
    """Return a query's value as the number or boolean that the specification means."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return int(text) if text.isdecimal() and len(text) < 12 else text


def _closed(document: Json) -> Json:
    """Return the document with every object closed: what it does not list is unknown to Discord, in both directions."""
    joined = {name for name, shape in document["components"]["schemas"].items() if len(shape.get("allOf", [])) > 1}
    parts = set(
        re.findall(r"schemas/(\w+)", json.dumps([document["components"]["schemas"][name]["allOf"] for name in joined]))
    )

    def close(node: Any, open_: bool = False) -> Any:
        if isinstance(node, list):
            return [close(part) for part in node]
        if not isinstance(node, dict):
            return node
        closed = {
            key: [close(part, True) for part in value] if key == "allOf" else close(value)
            for key, value in node.items()
        }
        if (
            isinstance(node.get("properties"), dict)
            and "additionalProperties" not in node
            and not open_
            and "allOf" not in node
        ):
            closed["additionalProperties"] = False
        return closed

    result: Json = close(document)
    for name in parts:
        result["components"]["schemas"][name].pop("additionalProperties", None)
    return result
