"""The built distributions, and new environments into which they are installed.

Nothing here imports the checkout. The tests need the package index, `git` and `uv`.
"""

from __future__ import annotations

import os
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parents[2]
UV = find_uv_bin()
# The commands of this environment, which need not be on the path.
COMMANDS = Path(sysconfig.get_path("scripts"))
# The folder of each distribution's pyproject.toml, and the package that it installs.
FOLDERS = {"fakebox": ".", "fakebox-sdk": "sdk"}
PACKAGES = {"fakebox": "fakebox", "fakebox-sdk": "dropbox"}


def clean_environment() -> dict[str, str]:
    """The variables of this process, without those that change how Python finds packages."""
    names = ("CONFORMANCE_", "COVERAGE_", "DROPBOX_", "FAKEBOX_", "PYTEST_", "PYTHON", "VIRTUAL_")
    return {name: text for name, text in os.environ.items() if not name.startswith(names)}


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        root: its folder.
    """

    root: Path

    @property
    def interpreter(self) -> Path:
        """Its Python."""
        return self.root / "bin" / "python"

    def install(self, *requirements: str | Path, installer: str = "uv") -> None:
        """Install distributions with `uv` or `pip`."""
        if installer == "uv":
            self.uv("pip", "install", "--python", str(self.interpreter), *map(str, requirements))
        else:
            done = self.run("python", "-m", "pip", "install", "-q", *map(str, requirements))
            assert done.returncode == 0, done.stderr

    def uninstall(self, distribution: str) -> None:
        """Uninstall a distribution."""
        self.uv("pip", "uninstall", "--python", str(self.interpreter), distribution)

    def uv(self, *arguments: str) -> None:
        """Run uv."""
        done = subprocess.run(
            [UV, *arguments],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def run(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment to its end."""
        program, *arguments = command
        return subprocess.run(
            [self.root / "bin" / program, *arguments],
            cwd=cwd or self.root,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def python(self, program: str) -> subprocess.CompletedProcess[str]:
        """Run a Python program."""
        return self.run("python", "-c", program)

    def pytest(self, source: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a test file in a separate folder."""
        (folder / "test_own.py").write_text(source)
        return self.run("pytest", "-q", "-W", "error", cwd=folder)


def new_environment(root: Path, *requirements: str | Path, has_pip: bool = False) -> Environment:
    """Create an environment with some distributions.

    Args:
        root: its folder, which does not exist yet.
        requirements: what to install.
        has_pip: whether pip is in it.
    """
    environment = Environment(root)
    environment.uv("venv", *(["--seed"] if has_pip else []), str(root))
    if requirements:
        environment.install(*requirements)
    return environment


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both wheels and both source archives.

    `tox -e package` has built them and sets `FAKEBOX_DIST`; otherwise they are built here.
    """
    if "FAKEBOX_DIST" in os.environ:
        return Path(os.environ["FAKEBOX_DIST"])
    directory = tmp_path_factory.mktemp("dist")
    for folder in FOLDERS.values():
        build(ROOT / folder, directory)
    return directory


def build(folder: Path, out: Path, *options: str) -> None:
    """Build a source archive and a wheel, or only one of them if an option selects it."""
    subprocess.run(
        [UV, "build", "--quiet", *options, "--out-dir", out, folder],
        check=True,
        env=clean_environment(),
    )


def archive(dist: Path, distribution: str, suffix: str) -> Path:
    """The wheel or the source archive of a distribution."""
    (found,) = dist.glob(f"{distribution.replace('-', '_')}-[0-9]*{suffix}")
    return found


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel of the emulator."""
    return archive(dist, "fakebox", ".whl")


@pytest.fixture(scope="session")
def sdk_wheel(dist: Path) -> Path:
    """The wheel of the SDK."""
    return archive(dist, "fakebox-sdk", ".whl")


@pytest.fixture
def source(dist: Path, tmp_path: Path) -> Path:
    """The unpacked source archive of the emulator, with all files of the repository."""
    folder = tmp_path / "source"
    folder.mkdir()
    command = ["tar", "xzf", archive(dist, "fakebox", ".tar.gz"), "-C", folder]
    subprocess.run([*command, "--strip-components=1"], check=True)
    return folder


@pytest.fixture
def checkout(source: Path) -> Path:
    """The same files as a git repository with one commit."""
    (source / "PKG-INFO").unlink()
    git(source, "init", "--quiet")
    git(source, "add", "--all")
    author = ("-c", "user.name=tester", "-c", "user.email=tester@fakebox.example")
    git(source, *author, "commit", "--quiet", "--message", "All files")
    return source


def git(folder: Path, *arguments: str | Path) -> str:
    """Run git in a folder, and return what it prints."""
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture(scope="session")
def emulator_only(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The emulator and pytest, and no package named `dropbox`."""
    return new_environment(tmp_path_factory.mktemp("emulator") / "env", wheel, "pytest")


@pytest.fixture(scope="session")
def sdk_only(sdk_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The SDK and nothing else."""
    return new_environment(tmp_path_factory.mktemp("sdk") / "env", sdk_wheel)


@pytest.fixture(scope="session")
def complete(wheel: Path, sdk_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The emulator, its SDK and pytest."""
    root = tmp_path_factory.mktemp("complete") / "env"
    return new_environment(root, wheel, sdk_wheel, "pytest")
