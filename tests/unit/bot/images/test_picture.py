"""The Picture room: what is let in, what goes to ToAPIs, and what fits into Discord."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.errors import BadPicture
from bot.images.checked import Picture
from bot.images.picture import check, fit, for_toapis, inspect_result
from tests.support import photos
from tests.support.cases import failures

CLEAN = photos.clean()
REVEALING = photos.revealing()
ALL = {**CLEAN, **REVEALING}


def reason(work: Callable[[], object]) -> str:
    with pytest.raises(BadPicture) as raised:
        work()
    return raised.value.reason


def test_a_picture_knows_how_it_is_sent() -> None:
    picture = check(CLEAN["jpeg"])
    assert (picture.mime, picture.extension, picture.filename) == ("image/jpeg", "jpg", "source.jpg")
    assert picture.named("painted-2") == "painted-2.jpg"
    assert (picture.width, picture.height, picture.animated) == (64, 48, False)
    assert picture.data is CLEAN["jpeg"]
    assert "\\x" not in repr(picture)
    with pytest.raises(FrozenInstanceError):
        picture.width = 1  # type: ignore[misc]  # that is the test


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_photo_held_upright_is_known_by_the_shape_that_people_see(format_: str, orientation: int) -> None:
    exif = photos.turned_exif(orientation)
    picture = for_toapis(photos.saved(photos.photo(64, 48), format_, exif=exif))
    assert picture.shown == ((48, 64) if orientation >= 5 else (64, 48))


JPEGS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "a tenth of its colours": {"quality": 10},
    "no colour saved on": {"subsampling": 0},
    "restarts": {"restart_marker_blocks": 3},
    "progressive": {"progressive": True},
}


@pytest.mark.parametrize("kind", JPEGS)
def test_a_jpeg_cut_short_is_refused_though_its_end_is_marked(kind: str) -> None:
    whole = photos.saved(photos.photo(160, 120), "JPEG", **JPEGS[kind])
    assert check(whole).data is whole
    # Of a progressive picture the last scan is its last bit of detail: cut within it, no eye sees a difference.
    end = whole.rindex(b"\xff\xda") if kind == "progressive" else len(whole)
    begin = whole.index(b"\xff\xda") + 20
    for share in (0.05, 0.3, 0.6, 0.9, 0.97):
        cut = whole[: begin + int((end - begin) * share)].rstrip(b"\xff") + b"\xff\xd9"
        assert reason(lambda cut=cut: check(cut)) == "truncated", share  # type: ignore[misc]  # a lambda's default


def test_a_progressive_jpeg_without_its_last_scan_is_not_whole() -> None:
    whole = photos.saved(photos.photo(160, 120), "JPEG", progressive=True)
    assert reason(lambda: check(whole[: whole.rindex(b"\xff\xda")] + b"\xff\xd9")) == "truncated"


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith("animated")])
def test_an_animation_is_known_as_one(name: str) -> None:
    assert check(ALL[name]).animated


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\x03" * 40, "unknown"),
        (b"8BPS\x00\x01", "unknown"),
        (b"<svg onload='alert(1)'/>", "svg"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "heic"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42", "video"),
        (b"ID3\x04", "audio"),
        (b"<html>Gone</html>", "text"),
        (b"PK\x03\x04", "archive"),
        (CLEAN["jpeg"][:-9], "truncated"),
        (CLEAN["png"][:-300], "truncated"),
        (CLEAN["webp"][:-9], "truncated"),
        (CLEAN["gif"][:-90], "truncated"),
        (photos.saved(photos.photo(), "BMP")[:-90], "truncated"),
        (photos.saved(photos.photo(), "AVIF")[:-90], "truncated"),
        (CLEAN["png"][:60] + b"\xff" * 40 + CLEAN["png"][100:], "broken"),
        (photos.saved(photos.photo(15, 48), "PNG"), "too-small"),
        (photos.saved(photos.photo(48, 8), "JPEG"), "too-small"),
        (photos.saved(photos.photo(48, 8), "TIFF"), "too-small"),
    ],
)
def test_what_is_no_picture_is_refused_by_what_it_is(data: bytes, expected: str) -> None:
    assert reason(lambda: check(data)) == expected
    assert reason(lambda: inspect_result(data)) == expected
    assert reason(lambda: for_toapis(data)) == expected
    assert reason(lambda: fit(data, 10_000)) == expected


def test_sixteen_pixels_are_enough() -> None:
    assert check(photos.saved(photos.photo(16, 16), "PNG")).width == 16


def test_too_many_bytes_are_refused_before_they_are_read() -> None:
    data = CLEAN["png"] + bytes(50_000_000)
    with pytest.raises(BadPicture) as raised:
        check(data)
    assert (raised.value.reason, raised.value.facts) == ("too-large", {"limit_mb": 50})


def bombs() -> dict[str, bytes]:
    """Build small files that announce more pixels than our memory could hold."""
    jpeg = bytearray(CLEAN["jpeg"])
    webp = bytearray(CLEAN["webp, lossy with alpha"])
    gif = bytearray(CLEAN["gif"])
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    webp[24:30] = b"\xff\xff\x00\xff\xff\x00"
    gif[6:10] = b"\xff\xff\xff\xff"
    png = CLEAN["png"]
    frame_of_webp = photos.riff_chunk(b"ANMF", bytes(16)) * 2_001
    bmp = bytearray(photos.saved(photos.photo(), "BMP"))
    bmp[18:26] = (30_000).to_bytes(4, "little") * 2
    avif = bytearray(photos.saved(photos.photo(), "AVIF"))
    size = avif.index(b"ispe") + 8
    avif[size : size + 8] = b"\0\0\xff\xff\0\0\xff\xff"
    sequence = bytearray(photos.saved(photos.photo(), "AVIF", save_all=True, append_images=[photos.photo(seed=2)]))
    count = sequence.index(b"stsz") + 12
    sequence[count : count + 4] = (2_001).to_bytes(4, "big")
    frames = photos.saved(photos.drawing(), "GIF")
    image = frames[frames.index(b"\x2c\x00") : -1]
    return {
        "jpeg": bytes(jpeg),
        "png": png[:8] + photos.chunk(b"IHDR", b"\x00\x00\xff\xff\x00\x00\xff\xff" + png[24:29]) + png[33:],
        "webp": bytes(webp),
        "gif": bytes(gif),
        "gif of many frames": photos.with_block(frames, image * 2_001),
        "gif frame beyond its screen": photos.with_block(frames, b"\x2c\0\0\0\0\xff\xff\xff\xff" + image[9:]),
        "gif of tiny sub-blocks": photos.with_block(frames, b"\x21\xfe" + b"\x01a" * 1_000_001 + b"\0"),
        "png of many frames": photos.with_chunk(png, photos.chunk(b"fcTL", bytes(26)) * 2_001),
        "webp of many frames": photos.with_riff_chunk(bytes(webp[:24]) + b"\0" * 6 + bytes(webp[30:]), frame_of_webp),
        "avif": bytes(avif),
        "avif of many frames": bytes(sequence),
        "bmp": bytes(bmp),
        "tiff": photos.saved(Image.new("1", (30_000, 8_000)), "TIFF", compression="group4"),
        "just over": photos.saved(Image.new("1", (8_001, 8_000)), "PNG"),
    }


BOMBS = bombs()


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_is_decoded(name: str) -> None:
    with pytest.raises(BadPicture) as raised:
        check(BOMBS[name])
    assert (raised.value.reason, raised.value.facts) == ("bomb", {"limit_mp": 64})


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_photo_goes_to_toapis_byte_for_byte(name: str) -> None:
    sent = for_toapis(CLEAN[name])
    assert sent.data is CLEAN[name]
    assert sent == check(CLEAN[name])


def test_nothing_personal_goes_to_toapis() -> None:
    def prove(data: bytes) -> None:
        sent = for_toapis(data)
        assert photos.SECRET_BYTES not in sent.data
        assert set(photos.opened(sent.data).getexif()) <= {photos.ORIENTATION}
        assert sent.format == check(data).format
        assert photos.distance(photos.as_viewed(sent.data), photos.as_viewed(data)) == 0

    assert not failures(prove, REVEALING)


def test_nothing_personal_is_left_where_the_photo_is_written_anew() -> None:
    def prove(data: bytes) -> None:
        limit = len(for_toapis(data).data) - 1
        sent = for_toapis(data, limit=limit)
        assert len(sent.data) <= limit
        assert photos.SECRET_BYTES not in sent.data
        assert not {"comment", "xmp", "exif"} & set(photos.opened(sent.data).info)
        assert check(sent.data) == sent

    assert not failures(prove, REVEALING)


def test_a_photo_too_large_only_by_metadata_loses_no_pixel() -> None:
    plain = photos.saved(photos.photo(), "JPEG")
    sent = for_toapis(photos.saved(photos.photo(), "JPEG", comment=b"x" * 9_000), limit=len(plain))
    assert sent.data == plain


@given(st.binary(max_size=400), st.sampled_from(["", *(data[:40] for data in ALL.values())]))
@settings(deadline=None)
def test_any_bytes_raise_bad_picture_or_are_one(noise: bytes, head: bytes | str) -> None:
    data = (head if isinstance(head, bytes) else b"") + noise
    for work in (check, for_toapis, lambda file: fit(file, 500)):
        try:
            assert isinstance(work(data), Picture)
        except BadPicture as error:
            assert error.reason


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_flipped_bytes_raise_bad_picture_or_give_a_picture(data: st.DataObject) -> None:
    formats = [photos.saved(photos.photo(32, 24), format_) for format_ in ("BMP", "TIFF", "AVIF")]
    whole = bytearray(data.draw(st.sampled_from([*ALL.values(), *formats])))
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=5)):
        whole[at] = data.draw(st.integers(0, 255))
    try:
        sent = for_toapis(bytes(whole), limit=data.draw(st.sampled_from([2_000, 10_000_000])))
    except BadPicture:
        return
    assert check(sent.data) == sent


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_cut_photo_is_refused_unless_all_its_pixels_are_there(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(list(CLEAN.values())))
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        sent = for_toapis(cut)
    except BadPicture as error:
        assert error.reason in {"empty", "unknown", "truncated", "broken", "text"}
        return
    assert photos.opened(sent.data).convert("RGBA").tobytes() == photos.opened(whole).convert("RGBA").tobytes()
