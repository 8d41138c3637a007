"""Each limit of each model, exactly: the last value that is taken and the first that is not."""

from __future__ import annotations

from typing import Any

import pytest

from playground.toapis.create_extras import CHOICES, RANGES
from playground.toapis.create_request import CreateReader, InvalidRequest, Reference
from playground.toapis.price_list import MODELS, PaintModel
from tests.support.cases import failures

HOME = "http://127.0.0.1:1"
PICTURE, MASK, LARGE_MASK = (f"{HOME}/files/uploads/1/{name}.png" for name in "abc")
STORED = {
    PICTURE: Reference("image/png", 96, 64, 1000),
    MASK: Reference("image/png", 96, 64, 4_000_000),
    LARGE_MASK: Reference("image/png", 96, 64, 4_000_001),
}
WORDS = ("auto", "low", "medium", "high", "xhigh", "max", "transparent", "opaque", "png", "jpeg", "webp")
RATIOS = sorted({size for model in MODELS.values() for size in model.sizes})


def taken(model: PaintModel, **changes: Any) -> bool:
    """Return whether a good order for this model stays good with these changes."""
    word = model.default
    spelt = {"lower": {"resolution": word.lower()}, "upper": {"resolution": word}, "either": {"resolution": word}}
    place: dict[str, Any] = spelt.get(model.spelling) or ({"metadata": {"resolution": word}} if word else {})
    body = {"model": model.id, "prompt": "x", "client_business_id": "job-1", **place, **changes}
    try:
        CreateReader(HOME, STORED.get).read(body)
    except InvalidRequest:
        return False
    return True


@pytest.mark.proves("model-limits")
def test_a_prompt_may_be_as_long_as_documented_and_no_longer() -> None:
    def check(model: PaintModel) -> None:
        assert taken(model, prompt="x" * model.prompt) and not taken(model, prompt="x" * (model.prompt + 1))

    assert not failures(check, MODELS)


@pytest.mark.proves("model-limits")
def test_as_many_references_as_the_page_says_and_no_more() -> None:
    def check(model: PaintModel) -> None:
        field = model.fields[0]
        assert taken(model, **{field: [PICTURE] * model.refs})
        assert not taken(model, **{field: [PICTURE] * (model.refs + 1)})

    assert not failures(check, MODELS)


@pytest.mark.proves("model-limits")
def test_the_counts_of_the_page_and_no_others() -> None:
    def check(model: PaintModel) -> None:
        together = model.together or 99
        assert [n for n in range(-1, 20) if taken(model, n=n)] == [n for n in model.counts if n <= together]

    assert not failures(check, MODELS)


@pytest.mark.proves("model-limits")
def test_the_ratios_of_the_page_and_no_others() -> None:
    def check(model: PaintModel) -> None:
        field = model.fields[0]
        references = {field: [PICTURE]} if model.refs else {}
        free = {"21:9", "9:21", *(size for size in RATIOS if _sides(size) <= 3)} if model.free_ratio else set()
        expected = set(model.sizes) | (free & set(RATIOS))
        assert {size for size in RATIOS if taken(model, size=size, **references)} == expected

    assert not failures(check, MODELS)


def _sides(size: str) -> float:
    width, _, height = size.partition(":")
    return max(int(width), int(height)) / min(int(width), int(height)) if height else 99.0


@pytest.mark.proves("model-limits")
def test_the_resolutions_of_the_page_and_no_others() -> None:
    def check(model: PaintModel) -> None:
        words = ("0.5K", "1K", "2K", "3K", "4K", "8K")

        def spelt(word: str) -> dict[str, Any]:
            if model.spelling in ("lower", "either"):
                return {"resolution": word.lower() if model.spelling == "lower" else word}
            return {"metadata": {"resolution": word}}

        expected = [word for word in words if word in model.prices]
        assert [word for word in words if taken(model, **spelt(word))] == expected

    assert not failures(check, MODELS)


@pytest.mark.proves("model-fields")
def test_an_extra_field_is_accepted_only_by_models_that_have_it() -> None:
    def check(model: PaintModel) -> None:
        for name, takers in CHOICES.items():
            for word in WORDS:
                assert taken(model, **{name: word}) == (word in takers.get(model.id, ())), (name, word)
        for name, ranges in RANGES.items():
            allowed = ranges.get(model.id, range(0))
            assert [n for n in (-1, 0, 100, 101, 1 << 32) if taken(model, **{name: n})] == [
                n for n in (-1, 0, 100, 101, 1 << 32) if n in allowed
            ]
        assert not taken(model, style="vivid")

    assert not failures(check, MODELS)


@pytest.mark.proves("pixel-and-mask-limits")
def test_a_mask_may_have_four_megabytes() -> None:
    model = MODELS["gpt-4o-image"]
    assert taken(model, image_urls=[PICTURE], mask_url=MASK)
    assert not taken(model, image_urls=[PICTURE], mask_url=LARGE_MASK)
    assert taken(MODELS["gpt-image-2-official"], image_urls=[PICTURE], mask_url=LARGE_MASK)


@pytest.mark.parametrize(
    ("name", "size", "fine"),
    [
        ("qwen-image-3.0", "2048x2048", True),
        ("qwen-image-3.0", "2049x2048", False),
        ("qwen-image-3.0", "512*512", True),
        ("qwen-image-3.0", "511*512", False),
        ("qwen-image-3.0", "2400*300", True),
        ("qwen-image-3.0", "2408*300", False),
        ("gpt-image-2.5-flare-vip", "3840x2160", True),
        ("gpt-image-2.5-flare-vip", "3840x2161", False),
        ("gpt-image-2", "1024x1024", False),
    ],
)
@pytest.mark.proves("pixel-and-mask-limits")
def test_pixels_have_their_limits(name: str, size: str, fine: bool) -> None:
    assert taken(MODELS[name], size=size) == fine


@pytest.mark.proves("model-fields")
def test_a_tolerance_and_a_search_have_their_conditions() -> None:
    kontext = MODELS["flux-kontext-pro"]
    assert [n for n in range(-1, 9) if taken(kontext, metadata={"safety_tolerance": n})] == list(range(7))
    flash = MODELS["gemini-3.1-flash-image-preview"]
    place = {"resolution": "1K"}
    assert not taken(flash, metadata=place | {"google_image_search": True})
    assert taken(flash, metadata=place | {"google_image_search": True, "google_search": True})
