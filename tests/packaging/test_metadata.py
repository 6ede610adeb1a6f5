"""Both distributions have one version, and their metadata is accurate."""

from __future__ import annotations

import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

from dropbox.rest import SDK_VERSION
from tests.docs.tables import table
from tests.packaging.conftest import FOLDERS, ROOT, archive

PROJECT = table("pyproject.toml")["project"]


def metadata(dist: Path, distribution: str):
    """The metadata of a wheel."""
    with zipfile.ZipFile(archive(dist, distribution, ".whl")) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        return HeaderParser().parsestr(wheel.read(name).decode())


@pytest.mark.parametrize("distribution", FOLDERS)
def test_version_is_the_same_everywhere(distribution, dist):
    """Both wheels, the SDK's user agent and the extra `sdk` have the same version."""
    assert metadata(dist, distribution)["Version"] == PROJECT["version"]
    assert PROJECT["version"] == SDK_VERSION
    assert PROJECT["optional-dependencies"] == {"sdk": [f"fakebox-sdk=={SDK_VERSION}"]}


def test_licence_of_the_sdk_is_that_of_the_project():
    """The licence is a regular file, not a link, with the same text."""
    licence = ROOT / "sdk" / "LICENSE"
    assert not licence.is_symlink()
    assert licence.read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_readme_of_the_sdk_is_its_long_description(dist):
    """The package index shows the README of the folder `sdk`."""
    readme = ROOT / "sdk" / "README.md"
    assert not readme.is_symlink()
    assert metadata(dist, "fakebox-sdk").get_payload() == readme.read_text(encoding="utf-8")


def test_both_accept_the_same_interpreters():
    """Both distributions require the same versions of Python."""
    assert table("sdk/pyproject.toml")["project"]["requires-python"] == PROJECT["requires-python"]


def test_emulator_publishes_no_extra_for_development(dist):
    """The dependencies of development are in dependency groups, which are not published."""
    assert metadata(dist, "fakebox").get_all("Provides-Extra") == ["sdk"]
    assert metadata(dist, "fakebox-sdk").get_all("Provides-Extra") is None


def test_summary_of_the_emulator_names_the_sdk(dist):
    """The summary, which the package index shows in lists, names the other distribution."""
    assert "fakebox-sdk" in metadata(dist, "fakebox")["Summary"]
