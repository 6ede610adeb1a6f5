"""The files that the tour carries: a text, a photo and a large binary, all of them real."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

LARGE_BYTES = 64 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_WIDTH, _HEIGHT = 640, 427


@dataclass(frozen=True, slots=True)
class Luggage:
    """Files on the disk.

    Attributes:
        text: a few kilobytes of text.
        photo: a JPEG.
        large: 64 MiB that look like nothing.
    """

    text: Path
    photo: Path
    large: Path


def pack(folder: Path) -> Luggage:
    """Put the files into a folder."""
    luggage = Luggage(folder / "schema.sql", folder / "photo.jpg", folder / "large.bin")
    luggage.text.write_bytes(files("fakebox.core").joinpath("schema.sql").read_bytes())
    _paint(luggage.photo)
    with luggage.large.open("wb") as file:
        for _ in range(LARGE_BYTES // _BLOCK_BYTES):
            file.write(os.urandom(_BLOCK_BYTES))
    return luggage


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    result = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            result.update(block)
    return result.hexdigest()


def _paint(path: Path) -> None:
    from PIL import Image

    sky = Image.linear_gradient("L").resize((_WIDTH, _HEIGHT))
    sea = Image.radial_gradient("L").resize((_WIDTH, _HEIGHT))
    Image.merge("RGB", (sea, sky, sky.rotate(180))).save(path, "JPEG", quality=90)
