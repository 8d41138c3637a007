"""The Chart: bars as high as their numbers say, numbers that can be read, and nothing that runs over the edge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageChops, ImageDraw

from bot.money import Micros
from bot.reports.chart import BLUE, DOLLARS, GREEN, GROUND, PICTURES, SIZE, cents, draw, draw_upright, font_of, ticks
from bot.reports.usage import STEPS, Bar, Days, Report, Sum, beginnings
from tests.support import photos

NOW = datetime(2026, 11, 24, 18, 40, tzinfo=UTC)
HEADLINE = 60


def report(days: Days, sums: Sequence[tuple[int, int]], now: datetime = NOW) -> Report:
    """Build a report with these pictures and micro-dollars in its last bars, and nothing in those before."""
    begins = beginnings(days, now)
    all_of_them = [(0, 0)] * (len(begins) - len(sums)) + list(sums)
    bars = [Bar(at, Sum(count, Micros(amount))) for at, (count, amount) in zip(begins, all_of_them, strict=True)]
    return Report(STEPS[days], tuple(bars), (), 0, (), ())


def drawn(of: Report) -> Image.Image:
    image = photos.opened(draw(of)).convert("RGB")
    assert image.size == SIZE
    return image


def heights(image: Image.Image, colour: tuple[int, int, int]) -> list[int]:
    """Measure each bar of that colour, from the left, in pixels, along the line on which the bars stand."""
    bottom = (PICTURES if colour == BLUE else DOLLARS)[1]
    heights: list[int] = []
    before = False
    for x in range(image.width):
        tall = 0
        while image.getpixel((x, bottom - 2 - tall)) == colour:
            tall += 1
        if tall and not before:
            heights.append(tall + 1)
        before = bool(tall)
    return heights


@pytest.mark.parametrize("days", [1, 30, 365])
def test_bars_are_as_high_as_their_numbers_say(days: Days) -> None:
    image = drawn(report(days, [(20, 100_000), (10, 0), (0, 0), (5, 400_000)]))
    full, half, quarter = heights(image, BLUE)
    assert [half, quarter] == pytest.approx([full / 2, full / 4], abs=1)
    assert full > 150
    fourth, whole = heights(image, GREEN)
    assert fourth == pytest.approx(whole / 4, abs=1)
    assert whole > 100


def test_a_single_picture_beside_many_can_still_be_seen() -> None:
    assert heights(drawn(report(30, [(1, 1), (90_000, 900_000_000)])), BLUE)[0] >= 4


@pytest.mark.parametrize("days", [1, 30, 365])
def test_nothing_at_all_is_a_chart_of_zeros_without_a_bar(days: Days) -> None:
    of = report(days, [])
    image = drawn(of)
    assert heights(image, BLUE) == heights(image, GREEN) == []
    for _, bottom in (PICTURES, DOLLARS):
        assert islands(image.crop((0, bottom - 32, SIZE[0], bottom - 3))) == len(of.bars)


@pytest.mark.parametrize("days", [1, 30, 365])
@pytest.mark.parametrize("most", [(7, 280_000), (123, 4_567_000), (98_765, 4_567_890_000), (1_234_567, 10**11)])
def test_however_large_the_numbers_none_touches_its_neighbour_or_leaves_the_panel(
    days: Days, most: tuple[int, int]
) -> None:
    of = report(days, [most] * len(beginnings(days, NOW)))
    image = drawn(of)
    for (top, bottom), colour in ((PICTURES, BLUE), (DOLLARS, GREEN)):
        tallest = heights(image, colour)
        assert len(tallest) == len(of.bars)
        numbers = image.crop((0, top + HEADLINE - 6, SIZE[0], bottom - tallest[0] - 3))
        assert islands(numbers) >= len(of.bars)
        assert islands(image.crop((0, top + HEADLINE - 9, SIZE[0] - 100, top + HEADLINE - 6))) == 0
    for x in (0, SIZE[0] - 20):
        assert image.crop((x, 0, x + 20, SIZE[1])).getcolors() == [(20 * SIZE[1], GROUND)]


def islands(image: Image.Image) -> int:
    """Count the groups of columns that hold more than the ground, with gaps of at least a pixel."""
    mask = ImageChops.difference(image, Image.new("RGB", image.size, GROUND)).convert("L")
    inked = [mask.crop((x, 0, x + 1, mask.height)).getextrema()[1] > 40 for x in range(mask.width)]  # type: ignore[operator]  # one band, so two numbers
    return len([x for x in range(1, len(inked)) if inked[x] and not inked[x - 1]])


def test_an_upright_number_is_whole_and_stands_above_its_foot() -> None:
    image = Image.new("RGB", (200, 200))
    lying = Image.new("RGB", (200, 200))
    draw_upright(image, (50, 180), "9,876.54", font_of(40), (255, 255, 255))
    ImageDraw.Draw(lying).text((10, 100), "9,876.54", fill=(255, 255, 255), font=font_of(40), anchor="ls")
    box = image.getbbox()
    whole = lying.getbbox()
    assert box is not None
    assert whole is not None
    assert (box[2] - box[0], box[3] - box[1]) == (whole[3] - whole[1], whole[2] - whole[0])
    assert [(box[0] + box[2]) / 2, box[3]] == pytest.approx([50, 180], abs=3)


def test_the_numbers_are_in_the_picture() -> None:
    """The same bars, other numbers: they differ above the bars and nowhere else."""
    few, many = (drawn(report(365, [(count, 1)] * 13)) for count in (11, 77))
    assert heights(few, BLUE) == heights(many, BLUE)
    under_the_sum = (0, PICTURES[0] + HEADLINE, *SIZE)
    box = ImageChops.difference(few.crop(under_the_sum), many.crop(under_the_sum)).getbbox()
    assert box is not None
    assert box[0] < 80
    assert box[2] > SIZE[0] - 80
    assert box[3] < PICTURES[1] - PICTURES[0] - HEADLINE - heights(few, BLUE)[0]


def test_days_stand_under_the_bars_and_their_month_under_its_first() -> None:
    labels = ticks("day", report(30, []).bars)
    assert labels[0] == ("26", "2026-10")
    assert labels[6] == ("01", "2026-11")
    assert [large for _, large in labels if large] == ["2026-10", "2026-11"]


def test_hours_have_their_day_and_months_their_year() -> None:
    hours = ticks("hour", report(1, []).bars)
    months = ticks("month", report(365, []).bars)
    assert [tick for tick in hours if tick[1]] == [("19", "2026-11-23"), ("00", "2026-11-24")]
    assert [tick for tick in months if tick[1]] == [("11", "2025"), ("01", "2026")]


def test_label_of_a_month_with_one_day_makes_room_for_the_next() -> None:
    """On 29 November the first of 30 days is 31 October: "2026-10" would run into "2026-11"."""
    last, next_day = (drawn(report(30, [], datetime(2026, 11, day, tzinfo=UTC))) for day in (29, 30))
    names = (0, DOLLARS[1] + 40, SIZE[0], SIZE[1])
    assert last.crop(names).convert("L").point(lambda value: 255 if value > 60 else 0).getbbox()[0] > 70  # type: ignore[index]  # a month is named
    assert next_day.crop(names).convert("L").point(lambda value: 255 if value > 60 else 0).getbbox()[0] < 50  # type: ignore[index]  # as above


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (10_000, "0.01"), (42_857, "0.04"), (45_000, "0.05"), (4_800, "0.0048"), (1_234_567_890, "1,234.57")],
)
def test_dollars_are_told_in_cents_and_less_than_a_cent_exactly(amount: int, text: str) -> None:
    assert cents(Micros(amount)) == text


def test_a_chart_is_a_small_file() -> None:
    assert len(draw(report(30, [(day * 37, day * 1_234_567) for day in range(30)]))) < 200_000
