"""EXIF says how a picture is held; whatever else it says is none of our business."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from bot.images.metadata import exif
from tests.support import photos


def tiff(source: Image.Exif) -> bytes:
    return exif.block(source.tobytes())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_read_in_both_byte_orders(orientation: int) -> None:
    big = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    little = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    assert exif.orientation(big) == exif.orientation(little) == orientation
    assert exif.orientation(tiff(photos.personal_exif(orientation))) == orientation


@pytest.mark.parametrize("value", [0, 9, 65_535])
def test_an_orientation_that_does_not_exist_is_upright(value: int) -> None:
    assert exif.orientation(struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, value, 0, 0)) == 1


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_smallest_block_is_read_back_by_pillow(orientation: int) -> None:
    block = exif.upright(tiff(photos.personal_exif(orientation)))
    read = Image.Exif()
    read.load(b"Exif\0\0" + block)
    assert dict(read) == {photos.ORIENTATION: orientation}
    assert exif.harmless(block)


def test_an_upright_picture_needs_no_block() -> None:
    assert exif.upright(tiff(photos.personal_exif(1))) == b""
    assert exif.cleaned(tiff(photos.personal_exif(1))) == b""


def test_what_says_only_how_a_picture_is_held_stays_as_it_is() -> None:
    block = tiff(photos.harmless_exif())
    assert exif.cleaned(block) is block


@pytest.mark.parametrize(
    "tag",
    [
        ExifTags.Base.Artist,
        ExifTags.Base.Copyright,
        ExifTags.Base.Make,
        ExifTags.Base.Model,
        ExifTags.Base.Software,
        ExifTags.Base.DateTime,
        ExifTags.Base.ImageDescription,
        ExifTags.Base.HostComputer,
        ExifTags.Base.XPAuthor,
        0xC62F,  # CameraSerialNumber of DNG
        0xFDE8,  # an editor's own
    ],
)
def test_one_personal_tag_is_enough(tag: int) -> None:
    held = photos.harmless_exif()
    held[tag] = photos.SECRET_BYTES if tag == ExifTags.Base.XPAuthor else photos.SECRET
    block = tiff(held)
    assert not exif.harmless(block)
    assert photos.SECRET_BYTES not in exif.cleaned(block)
    assert exif.orientation(exif.cleaned(block)) == 6


@pytest.mark.parametrize("tag", [ExifTags.Base.MakerNote, ExifTags.Base.UserComment, ExifTags.Base.ImageUniqueID])
def test_a_personal_detail_is_enough(tag: int) -> None:
    held = photos.harmless_exif()
    held.get_ifd(ExifTags.IFD.Exif)[tag] = photos.SECRET_BYTES
    assert not exif.harmless(tiff(held))


def test_a_place_alone_is_enough() -> None:
    held = photos.harmless_exif()
    held.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    assert not exif.harmless(tiff(held))


def test_a_number_that_we_do_not_know_is_not_harmless() -> None:
    held = photos.harmless_exif()
    held[ExifTags.Base.ISOSpeedRatings] = 100
    assert not exif.harmless(tiff(held))


def test_a_second_directory_is_not_harmless_however_small() -> None:
    assert exif.harmless(struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, 6, 0, 0))
    assert not exif.harmless(struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, 6, 0, 8))


def test_text_in_a_harmless_tag_is_not_harmless() -> None:
    assert not exif.harmless(struct.pack(">2sHIHHHI4sI", b"MM", 42, 8, 1, 0xA001, 2, 4, b"Ada", 0))
    block = struct.pack(">2sHIHHHIII", b"MM", 42, 8, 1, 0xA001, 2, 30, 26, 0) + photos.SECRET_BYTES
    assert not exif.harmless(block)


def test_bytes_that_no_tag_accounts_for_are_not_harmless() -> None:
    assert not exif.harmless(tiff(photos.harmless_exif()) + photos.SECRET_BYTES)


def test_a_thumbnail_is_not_harmless() -> None:
    block = photos.thumbnailed_exif()
    assert exif.cleaned(block) == exif.upright(block)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_a_fault(noise: bytes) -> None:
    for block in (noise, b"MM\0*\0\0\0\x08" + noise, b"II*\0\x08\0\0\0" + noise):
        assert 1 <= exif.orientation(block) <= 8
        assert exif.orientation(exif.cleaned(block)) == exif.orientation(block)


def test_directories_that_point_in_circles_come_to_an_end() -> None:
    circle = struct.pack(">2sHIHHHIIHHIII", b"MM", 42, 8, 2, 0x8769, 4, 1, 8, 0x0112, 3, 1, 6 << 16, 0)
    assert not exif.harmless(circle)
    assert exif.orientation(circle) == 6
