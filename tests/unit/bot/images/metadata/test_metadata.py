"""What is personal goes; what is the picture stays, to the last bit."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.errors import BadPicture
from bot.images import metadata
from bot.images.metadata.body import MOST_PARTS, Body
from bot.images.sniff import READABLE, kind
from tests.support import photos
from tests.support.cases import failures

REVEALING = photos.revealing()
CLEAN = photos.clean()


def read(data: bytes) -> Body:
    file_kind = kind(data)
    assert file_kind is not None
    body = metadata.read(data, READABLE[file_kind])
    assert body is not None
    return body


def frames(data: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(data)) as image:
        images = []
        # A multi-picture JPEG's second picture is no frame of the first.
        for index in range(1 if image.format == "MPO" else getattr(image, "n_frames", 1)):
            image.seek(index)
            images.append(image.convert("RGBA").tobytes())
        return images


def test_nothing_personal_is_left() -> None:
    def check(data: bytes) -> None:
        body = read(data)
        assert body.data != data
        assert photos.SECRET_BYTES not in body.data
        image = photos.opened(body.data)
        assert set(image.getexif()) <= {photos.ORIENTATION}
        assert not {"comment", "xmp", "photoshop", "XML:com.adobe.xmp", "Author", "Comment"} & set(image.info)
        assert getattr(image, "text", {}) == {}

    assert not failures(check, REVEALING)


def test_cleaning_touches_no_pixel_and_no_frame() -> None:
    def check(data: bytes) -> None:
        assert frames(read(data).data) == frames(data)

    assert not failures(check, REVEALING)


def test_a_cleaned_photo_is_held_as_before() -> None:
    def check(data: bytes) -> None:
        before = photos.as_viewed(data)
        after = photos.as_viewed(read(data).data)
        assert after.size == before.size
        assert ImageChops.difference(after.convert("RGBA"), before.convert("RGBA")).getbbox() is None

    assert not failures(check, REVEALING)


def test_cleaning_twice_changes_nothing_more() -> None:
    def check(data: bytes) -> None:
        once = read(data).data
        assert read(once).data is once

    assert not failures(check, REVEALING)


def test_a_clean_photo_is_the_same_object() -> None:
    def check(data: bytes) -> None:
        assert read(data).data is data

    assert not failures(check, CLEAN)


def test_sizes_and_frames_are_those_that_pillow_sees() -> None:
    def check(data: bytes) -> None:
        body = read(data)
        with Image.open(io.BytesIO(data)) as image:
            assert (body.width, body.height) == image.size
            assert body.frames == getattr(image, "n_frames", 1)

    assert not failures(check, CLEAN)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_every_orientation_survives_the_cleaning(format_: str, orientation: int) -> None:
    data = photos.saved(photos.photo(), format_, exif=photos.personal_exif(orientation))
    cleaned = read(data).data
    assert photos.opened(cleaned).getexif().get(photos.ORIENTATION, 1) == orientation
    assert photos.as_viewed(cleaned).tobytes() == photos.as_viewed(data).tobytes()
    if orientation == 1:
        assert len(photos.opened(cleaned).getexif()) == 0


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_the_colour_profile_survives_the_cleaning(format_: str) -> None:
    data = photos.saved(photos.photo(), format_, exif=photos.personal_exif(), icc_profile=photos.PROFILE)
    assert photos.opened(read(data).data).info["icc_profile"] == photos.PROFILE


def test_a_photo_in_a_photo_is_not_taken_for_its_own_end() -> None:
    """Check a thumbnail with end markers: a search for markers would cut the picture there."""
    data = photos.saved(photos.photo(400, 300), "JPEG")
    inner = photos.with_segment(data, photos.segment(0xE1, photos.saved(photos.photo(16, 16), "JPEG")))
    assert read(inner).data == data


def test_every_cut_is_noticed() -> None:
    def check(data: bytes) -> None:
        for length in range(16, len(data), max(len(data) // 60, 1)):
            try:
                assert read(data[:length]).cut
            except BadPicture as error:
                assert error.reason in {"truncated", "broken"}

    assert not failures(check, CLEAN)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_flipped_bytes_never_raise_anything_but_bad_picture(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([*CLEAN.values(), *REVEALING.values()])))
    for at in data.draw(st.lists(st.integers(8, len(whole) - 1), min_size=1, max_size=6)):
        whole[at] = data.draw(st.integers(0, 255))
    file_kind = kind(bytes(whole))
    try:
        body = metadata.read(bytes(whole), READABLE.get(str(file_kind), "JPEG"))
    except BadPicture:
        return
    assert body is not None
    assert len(body.data) <= len(whole) + 300  # ends, padding, and what a profile must have


@pytest.mark.parametrize(
    "bomb",
    [
        b"\xff\xd8" + b"\xff\xd0" * (MOST_PARTS + 1) + b"\xff\xd9",
        CLEAN["png"][:33] + photos.chunk(b"tEXt", b"") * (MOST_PARTS + 1) + CLEAN["png"][33:],
        photos.with_riff_chunk(CLEAN["webp"], photos.riff_chunk(b"NOTE", b"") * (MOST_PARTS + 1)),
        photos.with_block(CLEAN["gif"], b"\x21\xfe\x00" * (MOST_PARTS + 1)),
        CLEAN["jpeg"][:-2] + (b"\xff\xda\x00\x02" * 200) + b"\xff\xd9",
    ],
    ids=["jpeg markers", "png chunks", "webp chunks", "gif blocks", "jpeg scans"],
)
def test_a_file_of_endless_small_parts_is_a_bomb(bomb: bytes) -> None:
    with pytest.raises(BadPicture) as raised:
        read(bomb)
    assert (raised.value.reason, raised.value.facts) == ("bomb", {"limit_mp": 64})


def test_webp_announces_what_it_still_holds() -> None:
    cleaned = read(REVEALING["webp, exif"]).data
    assert cleaned[12:16] == b"VP8X"
    assert cleaned[20] & 0x0C == 0x08
    assert read(REVEALING["webp, xmp"]).data[20] & 0x0C == 0


def test_of_two_exif_blocks_only_the_first_is_kept() -> None:
    cleaned = read(REVEALING["jpeg, second exif"]).data
    assert cleaned.count(b"Exif\0\0") == 1
    assert photos.opened(cleaned).getexif()[photos.ORIENTATION] == 6
