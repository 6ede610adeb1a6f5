"""Where tox looks for interpreters; the environments are in tox.ini.

pyenv puts a shim for every interpreter on the path, and the shims of all but the selected
ones only print an error: they would all be skipped. Their own directories come first here.
Nothing is ever downloaded in place of an interpreter that the machine lacks.
"""

from __future__ import annotations

import os
from pathlib import Path


def _pyenv_interpreters() -> list[str]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return [str(found.parent) for found in root.glob("versions/3.*/bin/python3")]


os.environ["PATH"] = os.pathsep.join([*_pyenv_interpreters(), os.environ["PATH"]])
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
