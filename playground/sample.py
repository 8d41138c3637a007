"""A sample picture to begin with: a lighthouse above the sea on a late afternoon, drawn anew and always the same."""

from __future__ import annotations

import functools
import io
import math
import random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from playground.toapis.painting.pigments import Rgb, Size, between, clouds, glow, grain, slope, toned

SIZE: Final[Size] = (1440, 960)
NAME: Final = "lighthouse.jpg"
_SUN: Final = (0.27, 0.47)
_HORIZON: Final = 0.58


@functools.cache
def sample() -> bytes:
    """Return the picture as JPEG bytes."""
    rng = random.Random(1)
    image = _sea(_sky(rng), rng)
    image = _cliffs(image, rng)
    image = _tower(image)
    image = _gulls(image, rng)
    soft = between(grain(image.size, rng, 0.7), 122, 134).convert("RGB")
    image = ImageChops.soft_light(image, soft)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def _sky(rng: random.Random) -> Image.Image:
    image = slope(SIZE, (58, 104, 168), (255, 196, 132), (150, 178, 206))
    image = ImageChops.screen(image, glow(SIZE, _SUN, 0.6, (150, 88, 34)))
    image = ImageChops.screen(image, glow(SIZE, _SUN, 0.22, (160, 104, 48)))
    image = ImageChops.screen(image, glow(SIZE, _SUN, 0.05, (255, 246, 220)))
    width, height = SIZE
    drift = clouds((width, height * 3), rng, 4).resize(SIZE, Image.Resampling.BICUBIC)
    fade = Image.linear_gradient("L").resize(SIZE).point([max(0, 190 - level) for level in range(256)])
    veil = ImageChops.multiply(drift.point([max(0, (level - 128) * 2) for level in range(256)]), fade)
    lit = toned(drift, (255, 186, 140), (255, 226, 196), (255, 250, 240))
    return Image.composite(lit, image, veil)


def _sea(image: Image.Image, rng: random.Random) -> Image.Image:
    width, height = SIZE
    top = round(height * _HORIZON)
    sea = slope((width, height - top), (214, 156, 120), (16, 50, 84), (62, 108, 140))
    draw = ImageDraw.Draw(sea, "RGBA")
    for _ in range(1500):
        depth = rng.random() ** 1.7
        y = depth * sea.height
        reach = 4 + 52 * depth * rng.random()
        near = math.exp(-(((rng.gauss(_SUN[0], 0.07 + 0.16 * depth)) - _SUN[0]) ** 2) * 20)
        x = width * rng.gauss(_SUN[0], 0.05 + 0.13 * depth) if rng.random() < 0.55 else width * rng.random()
        gold = math.exp(-((x / width - _SUN[0]) ** 2) / (0.006 + 0.03 * depth)) * near
        light = (255, 226, 170, round(40 + 150 * gold)) if gold > 0.2 else (190, 214, 224, 34)
        draw.ellipse((x - reach, y, x + reach, y + 1.2 + 3.2 * depth), fill=light)
    image.paste(sea.filter(ImageFilter.GaussianBlur(0.8)), (0, top))
    far = ImageDraw.Draw(image, "RGBA")
    far.polygon(_ridge(0.0, 0.36, _HORIZON, 0.055, rng), fill=(132, 134, 158, 255))
    far.polygon(_ridge(0.18, 0.62, _HORIZON, 0.03, rng), fill=(160, 146, 158, 200))
    return image


def _ridge(left: float, right: float, base: float, rise: float, rng: random.Random) -> list[tuple[float, float]]:
    """Return a hill's outline, as shares of the picture, low at both ends."""
    width, height = SIZE
    phases = [rng.uniform(0, math.tau) for _ in range(4)]
    line = []
    for step in range(81):
        share = step / 80
        swell = math.sin(math.pi * share) ** 0.7
        rough = 1 + sum(math.sin(phase + share * 9 * (n + 1)) / (n + 2) for n, phase in enumerate(phases)) * 0.3
        line.append((width * (left + (right - left) * share), height * (base - rise * swell * rough)))
    return [*line, (width * right, height * base), (width * left, height * base)]


def _cliffs(image: Image.Image, rng: random.Random) -> Image.Image:
    width, height = SIZE
    shore = [(0.40, 1.0), (0.47, 0.90), (0.50, 0.80), (0.56, 0.74), (0.585, 0.665), (0.64, 0.63), (0.70, 0.605),
             (0.80, 0.60), (0.90, 0.565), (1.0, 0.55), (1.0, 1.0)]  # fmt: skip
    outline = [(x * width, y * height) for x, y in shore]
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    rock = toned(clouds(SIZE, rng, 26), (66, 52, 54), (122, 92, 76), (196, 148, 108))
    rock = ImageChops.multiply(rock, slope(SIZE, (255, 255, 255), (120, 118, 140)))
    image = Image.composite(rock, image, mask.filter(ImageFilter.GaussianBlur(1)))
    meadow = [(0.578, 0.690), (0.60, 0.655), (0.64, 0.63), (0.70, 0.605), (0.80, 0.60), (0.90, 0.565), (1.0, 0.55),
              (1.0, 0.86), (0.88, 0.80), (0.78, 0.755), (0.69, 0.745), (0.62, 0.72)]  # fmt: skip
    cover = Image.new("L", SIZE)
    ImageDraw.Draw(cover).polygon([(x * width, y * height) for x, y in meadow], fill=255)
    grass = toned(clouds(SIZE, rng, 40), (62, 84, 48), (118, 134, 66), (206, 190, 104))
    image = Image.composite(grass, image, cover.filter(ImageFilter.GaussianBlur(3)))
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(900):
        x = rng.uniform(0.6, 1.0)
        y = rng.uniform(0.58, 0.84)
        if cover.getpixel((round(x * width) - 1, round(y * height) - 1)):
            colour: Rgb = rng.choice(((238, 208, 120), (90, 112, 54), (220, 120, 90), (244, 236, 214)))
            tall = rng.uniform(2, 9)
            draw.line((x * width, y * height, x * width + rng.uniform(-2, 2), y * height - tall), (*colour, 150), 2)
    foam = [(x * width - 8, y * height + 3) for x, y in shore[:4]]
    draw.line(foam, fill=(250, 240, 226, 190), width=5, joint="curve")
    return image


def _tower(image: Image.Image) -> Image.Image:
    """Add the lighthouse and its keeper's house, lit from the left."""
    width, height = SIZE
    layer = Image.new("RGBA", SIZE)
    draw = ImageDraw.Draw(layer)
    axis = 0.765 * width
    foot = 0.628 * height
    head = 0.215 * height

    def reach(y: float) -> float:
        return width * (0.021 + 0.012 * (y - head) / (foot - head))

    for row in range(round(head), round(foot)):
        half = reach(row)
        band = int((row - head) / (foot - head) * 6)
        for column in range(round(axis - half), round(axis + half) + 1):
            share = min(1.0, max(0.0, (column - axis + half) / (2 * half)))
            light = 1.04 - 0.62 * share**1.5
            base = (226, 78, 62) if band % 2 else (255, 248, 236)
            layer.putpixel((column, row), (*(min(255, round(level * light)) for level in base), 255))
    draw.rectangle((axis - 44, head - 8, axis + 44, head + 6), fill=(66, 56, 64, 255))
    draw.rectangle((axis - 22, head - 66, axis + 22, head - 8), fill=(255, 226, 150, 255))
    for bar in (-22, -8, 6, 20):
        draw.line((axis + bar, head - 66, axis + bar, head - 8), fill=(66, 56, 64, 255), width=3)
    draw.polygon([(axis - 32, head - 66), (axis, head - 104), (axis + 32, head - 66)], fill=(188, 62, 52, 255))
    draw.ellipse((axis - 5, head - 112, axis + 5, head - 102), fill=(66, 56, 64, 255))
    for y in (0.33, 0.47):
        draw.rounded_rectangle((axis - 10, y * height, axis + 8, y * height + 34), 9, fill=(70, 62, 78, 255))
    left = 0.815 * width
    floor = 0.628 * height
    draw.rectangle((left, floor - 78, left + 150, floor), fill=(240, 222, 200, 255))
    draw.rectangle((left + 100, floor - 78, left + 150, floor), fill=(190, 168, 160, 255))
    roof = [(-12, 76), (34, 132), (122, 132), (162, 76)]
    draw.polygon([(left + x, floor - y) for x, y in roof], fill=(176, 74, 58, 255))
    draw.rectangle((left + 96, floor - 150, left + 112, floor - 116), fill=(150, 92, 78, 255))
    for x in (18, 64):
        draw.rectangle((left + x, floor - 54, left + x + 24, floor - 22), fill=(255, 206, 120, 255))
    image.paste(layer, (0, 0), layer)
    return ImageChops.screen(image, glow(SIZE, (0.765, (head - 38) / height), 0.12, (150, 110, 56)))


def _gulls(image: Image.Image, rng: random.Random) -> Image.Image:
    draw = ImageDraw.Draw(image, "RGBA")
    width, height = SIZE
    for _ in range(7):
        x = rng.uniform(0.38, 0.64) * width
        y = rng.uniform(0.16, 0.4) * height
        span = rng.uniform(9, 20)
        for side in (-1, 1):
            wing = [(x, y), (x + side * span * 0.5, y - span * 0.45), (x + side * span, y - span * 0.2)]
            draw.line(wing, fill=(60, 60, 80, 220), width=3, joint="curve")
    return image
