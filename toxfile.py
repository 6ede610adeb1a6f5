"""Where tox finds interpreters and uv; the environments are in tox.ini.

pyenv puts a shim for every interpreter on the path, and the shims of all but the selected ones only
print an error, so their environments would be skipped. The interpreters' own directories come first
here. uv is installed beside tox, which need not be on the path. An interpreter that the machine
lacks is not downloaded.

Without `-e` or `-m`, tox runs the tests on the oldest and the newest interpreter of the machine,
and measures their coverage. Other interpreters are in the labels `interpreters` and `nightly`.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path


def _pyenv_interpreters() -> list[str]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return [str(found.parent) for found in root.glob("versions/3.*/bin/python3")]


def _oldest_and_newest() -> list[str]:
    found = [f"py3{minor}" for minor in range(10, 16) if shutil.which(f"python3.{minor}")]
    return found[:1] + found[1:][-1:]


os.environ["PATH"] = os.pathsep.join(
    [*_pyenv_interpreters(), os.environ["PATH"], sysconfig.get_path("scripts")]
)
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
_tested = _oldest_and_newest()
for name in _tested:
    os.environ[f"COVERAGE_OF_{name}"] = "--cov --cov-report="
os.environ["OLDEST_AND_NEWEST"] = ",".join(_tested) or "py"
