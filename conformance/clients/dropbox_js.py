"""Run the tests of dropbox-js 0.7.2 of 2012, unmodified, with the emulator.

Its package in npm's registry contains them. They use the real host names, which `preload.cjs` leads
to the emulator.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3

HERE = Path(__file__).parent / "dropbox_js"
LIMIT_S = 300
# The tests that pass. The other nine send or receive binary data as a string or a buffer, which the
# XMLHttpRequest of Node does not have.
PASSES = 318
_READY = re.compile(r"fakebox ready: (https://\S+)")


def drive_dropbox_js() -> None:
    """Install the package, run its tests, and compare the number of passes with that of before."""
    with tempfile.TemporaryDirectory(prefix="fakebox-dropbox-js-") as name:
        folder = Path(name)
        shutil.copytree(HERE, folder, dirs_exist_ok=True)
        npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        run(npm, folder)
        with served(folder) as url:
            run(["node", "prepare.cjs", json.dumps(credentials(url, folder))], folder)
            report = run_tests(url, folder)
    for failure in report["failures"]:
        print(f"  fails: {failure['fullTitle']}")
    passes, tests = report["stats"]["passes"], report["stats"]["tests"]
    print(f"dropbox-js 0.7.2: {passes} of {tests} tests pass")
    if passes < PASSES:
        sys.exit(f"dropbox-js 0.7.2: {passes} tests pass, and {PASSES} passed before")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Start an emulator with TLS, whose certificate authority is in `ca.pem`.

    Yields:
        Its URL.
    """
    command = [sys.executable, "-m", "fakebox", "serve", "--port", "0", "--tls"]
    with subprocess.Popen(
        [*command, "--ca-file", "ca.pem"], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            ready = _READY.match(server.stdout.readline() if server.stdout else "")
            if ready is None:
                sys.exit("the emulator did not start")
            yield ready[1]
        finally:
            server.terminate()


def credentials(url: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Link an app with full access and an app with a folder, and approve every further request."""
    linked = {}
    with urllib3.PoolManager(ca_certs=str(folder / "ca.pem")) as pool:

        def control(method: str, path: str, values: dict[str, Any]) -> dict[str, Any]:
            response = pool.request(method, f"{url}/_fakebox/{path}", json=values)
            if response.status >= 300:
                sys.exit(f"dropbox-js: {path} is answered with {response.data.decode()}")
            payload: dict[str, Any] = response.json()
            return payload

        control("PATCH", "accounts/1", {"auto_approve": True})
        for kind, access in (("full", "dropbox"), ("sandbox", "app_folder")):
            app = control("POST", "apps", {"name": kind, "access": access})
            token = control("POST", "tokens", {"app": app["key"], "access": access})
            linked[kind] = {
                "key": app["key"],
                "secret": app["secret"],
                "token": token["token"],
                "tokenSecret": token["secret"],
                "uid": "1",
                "sandbox": kind == "sandbox",
            }
    return linked


def run_tests(url: str, folder: Path) -> dict[str, Any]:
    """Compile and run the tests, and return the report of mocha."""
    package, tools = folder / "node_modules" / "dropbox", folder / "node_modules" / ".bin"
    run([str(tools / "coffee"), "--output", "test/js", "--compile", "test/src"], package)
    tests = sorted(f"test/js/{path.name}" for path in (package / "test" / "js").glob("*_test.js"))
    required = ["--require", str(folder / "preload.cjs"), "--require", "test/js/helper.js"]
    trust = {"FAKEBOX_URL": url, "NODE_EXTRA_CA_CERTS": str(folder / "ca.pem")}
    # The exit status of mocha is the number of failures.
    finished = subprocess.run(
        [tools / "mocha", "--reporter", "json", "--timeout", "10000", *required, *tests],
        cwd=package,
        env={**os.environ, **trust},
        stdout=subprocess.PIPE,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    report: dict[str, Any] = json.loads(finished.stdout[finished.stdout.index("{") :])
    return report


def run(command: list[str], folder: Path) -> None:
    """Run a command in a folder, which has to succeed."""
    subprocess.run(command, cwd=folder, check=True, timeout=LIMIT_S)
