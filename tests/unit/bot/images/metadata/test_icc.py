"""Profiles keep what colours need, and tell nothing of a display or a computer."""

from __future__ import annotations

import io
import zlib

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from bot.images.metadata import icc
from tests.support import photos
from tests.support.odd_containers import profile_of_display


def in_lab(profile: bytes) -> bytes:
    """Return a picture's colours, independent of a device."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = ImageCms.profileToProfile(photos.photo(), source, ImageCms.createProfile("LAB"), outputMode="LAB")
    assert isinstance(image, Image.Image)
    return image.tobytes()


def test_a_profile_loses_its_display_and_no_colour() -> None:
    profile = profile_of_display()
    clean = icc.reduced(profile)
    assert photos.SECRET_BYTES in profile
    assert photos.SECRET_BYTES not in clean
    assert b"lcms" not in clean
    assert in_lab(clean) == in_lab(profile)
    assert icc.reduced(clean) is clean


def test_the_header_tells_neither_date_nor_device() -> None:
    marked = bytearray(photos.PROFILE)
    for start, end in ((4, 8), (24, 36), (40, 64), (80, 128)):
        marked[start:end] = b"\x01" * (end - start)
    assert icc.reduced(bytes(marked)) == photos.PROFILE


def test_what_is_no_profile_or_too_large_is_left_out() -> None:
    assert icc.reduced(b"") == b""
    assert icc.reduced(b"profile" * 60) == b""
    assert icc.reduced(photos.PROFILE[:300]) == b""
    assert icc.reduced(profile_of_display(icc.MOST_BYTES)) == b""
    assert icc.reduced(photos.PROFILE[:12] + b"link" + photos.PROFILE[16:]) == b""


def test_a_compressed_profile_is_inflated_up_to_a_limit() -> None:
    assert icc.inflated(zlib.compress(photos.PROFILE)) == photos.PROFILE
    assert icc.inflated(zlib.compress(bytes(icc.MOST_BYTES + 1))) == b""
    assert icc.inflated(b"nonsense") == b""


@given(st.binary(max_size=300))
def test_any_bytes_are_a_profile_or_nothing(noise: bytes) -> None:
    icc.reduced(noise)
    icc.reduced(photos.PROFILE[:128] + noise)
