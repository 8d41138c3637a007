"""A corpus of pictures as the world has them, made from a seed: every format, in every shape that people send.

Each case knows the picture that people see, from what it was made of and not from a decoder, or why it is refused.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from PIL import Image

from tests.support import odd_containers as odd
from tests.support import photos

_EXACT: Final = 0.01
_LOSSY: Final = 9.0
"""The largest mean difference of a channel: small noisy pictures, with colours at half their size."""
_INK: Final = 14.0
_AS_SHOWN: Final = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a viewer turns a picture, by its EXIF orientation."""


@dataclass(frozen=True)
class Case:
    """A file, and the picture that people see in it. ``reason``: why it may be refused; it must be if none is shown."""

    name: str
    data: bytes = field(repr=False)
    shown: Image.Image | None
    tolerance: float = _EXACT
    reason: str | None = None


def cases(seed: int) -> list[Case]:
    """Return at least 600 cases; the same for the same seed."""
    chance = random.Random(seed)
    plain = list(_plain(chance))
    return [
        *plain,
        *_turned(chance),
        *_profiled(chance),
        *(case for base in plain for case in _odd(base)),
        *(case for base in plain for case in _cut(chance, base)),
        *_hand_written(chance),
        *_tiff_containers(chance),
    ]


def _picture(chance: random.Random, mode: str = "RGB") -> Image.Image:
    size = chance.randint(24, 72), chance.randint(24, 72)
    return photos.photo(*size, mode=mode, noise=chance.choice((0, 12, 24)), seed=chance.randrange(1000))


_JPEG: Final[dict[str, dict[str, Any]]] = {
    "baseline": {},
    "fine": {"quality": 95, "subsampling": 0},
    "422": {"subsampling": 1},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 2},
    "optimized": {"optimize": True, "quality": 88},
}
_TIFF: Final = ("raw", "tiff_lzw", "tiff_deflate", "packbits", "tiff_adobe_deflate")


def _plain(chance: random.Random) -> Iterator[Case]:
    """Yield formats with modes and ways to encode them."""
    for name, options in _JPEG.items():
        for mode in ("RGB", "L"):
            if mode == "RGB" or name in {"baseline", "progressive"}:
                yield _saved(f"JPEG {name} {mode}", _picture(chance, mode), "JPEG", _LOSSY, **options)
    yield _saved("JPEG cmyk", _picture(chance, "CMYK"), "JPEG", _INK)
    for mode in ("1", "L", "LA", "RGB", "RGBA"):
        yield _saved(f"PNG {mode}", _picture(chance, mode), "PNG")
    yield _saved("PNG palette", photos.drawing(40, 33), "PNG")
    yield _saved("PNG 2 bits", photos.photo(50, 31).quantize(4), "PNG", bits=2)
    yield _saved("PNG transparent colour", photos.drawing(40, 33), "PNG", transparency=2)
    yield _saved("GIF", photos.drawing(61, 40), "GIF")
    yield _saved("GIF in rows", photos.drawing(44, 57), "GIF", interlace=0)
    yield _saved("GIF transparent", photos.drawing(44, 57), "GIF", transparency=3)
    yield _saved("GIF grey", _picture(chance, "L"), "GIF")
    for mode in ("RGB", "RGBA"):
        yield _saved(f"WEBP lossy {mode}", _picture(chance, mode), "WEBP", _LOSSY, quality=90)
        yield _saved(f"WEBP lossless {mode}", _picture(chance, mode), "WEBP", lossless=True, exact=True)
        yield _saved(f"AVIF {mode}", _picture(chance, mode), "AVIF", _LOSSY, quality=90, speed=9)
    for mode in ("1", "L", "RGB"):
        yield _saved(f"BMP {mode}", _picture(chance, mode), "BMP")
    image = _picture(chance, "RGBA")  # whose alpha this kind of BMP does not announce
    yield Case("BMP RGBA", photos.saved(image, "BMP"), image.convert("RGB").convert("RGBA"))
    yield _saved("BMP palette", photos.drawing(41, 30), "BMP")
    for compression in _TIFF:
        for mode in ("L", "RGB", "RGBA"):
            yield _saved(f"TIFF {compression} {mode}", _picture(chance, mode), "TIFF", compression=compression)
    yield _saved("TIFF 1", _picture(chance, "1"), "TIFF", compression="group4")
    yield _saved("TIFF palette", photos.drawing(41, 30), "TIFF")
    yield _saved("TIFF jpeg", _picture(chance), "TIFF", _LOSSY, compression="jpeg")
    yield _saved("TIFF cmyk", _picture(chance, "CMYK"), "TIFF", _INK)
    yield _saved("TIFF lab", photos.lab(_picture(chance)), "TIFF", _INK)
    yield _saved("TIFF big", _picture(chance), "TIFF", big_tiff=True)
    frames = [photos.photo(30, 24, seed=seed) for seed in (3, 4, 5)]
    for format_, tolerance in (("GIF", 30.0), ("PNG", _EXACT), ("WEBP", _LOSSY), ("AVIF", _LOSSY), ("TIFF", _EXACT)):
        image = photos.photo(30, 24, noise=0)
        yield _saved(f"{format_} animated", image, format_, tolerance, save_all=True, append_images=frames)


def _saved(name: str, image: Image.Image, format_: str, tolerance: float = _EXACT, **options: Any) -> Case:
    return Case(name, photos.saved(image, format_, **options), _seen(image, options.get("transparency")), tolerance)


def _seen(image: Image.Image, transparency: int | None = None) -> Image.Image:
    """Return the picture as a viewer shows it, from what a file was made of."""
    if transparency is not None:
        image = image.copy()
        image.info["transparency"] = transparency
    if image.mode == "LAB":
        image = photos.from_lab(image)
    return image.convert("RGBA")


def _turned(chance: random.Random) -> Iterator[Case]:
    """Yield every orientation; ``twice`` tells XMP another, which nobody obeys."""
    for format_, tolerance in (("JPEG", _LOSSY), ("PNG", _EXACT), ("WEBP", _LOSSY), ("TIFF", _EXACT), ("AVIF", _LOSSY)):
        for orientation, turn in _AS_SHOWN.items():
            image = _picture(chance)
            shown = (image if turn is None else image.transpose(turn)).convert("RGBA")
            for kind in ("small", "personal"):
                exif = photos.turned_exif(orientation) if kind == "small" else photos.personal_exif(orientation)
                data = photos.saved(image, format_, exif=exif)
                yield Case(f"{format_} turned {orientation} {kind}", data, shown, tolerance)
        xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
        image = _picture(chance)
        if format_ in {"JPEG", "WEBP", "AVIF"}:
            data = photos.saved(image, format_, xmp=xmp)
            yield Case(f"{format_} turned by XMP alone", data, image.convert("RGBA"), tolerance)


def _profiled(chance: random.Random) -> Iterator[Case]:
    """Yield profiles: plain, of a display, very large, damaged, and of other colours than the picture's."""
    profiles = {
        "plain": photos.PROFILE,
        "of a display": odd.profile_of_display(),
        "large": odd.profile_of_display(2_000_000),
        "huge": odd.profile_of_display(5_000_000),
        "damaged": photos.PROFILE[:300],
        "no profile": b"profile" * 40,
    }
    for format_, tolerance in (("JPEG", _LOSSY), ("PNG", _EXACT), ("WEBP", _LOSSY), ("TIFF", _EXACT), ("AVIF", _LOSSY)):
        for mode in ("RGB", "L"):
            for name, profile in profiles.items():
                image = _picture(chance, mode)
                data = photos.saved(image, format_, icc_profile=profile)
                yield Case(f"{format_} {mode} profile {name}", data, image.convert("RGBA"), tolerance)


_ODD: Final[dict[str, dict[str, odd.Change]]] = {
    "JPEG": {
        "without end": odd.without_end,
        "behind it": odd.with_bytes_behind,
        "without end, behind it": lambda data: odd.without_end(data) + b"\0" * 100,
        "second picture without end before it": lambda data: odd.without_end(data) + data,
        "in a marker": lambda data: data[:-1],
        "thumbnail": lambda data: photos.with_segment(data, photos.segment(0xE1, photos.thumbnailed_exif())),
    },
    "PNG": {
        "without end": odd.without_end,
        "in its end": lambda data: data[:-5],
        "behind it": odd.with_bytes_behind,
        "damaged text": partial(odd.with_damaged_chunk, name=b"tEXt", body=b"Author\0Ada"),
        "damaged density": partial(odd.with_damaged_chunk, name=b"pHYs", body=bytes(9)),
        "short density": lambda data: photos.with_chunk(data, photos.chunk(b"pHYs", bytes(3))),
        "damaged sum of pixels": odd.with_damaged_sum,
        "long text": lambda data: photos.with_chunk(data, photos.chunk(b"tEXt", b"a\0" + b"x" * 2_000_000)),
    },
    "GIF": {
        "without end": odd.without_end,
        "behind it": odd.with_bytes_behind,
        "in the end of its pixels": lambda data: data[:-2],
        "unknown block": lambda data: data[:-1] + b"\x77\x01",
    },
    "WEBP": {
        "size too small": partial(odd.with_riff_size, change=-40),
        "size too large": partial(odd.with_riff_size, change=1_000),
        "size zero": partial(odd.with_riff_size, change=-(10**9)),
        "behind it": odd.with_bytes_behind,
    },
    "BMP": {
        "wrong size": odd.with_bmp_size,
        "wrong start": odd.with_bmp_start,
        "behind it": odd.with_bytes_behind,
    },
    "TIFF": {"behind it": odd.with_bytes_behind},
    "AVIF": {"behind it": odd.with_bytes_behind},
}


def _odd(base: Case) -> Iterator[Case]:
    """Yield a picture in containers that are wrong: it is shown all the same."""
    for name, change in _ODD[base.name.split()[0]].items():
        reason = "truncated" if name.endswith("end of its pixels") and "animated" in base.name else None
        yield Case(f"{base.name}, {name}", change(base.data), base.shown, base.tolerance, reason)


def _cut(chance: random.Random, base: Case) -> Iterator[Case]:
    """Yield a file cut somewhere: it is refused, unless it still holds the whole picture."""
    for share in (chance.uniform(0.2, 0.5), chance.uniform(0.5, 0.9), chance.uniform(0.9, 0.999)):
        data = base.data[: int(len(base.data) * share)]
        yield Case(f"{base.name}, {share:.3f} of it", data, base.shown, base.tolerance, "truncated")


def _hand_written(chance: random.Random) -> Iterator[Case]:
    """Yield what Pillow can't write."""
    for mode in ("L", "RGB"):
        for depth in (8, 16):
            for interlaced in (False, True):
                image = _picture(chance, mode)
                data = odd.png(image, depth=depth, interlaced=interlaced)
                yield Case(f"PNG {mode} {depth} bits, interlaced: {interlaced}", data, image.convert("RGBA"))
    for header in (12, 40, 108, 124):
        for alpha in (b"\xff", b"\0"):
            for top_down in (False, True) if header > 12 else (False,):
                image = _picture(chance)
                data = odd.bmp(image, header=header, alpha=alpha, top_down=top_down)
                yield Case(f"BMP header {header}, alpha {alpha[0]}, {top_down}", data, image.convert("RGBA"))
    image = _picture(chance)
    data = photos.saved(image, "JPEG")
    yield Case("JPEG multi-picture", odd.with_second_picture(data), image.convert("RGBA"), _LOSSY)
    clear = image.convert("RGBA")
    clear.putalpha(0)
    yield Case("PNG transparent everywhere", photos.saved(clear, "PNG"), clear)


def _tiff_containers(chance: random.Random) -> Iterator[Case]:
    """Yield directories that are no plain pages, and raw photos."""
    for mode in ("L", "RGB", "RGBA"):
        for below in (False, True):
            for kind in (254, 255):
                image = _picture(chance, mode)
                data = odd.with_thumbnail_first(image, below=below, kind=kind)
                yield Case(f"TIFF {mode} thumbnail first, {below}, {kind}", data, image.convert("RGBA"))
    for sign in (50_706, 262, 259, 33_422):
        yield Case(f"TIFF raw by {sign}", odd.raw_photo(_picture(chance), sign=sign), None, reason="raw")
    image = _picture(chance)
    yield Case("TIFF in a circle", odd.in_circle(image), image.convert("RGBA"))
    yield Case("TIFF of 300 pages", odd.many_pages(image, 300), image.convert("RGBA"))
    yield Case("TIFF of 3,000 pages", odd.many_pages(image, 3_000), None, reason="bomb")
    for extra in ((), (2,), (1,)):
        clear = image.convert("RGBA")
        clear.putalpha(0)
        samples: odd.Tags = {338: (3, extra)} if extra else {}
        data = odd.tiff([odd.strip(clear) | samples], clear.tobytes())
        # Colours that were multiplied with an alpha of 0 are black: such a picture is really transparent.
        shown = clear if extra == (1,) else image.convert("RGBA")
        yield Case(f"TIFF alpha unset, extra samples {extra}", data, shown)
