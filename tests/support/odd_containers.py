"""Files whose container is odd or wrong though every pixel is there, and raw photos that look like pictures."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image, ImageCms

from tests.support import photos

Change = Callable[[bytes], bytes]
Tags = dict[int, tuple[int, Sequence[int]]]
"""The tags of a TIFF's directory, each with its type and its numbers."""

_WORDS: Final = {1: "B", 3: "H", 4: "I"}


def profile_of_display(padding: int = 0) -> bytes:
    """Return an RGB profile that names a display, its serial number and its owner's computer, of ``padding`` more."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = int.from_bytes(plain[128:132], "big")
    secret = b"text\0\0\0\0" + photos.SECRET_BYTES + b"\0"
    extra = [(b"mmod", secret), (b"dscm", secret), (b"vcgt", b"vcgt\0\0\0\0" + photos.SECRET_BYTES + bytes(padding))]
    table = [list(struct.unpack_from(">4sII", plain, 132 + 12 * index)) for index in range(count)]
    moved = 12 * len(extra)
    at = len(plain) + moved
    rows = [struct.pack(">4sII", name, start + moved, size) for name, start, size in table]
    for name, data in extra:
        rows.append(struct.pack(">4sII", name, at, len(data)))
        at += len(data)
    tail = plain[132 + 12 * count :] + b"".join(data for _, data in extra)
    return struct.pack(">I", at) + plain[4:128] + struct.pack(">I", len(rows)) + b"".join(rows) + tail


def png(image: Image.Image, *, depth: int = 8, interlaced: bool = False) -> bytes:
    """Write a PNG with depths and an order of rows that Pillow can't write: L or RGB, 8 or 16 bits, Adam7 or not."""
    channels = len(image.getbands())
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = bytearray()
    pixels = image.tobytes()
    for left, top, across, down in passes if interlaced else [(0, 0, 1, 1)]:
        for y in range(top, image.height, down):
            row = bytearray()
            for x in range(left, image.width, across):
                at = (y * image.width + x) * channels
                values = pixels[at : at + channels]
                row += values if depth == 8 else b"".join(bytes((value, value)) for value in values)
            raw += b"\0" + row if row else b""
    kind = {1: 0, 3: 2}[channels]
    head = struct.pack(">IIBBBBB", image.width, image.height, depth, kind, 0, 0, int(interlaced))
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(raw))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(photos.chunk(name, body) for name, body in chunks)


def bmp(image: Image.Image, *, header: int = 40, alpha: bytes = b"\xff", top_down: bool = False) -> bytes:
    """Write a BMP of 24 bits (header 12 or 40) or of 32 with announced alpha (108 or 124)."""
    channels = 3 if header <= 40 else 4
    colours = image.convert("RGB")
    rows = []
    for y in range(image.height):
        row = b"".join(
            bytes(reversed(colours.getpixel((x, y)))) + alpha[: channels - 3]  # type: ignore[arg-type]  # three numbers
            for x in range(image.width)
        )
        rows.append(row + bytes(-len(row) % 4))
    pixels = b"".join(rows if top_down else reversed(rows))
    if header == 12:
        head = struct.pack("<IHHHH", 12, image.width, image.height, 1, 24)
    else:
        height = -image.height if top_down else image.height
        compression = 3 if channels == 4 else 0
        sizes = (header, image.width, height, 1, channels * 8, compression, len(pixels), 2835, 2835, 0, 0)
        masks = struct.pack("<4I4s", 0xFF0000, 0xFF00, 0xFF, 0xFF000000, b"BGRs") if channels == 4 else b""
        head = (struct.pack("<IiiHHIIiiII", *sizes) + masks).ljust(header, b"\0")
    start = 14 + len(head)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + head + pixels


def tiff(directories: Sequence[Tags], blobs: bytes = b"", *, loop: bool = False) -> bytes:
    """Write a TIFF of these directories: by tag the type and the numbers. ``blobs`` stand at byte 8.

    Without a type (0) the number is the index of a directory, which is then left out of the chain.
    """
    body = bytearray(b"II*\0" + bytes(4) + blobs + bytes(len(blobs) % 2))
    below = {numbers[0] for tags in directories for type_, numbers in tags.values() if type_ == 0}
    places: list[int] = []
    room = len(body)
    for tags in directories:
        places.append(room)
        room += 2 + 12 * len(tags) + 4
    chain = [index for index in range(len(directories)) if index not in below]
    order = {index: place for place, index in enumerate(chain)}
    values = bytearray()
    for index, tags in enumerate(directories):
        body += struct.pack("<H", len(tags))
        for tag, (type_, numbers) in sorted(tags.items()):
            plain = [places[numbers[0]]] if type_ == 0 else list(numbers)
            data = struct.pack(f"<{len(plain)}{_WORDS[type_ or 4]}", *plain)
            if len(data) > 4:
                place = struct.pack("<I", room + len(values))
                values += data + bytes(len(data) % 2)
            else:
                place = data.ljust(4, b"\0")
            body += struct.pack("<HHI", tag, type_ or 4, len(plain)) + place
        following = order[index] + 1 if index in order else len(chain)
        last = places[chain[0]] if loop and index in order else 0
        body += struct.pack("<I", places[chain[following]] if following < len(chain) else last)
    body[4:8] = struct.pack("<I", places[chain[0]])
    return bytes(body + values)


def strip(image: Image.Image, at: int = 8, **extra: tuple[int, Sequence[int]]) -> Tags:
    """Return the tags of an uncompressed picture (L, RGB or RGBA) at a place; more tags by name, such as ``t254``."""
    bands = len(image.getbands())
    tags: Tags = {
        256: (4, [image.width]),
        257: (4, [image.height]),
        258: (3, [8] * bands),
        259: (3, [1]),
        262: (3, [2 if bands > 1 else 1]),
        273: (4, [at]),
        277: (3, [bands]),
        278: (4, [image.height]),
        279: (4, [len(image.tobytes())]),
    }
    return tags | {int(name[1:]): value for name, value in extra.items()}


def with_thumbnail_first(image: Image.Image, *, below: bool, kind: int = 254) -> bytes:
    """Return a TIFF whose first directory is a thumbnail; the picture is the next page, or below the first."""
    small = image.resize((max(image.width // 2, 16), max(image.height // 2, 16)))
    pixels = image.tobytes()
    mark: dict[str, tuple[int, Sequence[int]]] = {f"t{kind}": (4 if kind == 254 else 3, [1 if kind == 254 else 2])}
    if below:
        mark["t330"] = (0, [1])
    first = strip(small, 8 + len(pixels), **mark)
    return tiff([first, strip(image, 8, t254=(4, [0]))], pixels + small.tobytes())


def raw_photo(image: Image.Image, *, sign: int) -> bytes:
    """Return a camera's raw photo in TIFF: its first directory is a preview. ``sign``: the tag that tells it."""
    pixels = image.tobytes()
    values = {50_706: (1, [1, 4, 0, 0]), 262: (3, [32_803]), 259: (3, [34_713]), 33_422: (1, [0, 1, 1, 2])}
    preview = strip(image, 8, t254=(4, [1]), t330=(0, [1]))
    sensor = strip(image.convert("L"), 8, t254=(4, [0])) | {sign: values[sign]}
    if sign == 50_706:
        preview |= {sign: values[sign]}
    return tiff([preview, sensor], pixels)


def many_pages(image: Image.Image, count: int) -> bytes:
    return tiff([strip(image)] * count, image.tobytes())


def in_circle(image: Image.Image) -> bytes:
    return tiff([strip(image), strip(image)], image.tobytes(), loop=True)


def without_end(data: bytes) -> bytes:
    """Cut the end marker of JPEG (two bytes), the trailer of GIF (one), or the end chunk of PNG (twelve)."""
    return data[: -{b"\xff\xd8": 2, b"GI": 1, b"\x89P": 12}[data[:2]]]


def with_bytes_behind(data: bytes) -> bytes:
    return data + b"PK\x03\x04" + bytes(range(1, 200))


def with_riff_size(data: bytes, change: int) -> bytes:
    size = max(int.from_bytes(data[4:8], "little") + change, 0)
    return data[:4] + size.to_bytes(4, "little") + data[8:]


def with_bmp_size(data: bytes) -> bytes:
    return data[:2] + b"\x07\0\0\0" + data[6:]


def with_bmp_start(data: bytes) -> bytes:
    return data[:10] + b"\0\0\0\x7f" + data[14:]


def with_damaged_chunk(data: bytes, name: bytes, body: bytes) -> bytes:
    """Insert a chunk behind IHDR whose check sum is wrong."""
    return photos.with_chunk(data, photos.chunk(name, body)[:-1] + b"\0")


def with_damaged_sum(data: bytes) -> bytes:
    """Change the check sum of the last IDAT."""
    at = data.rindex(b"IDAT")
    end = at + 4 + int.from_bytes(data[at - 4 : at], "big")
    return data[:end] + bytes(value ^ 0xFF for value in data[end : end + 4]) + data[end + 4 :]


def with_second_picture(data: bytes) -> bytes:
    """Return a JPEG with a second, larger picture in multi-picture format, as phones and cameras write it."""
    with Image.open(io.BytesIO(data)) as first:
        first.load()
        second = photos.saved(photos.photo(40, 30, seed=8), "JPEG")
        return photos.saved(first, "MPO", save_all=True, append_images=[Image.open(io.BytesIO(second))])
