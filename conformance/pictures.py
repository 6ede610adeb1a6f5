"""Pictures that cases upload."""

from __future__ import annotations

import io

from PIL import Image

_EXIF, _GPS = 0x8769, 0x8825
_TAKEN = 0x9003

# Degrees, minutes and seconds.
Angle = tuple[float, float, float]


def picture(
    width: int, height: int, form: str = "PNG", *, taken: str = "", place: tuple[Angle, ...] = ()
) -> bytes:
    """Return a picture of one colour.

    Args:
        width, height: the size in pixels.
        form: `PNG` or `JPEG`.
        taken: the time in its Exif data, as `2010:08:21 22:31:20`.
        place: the northern latitude and the western longitude in its Exif data.
    """
    data, exif = io.BytesIO(), Image.Exif()
    if taken:
        exif.get_ifd(_EXIF)[_TAKEN] = taken
    if place:
        latitude, longitude = place
        exif.get_ifd(_GPS).update({1: "N", 2: latitude, 3: "W", 4: longitude})
    options = {"exif": exif} if taken or place else {}
    Image.new("RGB", (width, height), "teal").save(data, form, **options)
    return data.getvalue()
