"""What a plain installation brings: the SDK, and a clear word where the emulator would be."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.packaging.conftest import Environment

EXTRA_LINE = "the emulator needs its extra: pip install 'fakebox[server]'"


def test_plain_install_brings_two_dependencies(plain: Environment) -> None:
    """Beside itself it installs urllib3 and oauthlib, and nothing else."""
    listing = subprocess.run(
        ["uv", "pip", "list", "--python", plain.root / "bin" / "python", "--format", "json"],
        check=True,
        capture_output=True,
    ).stdout
    installed = {package["name"] for package in json.loads(listing)}
    assert installed == {"fakebox", "oauthlib", "urllib3"}


def test_sdk_imports_without_flask_when_all_is_installed(complete: Environment) -> None:
    """`import dropbox` stays light even where Flask is installed."""
    answer = complete.python("import dropbox, sys; assert 'flask' not in sys.modules")
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("module", ["dropbox.client", "dropbox.session", "dropbox.rest"])
def test_sdk_modules_import_in_a_plain_install(plain: Environment, module: str) -> None:
    """Each documented module of the SDK imports with its two dependencies alone."""
    answer = plain.python(f"import {module}")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_emulator_names_its_extra_when_imported(plain: Environment) -> None:
    """`import fakebox` without the extra ends in one line that says what to install."""
    answer = plain.python("import fakebox")
    assert answer.stderr.splitlines()[-1] == f"ImportError: {EXTRA_LINE}"


def test_command_names_its_extra_in_one_line(plain: Environment) -> None:
    """`fakebox serve` without the extra prints that line, no traceback, and exits with 2."""
    answer = plain.run("fakebox", "serve")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == f"fakebox: {EXTRA_LINE}\n"


def test_module_run_names_its_extra(plain: Environment) -> None:
    """`python -m fakebox` without the extra names it and fails."""
    answer = plain.run("python", "-m", "fakebox", "serve")
    assert answer.returncode != 0
    assert EXTRA_LINE in answer.stderr.splitlines()[-1]


def test_command_tells_its_version(complete: Environment) -> None:
    """`fakebox --version` says which distribution is installed."""
    answer = complete.run("fakebox", "--version")
    version = complete.python("from importlib.metadata import version; print(version('fakebox'))")
    assert version.stdout.strip() in answer.stdout


def test_pytest_is_undisturbed_without_the_extra(with_pytest: Environment, tmp_path: Path) -> None:
    """A suite that wants no emulator runs as if the plugin weren't there."""
    (tmp_path / "test_own.py").write_text("def test_own(): assert True\n")
    answer = with_pytest.run("pytest", "-q", "-W", "error", cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("fixture", ["fakebox", "dropbox_client", "fakebox_server"])
def test_fixture_names_the_extra_when_it_is_missing(
    with_pytest: Environment, tmp_path: Path, fixture: str
) -> None:
    """A test that asks for the emulator fails with the one line that says what to install."""
    (tmp_path / "test_own.py").write_text(f"def test_own({fixture}): assert True\n")
    answer = with_pytest.run("pytest", "-q", cwd=tmp_path)
    assert answer.returncode == 1
    assert EXTRA_LINE in answer.stdout
    assert "Traceback" not in answer.stdout


def test_pytest_starts_without_flask_when_all_is_installed(
    complete: Environment, tmp_path: Path
) -> None:
    """The plugin loads no web framework until a test asks for a Dropbox."""
    (tmp_path / "test_own.py").write_text(
        "def test_own():\n    import sys\n    assert 'flask' not in sys.modules\n"
    )
    answer = complete.run("pytest", "-q", cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout


def test_fixture_hands_over_a_dropbox(complete: Environment, tmp_path: Path) -> None:
    """With the extra, a test gets a linked client by naming the fixture."""
    (tmp_path / "test_own.py").write_text(
        "def test_own(dropbox_client):\n    assert dropbox_client.account_info()['uid'] == 1\n"
    )
    answer = complete.run("pytest", "-q", "-W", "error", cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout
