"""The wheels and the source archives are complete and well formed."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.docs.tables import table
from tests.packaging.conftest import COMMANDS, FOLDERS, PACKAGES, ROOT, archive, build, git

# The files that a package can contain, and the names at the top of the repository.
_PACKAGE_FILE = re.compile(r"(?:dropbox|fakebox)/.+\.(?:cjs|css|html|js|py|sql|svg)|\w+/py\.typed")
_METADATA = re.compile(
    r"\w+-[\w.]+\.dist-info/(?:METADATA|RECORD|WHEEL|entry_points\.txt|licenses/LICENSE)"
)
_SOURCE_TYPES = re.compile(
    r".*\.(?:cjs|css|go|html|ini|java|js|json|md|mjs|mod|py|rs|sql|sum|svg|toml|typed|xml|yaml|yml)"
)
_OTHER_SOURCES = {
    *(".ci/run", ".dockerignore", ".gitignore", "Dockerfile", "LICENSE", "sdk/LICENSE"),
}
_TOP = set(table("pyproject.toml")["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"])
_SDK_TOP = {"LICENSE", "PKG-INFO", "README.md", "dropbox", "hatch_build.py", "pyproject.toml"}


def files_in(sdist: Path) -> list[str]:
    """The files of a source archive, without the folder that all of them are in."""
    with tarfile.open(sdist) as opened:
        return [each.name.partition("/")[2] for each in opened.getmembers() if each.isfile()]


def unexpected(names: list[str]) -> list[str]:
    """The files of a type that the repository does not have."""
    return [
        name for name in names if name not in _OTHER_SOURCES and not _SOURCE_TYPES.fullmatch(name)
    ]


@pytest.mark.parametrize("distribution", FOLDERS)
def test_archives_pass_twine(distribution: str, dist: Path) -> None:
    """The metadata and the long description are accepted by a package index."""
    both = [archive(dist, distribution, suffix) for suffix in (".whl", ".tar.gz")]
    subprocess.run([COMMANDS / "twine", "check", "--strict", *both], check=True)


@pytest.mark.parametrize("distribution", FOLDERS)
def test_wheel_passes_check_wheel_contents(distribution: str, dist: Path) -> None:
    """The wheel has no stray, empty or duplicate files, and contains one package."""
    options = ["--toplevel", PACKAGES[distribution]]
    wheel = archive(dist, distribution, ".whl")
    subprocess.run([COMMANDS / "check-wheel-contents", *options, wheel], check=True)


@pytest.mark.parametrize("distribution", FOLDERS)
def test_wheel_contains_every_file_of_its_package(distribution: str, dist: Path) -> None:
    """The wheel contains also schemas, templates and `py.typed`, and no other files."""
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


def test_source_archive_contains_tests_and_documents(dist: Path) -> None:
    """The tests can be run from the source archive."""
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


def test_source_archives_contain_only_expected_files(dist: Path) -> None:
    """The source archives contain no database, cache or build product."""
    names = files_in(archive(dist, "fakebox", ".tar.gz"))
    assert {name.partition("/")[0] for name in names} <= _TOP | {"PKG-INFO"}
    assert unexpected(names) == ["PKG-INFO"]
    sdk_names = files_in(archive(dist, "fakebox-sdk", ".tar.gz"))
    assert {name.partition("/")[0] for name in sdk_names} <= _SDK_TOP | {".gitignore"}
    assert unexpected(sdk_names) == ["PKG-INFO"]


def test_source_archive_contains_no_file_that_is_not_of_the_project(
    checkout: Path, tmp_path: Path
) -> None:
    """A file that was left at the top of the checkout, with a secret in it, is not published."""
    (checkout / ".env").write_text("DROPBOX_ACCESS_TOKEN=secret\n")
    (checkout / "data").mkdir()
    (checkout / "data" / "ca-key.pem").write_text("secret\n")
    build(checkout, tmp_path / "out", "--sdist")
    names = files_in(archive(tmp_path / "out", "fakebox", ".tar.gz"))
    assert "fakebox/__init__.py" in names
    assert {".env", "data/ca-key.pem"}.isdisjoint(names)


def test_repository_has_only_files_that_belong_there() -> None:
    """The repository contains no file that a program wrote into the checkout by mistake."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    names = git(ROOT, "ls-files", "--cached").splitlines()
    assert {name.partition("/")[0] for name in names} <= _TOP
    assert unexpected(names) == []
