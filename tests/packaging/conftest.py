"""The built distribution, and fresh environments that hold nothing but it.

Every environment is a real one, installed from the wheel; nothing here imports the checkout.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Environment:
    """A virtual environment and what it takes to run things in it."""

    root: Path

    def run(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run one of the environment's own commands; give back its status and its texts."""
        program, *arguments = command
        clean = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
        return subprocess.run(
            [self.root / "bin" / program, *arguments],
            cwd=cwd or self.root,
            env=clean,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def python(self, program: str) -> subprocess.CompletedProcess[str]:
        """Run a few lines of Python."""
        return self.run("python", "-c", program)


@pytest.fixture(scope="session")
def dist() -> Path:
    """Where `tox -e package` has built the wheel and the source archive."""
    directory = os.environ.get("FAKEBOX_DIST")
    if directory is None:
        pytest.skip("tox -e package builds what these tests install")
    return Path(directory)


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The built wheel."""
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def sdist(dist: Path) -> Path:
    """The built source archive."""
    (found,) = dist.glob("*.tar.gz")
    return found


def _environment(root: Path, *requirements: str) -> Environment:
    subprocess.run(["uv", "venv", "--quiet", root], check=True)
    subprocess.run(
        ["uv", "pip", "install", "--quiet", "--python", root / "bin" / "python", *requirements],
        check=True,
    )
    return Environment(root)


@pytest.fixture(scope="session")
def plain(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel, installed without extras into an empty environment."""
    return _environment(tmp_path_factory.mktemp("plain") / "env", str(wheel))


@pytest.fixture(scope="session")
def with_pytest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel without extras beside pytest."""
    return _environment(tmp_path_factory.mktemp("pytest") / "env", str(wheel), "pytest")


@pytest.fixture(scope="session")
def complete(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with its `server` extra beside pytest."""
    root = tmp_path_factory.mktemp("complete") / "env"
    return _environment(root, f"fakebox[server] @ {wheel.as_uri()}", "pytest")
