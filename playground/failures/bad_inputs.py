"""Bad inputs: files that are no pictures, orders that no model takes, and places where the bot may not post."""

from __future__ import annotations

import functools
import io
import random
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

from playground.sample import sample
from playground.world.messages import Upload, upload
from playground.world.permissions import Permission


@dataclass(frozen=True, slots=True)
class BadInput:
    """``line`` says what is wrong; ``options`` are the order's beside a good picture and prompt.

    ``denied``: the permissions that the bot lacks in the channel; ``in_thread``: the order comes from a thread there.
    ``is_forbidden``: a rule of the server or of the operator forbids it.
    """

    line: str
    options: Mapping[str, Any] = field(default_factory=dict)
    who: str = "Ana"
    is_file: bool = False
    denied: int = 0
    in_thread: bool = False
    is_forbidden: bool = False


@functools.cache
def lighthouse() -> bytes:
    """Return the sample, made small: the cases need no large picture."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(sample())) as image:
        image.resize((480, 320), Image.Resampling.LANCZOS).save(out, "JPEG", quality=85)
    return out.getvalue()


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _bomb() -> bytes:
    """Build a PNG of 60,000 times 60,000 pixels, as far as its head says."""
    head = (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")


def declared() -> list[BadInput]:
    """Return files that declare a type which the bot refuses at once."""
    png = _png(Image.new("RGB", (64, 48), (90, 150, 220)))
    files = {
        "a PDF": upload("notes.pdf", b"%PDF-1.7"),
        "a PDF that is called `.png`, but declared as what it is": upload("cat.png", png, "application/pdf"),
        "an SVG": upload("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "a HEIC photo": upload("IMG_1.HEIC", b"\0\0\0\x18ftypheic"),
        "a HEIC photo that is called `.jpg`, but declared as what it is": upload("cat.jpg", png, "image/heic"),
        "a raw photo": upload("IMG_1.DNG", b"II*\0"),
        "a video": upload("clip.mp4", b"\0\0\0\x18ftypmp42"),
        "a sound": upload("song.mp3", b"ID3"),
        "a text": upload("letter.txt", b"Dear Ana, here is no picture."),
        "an archive": upload("photos.zip", b"PK\x03\x04"),
        "a program": upload("cat.exe", png),
        "a file without a single byte": upload("cat.png", b""),
        "a file of 50 MB and a byte": upload("cat.png", bytes(50_000_001)),
    }
    return [_file(line, file) for line, file in files.items()]


def lying() -> list[BadInput]:
    """Return files that are not what their name and type say: only their bytes show it."""
    jpeg = lighthouse()
    noise = random.Random(7).randbytes(64)
    png = _png(Image.open(io.BytesIO(jpeg)))
    begin = jpeg.index(b"\xff\xda")
    files = {
        "a PDF that says it is a PNG": b"%PDF-1.7\n" + noise,
        "a HEIC photo that says it is a PNG": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + noise,
        "a raw photo that says it is a PNG": b"FUJIFILMCCD-RAW 0201" + noise,
        "a video that says it is a PNG": b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + noise,
        "an SVG that says it is a PNG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "a text that says it is a PNG": b"Dear Ana, here is no picture.",
        "an archive that says it is a PNG": b"PK\x03\x04" + noise,
        "noise that says it is a PNG": b"\0\1\2\3" + noise,
        "a JPEG that ends in the middle": jpeg[: len(jpeg) // 2],
        "a JPEG that ends in the middle, and says it is whole": jpeg[: begin + 300].rstrip(b"\xff") + b"\xff\xd9",
        "a PNG that ends in the middle": png[:-400],
        "a PNG with damaged data": png[:2000] + bytes(200) + png[2200:],
        "a PNG of 60,000 × 60,000 pixels in a hundred bytes": _bomb(),
        "a PNG of one pixel": _png(Image.new("RGB", (1, 1))),
    }
    return [_file(line, upload("cat.png", data, "image/png")) for line, data in files.items()]


def _file(line: str, file: Upload) -> BadInput:
    return BadInput(line, {"image": file}, is_file=True)


_SQUARE: Final = {"model": "gpt-4o-image"}

ORDERS: Final = (
    BadInput("a prompt of blanks", {"prompt": "   "}),
    BadInput("a prompt of signs that nobody sees", {"prompt": "\u200b\u2060"}),
    BadInput("a prompt that is too long for its model", {"prompt": "x" * 1001, **_SQUARE}),
    BadInput("a shape that the model does not paint", {"ratio": "7:3", **_SQUARE}),
    BadInput("a shape that tries to call everybody", {"ratio": "@everyone `7:3` **", **_SQUARE}),
    BadInput("a model that nobody knows", {"model": "dall-e-9"}),
    BadInput("a resolution that the model does not paint", {"resolution": "8K"}),
    BadInput("a resolution, where the model has only one", {"resolution": "2K", **_SQUARE}),
    BadInput("more pictures at once than the model paints", {"count": 3, **_SQUARE}),
    BadInput("a member who is blocked", who="Ben"),
)
"""Orders that no model takes, and an order by a blocked member."""

PLACES: Final = (
    BadInput("a channel where I may not attach files", who="Chiyo", denied=Permission.ATTACH_FILES),
    BadInput(
        "a channel where I may neither write nor open threads",
        who="Chiyo",
        denied=Permission.SEND_MESSAGES | Permission.CREATE_PUBLIC_THREADS,
    ),
    BadInput("a thread where I may not write", who="Chiyo", denied=Permission.SEND_MESSAGES_IN_THREADS, in_thread=True),
    BadInput("a channel where I may not open threads", who="Chiyo", denied=Permission.CREATE_PUBLIC_THREADS),
    BadInput("a channel where I may not write in threads", who="Chiyo", denied=Permission.SEND_MESSAGES_IN_THREADS),
)
"""Places where nothing can arrive, and places where the picture comes all the same."""

ALREADY: Final = BadInput("an order while another is being painted (the operator allows one at once)")
EVERYBODY: Final = BadInput("an order while the bot has all hands full")
FULL: Final = BadInput("an order after the last picture of the day (the operator allows two)")
