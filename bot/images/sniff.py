"""The kind of a file, from its bytes or from Discord's declaration of an attachment."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final, Literal

from bot.errors import BadPicture

Format = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]
"""The kinds that we can read. The names are Pillow's."""

Kind = Format | Literal["svg", "heic", "raw", "pdf", "video", "audio", "text", "archive"]
"""All kinds that we can name. Lower-case kinds are refused; each is the reason of its BadPicture."""

READABLE: Final[dict[str, Format]] = {
    "JPEG": "JPEG",
    "PNG": "PNG",
    "WEBP": "WEBP",
    "GIF": "GIF",
    "BMP": "BMP",
    "TIFF": "TIFF",
    "AVIF": "AVIF",
}
"""The kinds that are formats."""

MAX_BYTES: Final = 50_000_000
"""Bytes of the largest source that we fetch."""
LIMIT_MB: Final = MAX_BYTES // 1_000_000

_REFUSED_TYPES: Final[dict[str, Kind]] = {
    "image/svg+xml": "svg",
    "image/heic": "heic",
    "image/heif": "heic",
    "image/heic-sequence": "heic",
    "image/heif-sequence": "heic",
    "application/pdf": "pdf",
    "application/json": "text",
    "application/xml": "text",
    "application/zip": "archive",
    "application/x-zip-compressed": "archive",
    "application/gzip": "archive",
    "application/x-tar": "archive",
    "application/x-7z-compressed": "archive",
    "application/x-rar-compressed": "archive",
    "application/vnd.rar": "archive",
    "application/ogg": "audio",
}
_RAW_TYPES: Final = frozenset(
    (
        *("image/x-adobe-dng", "image/dng", "image/x-dng", "image/x-nikon-nef", "image/x-nikon-nrw", "image/x-raw"),
        *("image/x-canon-cr2", "image/x-canon-cr3", "image/x-canon-crw", "image/x-sony-arw", "image/x-sony-sr2"),
        *("image/x-sony-srf", "image/x-olympus-orf", "image/x-panasonic-rw2", "image/x-panasonic-raw"),
        *("image/x-panasonic-rw", "image/x-pentax-pef", "image/x-fuji-raf", "image/x-samsung-srw"),
        *("image/x-minolta-mrw", "image/x-sigma-x3f", "image/x-kodak-dcr", "image/x-kodak-kdc", "image/x-kodak-k25"),
        *("image/x-epson-erf", "image/x-dcraw"),
    )
)
_REFUSED_FAMILIES: Final[dict[str, Kind]] = {"video": "video", "audio": "audio", "text": "text"}
_GENERIC_TYPES: Final = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-unknown"})

_ENDINGS_BY_KIND: Final[dict[Kind, str]] = {
    "svg": "svg svgz",
    "heic": "heic heif hif heics heifs",
    "raw": "dng nef nrw cr2 cr3 crw arw sr2 srf orf rw2 rwl pef raf srw mrw x3f dcr kdc k25 erf mef iiq 3fr fff gpr",
    "pdf": "pdf",
    "video": "mp4 m4v mov webm mkv avi wmv mpg mpeg 3gp flv",
    "audio": "mp3 wav ogg oga opus flac m4a aac wma aiff",
    "text": "txt md csv json xml html htm log py js yaml yml toml ini",
    "archive": "zip rar 7z gz tgz tar bz2 xz zst jar apk",
}
_REFUSED_ENDINGS: Final = {ending: kind for kind, endings in _ENDINGS_BY_KIND.items() for ending in endings.split()}
_PICTURE_ENDINGS: Final = frozenset(
    ["jpg", "jpeg", "jpe", "jfif", "pjpeg", "png", "apng", "webp", "gif", "bmp", "dib", "tif", "tiff", "avif"]
)


def declared(name: str, content_type: str | None, size: int) -> None:
    """Check an attachment by Discord's declaration. ``size`` in bytes. Raise BadPicture.

    The declaration is not trusted: this only saves the member a wait if the refusal is certain. A missing or generic
    type or any ``image/*`` passes, and ``check`` reads the bytes.
    """
    reason = _declared_reason(name, content_type)
    if reason is not None:
        raise BadPicture(reason)
    if size <= 0:
        raise BadPicture("empty")
    if size > MAX_BYTES:
        raise BadPicture("too-large", limit_mb=LIMIT_MB)


def _declared_reason(name: str, content_type: str | None) -> Kind | Literal["other"] | None:
    declared_type = (content_type or "").partition(";")[0].strip().lower()
    if declared_type in _RAW_TYPES:
        return "raw"
    if refused := _REFUSED_TYPES.get(declared_type):
        return refused
    family = declared_type.partition("/")[0]
    if refused := _REFUSED_FAMILIES.get(family):
        return refused
    if family == "image":
        return None
    ending = PurePosixPath(name.strip().lower()).suffix.removeprefix(".")
    if refused := _REFUSED_ENDINGS.get(ending):
        return refused
    if declared_type not in _GENERIC_TYPES:
        return "other"
    # Discord derives the type from the ending, so a file without an ending has neither: its bytes decide.
    return None if ending in _PICTURE_ENDINGS or not ending else "other"


def kind(data: bytes) -> Kind | None:
    """Return the kind that the first bytes show, or None. The rest of the file may still be broken."""
    if data.startswith(b"RIFF"):
        return _riff(data)
    if data.startswith(_TIFF_HEADS) and data[8:12] in _RAW_MARKS:
        return "raw"
    if data[4:8] == b"ftyp":
        return _iso_media(data)
    for magic, file_kind in _MAGIC:
        if data.startswith(magic):
            return file_kind
    if data[:2] == b"\xff\xfb" or data[:2] == b"\xff\xf3":
        return "audio"
    if data[257:262] == b"ustar":
        return "archive"
    if data.startswith(b"BM") and data[14:18] in _BMP_HEADERS:
        return "BMP"
    return _text_kind(data)


_MAGIC: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00\x08\x00", "TIFF"),  # with places of eight bytes
    (b"MM\x00+\x00\x08", "TIFF"),
    (b"IIRO", "raw"),  # Olympus
    (b"IIRS", "raw"),
    (b"MMOR", "raw"),
    (b"IIU\x00", "raw"),  # Panasonic and Leica
    (b"FUJIFILMCCD-RAW", "raw"),
    (b"II\x1a\x00\x00\x00HEAPCCDR", "raw"),  # Canon, before CR2
    (b"\x00MRM", "raw"),  # Minolta
    (b"FOVb", "raw"),  # Sigma
    (b"%PDF-", "pdf"),
    (b"\x1aE\xdf\xa3", "video"),  # Matroska and WebM
    (b"\x00\x00\x01\xba", "video"),  # MPEG
    (b"\x00\x00\x01\xb3", "video"),
    (b"FLV\x01", "video"),
    (b"ID3", "audio"),
    (b"OggS", "audio"),
    (b"fLaC", "audio"),
    (b"PK\x03\x04", "archive"),
    (b"PK\x05\x06", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
)

_TIFF_HEADS: Final = (b"II*\x00", b"MM\x00*")
_RAW_MARKS: Final = frozenset((b"CR\x02\x00", b"IIII", b"MMMM"))
"""Canon's CR2 and Phase One. Other raw photos in TIFF are known by their tags (``metadata/tiff.py``)."""

_BMP_HEADERS: Final = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))

_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})


_RIFF_FORMS: Final[dict[bytes, Kind]] = {b"WEBP": "WEBP", b"AVI ": "video", b"WAVE": "audio"}


def _riff(data: bytes) -> Kind | None:
    return _RIFF_FORMS.get(data[8:12])


def _iso_media(data: bytes) -> Kind:
    """Read the kind from the brands in ``ftyp`` (MP4, HEIC, AVIF). https://aomediacodec.github.io/av1-avif/#brands"""
    end = min(max(int.from_bytes(data[:4], "big"), 16), 512)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
    if b"crx " in brands:
        return "raw"
    if b"avif" in brands or b"avis" in brands:
        return "AVIF"
    if _HEIF_BRANDS.intersection(brands) or brands[0] in {b"mif1", b"msf1"}:
        return "heic"
    return "audio" if brands[0] in {b"M4A ", b"M4B "} else "video"


def _text_kind(data: bytes) -> Kind | None:
    """Identify SVG and other text. SVG is refused unread: it is a program for a renderer, not a picture."""
    head = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        return None
    lower = head.lower()
    if lower.startswith(b"<") and b"<svg" in lower:
        return "svg"
    try:
        text = head.decode("utf-8", errors="strict" if len(data) < 2048 else "ignore")
    except UnicodeDecodeError:
        return None
    return "text" if all(character.isprintable() or character in "\r\n\t" for character in text) else None
