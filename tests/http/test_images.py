"""Thumbnails and photos' details, of real pictures."""

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
    """A picture's file, of one color."""
    file = io.BytesIO()
    Image.new(mode, size, color).save(file, encoding, **options)
    file.seek(0)
    return file


def shrunk(source, width=64, height=64, encoding="PNG"):
    """The thumbnail, decoded."""
    return Image.open(io.BytesIO(thumbnail(source, width, height, encoding)))


def is_near(color, expected):
    """Whether two colors look the same; JPEG shifts them a little."""
    return all(abs(one - other) < 8 for one, other in zip(color, expected, strict=True))


@pytest.mark.parametrize("source", ["JPEG", "PNG", "TIFF", "GIF", "BMP"])
@pytest.mark.parametrize("encoding", ["JPEG", "PNG"])
def test_thumbnail_fits_the_box_in_the_pictures_proportions(source, encoding):
    """From every format that has thumbnails, into each that they are made in."""
    small = shrunk(picture(encoding=source), encoding=encoding)
    assert small.format == encoding
    assert small.size == (64, 32)
    assert is_near(small.convert("RGB").getpixel((10, 10)), RED)


@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    box=st.tuples(st.integers(1, 200), st.integers(1, 200)),
)
def test_thumbnail_never_exceeds_the_box_nor_the_picture(size, box):
    """However thin the one and flat the other."""
    width, height = shrunk(picture(size=size), *box).size
    assert 1 <= width <= min(box[0], size[0])
    assert 1 <= height <= min(box[1], size[1])


def test_thumbnail_is_not_larger_than_a_small_picture():
    """Enlarged pixels show nothing new."""
    assert shrunk(picture(size=(20, 10))).size == (20, 10)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_thumbnail_is_upright_however_the_camera_was_held(orientation):
    """A photo taken sideways stands upright."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    small = shrunk(picture(encoding="JPEG", exif=exif))
    assert small.size == ((32, 64) if orientation >= 5 else (64, 32))


@pytest.mark.parametrize(
    ("mode", "encoding"), [("RGBA", "PNG"), ("LA", "PNG"), ("P", "GIF"), ("P", "PNG")]
)
def test_thumbnail_turns_the_transparent_white_in_jpeg(mode, encoding):
    """JPEG has no transparency."""
    options = {"transparency": 0} if mode == "P" else {}
    source = picture(mode, color=0, encoding=encoding, **options)
    assert is_near(shrunk(source, encoding="JPEG").getpixel((10, 10)), WHITE)


def test_thumbnail_keeps_the_transparent_in_png():
    """PNG has it."""
    small = shrunk(picture("RGBA", color=(255, 0, 0, 0)))
    assert small.getpixel((10, 10))[3] == 0


@pytest.mark.parametrize(
    ("mode", "color", "encoding"),
    [("CMYK", (0, 255, 255, 0), "JPEG"), ("CMYK", (0, 255, 255, 0), "TIFF"), ("P", 0, "PNG")],
)
def test_thumbnail_shows_the_colors_of_other_color_spaces(mode, color, encoding):
    """Print colors and palettes become what a screen shows."""
    file = io.BytesIO()
    image = Image.new(mode, (200, 100), color)
    if mode == "P":
        image.putpalette([255, 0, 0])
    image.save(file, encoding)
    file.seek(0)
    assert is_near(shrunk(file, encoding="JPEG").getpixel((10, 10)), RED)


def test_thumbnail_keeps_the_greys_of_sixteen_bits():
    """A scan's half tones aren't all white."""
    source = picture("I;16", color=32768)
    assert is_near(shrunk(source).convert("RGB").getpixel((10, 10)), (128, 128, 128))


@pytest.mark.parametrize(
    "damage", [b"", b"no picture", b"\xff\xd8\xff\xe0", b"%PDF-1.7", b"GIF89a"]
)
def test_thumbnail_is_refused_when_the_bytes_are_no_picture(damage):
    """The name's extension promised one."""
    with pytest.raises(DamagedImage):
        thumbnail(io.BytesIO(damage), 64, 64, "JPEG")


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "TIFF", "GIF", "BMP"])
def test_thumbnail_is_refused_when_the_picture_breaks_off(encoding):
    """An upload that was cut is damaged, not half shown."""
    half = picture(encoding=encoding).getvalue()[:-40][:300]
    with pytest.raises(DamagedImage):
        thumbnail(io.BytesIO(half), 64, 64, "PNG")


@given(st.binary(max_size=60), st.sampled_from(["JPEG", "PNG", "TIFF", "GIF", "BMP"]))
def test_thumbnail_of_rubbish_is_refused_or_made(rubbish, encoding):
    """No bytes are a reason to fail otherwise."""
    intact = picture(size=(8, 8), encoding=encoding).getvalue()
    with contextlib.suppress(DamagedImage):
        thumbnail(io.BytesIO(intact[:20] + rubbish + intact[20 + len(rubbish) :]), 4, 4, "PNG")


def test_thumbnail_is_refused_when_the_picture_has_too_many_pixels():
    """By what its header states: nothing is decoded, so the missing pixels don't matter."""
    source = picture(size=(100, 50))
    assert thumbnail(source, 64, 64, "PNG", pixel_limit=5_000)
    torn = io.BytesIO(source.getvalue()[:60])
    with pytest.raises(TooManyPixels, match="100 x 50 pixels; limit: 4999"):
        thumbnail(torn, 64, 64, "PNG", pixel_limit=4_999)


def test_thumbnail_is_refused_beyond_the_limit_of_pillow():
    """Whatever the limit that was set."""
    header = struct.pack(">II5B", 60_000, 60_000, 8, 2, 0, 0, 0)
    with pytest.raises(TooManyPixels):
        thumbnail(png(header), 64, 64, "PNG", pixel_limit=2**40)


def png(header):
    """A PNG file that ends where the pixels begin."""
    chunk = b"IHDR" + header
    checked = struct.pack(">I", len(header)) + chunk + struct.pack(">I", crc32(chunk))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + checked + b"\0\0\0\0IDAT")


@pytest.mark.parametrize("size", [(3, 5_000), (5_000, 3), (1_999, 1_501)])
@pytest.mark.parametrize("mode", ["P", "RGB", "RGBA", "I;16", "CMYK"])
def test_thumbnail_of_a_large_picture_shows_all_of_it(mode, size):
    """It is converted in bands, and none of them is missing or twice there."""
    source = Image.linear_gradient("L").resize(size)
    file = io.BytesIO()
    if mode == "I;16":
        source.point(lambda level: level * 257, "I").convert("I;16").save(file, "PNG")
    else:
        source.convert(mode).save(file, "TIFF")
    file.seek(0)
    small = shrunk(file, 100, 100).convert("L")
    assert max(small.size) == 100
    expected = source.resize(small.size, Image.Resampling.BOX)
    differences = ImageChops.difference(small, expected)
    assert ImageStat.Stat(differences).mean[0] < 8


def test_description_of_a_picture_decodes_nothing():
    """The size is in the header; the pixels of this one are missing."""
    torn = io.BytesIO(picture(size=(200, 100)).getvalue()[:60])
    seen = describe(torn)
    assert (seen.width, seen.height) == (200, 100)


def test_thumbnails_are_made_one_at_a_time(monkeypatch):
    """A picture's memory is held once, however many requests there are."""
    running, most = [], []
    shrink = Image.Image.resize

    def watched(*args):
        running.append(1)
        most.append(len(running))
        try:
            return shrink(*args)
        finally:
            running.pop()

    monkeypatch.setattr(Image.Image, "resize", watched)
    data = picture(size=(2_000, 1_000)).getvalue()
    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(thumbnail, io.BytesIO(data), 9, 9, "PNG") for _ in range(8)]
        assert all(one.result() for one in made)
    assert max(most) == 1


def test_thumbnail_is_refused_when_the_picture_is_a_bomb():
    """A few bytes may unpack to gigabytes."""
    bomb = picture("1", size=(10_000, 9_900), color=0).getvalue()
    with pytest.raises(DamagedImage):
        thumbnail(io.BytesIO(bomb), 64, 64, "JPEG")


def photo(**gps):
    """A photo as a camera writes it."""
    exif = Image.Exif()
    exif[0x8769] = {0x9003: "2013:08:28 18:12:02"}
    if gps:
        latitude = (Fraction(37), Fraction(46), Fraction(3054, 100))
        longitude = (Fraction(122), Fraction(25), Fraction(948, 100))
        exif[0x8825] = {1: gps["ns"], 2: latitude, 3: gps["ew"], 4: longitude}
    return picture(encoding="JPEG", exif=exif)


def test_photo_says_when_it_was_taken():
    """The camera's clock is taken for UTC."""
    assert describe(photo()).time_taken_s == 1377713522


@pytest.mark.parametrize(("ns", "ew", "signs"), [("N", "W", (1, -1)), ("S", "E", (-1, 1))])
def test_photo_says_where_it_was_taken(ns, ew, signs):
    """In degrees, north and east positive."""
    latitude, longitude = describe(photo(ns=ns, ew=ew)).lat_long
    assert latitude == pytest.approx(signs[0] * 37.775150)
    assert longitude == pytest.approx(signs[1] * 122.419300)


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "GIF"])
def test_photo_says_nothing_when_it_was_never_in_a_camera(encoding):
    """There are pictures without a past."""
    description = describe(picture(encoding=encoding))
    assert (description.time_taken_s, description.lat_long) == (None, None)
    assert (description.width, description.height) == (200, 100)


def test_photo_says_its_size_upright():
    """As it is shown."""
    exif = Image.Exif()
    exif[0x0112] = 6
    description = describe(picture(encoding="JPEG", exif=exif))
    assert (description.width, description.height) == (100, 200)


@pytest.mark.parametrize("written", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday"])
def test_photo_says_no_time_when_the_cameras_clock_was_not_set(written):
    """Cameras write something all the same."""
    exif = Image.Exif()
    exif[0x8769] = {0x9003: written}
    assert describe(picture(encoding="JPEG", exif=exif)).time_taken_s is None


def test_description_is_refused_when_the_bytes_are_no_picture():
    """As for its thumbnail."""
    with pytest.raises(DamagedImage):
        describe(io.BytesIO(b"no picture"))
