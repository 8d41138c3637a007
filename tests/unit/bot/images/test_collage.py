"""The Strip: before and after, and all steps, as one numbered picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from bot.errors import BadPicture
from bot.images import codec, collage
from bot.images.checked import Picture
from bot.images.picture import compare, film_strip, thumbnail
from tests.support import photos

LIMIT = 10_000_000
RED = (200, 30, 30)
BLUE = (30, 30, 200)
CLEAR = (0, 0, 0, 0)
CLEAN = photos.clean()


def plain(width: int, height: int, colour: tuple[int, ...] = RED) -> bytes:
    return photos.saved(Image.new("RGBA" if len(colour) == 4 else "RGB", (width, height), colour), "PNG")


def sizes(picture: Picture, *colours: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Return width and height of the area that is (nearly) of each colour in the picture."""
    image = photos.opened(picture.data).convert("RGB")
    boxes = []
    for colour in colours:
        far = ImageChops.difference(image, Image.new("RGB", image.size, colour))
        near = [band.point(lambda value: 255 if value < 40 else 0) for band in far.split()]
        box = reduce(ImageChops.darker, near).getbbox()
        boxes.append((box[2] - box[0], box[3] - box[1]) if box else (0, 0))
    return boxes


def reason(work: Callable[[], object]) -> str:
    with pytest.raises(BadPicture) as raised:
        work()
    return raised.value.reason


def test_before_and_after_stand_side_by_side_at_the_same_height() -> None:
    pair = compare(plain(800, 600), plain(512, 512, BLUE), LIMIT)
    assert pair.format == "JPEG"
    before, after = sizes(pair, RED, BLUE)
    assert before[1] == pytest.approx(600, abs=3)
    assert after == pytest.approx((600, 600), abs=3)
    assert before[0] == pytest.approx(800, abs=3)
    assert pair.width == pytest.approx(1400, abs=60)
    assert pair.height == pytest.approx(600, abs=30)


def test_nothing_becomes_higher_than_1024_pixels() -> None:
    pair = compare(plain(3000, 4000), plain(1500, 2000, BLUE), LIMIT)
    assert sizes(pair, RED, BLUE) == [pytest.approx((768, 1024), abs=3)] * 2


def test_very_wide_pictures_stand_one_below_the_other() -> None:
    pair = compare(plain(2100, 900), plain(2100, 900, BLUE), LIMIT)
    assert sizes(pair, RED, BLUE) == [pytest.approx((2048, 878), abs=3)] * 2
    assert pair.height > 2 * 878


@pytest.mark.parametrize("other", [1024, 16])
def test_a_tiny_picture_is_not_blown_up(other: int) -> None:
    pair = compare(plain(16, 16), plain(other, other, BLUE), LIMIT)
    assert sizes(pair, RED)[0] <= (70, 70)
    assert min(pair.shown) >= 64


def test_a_small_picture_and_a_large_one_meet_in_between() -> None:
    pair = compare(plain(150, 150), plain(1000, 1000, BLUE), LIMIT)
    assert sizes(pair, RED, BLUE) == [pytest.approx((600, 600), abs=3)] * 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_shown_as_they_were_held(orientation: int) -> None:
    lying = photos.saved(photos.photo(320, 240), "JPEG", quality=95, exif=photos.turned_exif(orientation))
    upright = photos.saved(photos.as_viewed(lying), "PNG")
    sheet = photos.opened(compare(lying, upright, LIMIT).data)
    middle = sheet.width // 2
    before = sheet.crop((0, 0, middle, sheet.height))
    after = sheet.crop((middle, 0, 2 * middle, sheet.height))
    assert photos.distance(before, after) < 12
    assert (before.width > before.height) == (orientation < 5)


@pytest.mark.parametrize("name", CLEAN)
def test_each_kind_of_file_can_be_compared_and_stripped(name: str) -> None:
    assert compare(CLEAN[name], CLEAN["png"], LIMIT).format == "JPEG"
    assert film_strip([CLEAN[name], None], LIMIT).format == "JPEG"
    assert max(thumbnail(CLEAN[name], 32).shown) == 32


def test_an_animation_is_shown_by_its_first_frame() -> None:
    frames = [Image.new("RGB", (300, 300), colour) for colour in (RED, BLUE)]
    moving = photos.saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert sizes(compare(moving, plain(300, 300), LIMIT), RED, BLUE)[1] == (0, 0)


def test_what_is_see_through_stands_on_a_checkerboard() -> None:
    sheet = photos.opened(compare(plain(300, 300, CLEAR), plain(300, 300), LIMIT).data)
    middle = sheet.crop((150, 150, 250, 250)).convert("L")
    assert ImageStat.Stat(middle).stddev[0] > 5
    assert 100 < ImageStat.Stat(middle).mean[0] < 180


def test_colours_are_compared_as_their_profiles_mean_them() -> None:
    swapped = bytearray(photos.PROFILE)  # a profile whose red is what others call green
    red = swapped.index(b"rXYZ")
    green = swapped.index(b"gXYZ")
    swapped[red : red + 4] = b"gXYZ"
    swapped[green : green + 4] = b"rXYZ"
    image = Image.new("RGB", (300, 300), (220, 20, 20))
    data = photos.saved(image, "PNG", icc_profile=bytes(swapped))
    sheet = photos.opened(compare(data, plain(300, 300), LIMIT).data).convert("RGB")
    red_part, green_part, _ = ImageStat.Stat(sheet.crop((150, 150, 250, 250))).mean
    assert green_part > red_part + 100


@pytest.mark.parametrize(("limit", "enough"), [(60_000, True), (20_000, True), (100, False)])
def test_the_limit_is_kept_or_said_to_be_impossible(limit: int, enough: bool) -> None:
    noisy = photos.saved(photos.photo(500, 400, noise=95), "PNG")
    ways: tuple[Callable[[], Picture], ...] = (
        lambda: compare(noisy, noisy, limit),
        lambda: film_strip([noisy] * 5, limit),
    )
    for work in ways:
        if enough:
            assert len(work().data) <= limit
        else:
            assert reason(work) == "too-large"


def test_a_picture_that_can_not_be_opened_can_not_be_compared() -> None:
    assert reason(lambda: compare(b"%PDF-1.7\n", CLEAN["png"], LIMIT)) == "pdf"
    assert reason(lambda: compare(CLEAN["png"], b"", LIMIT)) == "empty"
    assert reason(lambda: compare(CLEAN["jpeg"][:300], CLEAN["png"], LIMIT)) == "truncated"
    assert reason(lambda: thumbnail(b"hello, this is a text\n" * 9)) == "text"


@pytest.mark.parametrize(
    ("count", "across"),
    [(1, 1), (2, 2), (3, 3), (4, 4), (5, 3), (6, 3), (7, 4), (8, 4), (9, 3), (10, 4), (11, 4), (13, 3), (60, 4)],
)
def test_rows_are_short_enough_for_a_phone_and_leave_few_places_empty(count: int, across: int) -> None:
    assert collage.columns(count) == across


@given(st.integers(1, collage.MOST))
def test_no_row_is_longer_than_four(count: int) -> None:
    across = collage.columns(count)
    assert across <= 4
    assert -count % across < across


def test_steps_stand_in_rows_in_the_order_in_which_they_came() -> None:
    colours = [(200, 40 * number, 40) for number in range(5)]
    sheet = photos.opened(film_strip([plain(400, 300, colour) for colour in colours], LIMIT).data)
    width, height = sheet.size
    for number, colour in enumerate(colours):
        row, column = divmod(number, 3)
        seen = sheet.getpixel((round(width * (column + 0.5) / 3), round(height * (row + 0.75) / 2)))
        assert seen == pytest.approx(colour, abs=6)
    empty = sheet.getpixel((round(width * 5 / 6), round(height * 0.75)))
    assert empty == pytest.approx((36, 38, 43), abs=6)


def corner(picture: Picture) -> Image.Image:
    """Return the corner in which the first frame's number stands."""
    return photos.opened(picture.data).crop((0, 0, 90, 90))


def test_each_frame_has_its_number_and_a_later_page_goes_on_counting() -> None:
    frame = plain(640, 480)
    first_strip, again, seventh = (film_strip([frame], LIMIT, first=first) for first in (1, 1, 7))
    assert photos.distance(corner(first_strip), corner(again)) == 0
    assert photos.distance(corner(first_strip), corner(seventh)) > 1
    assert corner(first_strip).convert("L").point(lambda value: 255 if value > 220 else 0).getbbox()


def test_a_missing_picture_is_an_empty_frame_with_a_thin_cross() -> None:
    sheet = photos.opened(film_strip([plain(640, 640), None], LIMIT).data).convert("L")
    right = sheet.crop((sheet.width // 2 + 8, 8, sheet.width - 8, sheet.height - 8))
    x = right.width // 2
    y = right.height // 2
    for across, down in ((-100, -100), (100, 100), (-100, 100), (100, -100)):
        arm = right.crop((x + across - 6, y + down - 6, x + across + 6, y + down + 6)).getextrema()
        assert arm == pytest.approx((51, 97), abs=14)
    assert right.crop((x - 30, y + 150, x + 30, y + 200)).getextrema() == pytest.approx((51, 51), abs=5)


def test_an_unreadable_frame_is_shown_like_a_missing_picture() -> None:
    for broken in (b"This content is no longer available.", CLEAN["jpeg"][:300], b""):
        assert film_strip([plain(64, 64), broken], LIMIT).data == film_strip([plain(64, 64), None], LIMIT).data


def test_a_strip_of_nothing_but_gone_pictures_is_a_strip() -> None:
    assert film_strip([None] * 60, LIMIT).shown[1] > film_strip([None] * 4, LIMIT).shown[1]


@pytest.mark.parametrize("count", [0, 61])
def test_no_frames_and_too_many_are_a_mistake_of_ours(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 60"):
        film_strip([None] * count, LIMIT)


def test_pictures_of_all_shapes_share_one_cell_and_keep_their_own_shape() -> None:
    frames = [plain(400, 300, BLUE)] * 2 + [plain(100, 400), plain(4, 400, BLUE), None]
    sheet = film_strip(frames, LIMIT)
    assert sizes(sheet, RED) == [pytest.approx((120, 480), abs=3)]


def test_a_strip_of_thumbnails_is_as_sharp_as_one_of_whole_pictures() -> None:
    whole = photos.saved(photos.photo(900, 700), "JPEG", quality=95)
    small = thumbnail(whole)
    assert small.shown == (640, 498)
    assert len(small.data) < len(whole)
    of_whole = film_strip([whole] * 3, LIMIT)
    of_small = film_strip([small.data] * 3, LIMIT)
    assert photos.distance(photos.opened(of_whole.data), photos.opened(of_small.data)) < 3


def test_only_thumbnails_are_kept_while_a_strip_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[int, int]] = []
    truth = codec.decode

    def watched(*given: Any, **options: Any) -> Image.Image:
        image = truth(*given, **options)
        kept.append(image.size)
        return image

    monkeypatch.setattr(codec, "decode", watched)
    film_strip([photos.saved(Image.new("RGB", (2000, 1500)), format_) for format_ in ("JPEG", "PNG")] * 2, LIMIT)
    assert kept == [(480, 360)] * 4


def test_nothing_personal_is_in_a_strip() -> None:
    for data in photos.revealing().values():
        for picture in (compare(data, data, LIMIT), film_strip([data], LIMIT), thumbnail(data, 32)):
            assert photos.SECRET_BYTES not in picture.data
            assert not photos.opened(picture.data).getexif()
