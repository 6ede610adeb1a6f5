"""Each environment of tox has both distributions, built from the checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.packaging.conftest import clean_environment

PROGRAM = """
import dropbox, fakebox
for package in (dropbox, fakebox):
    print(package.__name__, getattr(package, "EDIT", None), "site-packages" in package.__file__)
"""


def run_tox(checkout: Path, tmp_path: Path) -> list[str]:
    """Run a program in an environment of tox, and return the lines that it prints."""
    (tmp_path / "program.py").write_text(PROGRAM)
    # The requirements of the tests are not installed, because that would only take time.
    overrides = ["-x", "testenv.dependency_groups=", "-x", "testenv:conformance.commands="]
    overrides[-1] += f"python {tmp_path / 'program.py'}"
    done = subprocess.run(
        [sys.executable, "-m", "tox", "run", "-e", "conformance", *overrides],
        cwd=checkout,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith(("dropbox", "fakebox "))]


def test_environment_has_both_distributions_as_they_are_now(checkout, tmp_path):
    """Both are built and installed at each run, so that an edit takes effect."""
    assert run_tox(checkout, tmp_path) == ["dropbox None True", "fakebox None True"]
    for package in ("dropbox", "fakebox"):
        with (checkout / package / "__init__.py").open("a") as module:
            module.write("\nEDIT = 1\n")
    assert run_tox(checkout, tmp_path) == ["dropbox 1 True", "fakebox 1 True"]
