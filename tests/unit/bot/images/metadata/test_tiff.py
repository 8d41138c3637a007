"""TIFF: which of its directories is the picture, and what would take a decoder too long."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadPicture
from bot.images.metadata import tiff
from tests.support import odd_containers as odd
from tests.support import photos

PHOTO = photos.photo(40, 24)
PIXELS = PHOTO.tobytes()


def reason(data: bytes) -> str:
    with pytest.raises(BadPicture) as raised:
        tiff.read(data)
    return raised.value.reason


@pytest.mark.parametrize(
    "data",
    [
        odd.many_pages(PHOTO, 2_001),
        odd.tiff([odd.strip(PHOTO, t322=(4, [60_000]), t323=(4, [60_000]))], PIXELS),
        odd.tiff([odd.strip(PHOTO) | {tag: (4, [1]) for tag in range(40_000, 50_000)}] * 11, PIXELS),
    ],
    ids=["pages", "tiles", "tags"],
)
def test_what_would_take_a_decoder_too_long_is_a_bomb(data: bytes) -> None:
    assert reason(data) == "bomb"


def test_values_that_tags_share_are_not_read_again_and_again() -> None:
    large = photos.photo(300, 200, noise=0)
    shared: odd.Tags = {tag: (1, [0] * 9) for tag in (320, 338, 339)}
    data = bytearray(odd.tiff([odd.strip(large) | shared], large.tobytes()))
    for tag in shared:
        at = data.index(struct.pack("<HHI", tag, 1, 9))
        data[at : at + 12] = struct.pack("<HHII", tag, 1, len(data) - 8, 8)
    assert reason(bytes(data)) == "bomb"


def test_pages_in_a_circle_come_to_an_end() -> None:
    body = tiff.read(odd.in_circle(PHOTO))
    assert (body.width, body.height, body.frames) == (*PHOTO.size, 1)


def test_only_the_picture_is_left_for_the_decoder() -> None:
    first = photos.photo(seed=1)
    whole = photos.saved(
        first, "TIFF", save_all=True, append_images=[photos.photo(seed=2)], exif=photos.personal_exif()
    )
    with photos.opened(tiff.read(whole).data) as image:
        assert getattr(image, "n_frames", 1) == 1
        assert photos.ORIENTATION not in image.getexif()  # obeyed while it was decoded
        assert image.size == first.size[::-1]


def test_a_picture_below_a_thumbnail_is_held_like_it() -> None:
    orientation = {274: (3, [6])}
    preview = odd.strip(PHOTO.resize((20, 16)), 8, t254=(4, [1]), t330=(0, [1])) | orientation
    body = tiff.read(odd.tiff([preview, odd.strip(PHOTO)], PIXELS))
    assert photos.opened(body.data).size == PHOTO.size[::-1]


@pytest.mark.parametrize("compression", [7, 8, 32_773])
def test_a_thumbnail_alone_is_a_picture(compression: int) -> None:
    alone = odd.strip(PHOTO, t254=(4, [1])) | {259: (3, [compression])}
    assert tiff.read(odd.tiff([alone], PIXELS)).width == PHOTO.width


@pytest.mark.parametrize("sign", [50_706, 262, 259, 33_422])
def test_a_raw_photo_is_known_by_any_sign(sign: int) -> None:
    assert reason(odd.raw_photo(PHOTO, sign=sign)) == "raw"


@given(st.binary(max_size=300))
def test_any_bytes_raise_bad_picture_or_have_a_size(noise: bytes) -> None:
    for head in (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"):
        try:
            assert tiff.read(head + noise).frames == 1
        except BadPicture as error:
            assert error.reason
