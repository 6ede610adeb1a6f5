"""Turns chosen behaviours of the emulator into others, and sees that the suite notices each.

Not for finding new mutants: the list, `mutants.toml`, is kept by hand. Run as a module it exits
with 1 if one survives, and with 2 if the list doesn't fit the code or the suite fails as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.inventory import tomllib

ROOT = Path(__file__).parent.parent
COPIED = ("conformance", "dropbox", "fakebox")
LIMIT_S = 120
FAILED_CASE = "FAILED "


class Unfit(Exception):
    """The list and the code, or the suite and the code, don't go together."""


def main() -> int:
    """Run the suite against every mutant; see the module."""
    mutants = tomllib.loads(Path(__file__).with_name("mutants.toml").read_text(encoding="utf-8"))
    try:
        if noticed_by({}):
            print("the suite fails without any mutant; run tox -e conformance", file=sys.stderr)
            return 2
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            cases = dict(zip(mutants, pool.map(noticed_by, mutants.values()), strict=True))
    except Unfit as error:
        print(error, file=sys.stderr)
        return 2
    for name, case in cases.items():
        print(f"{name}: {case or 'SURVIVED'}")
    survivors = [name for name, case in cases.items() if not case]
    print(f"{len(cases) - len(survivors)} of {len(cases)} mutants were noticed")
    return 1 if survivors else 0


def noticed_by(mutant: dict[str, str]) -> str:
    """The first case that fails with a mutant in place; empty if none does.

    Args:
        mutant: `file`, and what to `replace` in it `by` what; nothing for the code as it is.

    Raises:
        Unfit: the text to replace isn't there once, or the suite couldn't run.
    """
    with tempfile.TemporaryDirectory(prefix="fakebox-mutant-") as folder:
        for name in COPIED:
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__py*"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        if mutant:
            mutate(Path(folder, mutant["file"]), mutant["replace"], mutant["by"])
        return first_failure(folder)


def mutate(path: Path, old: str, new: str) -> None:
    """Replace a text that stands once in a file."""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise Unfit(f"{path.name} has {old!r} {text.count(old)} times, not once")
    path.write_text(text.replace(old, new), encoding="utf-8")


def first_failure(folder: str) -> str:
    """Run the suite of a folder up to its first failure, and tell the case."""
    # From within the folder, so that its packages come before those that are installed.
    command = [sys.executable, "-m", "pytest", "conformance", "-x", "-q", "-p", "no:randomly"]
    credentials = [name for name in os.environ if name.startswith(("DROPBOX_", "PYTEST_"))]
    environment = {name: os.environ[name] for name in os.environ if name not in credentials}
    environment["CONFORMANCE_REPORT"] = str(Path(folder, "report"))
    run = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    failed = [line for line in run.stdout.splitlines() if line.startswith(FAILED_CASE)]
    if run.returncode == 0:
        return ""
    if run.returncode != 1 or not failed:
        raise Unfit(f"the suite couldn't run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return failed[0].removeprefix(FAILED_CASE).partition(" - ")[0]


if __name__ == "__main__":
    sys.exit(main())
