"""The wheels and the source archives are complete and well formed."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import COMMANDS, FOLDERS, PACKAGES, ROOT, archive, git

# What a package may hold, and what stands at the top of the repository and the source archive.
_PACKAGE_FILE = re.compile(r"(?:dropbox|fakebox)/.+\.(?:css|html|js|py|sql|svg)|\w+/py\.typed")
_METADATA = re.compile(
    r"\w+-[\w.]+\.dist-info/(?:METADATA|RECORD|WHEEL|entry_points\.txt|licenses/LICENSE)"
)
_SOURCE_TYPES = re.compile(r".*\.(?:css|html|ini|js|json|md|mjs|py|sql|svg|toml|typed|yaml|yml)")
_OTHER_SOURCES = {
    *(".ci/run", ".dockerignore", ".gitignore", "Dockerfile", "LICENSE", "sdk/LICENSE"),
}
_TOP = {
    *(".ci", ".dockerignore", ".github", ".gitignore", ".pre-commit-config.yaml"),
    *("CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "Dockerfile", "LICENSE"),
    *("README.md", "SECURITY.md", "bench", "changelog.d", "conformance", "docs", "dropbox"),
    *("examples", "fakebox", "pyproject.toml", "sdk", "tests", "tox.ini", "toxfile.py"),
}
_SDK_TOP = {"LICENSE", "PKG-INFO", "README.md", "dropbox", "hatch_build.py", "pyproject.toml"}


def files_in(sdist: Path) -> list[str]:
    """The files of a source archive, without the folder that all of them are in."""
    with tarfile.open(sdist) as opened:
        return [each.name.partition("/")[2] for each in opened.getmembers() if each.isfile()]


def unexpected(names: list[str]) -> list[str]:
    """Those files that are of no type that the repository has."""
    return [
        name for name in names if name not in _OTHER_SOURCES and not _SOURCE_TYPES.fullmatch(name)
    ]


@pytest.mark.parametrize("distribution", FOLDERS)
def test_archives_pass_twine(distribution: str, dist: Path) -> None:
    """The metadata and the long description are what an index accepts."""
    both = [archive(dist, distribution, suffix) for suffix in (".whl", ".tar.gz")]
    subprocess.run([COMMANDS / "twine", "check", "--strict", *both], check=True)


@pytest.mark.parametrize("distribution", FOLDERS)
def test_wheel_passes_check_wheel_contents(distribution: str, dist: Path) -> None:
    """The wheel holds no stray, empty or duplicate files, and one package at its top."""
    options = ["--toplevel", PACKAGES[distribution]]
    wheel = archive(dist, distribution, ".whl")
    subprocess.run([COMMANDS / "check-wheel-contents", *options, wheel], check=True)


@pytest.mark.parametrize("distribution", FOLDERS)
def test_wheel_carries_every_file_of_its_package(distribution: str, dist: Path) -> None:
    """Schemas, templates and `py.typed` too, and no file of another type or place."""
    package = PACKAGES[distribution]
    checkout = {
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    names = zipfile.ZipFile(archive(dist, distribution, ".whl")).namelist()
    assert f"{package}/py.typed" in names
    assert {name for name in names if ".dist-info/" not in name} == checkout
    allowed = (_PACKAGE_FILE, _METADATA)
    assert [name for name in names if not any(one.fullmatch(name) for one in allowed)] == []


def test_source_archive_carries_tests_and_documents(dist: Path) -> None:
    """Whoever packages the project for a distribution can run its tests from the archive."""
    names = files_in(archive(dist, "fakebox", ".tar.gz"))
    assert {
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "tox.ini",
        "sdk/pyproject.toml",
        "dropbox/rest.py",
        "tests/packaging/conftest.py",
    } <= set(names)


def test_source_archives_carry_nothing_unexpected(dist: Path) -> None:
    """No database, cache or build product has slipped in."""
    names = files_in(archive(dist, "fakebox", ".tar.gz"))
    assert {name.partition("/")[0] for name in names} <= _TOP | {"PKG-INFO"}
    assert unexpected(names) == ["PKG-INFO"]
    sdk_names = files_in(archive(dist, "fakebox-sdk", ".tar.gz"))
    assert {name.partition("/")[0] for name in sdk_names} <= _SDK_TOP | {".gitignore"}
    assert unexpected(sdk_names) == ["PKG-INFO"]


def test_repository_has_only_files_that_belong_there() -> None:
    """Whatever a program wrote into the checkout by mistake is not committed."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    names = git(ROOT, "ls-files", "--cached").splitlines()
    assert {name.partition("/")[0] for name in names} <= _TOP
    assert unexpected(names) == []
