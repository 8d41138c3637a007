"""More effects, also for prompts that name none: prints, tints and films, their colours drawn from the rng."""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageOps

from playground.toapis.painting.pigments import (
    between,
    clouds,
    curve,
    edges,
    grain,
    hue,
    slope,
    smoothed,
    toned,
    vignette,
)


def duotone(image: Image.Image, _scale: float, rng: random.Random) -> Image.Image:
    turn = rng.random()
    grey = ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=2)
    return toned(grey, hue(turn, 0.8, 0.22), hue(turn + 0.08, 0.72, 0.72), hue(turn + 0.42, 0.32, 1.0))


def halftone(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    """Print as pop art: dots of one colour over flat fields, black lines on top."""
    turn = rng.random()
    flat = curve(smoothed(image, 9 * scale), 0.62)
    fields = ImageEnhance.Color(ImageOps.posterize(flat, 3)).enhance(1.6)
    fields = ImageChops.screen(fields, Image.new("RGB", image.size, hue(turn, 0.5, 0.34)))
    grey = curve(ImageOps.autocontrast(ImageOps.grayscale(image)), 0.62)
    step = max(5, round(10 * scale))
    dots = Image.new("L", image.size, 255)
    draw = ImageDraw.Draw(dots)
    cells = grey.resize((max(1, image.width // step), max(1, image.height // step)), Image.Resampling.BOX)
    for index, level in enumerate(cells.tobytes()):
        row, column = divmod(index, cells.width)
        reach = step * 0.56 * (1 - level / 255)
        x = (column + 0.5 + (row % 2) / 2) * step
        y = (row + 0.5) * step
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=0)
    printed = ImageChops.multiply(fields, ImageOps.colorize(dots, hue(turn + 0.5, 0.6, 0.72), (255, 255, 255)))
    line = curve(ImageOps.invert(edges(smoothed(image, 9 * scale), 1.6 * scale)), 3.0)
    return ImageChops.multiply(printed, line.convert("RGB"))


def riso(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    """Print in two inks on rough paper, a little out of register."""
    first, second = rng.choice(
        (((240, 80, 96), (36, 92, 160)), ((255, 150, 60), (40, 110, 110)), ((120, 80, 180), (240, 120, 90)))
    )
    grey = ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=1)
    coarse = grain(image.size, rng, 0.7 * scale)
    light = Image.blend(curve(grey, 0.8), coarse, 0.25)
    dark = Image.blend(curve(grey, 0.5), coarse, 0.25).point([min(255, max(0, (g - 70) * 3)) for g in range(256)])
    moved = ImageChops.offset(dark, round(5 * scale), round(-4 * scale))
    sheet = ImageOps.colorize(light, first, (250, 244, 228))
    return ImageChops.multiply(sheet, ImageOps.colorize(moved, second, (255, 255, 255)))


def cyanotype(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    grey = ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=1)
    grey = Image.blend(grey, grain(image.size, rng, 0.8 * scale), 0.09)
    blue = toned(grey, (8, 24, 66), (26, 76, 140), (128, 172, 206), (240, 244, 240))
    blue = ImageChops.soft_light(blue, between(clouds(image.size, rng, 6), 100, 160).convert("RGB"))
    framed = ImageOps.expand(blue, max(2, round(22 * scale)), (238, 240, 234))
    return framed.resize(image.size, Image.Resampling.LANCZOS)


def infrared(image: Image.Image, _scale: float, rng: random.Random) -> Image.Image:
    """Turn green to pink or gold, and deepen the sky."""
    red, green, blue = image.split()
    light = ImageChops.screen(green, between(green, 0, 120))
    swapped = Image.merge("RGB", (light, ImageChops.blend(red, blue, 0.5), ImageChops.blend(green, blue, 0.7)))
    tint = hue(0.9 + rng.random() * 0.12, 0.22, 1.0)
    return vignette(
        ImageEnhance.Color(ImageChops.multiply(swapped, Image.new("RGB", image.size, tint))).enhance(1.05), 0.3
    )


def film(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    """Turn it into a faded slide: teal shadows, warm lights, a leak of light at one side."""
    graded = ImageChops.screen(image, Image.new("RGB", image.size, (18, 34, 40)))
    graded = ImageChops.multiply(
        ImageEnhance.Contrast(graded).enhance(1.1), slope(image.size, (255, 236, 204), (255, 222, 196))
    )
    grey = ImageOps.grayscale(image)
    graded = Image.blend(graded, toned(grey, (14, 52, 62), (118, 120, 108), (255, 224, 176)), 0.5)
    leak = Image.linear_gradient("L").rotate(rng.choice((90, 270))).resize(image.size)
    leak = leak.point([max(0, (level - 150) * 2) for level in range(256)])
    graded = ImageChops.screen(graded, ImageOps.colorize(leak, (0, 0, 0), (196, 84, 36)))
    return ImageChops.overlay(graded, between(grain(image.size, rng, 0.7 * scale), 108, 148).convert("RGB"))


def noir(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    grey = ImageEnhance.Contrast(ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=2)).enhance(1.45)
    grained = ImageChops.overlay(grey, between(grain(image.size, rng, 0.8 * scale), 96, 160))
    return vignette(toned(grained, (6, 6, 9), (120, 118, 116), (246, 243, 236)), 0.75)
