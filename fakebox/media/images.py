"""Real pictures: thumbnails, and what a photo says of itself.

Pillow is imported with the first picture: it is slow to load, and most runs never need it.
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

Format = Literal["JPEG", "PNG", "WEBP"]

# The rarest is the last: until then, Pillow hasn't had to load all of its plugins.
_SOURCES = ("JPEG", "PNG", "GIF", "BMP", "TIFF")
PIXEL_LIMIT = 50_000_000
# Up to four bytes are held for each pixel of a picture while it is decoded.
_one_at_a_time = threading.Lock()
_BAND_PIXELS = 1_000_000
_JPEG_QUALITY = 85
_ORIENTATION = 0x0112
_FIRST_SIDEWAYS = 5
_DATE_TIME = 0x0132
_EXIF_IFD = 0x8769
_DATE_TIME_ORIGINAL = 0x9003
_GPS_IFD = 0x8825


class DamagedImage(Exception):
    """The bytes are not a picture of a known format, or are cut short."""


class TooManyPixels(DamagedImage):
    """The picture has more pixels than thumbnails are made of."""


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


def thumbnail(
    source: BinaryIO,
    width: int,
    height: int,
    format: Format,  # noqa: A002
    pixel_limit: int = PIXEL_LIMIT,
) -> bytes:
    """A small version of a picture that fits within a box.

    One picture is decoded at a time; other threads wait.

    Args:
        source: the picture's file: JPEG, PNG, TIFF, GIF (its first frame) or BMP.
        width: the box's, in pixels.
        height: likewise.
        format: of the result.
        pixel_limit: how many pixels the source may have. Whatever the limit, Pillow's own
            (`PIL.Image.MAX_IMAGE_PIXELS`) applies as well.

    Returns:
        The encoded thumbnail: upright, in the picture's proportions, never larger than the
        picture. What is transparent stays so in a PNG, and turns white in a JPEG.

    Raises:
        TooManyPixels: the source states more pixels than the limit.
        DamagedImage: the source can't be decoded.
    """
    result = io.BytesIO()
    with _opened(source) as image:
        if image.width * image.height > pixel_limit:
            raise TooManyPixels(f"{image.width} x {image.height} pixels; limit: {pixel_limit}")
        with _one_at_a_time:
            small = _shrunk(image, width, height)
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
        exif = _exif(image)
        width, height = image.size
        if exif.get(_ORIENTATION, 1) >= _FIRST_SIDEWAYS:
            width, height = height, width
        return Description(width, height, _time_taken_s(exif), _lat_long(exif))


@contextmanager
def _opened(source: BinaryIO) -> Iterator[Image]:
    from PIL import Image

    try:
        with Image.open(source, formats=_SOURCES) as image:
            yield image
    except DamagedImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels(str(error)) from error
    except Exception as error:
        # Pillow's decoders raise whatever they stumble on in bytes that are no picture.
        raise DamagedImage(str(error)) from error


def _exif(image: Image) -> Exif:
    from PIL import Image

    # A PNG's own method decodes the whole picture first, to find Exif data behind the pixels.
    return Image.Image.getexif(image)


def _shrunk(image: Image, width: int, height: int) -> Image:
    from PIL import ImageOps

    orientation = _exif(image).get(_ORIENTATION, 1)
    if orientation >= _FIRST_SIDEWAYS:
        width, height = height, width
    # From the whole picture: a reduced one is rounded to whole pixels already.
    scale = min(width / image.width, height / image.height, 1)
    target = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    # A JPEG can be decoded at a fraction of its size; at twice the target, quality doesn't suffer.
    box = 2 * max(width, height)
    image.draft(None, (box, box))
    small = _reduced(image, int(max(image.width / width, image.height / height) / 2))
    small = small.resize(target)
    small.getexif()[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(small)


def _reduced(image: Image, factor: int) -> Image:
    """The picture in color at a fraction of its size, converted a band at a time.

    A conversion of the whole would hold a second copy of every pixel.
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
        # Sixteen bits a pixel; a plain conversion would turn all but the darkest white.
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
