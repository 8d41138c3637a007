"""The pictures: made from the source, different by prompt, the same every time."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from playground.toapis.painting.paint import EFFECTS, Canvas, named_effects, paint
from tests.support.toapis_caller import photograph

SOURCE = photograph(size=(192, 128))
NAMED = (
    "watercolour",
    "lithograph",
    "pencil sketch",
    "night",
    "neon",
    "sunset",
    "mosaic",
    "oil painting",
    "poster",
    "sepia",
    "dream",
    "snow",
    "comic",
    "blueprint",
    "riso",
    "infrared",
    "noir",
    "vintage film",
)


def painted(prompt: str, sources: tuple[bytes, ...] = (SOURCE,), size: str = "", **more: Any) -> Image.Image:
    image = Image.open(io.BytesIO(paint(Canvas(prompt, sources, size, 192, **more))))
    image.load()
    return image


def distance(first: Image.Image, second: Image.Image) -> float:
    """Return the mean difference of two pictures of one size, 0 to 255 a channel."""
    change = ImageChops.difference(first.convert("RGB"), second.convert("RGB"))
    return sum(ImageStat.Stat(change).mean) / 3


def likeness(first: Image.Image, second: Image.Image) -> float:
    """Return the correlation of bright and dark, -1 to 1, without the rim and without brush strokes."""
    inner = [ImageOps.grayscale(image).crop((19, 13, 173, 115)) for image in (first, second)]
    greys = [list(image.resize((24, 16), Image.Resampling.BOX).tobytes()) for image in inner]
    means = [sum(grey) / len(grey) for grey in greys]
    pairs = [(a - means[0], b - means[1]) for a, b in zip(*greys, strict=True)]
    spread = (sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs)) ** 0.5
    return float(sum(a * b for a, b in pairs) / spread)


def original() -> Image.Image:
    return Image.open(io.BytesIO(SOURCE)).convert("RGB")


@pytest.mark.parametrize("prompt", NAMED)
def test_each_look_is_plainly_visible_and_plainly_the_source(prompt: str) -> None:
    picture = painted(prompt)
    assert picture.size == (192, 128)
    assert distance(picture, original()) > 12
    assert likeness(picture, original()) > 0.4
    assert likeness(picture, original()) > likeness(picture, ImageOps.mirror(original())) + 0.1
    assert likeness(picture, original()) > likeness(picture, ImageOps.flip(original())) + 0.1


def test_every_look_is_named_by_some_prompt_and_no_two_look_alike() -> None:
    assert {effect for prompt in NAMED for effect in named_effects(prompt)} == {effect for _, effect in EFFECTS}
    pictures = [painted(prompt) for prompt in NAMED]
    for number, picture in enumerate(pictures):
        for other in pictures[number + 1 :]:
            assert distance(picture, other) > 6


@pytest.mark.parametrize("prompt", ["make it better", "give the cat a hat", "帽子", "🎩", "a"])
def test_a_prompt_that_names_no_look_gets_one_all_the_same(prompt: str) -> None:
    assert named_effects(prompt) == ()
    assert distance(painted(prompt), original()) > 12


def test_two_looks_are_laid_over_each_other() -> None:
    assert distance(painted("watercolour at night"), painted("watercolour")) > 12
    assert distance(painted("watercolour at night"), painted("night")) > 6


@pytest.mark.parametrize("output", ["png", "jpeg"])
def test_the_same_canvas_gives_the_same_bytes_and_another_seed_does_not(output: str) -> None:
    once, again = (paint(Canvas("snow", (SOURCE,), "", 96, output=output)) for _ in range(2))
    assert once == again
    assert paint(Canvas("snow", (SOURCE,), "", 96, seed=1, output=output)) != once


@pytest.mark.parametrize(
    ("size", "pixels"),
    [
        ("", (192, 128)),
        ("auto", (192, 128)),
        ("match_input_image", (192, 128)),
        ("1:1", (192, 192)),
        ("9:16", (108, 192)),
        ("21:9", (192, 82)),
        ("8:1", (192, 24)),
        ("1024x512", (192, 96)),
    ],
)
def test_the_size_is_obeyed(size: str, pixels: tuple[int, int]) -> None:
    assert painted("sepia", size=size).size == pixels


def test_several_sources_are_all_to_be_seen() -> None:
    out = io.BytesIO()
    Image.new("RGB", (192, 128), (10, 10, 10)).save(out, "PNG")
    both = painted("sunset", (SOURCE, out.getvalue()))
    alone = painted("sunset")
    left = (0, 0, 70, 128)
    right = (122, 0, 192, 128)
    assert distance(both.crop(left), alone.crop(left)) < 4
    assert distance(both.crop(right), alone.crop(right)) > 20


def test_without_a_source_the_prompt_alone_decides() -> None:
    harbour = painted("a quiet harbour", ())
    dawn = painted("mountains at dawn", ())
    assert distance(harbour, dawn) > 10
    assert len(harbour.resize((48, 48)).getcolors(3000) or ()) > 30


def test_the_second_picture_of_an_order_differs_from_the_first() -> None:
    assert distance(painted("oil", index=0), painted("oil", index=1)) > 6


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_source_can_be_painted(mode: str) -> None:
    picture = Image.open(io.BytesIO(SOURCE)).convert("L" if mode == "I;16" else mode)
    out = io.BytesIO()
    (picture.convert("I;16") if mode == "I;16" else picture).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert painted("sepia", (out.getvalue(),)).size == (192, 128)


@pytest.mark.parametrize("prompt", NAMED)
def test_even_a_tiny_or_a_very_flat_picture_can_be_painted(prompt: str) -> None:
    for size in ((1, 1), (400, 3), (3, 400)):
        assert max(painted(prompt, (photograph(size=size),)).size) == 192
    assert paint(Canvas(prompt, (SOURCE,), "", 16))
