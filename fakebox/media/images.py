"""Thumbnails of pictures, and the metadata of photos.

Pillow is imported at the first use, because importing it is slow and most runs do not use it.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from PIL.Image import Exif, Image
    from PIL.ImageFile import ImageFile

Format = Literal["JPEG", "PNG", "WEBP"]

# TIFF is last, because Pillow loads all of its plugins when it tries TIFF.
_SOURCES = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "PPM", "TIFF")
PIXEL_LIMIT = 50_000_000
# Decoding takes up to four bytes of memory for each pixel of a picture.
_decoding = threading.Lock()
_BAND_PIXELS = 1_000_000
# Pillow decodes a PPM picture of decimal numbers in Python, which takes 3 seconds for a million
# pixels.
_PLAIN_PPM = "ppm_plain"
_PLAIN_PIXEL_LIMIT = 500_000
_QUALITY = 85
_ORIENTATION = 0x0112
_FIRST_SIDEWAYS = 5
_DATE_TIME = 0x0132
_EXIF_IFD = 0x8769
_DATE_TIME_ORIGINAL = 0x9003
_GPS_IFD = 0x8825


class DamagedImage(Exception):
    """The content is not a picture of a known format, or is truncated."""


class TooManyPixels(DamagedImage):
    """The picture has more pixels than allowed."""


@dataclass(frozen=True, slots=True)
class Description:
    """The metadata of a photo.

    Attributes:
        width: the width of the upright photo, in pixels.
        height: the height of the upright photo, in pixels.
        time_taken_s: the time in seconds since 1970; None if unknown. It is read as UTC, since
            the photo has no time zone.
        lat_long: latitude and longitude in degrees, north and east positive; None if unknown.
    """

    width: int
    height: int
    time_taken_s: int | None
    lat_long: tuple[float, float] | None


def thumbnail(
    source: BinaryIO,
    width: int,
    height: int,
    format: Format,  # noqa: A002
    pixel_limit: int = PIXEL_LIMIT,
    *,
    keeps_transparency: bool = True,
    quality: int = _QUALITY,
) -> bytes:
    """Make a thumbnail that fits within a box.

    One picture is decoded at a time; other threads wait.

    Args:
        source: the file of the picture: JPEG, PNG, TIFF, GIF (its first frame), BMP, WebP or PPM.
        width: the width of the box, in pixels.
        height: the height of the box, in pixels.
        format: the format of the result.
        pixel_limit: the largest number of pixels of the picture. The limit of Pillow
            (`PIL.Image.MAX_IMAGE_PIXELS`) applies as well.
        keeps_transparency: whether a PNG or WebP thumbnail keeps the transparency of the picture.
        quality: the quality of a JPEG or WebP thumbnail, from 1 to 95.

    Returns:
        The encoded thumbnail. It is upright, keeps the proportions, and is not larger than the
        picture. Transparency that is not kept becomes white, as in every JPEG.

    Raises:
        TooManyPixels: the picture has more pixels than the limit.
        DamagedImage: the picture cannot be decoded.
    """
    result = io.BytesIO()
    with _opened(source) as image:
        _check_pixels(image, pixel_limit)
        with _decoding:
            small = _shrunk(image, width, height)
            if format == "JPEG" or not keeps_transparency:
                small = _on_white(small)
            small.save(result, format, quality=quality)
    return result.getvalue()


def describe(source: BinaryIO) -> Description:
    """Read the metadata of a photo, without decoding its pixels.

    Args:
        source: as for `thumbnail`.

    Raises:
        DamagedImage: the photo cannot be read.
    """
    with _opened(source) as image:
        exif = _exif(image)
        width, height = image.size
        if exif.get(_ORIENTATION, 1) >= _FIRST_SIDEWAYS:
            width, height = height, width
        return Description(width, height, _time_taken_s(exif), _lat_long(exif))


@contextmanager
def _opened(source: BinaryIO) -> Iterator[ImageFile]:
    from PIL import Image

    try:
        with Image.open(source, formats=_SOURCES) as image:
            yield image
    except DamagedImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels(str(error)) from error
    except Exception as error:
        # Pillow's decoders raise exceptions of many types for malformed pictures.
        raise DamagedImage(str(error)) from error


def _check_pixels(image: ImageFile, limit: int) -> None:
    if image.tile and image.tile[0][0] == _PLAIN_PPM:
        limit = min(limit, _PLAIN_PIXEL_LIMIT)
    if image.width * image.height > limit:
        raise TooManyPixels(f"{image.width} x {image.height} pixels; limit: {limit}")


def _exif(image: Image) -> Exif:
    from PIL import Image

    # PngImageFile.getexif decodes the whole picture, to find Exif data after the pixels.
    return Image.Image.getexif(image)


def _shrunk(image: Image, width: int, height: int) -> Image:
    from PIL import ImageOps

    orientation = _exif(image).get(_ORIENTATION, 1)
    if orientation >= _FIRST_SIDEWAYS:
        width, height = height, width
    # Computed from the whole picture: the size of a reduced one is rounded.
    scale = min(width / image.width, height / image.height, 1)
    target = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    # A JPEG can be decoded at a fraction of its size. Twice the target keeps the quality.
    box = 2 * max(width, height)
    image.draft(None, (box, box))
    small = _reduced(image, int(max(image.width / width, image.height / height) / 2))
    small = small.resize(target)
    small.getexif()[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(small)


def _reduced(image: Image, factor: int) -> Image:
    """Convert a picture to RGB at a fraction of its size, a band of rows at a time.

    Converting the whole picture would need memory for a second copy of all pixels.
    """
    from PIL import Image

    mode = "RGBA" if image.has_transparency_data else "RGB"
    if factor < 2:
        return _colored(image, mode)
    size = -(-image.width // factor), -(-image.height // factor)
    small = Image.new(mode, size)
    rows = factor * max(1, _BAND_PIXELS // (image.width * factor))
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        small.paste(_colored(band, mode).reduce(factor), (0, top // factor))
    return small


def _colored(image: Image, mode: str) -> Image:
    if image.mode.startswith("I"):
        # For 16 bits per pixel, `convert` alone would make all but the darkest pixels white.
        image = image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    return image.convert(mode)


def _on_white(image: Image) -> Image:
    from PIL import Image

    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _time_taken_s(exif: Exif) -> int | None:
    text = exif.get_ifd(_EXIF_IFD).get(_DATE_TIME_ORIGINAL) or exif.get(_DATE_TIME)
    try:
        taken = datetime.strptime(f"{text}+0000", "%Y:%m:%d %H:%M:%S%z")
    except ValueError:
        # Cameras without a set clock write zeros or spaces.
        return None
    return int(taken.timestamp())


def _lat_long(exif: Exif) -> tuple[float, float] | None:
    gps = exif.get_ifd(_GPS_IFD)
    try:
        return _degrees(gps[2], gps[1] == "S"), _degrees(gps[4], gps[3] == "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None


def _degrees(parts: tuple[float, float, float], is_negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    angle = degrees + minutes / 60 + seconds / 3600
    return -angle if is_negative else angle
