"""Start-up time of `fakebox serve` and import time of the SDK.

python -m bench.startup [--quick] [--json FILE]
"""

from __future__ import annotations

import os
import subprocess
import sys

from bench.options import Options, run_section
from bench.rows import Row
from bench.timing import compare, limit

READY_S = 0.35
IMPORT_S = 0.12


def starts(options: Options) -> list[Row]:
    """Measure whole processes, until they print that they are ready or exit."""
    rounds = options.rounds * 3
    return [
        limit("fakebox serve, start to ready", _serve, bar_s=READY_S, rounds=rounds),
        limit(
            "import dropbox, whole process",
            lambda: _python("import dropbox"),
            bar_s=IMPORT_S,
            rounds=rounds,
        ),
        compare(
            "import dropbox, whole process",
            lambda: _python("import dropbox"),
            lambda: _python("import urllib3"),
            peer="urllib3",
            bar=1.3,
            rounds=rounds,
        ),
    ]


def _serve() -> None:
    command = [sys.executable, "-m", "fakebox", "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
    ) as process:
        assert process.stdout
        assert b"ready" in process.stdout.readline()
        process.kill()


def _python(statement: str) -> None:
    subprocess.run([sys.executable, "-c", statement], check=True, env=_environment())


def _environment() -> dict[str, str]:
    # Compiled modules are written, as on a machine with default settings.
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}


if __name__ == "__main__":
    raise SystemExit(run_section(starts, __doc__))
