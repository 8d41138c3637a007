"""Pictures as the world has them: the whole corpus on every way through the bot, and Chromium's judgement beside it."""

from __future__ import annotations

import base64
import io
from typing import Any, Final

from PIL import Image, UnidentifiedImageError
from playwright.async_api import Page

from bot.errors import BadPicture
from bot.images.picture import for_toapis, inspect_result
from playground.screenshots.browser import chromium, open_browser
from tests.prove.record import Record
from tests.support.corpus import Case, cases
from tests.support.corpus_checks import check_case, difference, viewed

BATCH: Final = "pictures"
_APART: Final = 4.0
"""The mean difference of a channel between two decoders, beyond what encoding costs."""
_OTHERWISE: Final = ("WEBP turned", "BMP header 108, alpha 0", "BMP header 124, alpha 0")
"""Where Chromium decides otherwise: it ignores EXIF in WebP, which Firefox, Safari and Pillow obey; and shows nothing
of a BMP whose writer left the alpha at 0, where Windows shows the picture."""

_DECODE: Final = """async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const options = {premultiplyAlpha: "none", colorSpaceConversion: "none"};
    try {
        const bitmap = await createImageBitmap(new Blob([bytes]), options);
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext("2d");
        context.drawImage(bitmap, 0, 0);
        const {data} = context.getImageData(0, 0, bitmap.width, bitmap.height);
        let pixels = "";
        for (let at = 0; at < data.length; at += 8192) {
            pixels += String.fromCharCode(...data.subarray(at, at + 8192));
        }
        return [bitmap.width, bitmap.height, btoa(pixels)];
    } catch (error) {
        return null;
    }
}"""


async def prove(record: Record, seed: int, only: str) -> None:
    """Check every case. Raise AssertionError with a line for each that fails."""
    if only not in BATCH or record.has(BATCH):
        return
    corpus = cases(seed)
    lines = [line for case in corpus if (line := _failure(case))]
    shown = await _beside_chromium(corpus, lines) if chromium() else 0
    assert not lines, "\n".join(lines)
    record.add(BATCH, cases=len(corpus), shown=shown)
    print(f"{BATCH}: {len(corpus)} right, of which Chromium shows {shown or 'unknown (install chromium)'}", flush=True)


def _failure(case: Case) -> str | None:
    try:
        check_case(case)
    except Exception as error:  # noqa: BLE001 - the other cases are checked as well
        return f"{case.name}: {type(error).__name__}: {error}"
    return None


async def _beside_chromium(corpus: list[Case], lines: list[str]) -> int:
    """Compare what is sent with what Chromium shows, and add a line for each difference. Return how many it shows."""
    count = 0
    async with open_browser() as browser:
        page = await browser.new_page()
        for case in corpus:
            if case.name.startswith(_OTHERWISE):
                continue
            shown = await _shown(page, case.data)
            if shown is None:
                continue
            count += 1
            for work in (for_toapis, inspect_result):
                try:
                    picture = work(case.data)
                except BadPicture as error:
                    if error.reason == case.reason and not (error.reason == "truncated" and _pillow_shows(case.data)):
                        continue
                    lines.append(f"{case.name}: Chromium shows it, and {work.__name__} refuses it: {error.reason}")
                    continue
                apart = difference(viewed(picture.data), shown)
                if apart > _APART + case.tolerance:
                    lines.append(f"{case.name}: {work.__name__} and Chromium differ by {apart:.1f}")
    return count


async def _shown(page: Page, data: bytes) -> Image.Image | None:
    """Return the picture (RGBA) that Chromium shows of a file, upright; None if it shows none."""
    answer: Any = await page.evaluate(_DECODE, base64.b64encode(data).decode())
    if answer is None:
        return None
    width, height, pixels = answer
    return Image.frombytes("RGBA", (width, height), base64.b64decode(pixels))


def _pillow_shows(data: bytes) -> bool:
    """Return whether Pillow decodes the file as it is."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError):
        return False
    return True
