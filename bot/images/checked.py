"""The Picture: bytes that were checked to be an image. Known to the whole bot, and free of the decoders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.images.sniff import Format

TOAPIS_LIMIT: Final = 10_000_000
"""Bytes. ToAPIs' upload page says "10MB", decimal or binary is open: this is the smaller.
https://docs.toapis.com/docs/en/api-reference/uploads/images"""
RESULT_MAX_BYTES: Final = 100_000_000
"""Bytes. A 4K picture as PNG has about 20 MB; far beyond that something is wrong."""

_EXTENSIONS: Final[dict[Format, str]] = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "BMP": "bmp",
    "TIFF": "tiff",
    "AVIF": "avif",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes that were checked to be an image. ``width`` and ``height`` in pixels, as stored (before orientation)."""

    data: bytes = field(repr=False)
    format: Format
    width: int
    height: int
    animated: bool = False
    turned: bool = False
    """Whether its EXIF orientation exchanges width and height."""

    @property
    def shown(self) -> tuple[int, int]:
        """Return width and height as people see the picture."""
        return (self.height, self.width) if self.turned else (self.width, self.height)

    @property
    def mime(self) -> str:
        return f"image/{self.format.lower()}"

    @property
    def extension(self) -> str:
        """Return the file name's extension, without the dot."""
        return _EXTENSIONS[self.format]

    @property
    def filename(self) -> str:
        return self.named("source")

    def named(self, stem: str) -> str:
        """Return a file name: ``painted.png`` for ``picture.named("painted")``."""
        return f"{stem}.{self.extension}"
