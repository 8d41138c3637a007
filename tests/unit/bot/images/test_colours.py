"""Channels of every kind become colours, by their profile where there is one."""

from __future__ import annotations

import pytest
from PIL import Image

from bot.images import colours
from tests.support import photos


def test_an_unreadable_profile_leaves_the_colours_as_they_are() -> None:
    image = photos.photo()
    image.info["icc_profile"] = photos.PROFILE[:200]
    assert photos.distance(colours.in_srgb(image), photos.photo()) == 0
    assert colours.in_srgb(photos.photo(mode="L")).mode == "RGB"


def test_what_is_see_through_stays_so_in_srgb() -> None:
    image = photos.photo(mode="RGBA")
    image.info["icc_profile"] = photos.PROFILE
    assert colours.in_srgb(image).getchannel("A").tobytes() == image.getchannel("A").tobytes()


@pytest.mark.parametrize(("unset", "mode"), [(True, "RGB"), (False, "RGBA")])
def test_alpha_of_zero_everywhere_counts_only_where_writers_set_it(unset: bool, mode: str) -> None:
    image = photos.photo(mode="RGBA")
    image.putalpha(0)
    plain = colours.to_plain_mode(image, None, unset_alpha=unset)
    assert plain.mode == mode
    assert photos.distance(plain.convert("RGB"), image.convert("RGB")) == 0


def test_a_picture_without_colours_stays_transparent() -> None:
    assert colours.to_plain_mode(Image.new("RGBA", (20, 20)), None, unset_alpha=True).mode == "RGBA"


def test_ink_becomes_light_by_its_profile_or_by_formula() -> None:
    light = photos.photo()
    for profile in (None, b"CMYK?" * 30, photos.PROFILE):
        plain = colours.to_plain_mode(light.convert("CMYK"), profile)
        assert (plain.mode, plain.info) == ("RGB", {})
        assert photos.distance(plain, light) < 12
