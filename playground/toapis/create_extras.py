"""The fields of a create that only some models have, and the values that each of these models takes.

docs.toapis.com/docs/en/api-reference/images/… for each model. A field that a model does not have is an offence: the
pages do not say whether it is refused or ignored, so a careful client does not send it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from playground.toapis.invalid import InvalidRequest

COMMON: Final = frozenset(
    ("model", "prompt", "size", "resolution", "n", "image_urls", "reference_images", "mask_url", "response_format",
     "metadata", "client_business_id", "callback_url")
)  # fmt: skip
_LOW_TO_HIGH: Final = ("low", "medium", "high")
_SIX: Final = ("auto", *_LOW_TO_HIGH, "xhigh", "max")
_BACKGROUNDS: Final = ("auto", "transparent", "opaque")
_NEWEST: Final = tuple(f"gpt-image-2.5-{name}{end}" for name in ("flare", "sunburst") for end in ("-vip", "-official"))
_STANDARD: Final = ("gpt-image-2.5-flare", "gpt-image-2.5-sunburst")
_VIDU: Final = ("vidu-image", "viduq3-fast", "viduq2-pro", "viduq2-fast")

CHOICES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "quality": {
        "gpt-image-2-vip": _LOW_TO_HIGH, "gpt-image-2-official": _LOW_TO_HIGH,
        **dict.fromkeys(_NEWEST, _SIX), **dict.fromkeys(_STANDARD, _SIX),
    },
    "background": {
        "gpt-image-2": ("transparent",), "gpt-image-2-vip": _BACKGROUNDS, "gpt-image-2-official": _BACKGROUNDS,
        **dict.fromkeys(_STANDARD, ("transparent",)), **dict.fromkeys(_NEWEST, _BACKGROUNDS),
    },
    "output_format": {"gpt-image-2-official": ("png", "jpeg")},
}  # fmt: skip
"""The values that a field may have, by field and model."""

RANGES: Final[dict[str, dict[str, range]]] = {
    "output_compression": {"gpt-image-2-official": range(101)},
    "seed": dict.fromkeys(_VIDU, range(1 << 32)),
}
IN_METADATA: Final[dict[str, dict[str, range]]] = {
    "safety_tolerance": dict.fromkeys(("flux-kontext-pro", "flux-kontext-max"), range(7)),
}


def check_extras(body: Mapping[str, Any], metadata: Mapping[str, Any], model: str) -> None:
    """Raise InvalidRequest for the first field that this model does not have, or has with other values."""
    for name in body:
        if name in COMMON:
            continue
        if model not in CHOICES.get(name, {}) and model not in RANGES.get(name, {}):
            raise InvalidRequest(f"{name} is not a field of {model}", param=name, offence=True)
    for name, takers in CHOICES.items():
        if name in body and body[name] not in takers[model]:
            raise InvalidRequest(f"{name} must be one of {', '.join(takers[model])}", param=name)
    for table, values in ((RANGES, body), (IN_METADATA, metadata)):
        for name, ranges in table.items():
            value = values.get(name)
            if value is not None and model in ranges and (type(value) is not int or value not in ranges[model]):
                raise InvalidRequest(f"{name} must be a number from 0 to {ranges[model][-1]}", param=name)
    if metadata.get("google_image_search") and not metadata.get("google_search"):
        raise InvalidRequest("google_image_search needs google_search", param="metadata")
