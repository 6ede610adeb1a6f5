"""Thumbnails and details of pictures."""

from __future__ import annotations

import contextlib
import io
import struct
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from fakebox.media.images import DamagedImage, TooManyPixels, describe, thumbnail

RED, WHITE = (255, 0, 0), (255, 255, 255)


def picture(mode="RGB", size=(200, 100), color="red", encoding="PNG", **options):
    """Return a picture file of one color."""
    file = io.BytesIO()
    Image.new(mode, size, color).save(file, encoding, **options)
    file.seek(0)
    return file


def decoded_thumbnail(source, width=64, height=64, encoding="PNG"):
    """Return the decoded thumbnail of a picture."""
    return Image.open(io.BytesIO(thumbnail(source, width, height, encoding)))


def is_near(color, expected):
    """Return whether two colors are nearly equal, because JPEG changes them slightly."""
    return all(abs(future - other) < 8 for future, other in zip(color, expected, strict=True))


@pytest.mark.parametrize("source", ["JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP", "PPM"])
@pytest.mark.parametrize("encoding", ["JPEG", "PNG"])
def test_thumbnail_fits_the_box_and_keeps_the_proportions(source, encoding):
    """Thumbnails of every input format, in every output format, have the same proportions."""
    small_picture = decoded_thumbnail(picture(encoding=source), encoding=encoding)
    assert small_picture.format == encoding
    assert small_picture.size == (64, 32)
    assert is_near(small_picture.convert("RGB").getpixel((10, 10)), RED)


@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    box=st.tuples(st.integers(1, 200), st.integers(1, 200)),
)
def test_thumbnail_never_exceeds_the_box_nor_the_picture(size, box):
    """A thumbnail is never larger than the box or the picture, for any sizes."""
    width, height = decoded_thumbnail(picture(size=size), *box).size
    assert 1 <= width <= min(box[0], size[0])
    assert 1 <= height <= min(box[1], size[1])


def test_small_picture_is_not_enlarged():
    """The thumbnail of a picture that fits in the box has the size of the picture."""
    assert decoded_thumbnail(picture(size=(20, 10))).size == (20, 10)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_thumbnail_applies_the_exif_orientation(orientation):
    """The thumbnail is upright for each orientation in the Exif data."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    small_picture = decoded_thumbnail(picture(encoding="JPEG", exif=exif))
    assert small_picture.size == ((32, 64) if orientation >= 5 else (64, 32))


@pytest.mark.parametrize(
    ("mode", "encoding"), [("RGBA", "PNG"), ("LA", "PNG"), ("P", "GIF"), ("P", "PNG")]
)
def test_jpeg_thumbnail_has_white_instead_of_transparent_pixels(mode, encoding):
    """Transparent pixels are white in a JPEG thumbnail, because JPEG has no transparency."""
    options = {"transparency": 0} if mode == "P" else {}
    source = picture(mode, color=0, encoding=encoding, **options)
    assert is_near(decoded_thumbnail(source, encoding="JPEG").getpixel((10, 10)), WHITE)


def test_plain_ppm_picture_is_limited_to_fewer_pixels():
    """A PPM picture of decimal numbers takes long to decode, so its limit is lower."""
    small = io.BytesIO(b"P3 2 1 255 " + b"255 0 0 " * 2)
    assert decoded_thumbnail(small).size == (2, 1)
    large = io.BytesIO(b"P3 1000 501 255 " + b"1 " * 3_000)
    with pytest.raises(TooManyPixels):
        thumbnail(large, 64, 64, "PNG")


def test_png_thumbnail_keeps_transparent_pixels():
    """Transparent pixels stay transparent in a PNG thumbnail."""
    small_picture = decoded_thumbnail(picture("RGBA", color=(255, 0, 0, 0)))
    assert small_picture.getpixel((10, 10))[3] == 0


@pytest.mark.parametrize(
    ("mode", "color", "encoding"),
    [("CMYK", (0, 255, 255, 0), "JPEG"), ("CMYK", (0, 255, 255, 0), "TIFF"), ("P", 0, "PNG")],
)
def test_thumbnail_converts_other_color_spaces_to_rgb(mode, color, encoding):
    """Pictures in CMYK or with a palette have the same colors in RGB."""
    file = io.BytesIO()
    image = Image.new(mode, (200, 100), color)
    if mode == "P":
        image.putpalette([255, 0, 0])
    image.save(file, encoding)
    file.seek(0)
    assert is_near(decoded_thumbnail(file, encoding="JPEG").getpixel((10, 10)), RED)


def test_thumbnail_keeps_gray_levels_of_16_bit_pictures():
    """Levels of 16 bits are scaled instead of cut to white."""
    source = picture("I;16", color=32768)
    assert is_near(decoded_thumbnail(source).convert("RGB").getpixel((10, 10)), (128, 128, 128))


@pytest.mark.parametrize(
    "damage", [b"", b"no picture", b"\xff\xd8\xff\xe0", b"%PDF-1.7", b"GIF89a"]
)
def test_thumbnail_of_bytes_that_are_not_a_picture_is_rejected(damage):
    """Bytes that are not a picture raise DamagedImage."""
    with pytest.raises(DamagedImage):
        thumbnail(io.BytesIO(damage), 64, 64, "JPEG")


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "TIFF", "GIF", "BMP"])
def test_thumbnail_of_a_truncated_picture_is_rejected(encoding):
    """A truncated picture of each format raises DamagedImage."""
    half = picture(encoding=encoding).getvalue()[:-40][:300]
    with pytest.raises(DamagedImage):
        thumbnail(io.BytesIO(half), 64, 64, "PNG")


@given(st.binary(max_size=60), st.sampled_from(["JPEG", "PNG", "TIFF", "GIF", "BMP"]))
def test_corrupt_picture_raises_no_other_error(corruption, encoding):
    """Any corruption either gives a thumbnail or raises DamagedImage."""
    intact = picture(size=(8, 8), encoding=encoding).getvalue()
    with contextlib.suppress(DamagedImage):
        thumbnail(
            io.BytesIO(intact[:20] + corruption + intact[20 + len(corruption) :]), 4, 4, "PNG"
        )


def test_picture_over_the_pixel_limit_is_rejected():
    """The size is read from the header before pixels are decoded."""
    source = picture(size=(100, 50))
    assert thumbnail(source, 64, 64, "PNG", pixel_limit=5_000)
    truncated = io.BytesIO(source.getvalue()[:60])
    with pytest.raises(TooManyPixels, match="100 x 50 pixels; limit: 4999"):
        thumbnail(truncated, 64, 64, "PNG", pixel_limit=4_999)


def test_picture_over_the_limit_of_pillow_is_rejected():
    """The limit of Pillow applies even if the configured limit is higher."""
    header = struct.pack(">II5B", 60_000, 60_000, 8, 2, 0, 0, 0)
    with pytest.raises(TooManyPixels):
        thumbnail(png(header), 64, 64, "PNG", pixel_limit=2**40)


def png(header):
    """Return a PNG file that ends before its pixels."""
    chunk = b"IHDR" + header
    checked = struct.pack(">I", len(header)) + chunk + struct.pack(">I", crc32(chunk))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + checked + b"\0\0\0\0IDAT")


@pytest.mark.parametrize("size", [(3, 5_000), (5_000, 3), (1_999, 1_501)])
@pytest.mark.parametrize("mode", ["P", "RGB", "RGBA", "I;16", "CMYK"])
def test_thumbnail_of_a_large_picture_is_complete(mode, size):
    """A large picture is converted in bands, none of which is missing or repeated."""
    source = Image.linear_gradient("L").resize(size)
    file = io.BytesIO()
    if mode == "I;16":
        source.point(lambda level: level * 257, "I").convert("I;16").save(file, "PNG")
    else:
        source.convert(mode).save(file, "TIFF")
    file.seek(0)
    small_picture = decoded_thumbnail(file, 100, 100).convert("L")
    assert max(small_picture.size) == 100
    expected = source.resize(small_picture.size, Image.Resampling.BOX)
    differences = ImageChops.difference(small_picture, expected)
    assert ImageStat.Stat(differences).mean[0] < 8


def test_describe_reads_only_the_header():
    """The dimensions are read from a file without pixels."""
    truncated = io.BytesIO(picture(size=(200, 100)).getvalue()[:60])
    description = describe(truncated)
    assert (description.width, description.height) == (200, 100)


def test_thumbnails_are_created_one_at_a_time(monkeypatch):
    """The memory for decoding is used by one request at a time."""
    running, running_counts = [], []
    shrink = Image.Image.resize

    def counting_resize(*args):
        running.append(1)
        running_counts.append(len(running))
        try:
            return shrink(*args)
        finally:
            running.pop()

    monkeypatch.setattr(Image.Image, "resize", counting_resize)
    data = picture(size=(2_000, 1_000)).getvalue()
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(thumbnail, io.BytesIO(data), 9, 9, "PNG") for _ in range(8)]
        assert all(future.result() for future in futures)
    assert max(running_counts) == 1


def test_decompression_bomb_is_rejected():
    """A small file that decodes to a very large picture raises DamagedImage."""
    bomb = picture("1", size=(10_000, 9_900), color=0).getvalue()
    with pytest.raises(DamagedImage):
        thumbnail(io.BytesIO(bomb), 64, 64, "JPEG")


def photo(**gps):
    """Return a JPEG file with Exif data as from a camera."""
    exif = Image.Exif()
    exif[0x8769] = {0x9003: "2013:08:28 18:12:02"}
    if gps:
        latitude = (Fraction(37), Fraction(46), Fraction(3054, 100))
        longitude = (Fraction(122), Fraction(25), Fraction(948, 100))
        exif[0x8825] = {1: gps["ns"], 2: latitude, 3: gps["ew"], 4: longitude}
    return picture(encoding="JPEG", exif=exif)


def test_describe_returns_the_time_of_the_exif_data():
    """The time in the Exif data is interpreted as UTC."""
    assert describe(photo()).time_taken_s == 1377713522


@pytest.mark.parametrize(("ns", "ew", "signs"), [("N", "W", (1, -1)), ("S", "E", (-1, 1))])
def test_describe_returns_the_location_of_the_exif_data(ns, ew, signs):
    """Latitude and longitude are in degrees, and positive in the north and east."""
    latitude, longitude = describe(photo(ns=ns, ew=ew)).lat_long
    assert latitude == pytest.approx(signs[0] * 37.775150)
    assert longitude == pytest.approx(signs[1] * 122.419300)


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "GIF"])
def test_describe_returns_no_time_and_location_without_exif_data(encoding):
    """A picture without Exif data has only dimensions."""
    description = describe(picture(encoding=encoding))
    assert (description.time_taken_s, description.lat_long) == (None, None)
    assert (description.width, description.height) == (200, 100)


def test_describe_returns_the_upright_dimensions():
    """The Exif orientation is applied to the dimensions."""
    exif = Image.Exif()
    exif[0x0112] = 6
    description = describe(picture(encoding="JPEG", exif=exif))
    assert (description.width, description.height) == (100, 200)


@pytest.mark.parametrize("exif_date", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday"])
def test_describe_returns_no_time_for_an_invalid_date(exif_date):
    """A date of a camera whose clock is not set is ignored."""
    exif = Image.Exif()
    exif[0x8769] = {0x9003: exif_date}
    assert describe(picture(encoding="JPEG", exif=exif)).time_taken_s is None


def test_describe_rejects_bytes_that_are_not_a_picture():
    """Bytes that are not a picture raise DamagedImage."""
    with pytest.raises(DamagedImage):
        describe(io.BytesIO(b"no picture"))
