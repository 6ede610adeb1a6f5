"""Where tox finds interpreters and uv; the environments are in tox.ini.

pyenv puts a shim for every interpreter on the path, and the shims of all but the selected ones only
print an error, so their environments would be skipped. The interpreters' own directories come first
here. uv is installed beside tox, which need not be on the path. An interpreter that the machine
lacks is not downloaded.
"""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path


def _pyenv_interpreters() -> list[str]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return [str(found.parent) for found in root.glob("versions/3.*/bin/python3")]


os.environ["PATH"] = os.pathsep.join(
    [*_pyenv_interpreters(), os.environ["PATH"], sysconfig.get_path("scripts")]
)
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
