"""Real pictures: thumbnails, and what a photo says of itself.

Pillow is imported with the first picture: it is slow to load, and most runs never need it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from PIL.Image import Exif, Image

Format = Literal["JPEG", "PNG", "WEBP"]

# The rarest is the last: until then, Pillow hasn't had to load all of its plugins.
_SOURCES = ("JPEG", "PNG", "GIF", "BMP", "TIFF")
# A little less than where Pillow starts to warn.
_PIXELS_LIMIT = 89_000_000
_JPEG_QUALITY = 85
_ORIENTATION = 0x0112
_FIRST_SIDEWAYS = 5
_DATE_TIME = 0x0132
_EXIF_IFD = 0x8769
_DATE_TIME_ORIGINAL = 0x9003
_GPS_IFD = 0x8825


class DamagedImage(Exception):
    """The bytes are no picture of a known format, broken off, or more pixels than can be meant."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a photo says of itself.

    Attributes:
        width: in pixels, upright as it is shown.
        height: likewise.
        time_taken_s: in seconds since 1970, by the camera's clock, which is taken for UTC since
            it names no zone; None if not given.
        lat_long: latitude and longitude in degrees, north and east positive; None if not given.
    """

    width: int
    height: int
    time_taken_s: int | None
    lat_long: tuple[float, float] | None


def thumbnail(source: BinaryIO, width: int, height: int, format: Format) -> bytes:  # noqa: A002
    """A small version of a picture that fits within a box.

    Args:
        source: the picture's file: JPEG, PNG, TIFF, GIF (its first frame) or BMP.
        width: the box's, in pixels.
        height: likewise.
        format: of the result.

    Returns:
        The encoded thumbnail: upright, in the picture's proportions, never larger than the
        picture. What is transparent stays so in a PNG, and turns white in a JPEG.

    Raises:
        DamagedImage: the source can't be decoded.
    """
    with _opened(source) as image:
        small = _shrunk(image, width, height)
    result = io.BytesIO()
    if format == "JPEG":
        _on_white(small).save(result, "JPEG", quality=_JPEG_QUALITY)
    else:
        small.save(result, format)
    return result.getvalue()


def describe(source: BinaryIO) -> Description:
    """What a photo's header says; its pixels aren't decoded.

    Args:
        source: as for `thumbnail`.

    Raises:
        DamagedImage: the source can't be read.
    """
    with _opened(source) as image:
        exif = image.getexif()
        width, height = image.size
        if exif.get(_ORIENTATION, 1) >= _FIRST_SIDEWAYS:
            width, height = height, width
        return Description(width, height, _time_taken_s(exif), _lat_long(exif))


@contextmanager
def _opened(source: BinaryIO) -> Iterator[Image]:
    from PIL import Image

    try:
        with Image.open(source, formats=_SOURCES) as image:
            _check_size(image)
            yield image
    except Exception as error:
        # Pillow's decoders raise whatever they stumble on in bytes that are no picture.
        raise DamagedImage(str(error)) from error


def _check_size(image: Image) -> None:
    if image.width * image.height > _PIXELS_LIMIT:
        raise DamagedImage("too many pixels")


def _shrunk(image: Image, width: int, height: int) -> Image:
    from PIL import ImageOps

    # A JPEG can be decoded at a fraction of its size; at twice the target, quality doesn't suffer.
    box = 2 * max(width, height)
    image.draft(None, (box, box))
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        # Sixteen bits a pixel; a plain conversion would turn all but the darkest white.
        upright = upright.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    color = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    color.thumbnail((width, height))
    return color


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
        # Cameras whose clock was never set write zeros or blanks.
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
