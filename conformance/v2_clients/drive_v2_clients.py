"""Drives an emulator with clients of today, unmodified: the official SDK, and Debian's rclone.

Not part of the suite: `tox -e v2-clients` runs it. The official SDK has the import name of this
project's own, so it gets an environment of its own. It goes once by the variables that it knows,
and once by the real service's names through the proxy; rclone goes through the proxy. Where rclone
is missing the run fails, and says so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from conformance.v2_clients.rclone_tour import tour_rclone
from fakebox.core import defaults

HERE = Path(__file__).parent
LIMIT_S = 300
_READY = re.compile(r"fakebox ready: https://(\S+)")
_PROXY = re.compile(r"HTTPS_PROXY=(\S+)")


def main() -> None:
    """All three; see the module."""
    rclone = shutil.which("rclone")
    if rclone is None:
        sys.exit("missing: rclone; on Debian: apt-get install rclone")
    with tempfile.TemporaryDirectory(prefix="fakebox-v2-clients-") as name:
        folder = Path(name)
        python = official_python(folder)
        with served(folder) as (host, proxy, ca_file):
            trust = {"REQUESTS_CA_BUNDLE": str(ca_file)}
            hosts = {
                f"DROPBOX_{kind}HOST": host for kind in ("API_", "API_CONTENT_", "API_NOTIFY_")
            }
            run_official(python, {**trust, **hosts, "DROPBOX_WEB_HOST": host})
            print("  by its own variables")
            run_official(python, {**trust, "HTTPS_PROXY": proxy})
            print("  by the proxy")
            tour_rclone(rclone, folder, proxy, ca_file)


def official_python(folder: Path) -> Path:
    """The interpreter of an environment that has the official SDK and nothing of this project."""
    venv.create(folder / "official", with_pip=True)
    python = folder / "official" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "dropbox"], check=True)
    return python


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """An emulator with TLS and a proxy: its host and port, the proxy's URL, and whom to trust."""
    ca_file = folder / "ca.pem"
    command = [sys.executable, "-m", "fakebox", "serve", "--port", "0", "--proxy", "0", "--tls"]
    with subprocess.Popen(
        [*command, "--ca-file", str(ca_file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            banner = ""
            while server.stdout and not (ready := _READY.search(banner)):
                banner += server.stdout.readline()
            proxy = _PROXY.search(banner)
            if not (ready and proxy):
                sys.exit(f"the emulator didn't start: {banner}")
            let_every_app_in(ready[1], ca_file)
            yield ready[1], proxy[1], ca_file
        finally:
            server.terminate()


def let_every_app_in(host: str, ca_file: Path) -> None:
    """Have the first account approve without a page."""
    with urllib3.PoolManager(ca_certs=str(ca_file)) as pool:
        url = f"https://{host}/_fakebox/accounts/1"
        answer = pool.request("PATCH", url, json={"auto_approve": True})
        if answer.status != 200:
            sys.exit(f"the account can't be configured: {answer.data.decode()}")


def run_official(python: Path, told: dict[str, str]) -> None:
    """One tour of the official SDK, which is told nothing else."""
    credentials = {
        "TOUR_TOKEN": defaults.BEARER_TOKEN,
        "TOUR_APP_KEY": defaults.APP_KEY,
        "TOUR_APP_SECRET": defaults.APP_SECRET,
    }
    environment = {"PATH": os.environ["PATH"], "NO_PROXY": "", **credentials, **told}
    subprocess.run(
        [python, HERE / "official_tour.py"], env=environment, check=True, timeout=LIMIT_S
    )


if __name__ == "__main__":
    main()
