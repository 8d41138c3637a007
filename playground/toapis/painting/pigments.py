"""The ingredients of the effects: grain, clouds, slopes of colour, vignettes. Pillow only, all from a given rng."""

from __future__ import annotations

import colorsys
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Rgb = tuple[int, int, int]
Size = tuple[int, int]


def grain(size: Size, rng: random.Random, blur: float = 0.0) -> Image.Image:
    """Make fine grey noise around 128, mode L."""
    image = Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))
    return ImageOps.autocontrast(image.filter(ImageFilter.GaussianBlur(blur))) if blur else image


def clouds(size: Size, rng: random.Random, cells: int = 9) -> Image.Image:
    """Make large soft blotches, mode L, over the whole range of greys."""
    small = grain((cells, max(2, cells * size[1] // size[0])), rng)
    big = small.resize(size, Image.Resampling.BICUBIC)
    fine = grain((cells * 6, max(2, cells * 6 * size[1] // size[0])), rng).resize(size, Image.Resampling.BICUBIC)
    return ImageOps.autocontrast(Image.blend(big, fine, 0.3))


def between(image: Image.Image, low: int, high: int) -> Image.Image:
    """Map the greys of an L image to a range."""
    return image.point([low + (high - low) * grey // 255 for grey in range(256)])


def curve(image: Image.Image, gamma: float) -> Image.Image:
    """Map each channel to a power of itself: below 1 lightens, above 1 darkens."""
    table = [round(255 * (grey / 255) ** gamma) for grey in range(256)]
    return image.point(table * len(image.getbands()))


def slope(size: Size, top: Rgb, bottom: Rgb, middle: Rgb | None = None) -> Image.Image:
    """Make a vertical gradient."""
    column = Image.linear_gradient("L").resize((1, size[1]))
    return ImageOps.colorize(column, top, bottom, middle).resize(size)


def across(size: Size, left: Rgb, right: Rgb, middle: Rgb | None = None) -> Image.Image:
    """Make a horizontal gradient."""
    row = Image.linear_gradient("L").rotate(90).resize((size[0], 1))
    return ImageOps.colorize(row, left, right, middle).resize(size)


def glow(size: Size, centre: tuple[float, float], radius: float, colour: Rgb) -> Image.Image:
    """Make a light on black. ``centre`` as shares of the size; ``radius`` as a share of the longer edge."""
    reach = max(2, round(max(size) * radius))
    disc = ImageOps.invert(Image.radial_gradient("L")).resize((reach * 2, reach * 2))
    disc = between(disc.point([max(0, (grey - 74) * 255 // 181) for grey in range(256)]), 0, 255)
    light = Image.new("L", size)
    light.paste(disc, (round(size[0] * centre[0]) - reach, round(size[1] * centre[1]) - reach))
    return ImageOps.colorize(light, (0, 0, 0), colour)


def vignette(image: Image.Image, strength: float) -> Image.Image:
    """Make the corners darker. ``strength`` from 0 to 1."""
    ring = Image.radial_gradient("L").resize(image.size)
    shade = ring.point([round(255 * (1 - strength * max(0.0, grey / 255 - 0.35) / 0.65)) for grey in range(256)])
    return ImageChops.multiply(image, shade.convert("RGB"))


def edges(image: Image.Image, blur: float) -> Image.Image:
    """Return bright lines on black where the picture changes, mode L."""
    grey = ImageOps.grayscale(image).filter(ImageFilter.GaussianBlur(blur))
    lines = grey.filter(ImageFilter.FIND_EDGES).point([max(0, level - 5) for level in range(256)])  # not the grain
    ImageDraw.Draw(lines).rectangle((0, 0, lines.width - 1, lines.height - 1), outline=0, width=2)
    return ImageOps.autocontrast(lines, cutoff=(0, 1))


def toned(grey: Image.Image, *colours: Rgb) -> Image.Image:
    """Map a grey picture to a ramp of colours, dark to light."""
    steps = len(colours) - 1
    tables: list[int] = []
    for channel in range(3):
        for level in range(256):
            place = level / 255 * steps
            index = min(steps - 1, int(place))
            low = colours[index][channel]
            high = colours[index + 1][channel]
            tables.append(round(low + (high - low) * (place - index)))
    return Image.merge("RGB", [grey.point(tables[start : start + 256]) for start in (0, 256, 512)])


def hue(turn: float, saturation: float, value: float) -> Rgb:
    """Return a colour by hue (0 to 1), saturation and value."""
    red, green, blue = colorsys.hsv_to_rgb(turn % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def smoothed(image: Image.Image, size: float) -> Image.Image:
    """Remove small things, keep large edges. Done at half the size: a median filter is slow, and nobody sees it."""
    half = image.resize((max(8, image.width // 2), max(8, image.height // 2)), Image.Resampling.BOX)
    return half.filter(ImageFilter.MedianFilter(odd(size / 2))).resize(image.size, Image.Resampling.BICUBIC)


def odd(number: float) -> int:
    """Return the nearest odd size of at least 3, as rank filters want it."""
    return max(3, round(number) // 2 * 2 + 1)
