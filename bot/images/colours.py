"""Colours: pictures of every kind of channels become L, RGB or RGBA of eight bits."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any, Final, cast

from PIL import Image, ImageCms

from bot.images.metadata import icc

_MODES: Final = {"L": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB "}
"""The kind of profile that describes the channels of a mode."""


def in_srgb(image: Image.Image) -> Image.Image:
    """Convert a decoded image to RGB or RGBA in sRGB, so that pictures of different profiles can stand side by side."""
    profile = image.info.get("icc_profile")
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile is not None:
        with suppress(ImageCms.PyCMSError, OSError):  # an unreadable profile: the numbers are taken as they are
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return _translated(image, source, ImageCms.createProfile("sRGB"), mode)
    return image if image.mode == mode else image.convert(mode)


def to_plain_mode(image: Image.Image, profile: bytes | None, *, unset_alpha: bool = False) -> Image.Image:
    """Convert to L, RGB or RGBA of eight bits a channel. Keep the profile only if it describes these channels.

    ``unset_alpha``: the format's writers often leave the alpha at 0, so alpha that is 0 everywhere means nothing.
    """
    if image.mode in {"CMYK", "LAB"}:
        image = _managed(image, profile)
        profile = None
    elif image.mode == "F" or image.mode.startswith("I"):
        image = _eight_bit(image)
    elif image.mode == "1":
        image = image.convert("L")
    if image.has_transparency_data:
        # ``convert`` copies even if the mode is right already, and each copy takes 4 bytes a pixel.
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        alpha = _extremes(image.getchannel("A"))
        is_opaque = alpha == (255, 255) or (unset_alpha and alpha == (0, 0) and _has_colours(image))
        image = image.convert("RGB") if is_opaque else image
    elif image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    clean = icc.reduced(profile) if profile and icc.colour_space(profile) == _MODES[image.mode] else b""
    image.info = {"icc_profile": clean} if clean else {}
    return image


def _has_colours(image: Image.Image) -> bool:
    """Return whether anything would be seen if the alpha were left out."""
    return any(_extremes(image.getchannel(channel))[1] > 0 for channel in "RGB")


def _managed(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert CMYK or LAB to RGB: by its own profile if that works, else by Pillow's formula."""
    srgb = ImageCms.createProfile("sRGB")
    if image.mode == "LAB":
        return _translated(image, ImageCms.createProfile("LAB"), srgb)
    if profile is not None and icc.colour_space(profile) == b"CMYK":
        try:
            return _translated(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), srgb)
        except (ImageCms.PyCMSError, OSError):
            return image.convert("RGB")
    return image.convert("RGB")


def _translated(image: Image.Image, source: Any, target: Any, mode: str = "RGB") -> Image.Image:
    translated = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    assert translated is not None  # None only for a conversion in place
    return translated


def _eight_bit(image: Image.Image) -> Image.Image:
    """Convert deep grey to L: 16 bits by the high byte, others stretched between their darkest and lightest."""
    deep = image.convert("F")
    low, high = (0.0, 65_535.0) if image.mode.startswith("I;16") else _extremes(deep)
    factor = 255.0 / ((high - low) or 1.0)
    return deep.point(lambda value: value * factor - low * factor).convert("L")


def _extremes(image: Image.Image) -> tuple[float, float]:
    return cast("tuple[float, float]", image.getextrema())  # one channel, so one pair
