"""The wheel and the source archive are complete and well formed."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path


def test_archives_pass_twine(wheel: Path, sdist: Path) -> None:
    """The metadata and the long description are what an index accepts."""
    subprocess.run(["twine", "check", "--strict", wheel, sdist], check=True)


def test_wheel_passes_check_wheel_contents(wheel: Path) -> None:
    """The wheel holds no stray, empty or duplicate files."""
    subprocess.run(["check-wheel-contents", wheel], check=True)


def test_wheel_carries_types_when_installed(wheel: Path) -> None:
    """Both packages tell type checkers that their annotations count."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {"dropbox/py.typed", "fakebox/py.typed"} <= set(names)


def test_wheel_carries_every_package_file(wheel: Path) -> None:
    """What lies in the packages of the checkout, schemas and templates too, is in the wheel."""
    checkout = {
        str(path)
        for package in ("dropbox", "fakebox")
        for path in Path(package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert checkout <= set(zipfile.ZipFile(wheel).namelist())


def test_source_archive_carries_tests_and_documents(sdist: Path) -> None:
    """Whoever packages the project for a distribution can run its tests from the archive."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "tox.ini",
        "tests/packaging/conftest.py",
    } <= names
