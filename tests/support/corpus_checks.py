"""What must be true of each case of the corpus, on every way that a picture takes through the bot."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image, ImageChops, ImageOps, ImageStat, PngImagePlugin

from bot.errors import BadPicture
from bot.images.checked import Picture
from bot.images.picture import check, compare, fit, for_toapis, inspect_result, thumbnail
from tests.support import photos
from tests.support.corpus import Case

_MUCH: Final = 10_000_000
_FITTED: Final = 14.0
"""The largest mean difference after a lossy encoding."""


def check_case(case: Case) -> None:
    """Send a case on every way. Raise AssertionError for a wrong picture or reason, anything else for a crash."""
    try:
        sent = for_toapis(case.data)
    except BadPicture as error:
        assert error.reason == case.reason, f"refused as {error.reason} ({error.detail})"
        for work in (lambda data: fit(data, _MUCH), inspect_result):
            assert _refusal(work, case.data) in {None, case.reason}
        return
    assert case.shown is not None, "taken"
    _compare(sent, case.shown, case.tolerance)
    assert photos.SECRET_BYTES not in sent.data
    assert check(sent.data) == sent, "what is sent is not what is checked"
    assert for_toapis(sent.data).data == sent.data, "what is sent is not clean"
    _compare(inspect_result(case.data), case.shown, case.tolerance)
    _compare(fit(case.data, _MUCH), case.shown, case.tolerance)
    tight = fit(case.data, max(len(case.data) - 1, 6_000))
    _compare(tight, case.shown, max(case.tolerance, _FITTED))
    small = thumbnail(case.data, 32)
    assert max(small.shown) <= 32
    assert compare(case.data, case.data, _MUCH).width > case.shown.width


def _refusal(work: object, data: bytes) -> str | None:
    assert callable(work)
    try:
        work(data)
    except BadPicture as error:
        return error.reason
    return None


def _compare(picture: Picture, shown: Image.Image, tolerance: float) -> None:
    assert picture.shown == shown.size, f"{picture.shown} instead of {shown.size}"
    distance = difference(viewed(picture.data), shown)
    assert distance <= tolerance, f"pixels differ by {distance:.2f}"


def viewed(data: bytes) -> Image.Image:
    """Return the picture as browsers show it: they take large profiles, and no orientation from XMP."""
    with _large_profiles(), Image.open(io.BytesIO(data)) as image:
        image.load()
        image.info = {key: value for key, value in image.info.items() if key in {"exif", "transparency"}}
        upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):
        return upright.convert("F").point(lambda value: value / 257 + 0.0).convert("L")
    return upright


@contextmanager
def _large_profiles() -> Iterator[None]:
    """Let Pillow read profiles of any size. The bot must not need it."""
    before = PngImagePlugin.MAX_TEXT_CHUNK
    PngImagePlugin.MAX_TEXT_CHUNK = 100_000_000
    try:
        yield
    finally:
        PngImagePlugin.MAX_TEXT_CHUNK = before


def difference(picture: Image.Image, shown: Image.Image) -> float:
    """Return the largest mean difference of a channel on a white ground, and of the alpha; 0 to 255."""
    layers = [image.convert("RGBA") for image in (picture, shown)]
    if layers[0].size != layers[1].size:
        return 255.0
    grounds = [Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB") for layer in layers]
    colours = ImageStat.Stat(ImageChops.difference(*grounds)).mean
    alpha = ImageStat.Stat(ImageChops.difference(*(layer.getchannel("A") for layer in layers))).mean
    return max(*colours, *alpha)
