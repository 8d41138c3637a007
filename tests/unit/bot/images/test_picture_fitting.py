"""What ToAPIs refuses is converted, and what is too large is made to fit."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest
from PIL import Image

from bot.errors import BadPicture
from bot.images.checked import Picture
from bot.images.picture import check, fit, for_toapis, inspect_result
from tests.support import photos

CLEAN = photos.clean()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["TIFF", "AVIF", "JPEG", "PNG"])
def test_what_is_written_anew_is_turned_upright(format_: str, orientation: int) -> None:
    whole = photos.saved(photos.photo(160, 96), format_, exif=photos.personal_exif(orientation))
    sent = for_toapis(whole, limit=10_000_000 if format_ in {"TIFF", "AVIF"} else len(whole) // 2)
    assert photos.opened(sent.data).getexif().get(photos.ORIENTATION, 1) == 1
    shown = photos.as_viewed(whole)
    assert (sent.width > sent.height) == (shown.width > shown.height)
    assert photos.distance(photos.opened(sent.data).resize(shown.size), shown) < 12


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (photos.saved(photos.photo(), "BMP"), "PNG"),
        (photos.saved(photos.photo(), "TIFF"), "PNG"),
        (photos.saved(photos.photo(mode="RGBA"), "TIFF"), "PNG"),
        (photos.saved(photos.photo(mode="RGBA"), "AVIF"), "PNG"),
        (photos.saved(photos.photo(600, 500), "BMP"), "JPEG"),
        (photos.saved(photos.photo(600, 500).convert("CMYK"), "TIFF"), "JPEG"),
        (photos.saved(photos.photo(600, 500), "AVIF"), "JPEG"),
        (photos.saved(photos.drawing(600, 500), "BMP"), "PNG"),
        (photos.saved(photos.photo(mode="1"), "TIFF"), "PNG"),
        (photos.saved(Image.linear_gradient("L").convert("I;16"), "TIFF"), "PNG"),
        (photos.saved(Image.linear_gradient("L").convert("F"), "TIFF"), "PNG"),
        (photos.saved(photos.photo(), "TIFF", compression="jpeg"), "PNG"),
        (photos.saved(photos.lab(photos.photo()), "TIFF"), "PNG"),
    ],
)
def test_formats_that_toapis_refuses_are_converted(data: bytes, expected: str) -> None:
    sent = for_toapis(data)
    assert sent.format == expected
    assert check(sent.data) == sent


def test_the_grainiest_photo_of_all_is_made_to_fit() -> None:
    grain = Image.frombytes("RGB", (600, 500), random.Random(7).randbytes(600 * 500 * 3))
    whole = photos.saved(grain, "PNG")
    sent = for_toapis(whole, limit=len(whole) - 1)
    assert (sent.format, sent.width, sent.height) == ("JPEG", 600, 500)
    assert photos.distance(photos.opened(sent.data), grain) < 12


@pytest.mark.parametrize("format_", ["TIFF", "AVIF"])
@pytest.mark.parametrize("size", [(64, 48), (600, 500)])
def test_nothing_personal_survives_the_conversion(format_: str, size: tuple[int, int]) -> None:
    whole = photos.saved(photos.photo(*size), format_, exif=photos.personal_exif())
    assert photos.SECRET_BYTES in whole
    sent = photos.opened(for_toapis(whole).data)
    assert photos.SECRET_BYTES not in for_toapis(whole).data
    assert len(sent.getexif()) == 0
    assert not {"comment", "xmp", "exif"} & set(sent.info)


def test_of_a_tiff_with_pages_the_first_is_sent() -> None:
    first = photos.photo(seed=1)
    second = photos.photo(seed=2)
    sent = for_toapis(photos.saved(first, "TIFF", save_all=True, append_images=[second]))
    assert photos.distance(photos.opened(sent.data), first) == 0
    assert not sent.animated


def test_sixteen_bit_greys_keep_their_tones() -> None:
    grey = Image.linear_gradient("L")
    deep = grey.convert("F").point(lambda value: value * 257.0 + 0.0).convert("I").convert("I;16")
    for format_ in ("TIFF", "PNG"):
        whole = photos.saved(deep, format_)
        sent = for_toapis(whole, limit=10_000_000 if format_ == "TIFF" else len(whole) - 1)
        assert photos.distance(photos.opened(sent.data).resize(grey.size), grey) < 4


def test_ink_becomes_light() -> None:
    light = photos.photo(300, 200)
    sent = for_toapis(photos.saved(light.convert("CMYK"), "JPEG", quality=100), limit=30_000)
    assert photos.opened(sent.data).mode == "RGB"
    assert photos.distance(photos.opened(sent.data).resize(light.size), light) < 12


@pytest.mark.parametrize("name", CLEAN)
@pytest.mark.parametrize("work", [lambda data, limit: for_toapis(data, limit=limit), fit], ids=["for_toapis", "fit"])
def test_what_is_too_large_is_made_to_fit(name: str, work: Callable[[bytes, int], Picture]) -> None:
    whole = CLEAN[name]
    limit = max(len(whole) * 2 // 3, 900)
    fitted = work(whole, limit)
    assert len(fitted.data) <= limit
    assert check(fitted.data) == fitted
    shown = photos.as_viewed(whole)
    assert abs(fitted.width / fitted.height - shown.width / shown.height) < 0.12
    if shown.has_transparency_data and shown.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        assert photos.opened(fitted.data).has_transparency_data


def test_quality_goes_before_size() -> None:
    whole = photos.saved(photos.photo(400, 300, noise=90), "PNG")
    sizes = [for_toapis(whole, limit=limit) for limit in (90_000, 45_000, 20_000, 5_000)]
    assert [fitted.format for fitted in sizes] == ["JPEG"] * 4
    assert sizes[0].width == sizes[1].width == 400
    assert sizes[-1].width < 400
    assert [len(fitted.data) for fitted in sizes] == sorted((len(fitted.data) for fitted in sizes), reverse=True)
    assert len(sizes[0].data) > len(sizes[1].data)


def test_what_can_never_fit_is_refused() -> None:
    for work in (partial(for_toapis, limit=100), partial(fit, limit=100)):
        with pytest.raises(BadPicture) as raised:
            work(CLEAN["png"])
        assert raised.value.key == "picture-too-large"
        assert raised.value.facts == {"limit_mb": 1}


def test_a_very_long_picture_fits_as_well() -> None:
    long = photos.saved(Image.new("RGBA", (17_000, 60), (9, 9, 9, 90)), "PNG")
    fitted = fit(long, len(long) - 1)
    assert (fitted.format, fitted.width <= 16_383, fitted.height) == ("WEBP", True, 58)


def test_the_colour_profile_goes_along() -> None:
    whole = photos.saved(photos.photo(400, 300), "PNG", icc_profile=photos.PROFILE)
    assert photos.opened(for_toapis(whole, limit=len(whole) // 2).data).info["icc_profile"] == photos.PROFILE
    assert "icc_profile" not in photos.opened(for_toapis(whole, limit=3_000).data).info


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_a_result_that_fits_is_delivered_byte_for_byte(format_: str) -> None:
    data = photos.saved(photos.photo(), format_)
    assert fit(data, len(data)).data is data
    assert inspect_result(data).format == format_


def test_a_result_in_a_format_that_nobody_shows_is_written_anew() -> None:
    assert fit(photos.saved(photos.photo(), "BMP"), 1_000_000).format == "WEBP"


def test_a_result_that_is_a_little_too_large_loses_nothing() -> None:
    image = photos.photo(200, 150)
    data = photos.saved(image, "PNG")
    fitted = fit(data, len(data) - 1)
    assert fitted.format == "WEBP"
    assert photos.distance(photos.opened(fitted.data), image) == 0


def test_a_result_that_is_far_too_large_keeps_its_size_first() -> None:
    image = photos.photo(400, 300, noise=90)
    data = photos.saved(image, "PNG")
    fitted = fit(data, len(data) // 3)
    assert (fitted.format, fitted.width, fitted.height) == ("JPEG", 400, 300)
