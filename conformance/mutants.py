"""Apply mutants to the emulator one at a time, and check that the suite detects each.

The mutants are listed in `mutants.toml`. The exit status is 1 if a mutant is not detected, and 2 if
the list does not match the code or the suite fails without a mutant.
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


class MutantError(Exception):
    """The list does not match the code, or the suite could not run."""


def main() -> int:
    """Run the suite against every mutant and print the results."""
    mutants = tomllib.loads(Path(__file__).with_name("mutants.toml").read_text(encoding="utf-8"))
    try:
        if detected_by({}):
            print("the suite fails without a mutant; run tox -e conformance", file=sys.stderr)
            return 2
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            cases = dict(zip(mutants, pool.map(detected_by, mutants.values()), strict=True))
    except MutantError as error:
        print(error, file=sys.stderr)
        return 2
    for name, case in cases.items():
        print(f"{name}: {case or 'SURVIVED'}")
    survivors = [name for name, case in cases.items() if not case]
    print(f"{len(cases) - len(survivors)} of {len(cases)} mutants were detected")
    return 1 if survivors else 0


def detected_by(mutant: dict[str, str]) -> str:
    """Return the first case that fails with a mutant applied, or an empty string if none fails.

    Args:
        mutant: `file`, the text to `replace` in it, and the text to replace it `by`. Empty for the
            unchanged code.

    Raises:
        MutantError: the text does not occur exactly once, or the suite could not run.
    """
    with tempfile.TemporaryDirectory(prefix="fakebox-mutant-") as folder:
        for name in COPIED:
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__py*"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        if mutant:
            mutate(Path(folder, mutant["file"]), mutant["replace"], mutant["by"])
        return first_failure(folder)


def mutate(path: Path, old: str, new: str) -> None:
    """Replace a text that occurs exactly once in a file."""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise MutantError(f"{path.name} has {old!r} {text.count(old)} times, expected once")
    path.write_text(text.replace(old, new), encoding="utf-8")


def first_failure(folder: str) -> str:
    """Run the suite in a folder up to its first failure and return the name of the case."""
    # Run inside the folder, so that its packages are imported before installed ones.
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
        raise MutantError(f"the suite could not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return failed[0].removeprefix(FAILED_CASE).partition(" - ")[0]


if __name__ == "__main__":
    sys.exit(main())
