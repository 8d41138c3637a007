"""Collages: several pictures as one, side by side and numbered. Images in, an image out; no I/O.

Pictures have numbers, not words, since a drawn word can't be translated. The message has the words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont

PAIR: Final = (2048, 1024)
"""Width and height in pixels that each of two compared pictures may take."""
FRAME: Final = 640
"""The longest side in pixels of a frame among few, and of a thumbnail for the strip."""
MOST: Final = 60
"""The most frames in a strip. Their thumbnails take about 40 MB together."""

_LEAST_SIDE: Final = 256
"""Pixels. Two small compared pictures are enlarged to this side, as far as ``_MOST_ENLARGED`` allows."""
_ENOUGH_SIDE: Final = 512
"""Pixels. The larger picture keeps this side, even if the smaller can't be enlarged to it."""
_LEAST_PANEL: Final = 160
"""The smallest panel under a picture, in pixels: on a smaller one no number would be legible."""
_MOST_ENLARGED: Final = 4
_WIDEST: Final = 4.2
"""The largest ratio of a pair side by side. A wider pair is stacked: a phone would show only a thin line."""
_COLUMNS: Final = 4
"""The most frames in a row: on a phone each frame is then about as wide as a thumb."""
_FRAME_RATIOS: Final = (9 / 16, 16 / 9)

# Unlike both Discord's dark and its light background, so that the collage is visible on both.
_GROUND: Final = (36, 38, 43)
_EMPTY: Final = (48, 51, 57)
_LINE: Final = (92, 97, 107)
_CHECKS: Final = ((150, 154, 161), (128, 132, 139))
"""The checkerboard behind transparency: mid greys, on which black and white drawings are both visible."""
_CHECK: Final = 12
_BADGE: Final = (18, 19, 23, 205)
_NUMBER: Final = (255, 255, 255, 255)
_SMOOTH: Final = 4
"""Pillow draws shapes without antialiasing: they are drawn larger by this factor and scaled down."""


def compared(before: Image.Image, after: Image.Image) -> Image.Image:
    """Build a collage of two pictures (RGB or RGBA), side by side at the same height, or stacked if both are very wide.

    Neither is enlarged more than fourfold; a smaller picture stands in the middle of its half.
    """
    pair = (before, after)
    is_stacked = sum(image.width / image.height for image in pair) > _WIDEST
    scales = _scales_below(pair) if is_stacked else _scales_beside(pair)
    resized = [_resized(image, scale) for image, scale in zip(pair, scales, strict=True)]
    height = max(image.height for image in resized)
    width = max(image.width for image in resized)
    panels = [_panel(image, (width, _LEAST_PANEL) if is_stacked else (_LEAST_PANEL, height)) for image in resized]
    return _sheet(panels, 1 if is_stacked else 2, first=1)


def frame_box(count: int) -> tuple[int, int]:
    """Return the most width and height in pixels of each of ``count`` frames. Raise ValueError unless 1 to 60."""
    if not 1 <= count <= MOST:
        raise ValueError(f"a strip has 1 to {MOST} frames, not {count}")
    side = FRAME if columns(count) < _COLUMNS else FRAME * 3 // 4
    return side, side


def film(frames: Sequence[Image.Image | None], *, first: int = 1) -> Image.Image:
    """Build rows of frames (RGB or RGBA, each within ``frame_box``), numbered from ``first``. None: an empty frame."""
    side, _ = frame_box(len(frames))
    ratios = sorted(image.width / image.height for image in frames if image is not None) or [1.0]
    ratio = min(max(ratios[len(ratios) // 2], _FRAME_RATIOS[0]), _FRAME_RATIOS[1])
    cell = (side, round(side / ratio)) if ratio >= 1 else (round(side * ratio), side)
    panels = [_empty_frame(cell) if image is None else _framed(image, cell) for image in frames]
    return _sheet(panels, columns(len(frames)), first=first)


def columns(count: int) -> int:
    """Return the frames in a row: all of up to four; else three or four, whichever leaves fewer places empty."""
    if count <= _COLUMNS:
        return count
    return min((_COLUMNS, _COLUMNS - 1), key=lambda width: -count % width)


def _scales_beside(pair: Sequence[Image.Image]) -> list[float]:
    height = _common([image.height for image in pair], PAIR[1])
    return [min(height / image.height, PAIR[0] / image.width, _MOST_ENLARGED) for image in pair]


def _scales_below(pair: Sequence[Image.Image]) -> list[float]:
    width = _common([image.width for image in pair], PAIR[0])
    return [min(width / image.width, PAIR[1] / image.height, _MOST_ENLARGED) for image in pair]


def _common(sides: Sequence[int], most: int) -> int:
    """Return the side that both share: the larger picture's, unless the smaller one would become a blur."""
    side = min(max(sides), max(min(sides) * _MOST_ENLARGED, _ENOUGH_SIDE))
    return min(max(side, _LEAST_SIDE), most)


def _resized(image: Image.Image, scale: float) -> Image.Image:
    size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def _framed(image: Image.Image, cell: tuple[int, int]) -> Image.Image:
    scale = min(cell[0] / image.width, cell[1] / image.height, _MOST_ENLARGED)
    return _panel(_resized(image, scale), cell)


def _panel(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Put the picture in the middle of a panel of at least ``size``, on a checkerboard if it has transparency."""
    panel = Image.new("RGB", (max(size[0], image.width), max(size[1], image.height)), _EMPTY)
    at = (panel.width - image.width) // 2, (panel.height - image.height) // 2
    if image.mode == "RGBA":
        panel.paste(_checkerboard(image.size), at)
        panel.paste(image, at, image)
    else:
        panel.paste(image, at)
    return panel


def _checkerboard(size: tuple[int, int]) -> Image.Image:
    light, dark = _CHECKS
    board = Image.new("RGB", size, light)
    draw = ImageDraw.Draw(board)
    for y in range(0, size[1], _CHECK):
        for x in range(y % (2 * _CHECK), size[0], 2 * _CHECK):
            draw.rectangle((x, y, x + _CHECK - 1, y + _CHECK - 1), fill=dark)
    return board


def _empty_frame(cell: tuple[int, int]) -> Image.Image:
    """Create an empty frame with a thin cross, for a picture that no longer exists."""
    mask = Image.new("L", (cell[0] * _SMOOTH, cell[1] * _SMOOTH))
    draw = ImageDraw.Draw(mask)
    right = mask.width - 1
    bottom = mask.height - 1
    thickness = 3 * _SMOOTH
    draw.line((0, 0, right, bottom), fill=255, width=thickness)
    draw.line((0, bottom, right, 0), fill=255, width=thickness)
    draw.rectangle((0, 0, right, bottom), outline=255, width=thickness)
    panel = Image.new("RGB", cell, _EMPTY)
    panel.paste(_LINE, mask=mask.resize(cell, Image.Resampling.BOX))
    return panel


def _sheet(panels: Sequence[Image.Image], across: int, *, first: int) -> Image.Image:
    """Join the panels in rows of ``across``, with a gap around and a number on each."""
    rows = [panels[start : start + across] for start in range(0, len(panels), across)]
    inner = max(sum(panel.width for panel in row) for row in rows)
    gap = max(round(inner / 160), 4)
    width = inner + gap * (across + 1)
    height = sum(max(panel.height for panel in row) for row in rows) + gap * (len(rows) + 1)
    # Legible if the whole sheet is as wide as a phone, and small beside its picture.
    badge_height = min(max(round(width / 24), 18), min(min(panel.size) for panel in panels) // 2)
    sheet = Image.new("RGB", (width, height), _GROUND)
    number = first
    y = gap
    for row in rows:
        x = gap
        for panel in row:
            sheet.paste(panel, (x, y))
            badge = _badge(number, badge_height)
            sheet.paste(badge, (x + gap, y + gap), badge)
            x += panel.width + gap
            number += 1
        y += max(panel.height for panel in row) + gap
    return sheet


def _badge(number: int, height: int) -> Image.Image:
    """Create a number on a dark pill, legible on any picture."""
    tall = height * _SMOOTH
    font = ImageFont.load_default(size=tall * 0.64)
    text = str(number)
    left, top, right, bottom = font.getbbox(text, anchor="mm")
    wide = max(tall, math.ceil(right - left + tall * 0.55))
    badge = Image.new("RGBA", (wide, tall))
    draw = ImageDraw.Draw(badge)
    draw.rounded_rectangle((0, 0, wide - 1, tall - 1), radius=tall // 2, fill=_BADGE)
    middle = wide / 2 - (left + right) / 2, tall / 2 - (top + bottom) / 2
    draw.text(middle, text, fill=_NUMBER, font=font, anchor="mm")
    return badge.resize((round(wide / _SMOOTH), height), Image.Resampling.LANCZOS)
