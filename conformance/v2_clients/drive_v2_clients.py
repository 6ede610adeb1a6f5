"""Test the emulator with current clients: the official SDK and Debian's rclone, unmodified.

Run by `tox -e v2-clients`, not as part of the suite. The official SDK has the same import name as
this project's SDK, so it is installed in a separate environment. It runs twice: with its own
environment variables, and through the proxy with the real host names. rclone runs through the
proxy. The run fails with a message if rclone is missing.
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
    """Run all clients."""
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
            print("  with its own environment variables")
            run_official(python, {**trust, "HTTPS_PROXY": proxy})
            print("  through the proxy")
            tour_rclone(rclone, folder, proxy, ca_file)


def official_python(folder: Path) -> Path:
    """Create an environment with the official SDK only; return its interpreter."""
    venv.create(folder / "official", with_pip=True)
    python = folder / "official" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "dropbox"], check=True)
    return python


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Start an emulator with TLS and a proxy.

    Yields:
        The host and port of the emulator, the URL of the proxy, and the path of the CA certificate.
    """
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
                sys.exit(f"the emulator did not start: {banner}")
            approve_apps(ready[1], ca_file)
            yield ready[1], proxy[1], ca_file
        finally:
            server.terminate()


def approve_apps(host: str, ca_file: Path) -> None:
    """Make the first account approve apps without a page."""
    with urllib3.PoolManager(ca_certs=str(ca_file)) as pool:
        url = f"https://{host}/_fakebox/accounts/1"
        response = pool.request("PATCH", url, json={"auto_approve": True})
        if response.status != 200:
            sys.exit(f"the account could not be configured: {response.data.decode()}")


def run_official(python: Path, variables: dict[str, str]) -> None:
    """Run the tour of the official SDK with additional environment variables."""
    credentials = {
        "TOUR_TOKEN": defaults.BEARER_TOKEN,
        "TOUR_APP_KEY": defaults.APP_KEY,
        "TOUR_APP_SECRET": defaults.APP_SECRET,
    }
    environment = {"PATH": os.environ["PATH"], "NO_PROXY": "", **credentials, **variables}
    subprocess.run(
        [python, HERE / "official_tour.py"], env=environment, check=True, timeout=LIMIT_S
    )


if __name__ == "__main__":
    main()
