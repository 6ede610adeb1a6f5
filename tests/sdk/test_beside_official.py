"""The SDK in a folder that the official distribution `dropbox` was installed into as well."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dropbox

LINE = (
    "ImportError: the distributions 'dropbox' and 'fakebox-sdk' are both installed and have the "
    "same package 'dropbox'; uninstall both, then install one of them"
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed distributions, with the SDK."""
    folder = tmp_path / "site-packages"
    package = Path(dropbox.__file__).parent
    shutil.copytree(package, folder / "dropbox", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "fakebox_sdk-0.1.0.dist-info").mkdir()
    return folder


def run(site: Path, program: str) -> str:
    """The last line that a program prints to standard error."""
    program = f"import sys; sys.path.insert(0, {str(site)!r}); {program}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    return "".join(done.stderr.splitlines()[-1:])


@pytest.mark.parametrize("metadata", ["dropbox-12.0.2.dist-info", "dropbox-9.4.0.egg-info"])
@pytest.mark.parametrize("module", ["dropbox", "dropbox.client", "dropbox.rest"])
def test_import_raises_when_the_official_distribution_is_installed(site, metadata, module):
    """No module is imported, because some files belong to the other distribution."""
    (site / metadata).mkdir()
    assert run(site, f"import {module}") == LINE


def test_import_succeeds_when_the_other_distribution_only_has_a_similar_name(site):
    """A distribution such as `dropbox_sign` has a package with another name."""
    (site / "dropbox_sign-1.8.0.dist-info").mkdir()
    assert run(site, "import dropbox; assert dropbox.__file__.startswith(sys.path[0])") == ""
