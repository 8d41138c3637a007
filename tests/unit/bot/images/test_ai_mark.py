"""What AI painted says so to machines, and a signature that would be broken does not go along."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from PIL import PngImagePlugin

from bot.images import ai_mark
from bot.images.ai_mark import MadeBy
from bot.images.checked import Picture
from bot.images.picture import compare, film_strip, fit, for_toapis, inspect_result
from bot.images.sniff import Format
from tests.support import odd_containers as odd
from tests.support import photos, signed

MUCH = 10_000_000
URL = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"


def mark(picture: Picture) -> str | None:
    """Read the mark with Pillow, which reads no XMP of a GIF, and an XML parser. Return None if there is none."""
    info = photos.opened(picture.data).info
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    if picture.format == "GIF":
        xmp = picture.data.partition(b"\x21\xff\x0bXMP DataXMP")[2]
    text = (xmp if isinstance(xmp, str) else xmp.decode("utf-8", "ignore")).partition("</x:xmpmeta>")
    if not text[1]:
        return None
    name = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
    values = [element.attrib[name] for element in ET.fromstring(text[0] + text[1]).iter() if name in element.attrib]
    return values[0].removeprefix(URL) if values else None


@pytest.mark.parametrize("made_by", ["edit", "text"])
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_result_that_must_change_is_marked(format_: str, made_by: MadeBy) -> None:
    image = photos.drawing() if format_ == "GIF" else photos.photo(mode="RGB" if format_ == "JPEG" else "RGBA")
    whole = photos.saved(image, format_, **({"lossless": True} if format_ == "WEBP" else {}))
    fitted = fit(whole + bytes(2_000), len(whole) + 1_500, made_by)
    assert mark(fitted) == {"edit": COMPOSITE, "text": "trainedAlgorithmicMedia"}[made_by]
    assert fitted.format == format_
    assert photos.opened(fitted.data).convert("RGBA").tobytes() == photos.opened(whole).convert("RGBA").tobytes()
    assert mark(fit(photos.saved(photos.photo(300, 200, noise=90), "PNG"), 60_000, made_by)) == mark(fitted)


def test_a_picture_that_nobody_painted_is_not_marked() -> None:
    whole = photos.saved(photos.photo(), "PNG")
    assert mark(fit(whole + bytes(2_000), len(whole) + 1_500, None)) is None
    painted = photos.saved(photos.photo(), "JPEG", xmp=f'DigitalSourceType="{URL}algorithmicMedia"'.encode())
    assert mark(fit(painted, len(painted) - 1, None)) == "algorithmicMedia"


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_signature_survives_whole_or_not_at_all(format_: Format) -> None:
    data = signed.signed(photos.saved(photos.photo(), format_), format_)
    assert inspect_result(data).data is data
    assert fit(data, len(data)).data is data
    assert signed.state(data, format_) == "Valid"
    for picture in (
        fit(data, len(data) - 1),
        compare(data, data, MUCH),
        film_strip([data, None], MUCH),
        fit(data, len(data) // 2),
    ):
        assert signed.state(picture.data, picture.format) is None
        assert mark(picture) in {"trainedAlgorithmicMedia", COMPOSITE}
    assert mark(fit(data, len(data) - 1)) == "trainedAlgorithmicMedia"  # what it said of itself


def test_what_a_source_says_is_not_sent_on() -> None:
    data = signed.signed(photos.saved(photos.photo(), "JPEG"), "JPEG")
    sent = for_toapis(data)
    assert signed.state(sent.data, "JPEG") is None
    assert mark(sent) is None


def test_a_mended_result_is_marked_and_keeps_its_pixels() -> None:
    whole = photos.saved(photos.photo(), "JPEG")
    mended = inspect_result(odd.without_end(whole), "text")
    assert mark(mended) == "trainedAlgorithmicMedia"
    assert photos.opened(mended.data).tobytes() == photos.opened(whole).tobytes()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'Iptc4xmpExt:DigitalSourceType="{URL}trainedAlgorithmicMedia"', "trainedAlgorithmicMedia"),
        (f"<Iptc4xmpExt:DigitalSourceType>{URL}compositeSynthetic</", "compositeSynthetic"),
        (f'Iptc4xmpExt:DigitalSourceType="{URL}digitalCapture"', COMPOSITE),  # its source's
        (f'Iptc4xmpExt:DigitalSourceType="{URL}<script>"', COMPOSITE),
        ("", COMPOSITE),
    ],
)
def test_what_a_result_says_of_itself_is_kept_if_it_is_ai(text: str, expected: str) -> None:
    assert ai_mark.kind(text.encode(), "edit") == expected
    zipped = PngImagePlugin.PngInfo()
    zipped.add_itxt("XML:com.adobe.xmp", text, zip=True)
    assert ai_mark.kind(photos.saved(photos.photo(), "PNG", pnginfo=zipped), "edit") == expected


def test_of_several_signatures_the_last_is_the_pictures_own() -> None:
    first = signed.signed(photos.saved(photos.photo(), "JPEG"), "JPEG", "algorithmicMedia")
    assert ai_mark.kind(first + signed.signed(first, "JPEG"), "edit") == "trainedAlgorithmicMedia"


def test_formats_without_a_place_for_the_mark_are_refused() -> None:
    with pytest.raises(ValueError, match="AVIF"):
        ai_mark.marked(b"", "AVIF", COMPOSITE)
    assert ai_mark.marked(b"unpainted", "AVIF", None) == b"unpainted"
