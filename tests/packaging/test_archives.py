"""The wheel and the source archive are complete and well formed."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest


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


# What a package may hold, and what stands at the top of the repository and the source archive.
_PACKAGE_FILE = re.compile(r"(?:dropbox|fakebox)/.+\.(?:css|html|js|py|sql|svg)|\w+/py\.typed")
_MODULE = re.compile(r"fakebox_command\.py|pytest_fakebox\.py")
_METADATA = re.compile(
    r"fakebox-[\w.]+\.dist-info/(?:METADATA|RECORD|WHEEL|entry_points\.txt|licenses/LICENSE)"
)
_SOURCE_TYPES = re.compile(r".*\.(?:css|html|ini|js|json|md|mjs|py|sql|svg|toml|typed|yaml|yml)")
_OTHER_SOURCES = {
    ".ci/run",
    ".dockerignore",
    ".gitignore",
    "Dockerfile",
    "LICENSE",
    "PKG-INFO",
}
_TOP = {
    *(".ci", ".dockerignore", ".github", ".gitignore", ".pre-commit-config.yaml"),
    *("CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "Dockerfile", "LICENSE"),
    *("README.md", "SECURITY.md", "bench", "changelog.d", "conformance", "docs", "dropbox"),
    *("examples", "fakebox", "fakebox_command.py", "pyproject.toml", "pytest_fakebox.py"),
    *("tests", "tox.ini", "toxfile.py"),
}


def test_wheel_carries_nothing_unexpected(wheel: Path) -> None:
    """No file of a type, or in a place, that no part of the wheel has."""
    allowed = (_PACKAGE_FILE, _MODULE, _METADATA)
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if not any(one.fullmatch(name) for one in allowed)] == []


def test_source_archive_carries_nothing_unexpected(sdist: Path) -> None:
    """No database, cache or build product has slipped in."""
    with tarfile.open(sdist) as archive:
        names = [each.name.partition("/")[2] for each in archive.getmembers() if each.isfile()]
    assert {name.partition("/")[0] for name in names} <= _TOP | {"PKG-INFO"}
    assert [
        name for name in names if name not in _OTHER_SOURCES and not _SOURCE_TYPES.fullmatch(name)
    ] == []


def test_repository_root_has_only_files_that_belong_there() -> None:
    """Whatever a program wrote to the root by mistake is not committed."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    assert {line.partition("/")[0] for line in listed.splitlines()} <= _TOP
