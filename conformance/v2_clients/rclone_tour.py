"""A tour of rclone, configured with a proxy and a CA certificate only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from unicodedata import normalize

from fakebox.core import defaults

LIMIT_S = 300
MEBIBYTE = 1024 * 1024
LARGE_BYTES = 33 * MEBIBYTE


def tour_rclone(rclone: str, folder: Path, proxy: str, ca_file: Path) -> None:
    """Copy, sync, check, move, dedupe, copy on the server, and upload a large file in chunks."""
    tour = _Tour(rclone, folder, proxy, ca_file)
    source = folder / "source"
    _fill(source)
    steps = [
        (tour.run, ("copy", str(source), "box:rclone")),
        (tour.run, ("check", str(source), "box:rclone")),
        (_change, (source,)),
        (tour.run, ("sync", str(source), "box:rclone")),
        (tour.run, ("check", str(source), "box:rclone")),
        (tour.run, ("copy", "box:rclone", "box:rclone copy")),
        (tour.run, ("check", "box:rclone", "box:rclone copy")),
        (tour.run, ("move", "box:rclone copy/sub", "box:rclone copy/moved")),
        (tour.run, ("dedupe", "--dedupe-mode", "newest", "box:rclone copy")),
        (tour.run, ("mkdir", "box:rclone copy/empty")),
        (tour.run, ("rmdir", "box:rclone copy/empty")),
        (tour.run, ("mkdir", "box:rclone copy/😊\t\n:?*")),
        (tour.run, ("moveto", "box:rclone copy/new.txt", "box:rclone copy/😊\t\n:?*/\n")),
        (tour.run, ("sync", "box:rclone", str(folder / "back"))),
        (tour.run, ("check", str(source), str(folder / "back"))),
        (tour.run, ("about", "box:")),
        (tour.run, ("purge", "box:rclone copy")),
    ]
    for step, arguments in steps:
        step(*arguments)
    left = tour.run("lsf", "-R", "--files-only", "box:").splitlines()
    kept = {_shown(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    if {name.removeprefix("rclone/") for name in left} != kept:
        sys.exit(f"rclone: unexpected files at the end: {left}")
    print(f"{tour.run('version').splitlines()[0]}: {len(steps) + 1} steps")


class _Tour:
    def __init__(self, rclone: str, folder: Path, proxy: str, ca_file: Path) -> None:
        self._rclone = rclone
        self._ca_file = ca_file
        token = json.dumps({"access_token": defaults.BEARER_TOKEN, "token_type": "bearer"})
        settings = folder / "rclone.conf"
        settings.write_text(f"[box]\ntype = dropbox\ntoken = {token}\n", encoding="utf-8")
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "RCLONE_CONFIG": str(settings),
            "HTTPS_PROXY": proxy,
        }

    def run(self, *arguments: str) -> str:
        """Run one command and return its output."""
        command = [self._rclone, "--ca-cert", str(self._ca_file), "--low-level-retries", "1"]
        chunks = ["--retries", "1", "--dropbox-chunk-size", "8M"]
        done = subprocess.run(
            [*command, *chunks, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        if done.returncode:
            sys.exit(f"rclone {' '.join(arguments)}: {done.stderr}")
        return done.stdout


def _shown(path: Path) -> str:
    """Return a path as rclone prints it, with symbols in place of control characters."""
    symbols = {number: 0x2400 + number for number in range(32)} | {0x7F: 0x2421}
    return normalize("NFC", str(path)).translate(symbols)


def _fill(folder: Path) -> None:
    (folder / "sub" / "deep").mkdir(parents=True)
    for number in range(20):
        (folder / "sub" / f"{number}.txt").write_text(f"file {number}", encoding="utf-8")
    (folder / "sub" / "deep" / "Ünï çode.txt").write_text("names", encoding="utf-8")
    # rclone encodes the space at the end, and sends the other characters.
    unusual = folder / 'emoji 😊 tab\t :?*<>"| end '
    unusual.mkdir()
    (unusual / "control \x01 e\u0301 \x7f.txt").write_text("names", encoding="utf-8")
    (folder / "empty.txt").touch()
    (folder / "large.bin").write_bytes(os.urandom(LARGE_BYTES))


def _change(folder: Path) -> None:
    (folder / "sub" / "0.txt").unlink()
    (folder / "sub" / "1.txt").write_text("changed", encoding="utf-8")
    (folder / "new.txt").write_text("new", encoding="utf-8")
