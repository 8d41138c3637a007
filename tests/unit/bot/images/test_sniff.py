"""Kinds told from what is declared, and from bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadPicture
from bot.images.sniff import MAX_BYTES, declared, kind
from tests.support import photos


def reason(name: str, content_type: str | None, size: int = 1_000) -> str | None:
    try:
        declared(name, content_type, size)
    except BadPicture as error:
        return error.reason
    return None


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("cat.png", "image/png"),
        ("cat.JPG", "image/jpeg; charset=binary"),
        ("cat.png", None),
        ("cat.JPEG", ""),
        ("cat.webp", "application/octet-stream"),
        ("cat.tiff", "APPLICATION/OCTET-STREAM"),
        ("cat.bmp", None),
        ("cat.avif", "image/avif"),
        ("cat.txt", "image/png"),  # a lie, perhaps: the bytes decide
        ("cat.heic", "image/jpeg"),
        ("cat", None),
        ("", None),
        ("cat.ico", "image/x-icon"),
    ],
)
def test_what_may_be_a_picture_goes_on(name: str, content_type: str | None) -> None:
    assert reason(name, content_type) is None


@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("logo.svg", "image/svg+xml", "svg"),
        ("logo.svg", None, "svg"),
        ("IMG_0001.HEIC", None, "heic"),
        ("IMG_0001.HEIC", "image/heic", "heic"),
        ("x.heif", "image/heif", "heic"),
        ("IMG_0001.DNG", None, "raw"),
        ("DSC_1.nef", "application/octet-stream", "raw"),
        ("photo", "image/x-canon-cr2", "raw"),
        ("paper.pdf", "application/pdf", "pdf"),
        ("paper.pdf", "application/octet-stream", "pdf"),
        ("clip.mp4", "video/mp4", "video"),
        ("clip.mov", None, "video"),
        ("cat.png", "video/webm", "video"),
        ("song.mp3", "audio/mpeg", "audio"),
        ("song.ogg", None, "audio"),
        ("notes.txt", "text/plain; charset=utf-8", "text"),
        ("data.json", "application/json", "text"),
        ("photos.zip", "application/zip", "archive"),
        ("photos.tar.gz", None, "archive"),
        ("setup.exe", "application/x-msdos-program", "other"),
        ("setup.exe", None, "other"),
        ("cat.png", "application/x-msdos-program", "other"),
        ("font.ttf", "font/ttf", "other"),
    ],
)
def test_what_cannot_be_a_picture_is_refused_by_its_kind(name: str, content_type: str | None, expected: str) -> None:
    assert reason(name, content_type) == expected


def test_an_empty_file_is_refused() -> None:
    assert reason("cat.png", "image/png", 0) == "empty"


def test_a_large_file_is_refused_with_the_limit() -> None:
    assert reason("cat.png", "image/png", MAX_BYTES) is None
    with pytest.raises(BadPicture) as raised:
        declared("cat.png", "image/png", MAX_BYTES + 1)
    assert raised.value.key == "picture-too-large"
    assert raised.value.facts == {"limit_mb": 50}


def test_a_large_video_is_refused_as_a_video() -> None:
    assert reason("clip.mp4", "video/mp4", MAX_BYTES * 4) == "video"


@given(st.text(max_size=40), st.none() | st.text(max_size=40), st.integers())
def test_no_declaration_raises_anything_but_bad_picture(name: str, content_type: str | None, size: int) -> None:
    reason(name, content_type, size)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_what_pillow_writes_is_recognised(format_: str) -> None:
    assert kind(photos.saved(photos.photo(), format_)) == format_


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "heic"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heicmiaf", "heic"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf", "AVIF"),
        (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom", "raw"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "raw"),
        (b"IIRO\x08\x00\x00\x00", "raw"),
        (b"IIU\x00\x18\x00\x00\x00", "raw"),
        (b"FUJIFILMCCD-RAW 0201FF", "raw"),
        (b"II+\x00\x08\x00\x00\x00", "TIFF"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42", "video"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  ", "video"),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42", "audio"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio"),
        (b"\x1aE\xdf\xa3\x01\x00\x00\x00", "video"),
        (b"%PDF-1.7\n", "pdf"),
        (b"PK\x03\x04\x14\x00", "archive"),
        (b"\x1f\x8b\x08", "archive"),
        (b'<?xml version="1.0"?>\n<!-- c --><svg xmlns="http://www.w3.org/2000/svg"/>', "svg"),
        (b"\xef\xbb\xbf  <SVG/>", "svg"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "text"),
        (b'{"error": "expired"}', "text"),
        (b"BMW makes cars, and this is a text", "text"),
        ("Füße".encode(), "text"),
        (b"\x00\x01\x02\x03\x04\x05\x06\x07", None),
        (b"8BPS\x00\x01", None),
        (b" \n ", None),
        (b"", None),
        (b"\xff\xd8", None),
        (b"\xff\x0a", None),
    ],
)
def test_kinds_are_told_from_bytes(data: bytes, expected: str | None) -> None:
    assert kind(data) == expected


def test_a_long_text_cut_inside_a_letter_is_still_text() -> None:
    assert kind(("x" + "ß" * 4_000).encode()) == "text"


@given(st.binary(max_size=600))
def test_any_bytes_have_a_kind_or_none(data: bytes) -> None:
    kind(data)
