"""The mark that tells machines that a picture was made by AI: IPTC's DigitalSourceType, in XMP.

https://www.iptc.org/std/photometadata/specification/IPTC-PhotoMetadata#digital-source-type
XMP in files: https://developer.adobe.com/xmp/docs/XMPSpecifications/ (part 3).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Final, Literal

from bot.images.metadata import jpeg, png, webp
from bot.images.sniff import Format

MadeBy = Literal["edit", "text"]
"""Whether a picture was painted from pictures, or from words alone."""

_VOCABULARY: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_KINDS: Final[dict[MadeBy, str]] = {"edit": "compositeWithTrainedAlgorithmicMedia", "text": "trainedAlgorithmicMedia"}
_MADE_BY_MACHINES: Final = frozenset({*_KINDS.values(), "algorithmicMedia", "compositeSynthetic"})
"""The values that say so. Others in a result can only come from a source, such as a camera's photo."""
_URL: Final = rb"https?://cv\.iptc\.org/newscodes/digitalsourcetype/(\w{1,60})"
_IN_XMP: Final = re.compile(rb"DigitalSourceType[^h]{1,40}" + _URL)
_IN_C2PA: Final = re.compile(rb"digitalSourceType[^h]{1,4}" + _URL)
"""In CBOR: the key, a byte or two for the length, and the text."""

_PACKET: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' Iptc4xmpExt:DigitalSourceType="{}"/></rdf:RDF></x:xmpmeta>'
)
MOST_BYTES: Final = 420
"""Bytes that a mark adds to a JPEG, PNG or WebP at most."""

_PNG_KEY: Final = b"XML:com.adobe.xmp"
_GIF_TRAILER: Final = bytes([1, *range(255, -1, -1), 0])
"""The end of XMP in GIF: whichever byte a reader takes for a length, it leads to the last zero."""


def kind(data: bytes, made_by: MadeBy | None) -> str | None:
    """Return the value for a picture made from ``data``: what that says of itself, else by how it was ordered.

    None for a picture that says nothing of itself and was not painted (``made_by`` is None).
    """
    for pattern, text in ((_IN_XMP, data), (_IN_XMP, _compressed(data)), (_IN_C2PA, data)):
        # The last one in C2PA's store is the picture's own; those before it tell of its ingredients.
        words = [match.group(1).decode() for match in pattern.finditer(text)]
        values = [word for word in words if word in _MADE_BY_MACHINES]
        if values:
            return values[-1]
    return None if made_by is None else value_of(made_by)


def value_of(made_by: MadeBy) -> str:
    """Return the value for a picture that says nothing of itself."""
    return _KINDS[made_by]


def marked(data: bytes, format_: Format, value: str | None) -> bytes:
    """Return the file with the mark, pixels unchanged; ``data`` itself if ``value`` is None.

    The file must hold no XMP yet. Raise ValueError unless it is JPEG, PNG, WebP or GIF.
    """
    if value is None:
        return data
    writer = _WRITERS.get(format_)
    if writer is None:
        raise ValueError(f"no mark can be written into {format_}")
    return writer(data, _PACKET.format(_VOCABULARY + value).encode())


def _compressed(data: bytes) -> bytes:
    """Return the XMP of a PNG whose text is compressed; nothing of other files."""
    at = data.find(b"iTXt" + _PNG_KEY + b"\0\x01\0")
    if at < 0:
        return b""
    text = data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at], "big")]
    compressed = text[len(_PNG_KEY) + 3 :].split(b"\0", 2)[-1]
    try:
        return zlib.decompressobj().decompress(compressed, 1_000_000)
    except zlib.error:
        return b""


def _jpeg(data: bytes, packet: bytes) -> bytes:
    at = 2
    while data[at : at + 2] == b"\xff\xe0" or data[at : at + 2] == b"\xff\xe1":
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data[:at] + jpeg.write(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet) + data[at:]


def _png(data: bytes, packet: bytes) -> bytes:
    return data[:33] + png.write(b"iTXt", _PNG_KEY + bytes(5) + packet) + data[33:]


def _gif(data: bytes, packet: bytes) -> bytes:
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)  # behind the head and its colours
    return b"GIF89a" + data[6:at] + b"\x21\xff\x0bXMP DataXMP" + packet + _GIF_TRAILER + data[at:]


_WRITERS: Final[dict[Format, Callable[[bytes, bytes], bytes]]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": webp.with_xmp,
    "GIF": _gif,
}
