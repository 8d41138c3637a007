"""The body of a create, read as strictly as ToAPIs could: it becomes a CreateRequest, or a 400. No I/O.

Limits: docs.toapis.com/docs/en/api-reference/images/… for each model. Where the pages do not say whether a mistake is
refused or ignored, it is refused, and noted as an offence: something that a careful client never sends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playground.toapis.create_extras import check_extras
from playground.toapis.invalid import InvalidRequest
from playground.toapis.price_list import BY_NAME, PaintModel, price

__all__ = ["CreateReader", "CreateRequest", "InvalidRequest", "Reference"]

_RATIO: Final = re.compile(r"([1-9]\d{0,3}):([1-9]\d{0,3})")
_PIXELS: Final = re.compile(r"(\d{2,5})[x*](\d{2,5})")


@dataclass(frozen=True, slots=True)
class Reference:
    """One of our own uploads, as far as an order needs to know it. Width and height in pixels, ``size`` in bytes."""

    mime: str
    width: int
    height: int
    size: int = 0


Look = Callable[[str], Reference | None]
"""Returns the upload at an address of ours, or None."""


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """A create that was accepted. ``size`` is a ratio, pixels, ``auto`` or empty; ``cost`` in micro-dollars."""

    model: PaintModel
    named: str
    prompt: str
    size: str
    resolution: str
    count: int
    references: tuple[str, ...]
    business_id: str | None
    metadata: dict[str, Any]
    cost: int
    watermark: bool = False
    output: str = ""
    """``png`` or ``jpeg`` where the order asked for one."""
    callback_url: str | None = None


@dataclass(slots=True)
class CreateReader:
    """The reader of one body after the other. ``home`` is our own address; ``look`` finds our own uploads."""

    home: str
    look: Look
    callback_ok: Callable[[str], bool] = lambda _url: False
    narrow_tiers: bool = False
    """gpt-image-2 as its model guide has it: 1K in 3 ratios, 4K in 6."""
    remarks: list[str] = field(default_factory=list)
    """Habits that ToAPIs lets pass and a careful client avoids; emptied by each ``read``."""

    def read(self, body: object) -> CreateRequest:
        """Read one body. Raises InvalidRequest for everything that ToAPIs would answer with 400."""
        self.remarks = []
        if not isinstance(body, dict):
            raise InvalidRequest("request body must be a JSON object", offence=True)
        model = _model(body)
        prompt = _prompt(body, model)
        metadata = _metadata(body)
        count = _count(body, model)
        references = self._references(body, model)
        resolution = self._resolution(body, metadata, model)
        size = self._size(body, model, resolution, bool(references))
        self._mask(body, model, references)
        callback_url = self._callback(body)
        check_extras(body, metadata, model.id)
        if model.together and len(references) + count > model.together:
            raise InvalidRequest(f"reference images plus outputs must not exceed {model.together}", param="n")
        return CreateRequest(
            model=model,
            named=str(body["model"]),
            prompt=prompt,
            size=size,
            resolution=resolution,
            count=count,
            references=references,
            business_id=self._business_id(body, metadata),
            metadata=metadata,
            cost=price(model, resolution, count, len(references)),
            watermark=self._watermark(metadata, model),
            output=_output(body, metadata),
            callback_url=callback_url,
        )

    def _references(self, body: Mapping[str, Any], model: PaintModel) -> tuple[str, ...]:
        names = [name for name in ("image_urls", "reference_images") if body.get(name)]
        if len(names) > 1:
            raise InvalidRequest("send image_urls or reference_images, not both", offence=True)
        if not names:
            return ()
        if names[0] not in model.fields:
            raise InvalidRequest(f"{names[0]} is not a field of {model.id}", param=names[0], offence=True)
        raw = body[names[0]]
        if not isinstance(raw, list):
            raise InvalidRequest(f"{names[0]} must be an array", "invalid_reference_images", names[0], offence=True)
        if len(raw) > model.refs:
            raise InvalidRequest(f"at most {model.refs} reference images", "invalid_reference_images", names[0])
        return tuple(self._reference(item, model, names[0]) for item in raw)

    def _reference(self, item: object, model: PaintModel, name: str) -> str:
        code = "invalid_reference_images"
        if isinstance(item, dict) and model.objects:
            item = item.get("url")
        if not isinstance(item, str):
            raise InvalidRequest(f"{name} must hold plain http(s) URLs", code, name, offence=True)
        parts = urlsplit(item) if len(item) < 4096 else urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise InvalidRequest(
                f"{name}: base64, data URIs and local paths are not accepted", code, name, offence=True
            )
        if f"{parts.scheme}://{parts.netloc}" != self.home:
            return item
        stored = self.look(item)
        if stored is None:
            raise InvalidRequest(f"{name}: {item} does not exist", code, name)
        if stored.mime not in model.formats:
            raise InvalidRequest(f"{model.id} does not accept {stored.mime} references", code, name)
        if model.seedream and not _fits_seedream(stored):
            raise InvalidRequest(
                f"{model.id}: a reference is at most 6000x6000, ratio 1/3 to 3, over 14 px", code, name
            )
        return item

    def _resolution(self, body: Mapping[str, Any], metadata: Mapping[str, Any], model: PaintModel) -> str:
        top = body.get("resolution")
        inner = metadata.get("resolution")
        if top is None and inner is None:
            if model.spelling != "none":
                self.remarks.append(f"{model.id}: the resolution was left out; defaults differ, so say it")
            return model.default
        if model.spelling == "none":
            raise InvalidRequest(f"{model.id} has no resolution", param="resolution", offence=True)
        word, other = (inner, top) if model.spelling == "metadata" else (top, inner)
        if other is not None or not isinstance(word, str):
            place = "metadata.resolution" if model.spelling == "metadata" else "resolution"
            raise InvalidRequest(f"{model.id} reads its resolution from {place} alone", param=place, offence=True)
        spelt = word.lower() if model.spelling == "lower" else word.upper()
        if spelt.upper() not in model.prices:
            raise InvalidRequest(
                f"unknown resolution {word!r}; supported: {', '.join(model.prices)}", param="resolution"
            )
        if word != spelt and model.spelling != "either":
            raise InvalidRequest(f"resolution must be written {spelt}", param="resolution", offence=True)
        return spelt.upper()

    def _size(self, body: Mapping[str, Any], model: PaintModel, resolution: str, references: bool) -> str:
        size = body.get("size")
        if size is None:
            return ""
        if not isinstance(size, str) or not size.isascii():
            raise InvalidRequest("size must be plain ASCII, as 16:9 or 1024x1024", param="size", offence=True)
        if size == "auto" and model.seedream and not references:
            raise InvalidRequest("size auto needs reference images", param="size")
        if size not in model.sizes and not _free(size, model):
            raise InvalidRequest(f"unsupported size {size!r} for {model.id}", "invalid_request_error", "size")
        if self.narrow_tiers and model.id == "gpt-image-2" and not _in_guide(size, resolution):
            raise InvalidRequest(f"size {size} is not available at {resolution}", "invalid_request_error", "size")
        return size

    def _mask(self, body: Mapping[str, Any], model: PaintModel, references: tuple[str, ...]) -> None:
        mask = body.get("mask_url")
        if mask is None:
            return
        if not model.mask:
            raise InvalidRequest(f"{model.id} takes no mask", param="mask_url", offence=True)
        if not references:
            raise InvalidRequest("mask_url needs image_urls", param="mask_url")
        stored = self.look(str(mask))
        first = self.look(references[0])
        if stored is None or stored.mime != "image/png":
            raise InvalidRequest("mask_url must be a PNG that exists", param="mask_url")
        if model.mask_bytes and stored.size > model.mask_bytes:
            raise InvalidRequest(f"the mask is larger than {model.mask_bytes} bytes", param="mask_url")
        if first is not None and (stored.width, stored.height) != (first.width, first.height):
            raise InvalidRequest("the mask must have the size of the first reference", param="mask_url")

    def _callback(self, body: Mapping[str, Any]) -> str | None:
        url = body.get("callback_url")
        if url is None:
            return None
        if not (isinstance(url, str) and self.callback_ok(url)):
            raise InvalidRequest("webhook_not_configured", "webhook_not_configured")
        return url

    def _business_id(self, body: Mapping[str, Any], metadata: Mapping[str, Any]) -> str | None:
        business_id = body.get("client_business_id", metadata.get("client_business_id"))
        if business_id is None:
            self.remarks.append("a create without client_business_id can't be found again")
            return None
        if not isinstance(business_id, str) or not re.fullmatch(r"[A-Za-z0-9_.:-]{1,200}", business_id):
            raise InvalidRequest(
                "client_business_id must be 1 to 200 of A-Z a-z 0-9 _ . : -", param="client_business_id"
            )
        return business_id

    def _watermark(self, metadata: Mapping[str, Any], model: PaintModel) -> bool:
        if not model.watermark:
            return bool(metadata.get("watermark", False))
        wanted = metadata.get("watermark", True)
        if wanted is not False:
            self.remarks.append(f"{model.id} paints a watermark unless metadata.watermark is false")
        return wanted is not False


def _model(body: Mapping[str, Any]) -> PaintModel:
    named = body.get("model")
    if not isinstance(named, str) or not named:
        raise InvalidRequest("model is required", param="model", offence=True)
    if named not in BY_NAME:
        raise InvalidRequest(f"unknown model {named!r}", param="model")
    return BY_NAME[named]


def _prompt(body: Mapping[str, Any], model: PaintModel) -> str:
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise InvalidRequest("prompt is required", param="prompt", offence=True)
    if len(prompt) > model.prompt:
        raise InvalidRequest(f"prompt is longer than {model.prompt} characters", param="prompt")
    return prompt


def _metadata(body: Mapping[str, Any]) -> dict[str, Any]:
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict):
        raise InvalidRequest("metadata must be an object", param="metadata", offence=True)
    return dict(metadata)


def _count(body: Mapping[str, Any], model: PaintModel) -> int:
    count = body.get("n", 1)
    if isinstance(count, bool) or not isinstance(count, int):
        raise InvalidRequest("n must be a number", param="n", offence=True)
    if count not in model.counts:
        raise InvalidRequest(f"n must be one of {', '.join(map(str, model.counts))}", param="n")
    return count


def _output(body: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    if body.get("response_format", "url") != "url":
        raise InvalidRequest("response_format must be url", param="response_format", offence=True)
    output = body.get("output_format") or metadata.get("response_format") or ""
    if output not in {"", "png", "jpg", "jpeg"}:
        raise InvalidRequest(f"unsupported output format {output!r}", param="output_format")
    return "jpeg" if output == "jpg" else str(output)


def _fits_seedream(picture: Reference) -> bool:
    longest = max(picture.width, picture.height)
    shortest = min(picture.width, picture.height)
    return shortest > 14 and longest <= 6000 and longest <= 3 * shortest


def _free(size: str, model: PaintModel) -> bool:
    ratio = _RATIO.fullmatch(size)
    pixels = _PIXELS.fullmatch(size)
    if model.free_ratio and ratio:
        sides = sorted((int(ratio[1]), int(ratio[2])))
        return sides[1] <= 3 * sides[0]
    if model.pixels and pixels:
        width = int(pixels[1])
        height = int(pixels[2])
        return 262_144 <= width * height <= model.most_pixels and max(width, height) <= 8 * min(width, height)
    return False


def _in_guide(size: str, resolution: str) -> bool:
    """Check the narrower table of the public model guide: toapis.com/model-guide/gpt-image-2."""
    if resolution == "1K":
        return size in {"1:1", "3:2", "2:3"}
    return resolution == "2K" or size in {"16:9", "9:16", "2:1", "1:2", "21:9", "9:21"}
