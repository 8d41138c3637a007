"""Photos made for the tests: every kind of file, with and without data that reveals the person behind it."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any, Final

from PIL import ExifTags, Image, ImageChops, ImageCms, ImageOps, ImageStat, PngImagePlugin

from bot.images.metadata import icc

SECRET: Final = "Ada Lovelace 51.5074N SN-0815"
"""Text that every revealing photo contains somewhere. Its bytes must never be in what is sent out."""
SECRET_BYTES: Final = SECRET.encode()
PROFILE: Final = icc.reduced(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
"""A profile with nothing but colours."""
ORIENTATION: Final = ExifTags.Base.Orientation


def photo(width: int = 64, height: int = 48, *, mode: str = "RGB", noise: int = 24, seed: int = 1) -> Image.Image:
    """Return a picture like a photo: soft light, grain, and four different corners, so that rotation shows."""
    chance = random.Random(seed)
    grain = chance.randbytes(width * height)
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            shake = grain[y * width + x] * noise // 256
            pixels += bytes(((x * 160) // width + shake, (y * 160) // height + shake, 60 + shake))
    image = Image.frombytes("RGB", (width, height), bytes(pixels))
    image.paste((250, 20, 20), (0, 0, width // 4, height // 4))
    if mode in {"RGBA", "LA"}:
        image.putalpha(Image.linear_gradient("L").resize((width, height)))
    return image if image.mode == mode else image.convert(mode)


def drawing(width: int = 64, height: int = 48) -> Image.Image:
    """Return a picture with a palette of few colours."""
    return photo(width, height, noise=90).quantize(16)


def lab(image: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert converted is not None
    return converted


def from_lab(image: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert converted is not None
    return converted


def saved(image: Image.Image, format_: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, format_, **options)
    return target.getvalue()


def as_viewed(data: bytes) -> Image.Image:
    """Return the picture as a viewer shows it: decoded and turned upright."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return ImageOps.exif_transpose(image)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def distance(first: Image.Image, second: Image.Image) -> float:
    """Return the largest mean difference of a channel, 0 to 255."""
    assert first.size == second.size
    return max(ImageStat.Stat(ImageChops.difference(first.convert("RGB"), second.convert("RGB"))).mean)


def personal_exif(orientation: int = 6) -> Image.Exif:
    """Return what a phone writes: who, where, when, with which device, and the maker's own data."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[ExifTags.Base.Artist] = SECRET
    exif[ExifTags.Base.Make] = "Analytical Engines"
    exif[ExifTags.Base.DateTime] = "1843:09:05 12:00:00"
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.BodySerialNumber] = SECRET
    details[ExifTags.Base.CameraOwnerName] = SECRET
    details[ExifTags.Base.MakerNote] = SECRET_BYTES * 4
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    place[ExifTags.GPS.GPSLatitude] = (51.0, 30.0, 26.0)
    place[ExifTags.GPS.GPSAreaInformation] = SECRET_BYTES
    return exif


def harmless_exif(orientation: int = 6) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[ExifTags.Base.XResolution] = 72.0
    exif[ExifTags.Base.YResolution] = 72.0
    exif[ExifTags.Base.ResolutionUnit] = 2
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.ColorSpace] = 1
    details[ExifTags.Base.ExifImageWidth] = 64
    return exif


def turned_exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif.tobytes()


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segment(jpeg: bytes, *segments: bytes) -> bytes:
    """Insert segments behind JFIF's, where cameras put theirs."""
    end = 4 + int.from_bytes(jpeg[4:6], "big") if jpeg[2:4] == b"\xff\xe0" else 2
    return jpeg[:end] + b"".join(segments) + jpeg[end:]


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_chunk(png: bytes, *chunks: bytes) -> bytes:
    """Insert chunks behind IHDR."""
    return png[:33] + b"".join(chunks) + png[33:]


def riff_chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) & 1)


def with_riff_chunk(webp: bytes, *chunks: bytes) -> bytes:
    """Append chunks at the end, where WebP has metadata."""
    body = webp[8:] + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_comment(text: bytes) -> bytes:
    return b"\x21\xfe" + bytes([len(text)]) + text + b"\x00"


def with_block(gif: bytes, block: bytes) -> bytes:
    """Insert a block before the trailer."""
    assert gif.endswith(b"\x3b")
    return gif[:-1] + block + b"\x3b"


XMP: Final = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>{SECRET}</dc:creator></x:xmpmeta>'.encode()


def thumbnailed_exif() -> bytes:
    """Return EXIF that looks harmless, but whose second directory holds the picture as it was before cropping."""
    thumbnail = saved(photo(32, 24, seed=9), "JPEG", comment=SECRET_BYTES)
    main = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, int(ORIENTATION), 3, 1, 6, 0, 26)
    second = struct.pack(">HHHIIHHIII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, len(thumbnail), 0)
    return main + second + thumbnail


def revealing() -> dict[str, bytes]:
    """Return a photo for each way to reveal its owner. All of them can be cleaned without touching a pixel."""
    return _revealing_jpegs() | _revealing_pngs() | _revealing_webps() | _revealing_gifs()


def _revealing_jpegs() -> dict[str, bytes]:
    image = photo()
    jpeg = saved(image, "JPEG")
    second = photo(seed=5)
    return {
        "jpeg, exif of a phone": saved(image, "JPEG", exif=personal_exif()),
        "jpeg, progressive, exif": saved(image, "JPEG", exif=personal_exif(8), progressive=True, restart_marker_rows=1),
        "jpeg, thumbnail in exif": with_segment(jpeg, segment(0xE1, b"Exif\0\0" + thumbnailed_exif())),
        "jpeg, thumbnail in jfif": _jfif_with_thumbnail(jpeg),
        "jpeg, jfxx": with_segment(jpeg, segment(0xE0, b"JFXX\0\x10" + SECRET_BYTES)),
        "jpeg, xmp": saved(image, "JPEG", xmp=XMP),
        "jpeg, iptc": with_segment(jpeg, segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0" + SECRET_BYTES)),
        "jpeg, comment": saved(image, "JPEG", comment=SECRET_BYTES),
        "jpeg, comment between scans": _comment_before_last_scan(saved(image, "JPEG", progressive=True)),
        "jpeg, unknown application": with_segment(jpeg, segment(0xEB, b"JP\0\0" + SECRET_BYTES)),
        "jpeg, second exif": with_segment(
            jpeg, segment(0xE1, turned_exif(6)), segment(0xE1, personal_exif(3).tobytes())
        ),
        "jpeg, bytes between segments": with_segment(jpeg, SECRET_BYTES),
        "jpeg, tail of an adobe segment": _long_adobe(saved(image.convert("CMYK"), "JPEG")),
        "jpeg, second picture behind it": jpeg + saved(second, "JPEG", comment=SECRET_BYTES),
        "jpeg, multi-picture": saved(image, "MPO", save_all=True, append_images=[second]),
        "jpeg, archive behind it": jpeg + b"PK\x03\x04" + SECRET_BYTES,
    }


def _revealing_pngs() -> dict[str, bytes]:
    alpha = photo(mode="RGBA")
    png = saved(alpha, "PNG")
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", SECRET)
    zipped = PngImagePlugin.PngInfo()
    zipped.add_text("Comment", SECRET, zip=True)
    international = PngImagePlugin.PngInfo()
    international.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return {
        "png, text": saved(alpha, "PNG", pnginfo=text),
        "png, compressed text": saved(alpha, "PNG", pnginfo=zipped),
        "png, xmp": saved(alpha, "PNG", pnginfo=international),
        "png, exif": saved(alpha, "PNG", exif=personal_exif()),
        "png, time": with_chunk(png, chunk(b"tIME", b"\x07\x33\x09\x05\x0c\x00\x00"), chunk(b"prVt", SECRET_BYTES)),
        "png, cropped part left behind": png + SECRET_BYTES,
        "png, suggested palette": with_chunk(png, chunk(b"sPLT", SECRET_BYTES + b"\0\x08")),
    }


def _revealing_webps() -> dict[str, bytes]:
    image = photo()
    webp = saved(image, "WEBP")
    tiff = personal_exif().tobytes().removeprefix(b"Exif\0\0")
    profiled = saved(image, "WEBP", icc_profile=PROFILE, lossless=True)
    return {
        "webp, exif": saved(image, "WEBP", exif=personal_exif()),
        "webp, exif not announced": with_riff_chunk(profiled, riff_chunk(b"EXIF", tiff)),
        "webp, exif named as in jpeg": _announced(with_riff_chunk(profiled, riff_chunk(b"EXIF", b"Exif\0\0" + tiff))),
        "webp, xmp": saved(image, "WEBP", xmp=XMP),
        "webp, unknown chunk": with_riff_chunk(webp, riff_chunk(b"NOTE", SECRET_BYTES)),
        "webp, behind it": webp + SECRET_BYTES,
        "webp, animated": saved(
            image, "WEBP", save_all=True, append_images=[photo(seed=2)], exif=personal_exif(1), xmp=XMP
        ),
    }


def _revealing_gifs() -> dict[str, bytes]:
    flat = drawing()
    gif = saved(flat, "GIF")
    return {
        "gif, comment": saved(flat, "GIF", comment=SECRET_BYTES),
        "gif, xmp": with_block(gif, b"\x21\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET_BYTES + b"\0"),
        "gif, plain text": with_block(gif, b"\x21\x01\x0c" + bytes(12) + bytes([len(SECRET)]) + SECRET_BYTES + b"\0"),
        "gif, behind it": gif + SECRET_BYTES,
    }


def clean() -> dict[str, bytes]:
    """Return photos without personal data, in every shape that ToAPIs accepts."""
    image = photo()
    frames = [photo(seed=seed) for seed in (2, 3)]
    return {
        "jpeg": saved(image, "JPEG"),
        "jpeg, progressive with a profile": saved(image, "JPEG", progressive=True, icc_profile=PROFILE),
        "jpeg, restarts": saved(image, "JPEG", restart_marker_blocks=2),
        "jpeg, grey": saved(image.convert("L"), "JPEG"),
        "jpeg, cmyk": saved(image.convert("CMYK"), "JPEG"),
        "jpeg, turned": saved(image, "JPEG", exif=harmless_exif()),
        "png": saved(image, "PNG"),
        "png, alpha and density": saved(photo(mode="RGBA"), "PNG", dpi=(144, 144)),
        "png, palette": saved(drawing(), "PNG", transparency=0),
        "png, 16 bit": saved(Image.linear_gradient("L").convert("I;16"), "PNG"),
        "png, turned, with a profile": saved(image, "PNG", exif=harmless_exif(), icc_profile=PROFILE),
        "png, animated": saved(image, "PNG", save_all=True, append_images=frames),
        "webp": saved(image, "WEBP"),
        "webp, lossless with alpha": saved(photo(mode="RGBA"), "WEBP", lossless=True),
        "webp, lossy with alpha": saved(photo(mode="RGBA"), "WEBP"),
        "webp, turned, with a profile": saved(image, "WEBP", exif=harmless_exif(), icc_profile=PROFILE),
        "webp, animated": saved(image, "WEBP", save_all=True, append_images=frames),
        "gif": saved(drawing(), "GIF"),
        "gif, animated": saved(image, "GIF", save_all=True, append_images=frames, loop=0, duration=80),
    }


def _long_adobe(jpeg: bytes) -> bytes:
    """Append to Adobe's segment behind the part that decoders read."""
    end = jpeg.index(b"\xff\xee\x00\x0eAdobe") + 16
    return jpeg[: end - 16] + segment(0xEE, jpeg[end - 12 : end] + SECRET_BYTES) + jpeg[end:]


def _jfif_with_thumbnail(jpeg: bytes) -> bytes:
    body = jpeg[6:18] + bytes([4, 4]) + (SECRET_BYTES * 2)[:48]
    return jpeg[:2] + segment(0xE0, body) + jpeg[20:]


def _comment_before_last_scan(jpeg: bytes) -> bytes:
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:last] + segment(0xFE, SECRET_BYTES) + jpeg[last:]


def _announced(webp: bytes) -> bytes:
    return webp[:20] + bytes([webp[20] | 0x08]) + webp[21:]
