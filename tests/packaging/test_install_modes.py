"""Each distribution is complete in every way of installing it."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import FOLDERS, PACKAGES, archive, build, git, new_environment

LIST_PACKAGE = """
import importlib, json, pathlib
root = pathlib.Path(importlib.import_module({package!r}).__file__).parent
paths = [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
print(json.dumps(sorted(str(path.relative_to(root)) for path in paths)))
"""


def requirement(mode: str, distribution: str, checkout: Path, dist: Path) -> list[str | Path]:
    """The arguments of `pip install` for a way of installing."""
    folder = FOLDERS[distribution]
    subdirectory = "" if folder == "." else f"#subdirectory={folder}"
    return {
        "path": [checkout / folder],
        "git": [f"{distribution} @ git+file://{checkout}{subdirectory}"],
        "sdist": [archive(dist, distribution, ".tar.gz")],
        "wheel": [archive(dist, distribution, ".whl")],
        "editable": ["--editable", checkout / folder],
    }[mode]


def files_of(package: Path) -> list[str]:
    """The files of a package in the checkout."""
    paths = [path for path in package.rglob("*") if path.is_file()]
    return sorted(
        str(path.relative_to(package)) for path in paths if "__pycache__" not in path.parts
    )


def assert_complete(environment, distribution, checkout):
    """Assert that the installed package has the same files as the one in the checkout."""
    package = PACKAGES[distribution]
    done = environment.python(LIST_PACKAGE.format(package=package))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == files_of(checkout / package)


@pytest.mark.parametrize("distribution", FOLDERS)
@pytest.mark.parametrize("mode", ["path", "git", "sdist", "wheel", "editable"])
def test_distribution_is_complete_when_installed(mode, distribution, checkout, dist, tmp_path):
    """Installing from a path, git or an archive, or as editable, installs all files."""
    environment = new_environment(tmp_path / "env")
    environment.install(*requirement(mode, distribution, checkout, dist))
    assert_complete(environment, distribution, checkout)


@pytest.mark.parametrize("mode", ["path", "git", "sdist", "editable"])
def test_sdk_is_complete_when_pip_installs_it(mode, checkout, dist, tmp_path):
    """pip builds the SDK as uv does."""
    environment = new_environment(tmp_path / "env", has_pip=True)
    environment.install(*requirement(mode, "fakebox-sdk", checkout, dist), installer="pip")
    assert_complete(environment, "fakebox-sdk", checkout)


@pytest.mark.parametrize("distribution", FOLDERS)
def test_editable_install_runs_the_checkout_when_it_is_edited(distribution, checkout, tmp_path):
    """An edit takes effect without another install."""
    environment = new_environment(tmp_path / "env")
    environment.install("--editable", checkout / FOLDERS[distribution])
    package = PACKAGES[distribution]
    with (checkout / package / "__init__.py").open("a") as module:
        module.write("\nEDITED = True\n")
    done = environment.python(f"import {package}; print({package}.EDITED)")
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


def test_repository_installs_where_there_are_no_symbolic_links(checkout, tmp_path):
    """No file of the repository is a symbolic link, so a system without links can clone it."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--config", "core.symlinks=false", checkout, clone)
    modes = {line.split()[0] for line in git(clone, "ls-files", "--stage").splitlines()}
    assert modes <= {"100644", "100755"}
    environment = new_environment(tmp_path / "env")
    environment.install(clone, clone / "sdk")
    for distribution in FOLDERS:
        assert_complete(environment, distribution, clone)


def test_sdk_installs_out_of_the_emulators_source_archive(source, tmp_path):
    """The unpacked source archive of the emulator contains both distributions."""
    environment = new_environment(tmp_path / "env")
    environment.install(source / "sdk")
    assert_complete(environment, "fakebox-sdk", source)


def test_sdk_is_not_installed_as_editable_from_its_own_archive(dist, tmp_path):
    """Such an install would not find the package; the error says what to do."""
    command = ["tar", "xzf", archive(dist, "fakebox-sdk", ".tar.gz"), "-C", tmp_path]
    subprocess.run(command, check=True)
    (folder,) = tmp_path.iterdir()
    environment = new_environment(tmp_path / "env", has_pip=True)
    done = environment.run("python", "-m", "pip", "install", "--editable", str(folder))
    assert done.returncode != 0
    assert "an editable install needs a checkout; install this folder without -e" in done.stderr


@pytest.mark.parametrize("distribution", FOLDERS)
def test_wheel_is_the_same_when_built_from_the_source_archive(
    distribution, checkout, dist, tmp_path
):
    """A wheel has the same files and metadata when it is built from the source archive."""
    build(checkout / FOLDERS[distribution], tmp_path, "--wheel")
    direct = contents(archive(tmp_path, distribution, ".whl"))
    assert direct == contents(archive(dist, distribution, ".whl"))


def contents(wheel):
    """The bytes of each file of a wheel."""
    with zipfile.ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize("distribution", FOLDERS)
def test_interpreter_that_is_too_old_is_rejected_in_one_line(distribution, dist, tmp_path):
    """pip names the distribution, the interpreter and the versions that are accepted."""
    environment = new_environment(tmp_path / "env", has_pip=True)
    old = ("--python-version", "3.9", "--only-binary", ":all:", "--target", str(tmp_path / "old"))
    done = environment.run(
        *("python", "-m", "pip", "install", "--no-deps", *old),
        str(archive(dist, distribution, ".whl")),
    )
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert line == (
        f"ERROR: Package '{distribution}' requires a different Python: 3.9.0 not in '>=3.10'"
    )
