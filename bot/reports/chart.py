"""The Chart: a Report as bars, pictures above and dollars below. Draws only: a report in, a PNG out.

Numbers and no words, since what is drawn can't be translated: the words stand in the message beside it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bot.money import Micros, dollars
from bot.reports.usage import Bar, Report, Step

SIZE: Final = (1200, 720)
"""In pixels. Discord shows it less than half as wide, so that nothing in it may be small."""

_SIDE: Final = 36
"""Free on the left and on the right."""
PICTURES: Final = (28, 330)
DOLLARS: Final = (362, 620)
"""Top and bottom of the two panels."""
_TOTAL: Final = 46
"""Height of a panel's headline: its sum."""
_NUMBER: Final = (24, 34)
"""Height of the numbers on the bars: at least, at most. Numbers that don't fit beside each other stand upright."""
_UPRIGHT: Final = 27
_TICK: Final = 26
_LEAST_BAR: Final = 4
"""Pixels of the smallest bar that is not nothing."""
_WIDEST_BAR: Final = 64

GROUND: Final = (30, 31, 34)
_LINE: Final = (78, 80, 88)
_QUIET: Final = (150, 154, 162)
_LIGHT: Final = (242, 243, 245)
BLUE: Final = (128, 142, 255)
GREEN: Final = (74, 196, 138)

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_Colour = tuple[int, int, int]


def draw(report: Report) -> bytes:
    """Render the report's bars as a PNG of ``SIZE``, dark like Discord's own cards. Takes some tens of milliseconds."""
    image = Image.new("RGB", SIZE, GROUND)
    pen = ImageDraw.Draw(image)
    total = report.total
    pictures = [bar.sum.pictures for bar in report.bars]
    amounts = [bar.sum.amount for bar in report.bars]
    _panel(image, PICTURES, pictures, [f"{count:,}" for count in pictures], f"{total.pictures:,}", BLUE)
    _panel(image, DOLLARS, amounts, [cents(amount) for amount in amounts], f"${cents(total.amount)}", GREEN)
    _axis(pen, ticks(report.step, report.bars))
    pen.text((SIZE[0] - _SIDE, PICTURES[0]), "UTC", fill=_QUIET, font=font_of(_TICK), anchor="rt")
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def cents(amount: Micros) -> str:
    """Format dollars in whole cents, so that a bar can carry them: ``1,012.30``. Less than a cent is shown exactly."""
    if amount == 0:
        return "0"
    rounded = (Decimal(amount) / 1_000_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{rounded:,}" if rounded else dollars(amount)


def ticks(step: Step, bars: Sequence[Bar]) -> list[tuple[str, str]]:
    """Return for each bar its hour, day or month, and what that is part of where it is the first of it."""
    small, large = {"hour": ("%H", "%Y-%m-%d"), "day": ("%d", "%Y-%m"), "month": ("%m", "%Y")}[step]
    labels: list[tuple[str, str]] = []
    before = ""
    for bar in bars:
        part_of = f"{bar.begins:{large}}"
        labels.append((f"{bar.begins:{small}}", part_of if part_of != before else ""))
        before = part_of
    return labels


def _panel(
    image: Image.Image,
    between: tuple[int, int],
    values: Sequence[int],
    texts: Sequence[str],
    total: str,
    colour: _Colour,
) -> None:
    top, bottom = between
    pen = ImageDraw.Draw(image)
    pen.text((_SIDE, top), total, fill=colour, font=font_of(_TOTAL), anchor="lt")
    slot = _slot(len(values))
    size = next((size for size in range(_NUMBER[1], _NUMBER[0] - 1, -1) if _fits(texts, size, slot)), None)
    font = font_of(size or _UPRIGHT)
    room = 12 + (size if size else round(max(font.getlength(text) for text in texts)))
    highest = max(*values, 1)
    height = bottom - top - _TOTAL - 16 - room
    half = min(slot * 0.36, _WIDEST_BAR / 2)
    for number, (value, text) in enumerate(zip(values, texts, strict=True)):
        middle = _middle(number, slot)
        tall = max(round(height * value / highest), _LEAST_BAR) if value else 0
        if value:
            pen.rectangle((round(middle - half), bottom - tall, round(middle + half), bottom - 1), fill=colour)
        at = (round(middle), bottom - tall - 7)
        tone = _LIGHT if value else _QUIET
        if size or not value:
            pen.text(at, text, fill=tone, font=font, anchor="mb")
        else:
            draw_upright(image, at, text, font, tone)
    pen.line((_SIDE, bottom, SIZE[0] - _SIDE, bottom), fill=_LINE, width=2)


def _axis(pen: ImageDraw.ImageDraw, labels: Sequence[tuple[str, str]]) -> None:
    """Render the labels from the right. A name that would run into the next one is left out: only the first can."""
    slot = _slot(len(labels))
    font = font_of(_TICK)
    y = DOLLARS[1] + 12
    free_until = float(SIZE[0])
    for number in range(len(labels) - 1, -1, -1):
        small, large = labels[number]
        middle = _middle(number, slot)
        pen.text((middle, y), small, fill=_QUIET, font=font, anchor="mt")
        left = middle - font.getlength(small) / 2
        if large and left + font.getlength(large) < free_until:
            pen.text((left, y + 36), large, fill=_LIGHT, font=font, anchor="lt")
            free_until = left - 20


def draw_upright(image: Image.Image, foot: tuple[int, int], text: str, font: _Font, tone: _Colour) -> None:
    """Render text that is read from below, centred above its foot."""
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    mask = Image.new("L", (round(right - left) + 2, round(bottom - top) + 2))
    ImageDraw.Draw(mask).text((1 - left, 1 - top), text, fill=255, font=font, anchor="ls")
    upright = mask.transpose(Image.Transpose.ROTATE_90)
    image.paste(tone, (foot[0] - upright.width // 2, foot[1] - upright.height), upright)


def _fits(texts: Sequence[str], size: int, slot: float) -> bool:
    font = font_of(size)
    return max(font.getlength(text) for text in texts) <= slot - 4


def font_of(size: int) -> _Font:
    """Load the font that Pillow brings along."""
    return ImageFont.load_default(size=size)


def _slot(count: int) -> float:
    """Return the pixels for each of so many bars."""
    return (SIZE[0] - 2 * _SIDE) / count


def _middle(number: int, slot: float) -> float:
    return _SIDE + slot * (number + 0.5)
