"""Pixels: decoded with care, and written under a limit."""

from __future__ import annotations

import warnings

import pytest
from PIL import Image

from bot.errors import BadPicture
from bot.images import codec, colours
from bot.images.sniff import Format
from tests.support import photos


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (photos.photo(), "RGB"),
        (photos.photo(mode="L"), "L"),
        (photos.photo(mode="1"), "L"),
        (photos.photo(mode="RGBA"), "RGBA"),
        (photos.photo(mode="LA"), "RGBA"),
        (photos.photo().convert("RGBA"), "RGB"),  # see-through nowhere
        (photos.drawing(), "RGB"),
        (Image.linear_gradient("L").convert("I;16"), "L"),
    ],
)
def test_a_developed_picture_has_one_of_three_modes(image: Image.Image, expected: str) -> None:
    decode = codec.decode(photos.saved(image, "PNG"), "PNG")
    assert decode.mode == expected
    assert decode.info == {}
    assert decode.size == image.size


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_a_picture_can_be_developed_small_without_losing_what_is_wanted(format_: Format, orientation: int) -> None:
    data = photos.saved(photos.photo(800, 100, noise=80), format_, exif=photos.turned_exif(orientation))
    box = (100, 400) if orientation == 6 else (400, 100)
    small = codec.decode(data, format_, within=box)
    assert small.size == ((50, 400) if orientation == 6 else (400, 50))
    whole = codec.decode(data, format_).resize(small.size, Image.Resampling.LANCZOS)
    assert photos.distance(small, whole) < 2
    assert codec.decode(data, format_, within=(5_000, 5_000)).size == codec.decode(data, format_).size


def test_a_large_jpeg_is_not_decoded_whole_for_a_small_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[tuple[int, int]] = []
    truth = colours.to_plain_mode

    def watched(image: Image.Image, profile: bytes | None, *, unset_alpha: bool) -> Image.Image:
        decoded.append(image.size)
        return truth(image, profile, unset_alpha=unset_alpha)

    monkeypatch.setattr(codec, "to_plain_mode", watched)
    data = photos.saved(Image.new("RGB", (1600, 1200)), "JPEG")
    assert codec.decode(data, "JPEG", within=(200, 200)).size == (200, 150)
    assert decoded == [(400, 300)]


@pytest.mark.parametrize("format_", ["AVIF", "TIFF"])
def test_a_developed_picture_remembers_nothing_but_its_colours(format_: Format) -> None:
    data = photos.saved(photos.photo(), format_, exif=photos.personal_exif(), icc_profile=photos.PROFILE)
    assert codec.decode(data, format_).info == {"icc_profile": photos.PROFILE}
    plain = photos.saved(photos.photo(), format_, exif=photos.personal_exif())
    assert codec.decode(plain, format_).info == {}


def test_a_profile_of_other_colours_does_not_go_along() -> None:
    data = photos.saved(photos.photo(mode="L"), "TIFF", icc_profile=photos.PROFILE)
    assert codec.decode(data, "TIFF").info == {}


def test_bytes_never_reach_a_decoder_that_they_were_not_checked_for() -> None:
    with pytest.raises(BadPicture) as raised:
        codec.prove(photos.saved(photos.photo(), "TIFF"), "PNG")
    assert raised.value.reason == "broken"


@pytest.mark.parametrize(
    ("width", "height", "frames", "expected"),
    [
        (8_000, 8_000, 1, None),
        (8_001, 8_000, 1, "bomb"),
        (16, 16, 2_000, None),
        (16, 16, 2_001, "bomb"),
        (1_000, 1_000, 1_000, None),
        (1_000, 1_000, 1_001, "bomb"),
        (16, 4_000_000, 1, None),
        (15, 1_000, 1, "too-small"),
        (0, 0, 1, "too-small"),
    ],
)
def test_the_limits_are_these(width: int, height: int, frames: int, expected: str | None) -> None:
    if expected is None:
        codec.refuse_unfit(width, height, frames)
        return
    with pytest.raises(BadPicture) as raised:
        codec.refuse_unfit(width, height, frames)
    assert raised.value.reason == expected


def test_a_bomb_warning_is_a_refusal_even_if_warnings_are_ignored() -> None:
    data = photos.saved(Image.new("1", (10_000, 9_000)), "TIFF", compression="group4")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(BadPicture) as raised:
            codec.prove(data, "TIFF")
    assert raised.value.reason == "bomb"


def test_the_filters_of_warnings_are_left_as_they_were() -> None:
    before = list(warnings.filters)
    codec.prove(photos.saved(photos.photo(), "JPEG"), "JPEG")
    assert list(warnings.filters) == before


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
@pytest.mark.parametrize("share", [0.7, 0.3, 0.1, 0.05])
def test_what_is_written_is_under_the_limit_but_not_needlessly_small(mode: str, share: float) -> None:
    image = photos.photo(320, 240, mode=mode, noise=90)
    format_: Format = "WEBP" if mode == "RGBA" else "JPEG"
    best = codec.written(image, format_, 10**9, quality=95)
    limit = int(len(best.data) * share)
    encoded = codec.encode_below(image, limit, qualities=(95, 85, 75))
    assert limit * 0.25 < len(encoded.data) <= limit
    assert encoded.format == format_
    assert photos.opened(encoded.data).size == (encoded.width, encoded.height)
    assert encoded.width / encoded.height == pytest.approx(4 / 3, rel=0.1)


def test_a_thin_picture_is_never_made_thinner_than_what_is_painted_from() -> None:
    image = photos.photo(1_000, 20)
    encoded = codec.encode_below(image, 2_000, qualities=(92,))
    assert encoded.height >= codec.MIN_SIDE


def test_a_drawing_is_flat_and_a_photo_is_not() -> None:
    assert codec.is_flat(photos.drawing(600, 500))
    assert codec.is_flat(photos.photo(64, 64))
    assert not codec.is_flat(photos.photo(600, 500))
