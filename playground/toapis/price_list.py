"""The models of the stand-in ToAPIs, what they accept and what they cost. A table, no code.

Written from ToAPIs' own pages (docs.toapis.com/docs/en/api-reference/images/…). The bot has its own table, on purpose:
two tables written separately can disagree, and then a test fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

Spelling = Literal["none", "lower", "upper", "either", "metadata"]
"""The place of a resolution: nowhere, top level as ``1k`` / ``1K`` / both, or ``metadata.resolution`` as ``1K``."""

_SEVEN: Final = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3")
_TEN: Final = (*_SEVEN, "4:5", "5:4", "21:9")
_THIRTEEN: Final = (*_TEN, "9:21", "2:1", "1:2")
_FIVE: Final = ("1:1", "16:9", "9:16", "3:2", "2:3")
_SEEDREAM: Final = (*_SEVEN, "21:9", "9:21")
_ANY: Final = ("image/jpeg", "image/png", "image/webp", "image/gif")
_GPT2: Final = {"1K": 15_000, "2K": 20_000, "4K": 25_000}
_FLAT: Final = {"": 30_000}


@dataclass(frozen=True, slots=True)
class PaintModel:
    """``prices`` in micro-dollars a picture, by resolution (``""`` where the model has none). Where no price is public
    the figure is assumed. ``prompt`` in characters; ``counts`` are the accepted ``n``."""

    id: str
    sizes: tuple[str, ...]
    prices: dict[str, int]
    spelling: Spelling = "none"
    default: str = ""
    counts: tuple[int, ...] = (1,)
    refs: int = 14
    prompt: int = 32_000
    fields: tuple[str, ...] = ("image_urls",)
    objects: bool = False
    """It takes ``[{"url": …}]`` beside plain strings."""
    formats: tuple[str, ...] = _ANY
    mask: bool = False
    mask_bytes: int = 0
    """Most bytes of a mask; 0: not stated."""
    pixels: bool = False
    """``size`` is given in pixels (``1024x1024``), from 512 x 512 to as many as ``most_pixels``, at most 8:1."""
    most_pixels: int = 3840 * 2160
    free_ratio: bool = False
    """Any ``W:H`` up to 3:1 is accepted."""
    watermark: bool = False
    """It paints a watermark unless ``watermark`` is false."""
    together: int = 0
    """Most references and outputs added up; 0: not stated."""
    ref_price: int = 0
    free_refs: int = 0
    seedream: bool = False
    """References: at most 6000x6000, sides 1:3 to 3:1, more than 14 pixels."""
    aliases: tuple[str, ...] = field(default=())
    owner: str = "toapis"


def _seedream(id_: str, prices: dict[str, int], default: str = "2K", **more: object) -> PaintModel:
    facts: dict[str, object] = {
        "sizes": _SEEDREAM,
        "spelling": "metadata",
        "counts": tuple(range(1, 16)),
        "refs": 10,
        "together": 15,
        "formats": ("image/jpeg", "image/png"),
        "seedream": True,
        "owner": "doubao",
    }
    return PaintModel(id_, prices=prices, default=default, **(facts | more))  # type: ignore[arg-type]  # a table's row, checked by its tests


def _gemini(id_: str, prices: dict[str, int], sizes: tuple[str, ...] = _TEN, **more: object) -> PaintModel:
    facts: dict[str, object] = {"spelling": "metadata", "default": "1K", "refs": 6, "owner": "google"}
    return PaintModel(id_, sizes, prices, **(facts | more))  # type: ignore[arg-type]  # a table's row, checked by its tests


_PRO: Final = {"1K": 40_000, "2K": 50_000, "4K": 60_000}
_FLASH: Final = {"1K": 25_000, "2K": 30_000, "4K": 40_000}
_HALF: Final = {"0.5K": 25_000, **_FLASH}
_BOTH: Final = ("reference_images", "image_urls")
_WIDE: Final = (*_TEN, "1:4", "4:1", "1:8", "8:1")

_MODELS: Final = (
    _gemini("gemini-3-pro-image-preview", _PRO, prompt=262_144, aliases=("nano-banana-pro",)),
    _gemini("gemini-3-pro-image-preview-vip", _PRO, default="2K", refs=14, objects=True, prompt=262_144),
    _gemini(
        "gemini-3-pro-image-preview-official",
        _PRO,
        refs=14,
        aliases=("nano-banana-pro-official", "gemini-3-pro-image-official"),
    ),
    _gemini("gemini-3.1-flash-image-preview", _HALF, _WIDE),
    _gemini("gemini-3.1-flash-image-preview-vip", _HALF, _WIDE, refs=14, objects=True),
    _gemini(
        "gemini-3.1-flash-image-preview-official",
        _FLASH,
        (*_TEN, "4:1", "8:1"),
        refs=14,
        aliases=("nano-banana-2-official", "gemini-3.1-flash-image-official"),
    ),
    _gemini("gemini-2.5-flash-image-preview", {"1K": 20_000}, _SEVEN, refs=14, prompt=1000, aliases=("nano-banana",)),
    _gemini("gemini-2.5-flash-image-official", {"1K": 20_000}, refs=3, aliases=("nano-banana-official",)),
    PaintModel(
        "gpt-4o-image",
        ("1:1", "2:3", "3:2"),
        _FLAT,
        counts=(1, 2, 4),
        refs=5,
        prompt=1000,
        formats=("image/jpeg", "image/png", "image/webp"),
        mask=True,
        mask_bytes=4_000_000,
    ),
    PaintModel(
        "gpt-image-2", _THIRTEEN, _GPT2, "lower", "1K", counts=tuple(range(1, 11)), refs=6, fields=_BOTH, owner="openai"
    ),
    PaintModel(
        "gpt-image-2-vip",
        _THIRTEEN,
        {"1K": 16_900, "2K": 30_000, "4K": 67_500},
        "lower",
        "1K",
        counts=tuple(range(1, 11)),
        refs=10,
        fields=_BOTH,
        free_ratio=True,
        owner="openai",
    ),
    PaintModel(
        "gpt-image-2-official",
        (*_THIRTEEN, "auto"),
        {"1K": 40_000, "2K": 80_000, "4K": 160_000},
        "lower",
        "1K",
        counts=tuple(range(1, 5)),
        refs=16,
        mask=True,
        free_ratio=True,
        aliases=("gpt-image-1.5-official",),
        owner="openai",
    ),
    *(
        PaintModel(f"gpt-image-2.5-{name}", _TEN, _GPT2, "either", "1K", refs=6, fields=_BOTH, owner="openai")
        for name in ("flare", "sunburst")
    ),
    *(
        PaintModel(f"gpt-image-2.5-{name}-vip", (), {"": 11_300}, fields=_BOTH, pixels=True, owner="openai")
        for name in ("flare", "sunburst")
    ),
    *(
        PaintModel(f"gpt-image-2.5-{name}-official", (), {"": 11_300}, pixels=True, owner="openai")
        for name in ("flare", "sunburst")
    ),
    *(
        PaintModel(name, _SEVEN, {"1K": 30_000, "2K": 45_000}, "metadata", "1K", refs=8, owner="bfl")
        for name in ("flux-2-pro", "flux-2-flex")
    ),
    *(
        PaintModel(name, (*_SEVEN, "21:9", "9:21", "match_input_image"), {"": 40_000}, refs=1, owner="bfl")
        for name in ("flux-kontext-pro", "flux-kontext-max")
    ),
    _seedream(
        "doubao-seedream-4-0",
        {"1K": 30_000, "2K": 30_000, "4K": 30_000},
        sizes=(*_SEEDREAM, "auto"),
        prompt=1000,
        watermark=True,
    ),
    _seedream("doubao-seedream-4-5", {"2K": 35_000, "4K": 40_000}, watermark=True),
    _seedream("doubao-seedream-5-0", {"2K": 35_000, "3K": 45_000}),
    _seedream(
        "doubao-seedream-5-0-pro",
        {"1K": 42_857, "2K": 85_714},
        counts=tuple(range(1, 11)),
        ref_price=5_000,
        free_refs=1,
    ),
    *(
        PaintModel(name, _FIVE, _FLAT, counts=(1, 2, 4), refs=5, prompt=1000, owner="xai")
        for name in ("grok-4-1-image", "grok-4-2-image")
    ),
    PaintModel("grok-imagine-1.0", _FIVE, _FLAT, counts=tuple(range(1, 11)), refs=0, owner="xai"),
    *(
        PaintModel(name, _SEVEN, {"1K": 30_000, "2K": 40_000, "4K": 60_000}, "metadata", "1K", refs=7, owner="vidu")
        for name in ("vidu-image", "viduq3-fast", "viduq2-pro", "viduq2-fast")
    ),
    *(
        PaintModel(
            name,
            _SEVEN,
            {"1K": 30_000, "2K": 30_000},
            "either",
            "1K",
            refs=3,
            pixels=True,
            most_pixels=2048 * 2048,
            ref_price=3_000,
            owner="qwen",
        )
        for name in ("qwen-image-3.0", "qwen-image-3.0-pro")
    ),
)

MODELS: Final[dict[str, PaintModel]] = {model.id: model for model in _MODELS}
BY_NAME: Final[dict[str, PaintModel]] = MODELS | {alias: model for model in _MODELS for alias in model.aliases}


def price(model: PaintModel, resolution: str, count: int, refs: int) -> int:
    """Return what one create costs, in micro-dollars."""
    return model.prices[resolution] * count + model.ref_price * max(0, refs - model.free_refs)
