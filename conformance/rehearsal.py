"""Run the suite on an emulator with the delays and errors that the live service can have.

Run by `tox -e conformance-rehearsal`; more arguments are passed to pytest. The suite reaches the
emulator as it would reach the live service: by the real host names, over TLS, through a proxy. It
runs once with each version's credentials. With `--official` as the first argument, the cases of the
official SDK run in place of it. No time passes in reality: when the suite has to wait, the clock of
the emulator is advanced, and `Retry-After` becomes 0.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.account import NEEDED_BYTES
from fakebox import Fakebox, Fault
from fakebox.core import defaults
from fakebox.proxy import Proxy
from fakebox.server import Server
from fakebox.tls import Authority

ROOT = Path(__file__).parent.parent
# Settings of the emulator. Add new settings that make the service more difficult for clients.
SETTINGS: dict[str, Any] = {"delta_page_size": 3, "longpoll_backoff_s": 5}
# The number of requests of a token, and the period in seconds.
RATE = (30, 60)
# Time that passes with each request, so that what the service does later happens between two
# requests of a case that polls.
REQUEST_S = 1.0
FAULTS = (
    Fault(status=429, retry_after_s=20, probability=0.08, seed=1, times=None),
    Fault(status=503, retry_after_s=300, probability=0.04, seed=2, times=None),
    # A server error does not say whether the request was executed, so only a read is repeated.
    Fault(status=500, method="GET", retry_after_s=5, probability=0.04, seed=3, times=None),
    Fault(
        status=502,
        endpoint="files/get_metadata",
        retry_after_s=5,
        probability=0.1,
        seed=4,
        times=None,
    ),
)
# Statuses of planned errors, and of expired tokens.
PLANNED = (401, 429, 500, 502, 503)
TOKEN_S = 4 * 3600
REQUESTS_OF_A_TOKEN = 250
# Files of the account, which a run must not change.
OWN_FILES = {"/private.txt": b"private", "/Photos/beach.jpg": b"no picture"}
# The arguments of pytest for each run.
CASES = {
    "v1": ["conformance"],
    "v2": ["conformance"],
    "official": ["conformance/official", "--confcutdir=conformance/official"],
}
_NEW_CASE = ("/1/fileops/create_folder", "/2/files/create_folder_v2")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
App = Callable[[Environ, StartResponse], Iterable[bytes]]


class PassingTime:
    """A WSGI application that advances the clock of the emulator in place of waits of clients.

    Args:
        app: the emulator.
        advance: advances the clock of the emulator by a number of seconds.

    Attributes:
        statuses: the number of responses of each status. The journal of the emulator has only the
            last requests.
    """

    def __init__(self, app: App, advance: Callable[[float], None]) -> None:
        self._app = app
        self._advance = advance
        self._of_token = 0
        self.statuses: Counter[int] = Counter()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        self._of_token += 1
        self._advance(REQUEST_S)
        # Between two cases, because a temporary link is valid for four hours too.
        if self._of_token > REQUESTS_OF_A_TOKEN and environ["PATH_INFO"] in _NEW_CASE:
            self._of_token = 0
            self._advance(TOKEN_S)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            self.statuses[int(status[:3])] += 1
            return start_response(status, [self._passed(*header) for header in headers], *more)

        return self._app(environ, start)

    def summary(self) -> str:
        """Return the number of requests, and of responses with each status of `PLANNED`."""
        figures = [f"{self.statuses[each]} with {each}" for each in PLANNED if self.statuses[each]]
        return ", ".join([f"{self.statuses.total()} requests", *figures])

    def _passed(self, name: str, value: str) -> tuple[str, str]:
        if name.lower() != "retry-after":
            return name, value
        self._advance(float(value))
        return name, "0"


class WorstService:
    """An emulator with delays and errors, for clients that use the real host names and a proxy.

    Args:
        folder: a folder for the CA certificate.
        box: the emulator.

    Attributes:
        app: counts the responses.
    """

    def __init__(self, folder: Path, box: Fakebox) -> None:
        self._ca_file = folder / "ca.pem"
        self._box = box
        self.app = PassingTime(box.wsgi_app, box.clock.advance)
        for path, content in OWN_FILES.items():
            box.write(path, content)
        # The space that a run checks for, and no more.
        box.set_quota(NEEDED_BYTES + sum(map(len, OWN_FILES.values())))
        box.configure(**SETTINGS)
        box.faults.add(*FAULTS)
        box.limit_rate(*RATE)

    @contextmanager
    def served(self) -> Iterator[dict[str, str]]:
        """Serve the emulator, and yield the environment variables with which a program uses it."""
        authority = Authority("127.0.0.1")
        authority.write_ca(self._ca_file)
        with (
            Server(self.app, "127.0.0.1", 0, tls=authority.server_context()) as server,
            Proxy(("127.0.0.1", server.port)) as proxy,
        ):
            yield {
                "HTTPS_PROXY": proxy.url,
                "NO_PROXY": "",
                "DROPBOX_CA_BUNDLE": str(self._ca_file),
                # Capitals, which responses have in lower case too.
                "CONFORMANCE_FOLDER": "/Rehearsal of Cases",
                "CONFORMANCE_REHEARSAL": "1",
                "CONFORMANCE_TARGETS": "live",
                "CONFORMANCE_PACE_S": "0",
            }

    def credentials(self, name: str) -> dict[str, str]:
        """Return the environment variables with credentials for a run of `CASES`."""
        variables = {"DROPBOX_APP_KEY": defaults.APP_KEY, "DROPBOX_APP_SECRET": defaults.APP_SECRET}
        if name == "v1":
            variables["DROPBOX_ACCESS_TOKEN"] = defaults.TOKEN
            return {**variables, "DROPBOX_ACCESS_TOKEN_SECRET": defaults.TOKEN_SECRET}
        token = self._box.add_token(refresh=True)
        return {**variables, "DROPBOX_REFRESH_TOKEN": str(token.refresh_token)}

    def changes(self) -> list[str]:
        """Return the paths of the account that a run has left, changed or deleted."""
        expected = {*OWN_FILES, "/Photos/"}
        kept = {path for path, content in OWN_FILES.items() if self._box.read(path) == content}
        return sorted((expected ^ set(self._box.tree())) | (set(OWN_FILES) - kept))


def main(arguments: list[str]) -> int:
    """Run the suite with each version's credentials, and return an exit status."""
    is_official = arguments[:1] == ["--official"]
    names = ["official"] if is_official else ["v1", "v2"]
    failed = [name for name in names if not run(name, arguments[is_official:])]
    return 1 if failed else 0


def run(name: str, arguments: list[str]) -> bool:
    """Run cases with the credentials of one version; return whether they passed.

    Args:
        name: one of `CASES`.
        arguments: more arguments for pytest.
    """
    report = Path(os.environ.get("CONFORMANCE_REPORT", ROOT / "build" / "rehearsal")) / name
    with (
        tempfile.TemporaryDirectory(prefix="fakebox-rehearsal-") as folder,
        Fakebox(transport="inprocess") as box,
    ):
        service = WorstService(Path(folder), box)
        with service.served() as variables:
            chosen = {**variables, **service.credentials(name), "CONFORMANCE_REPORT": str(report)}
            status = _run_suite([*CASES[name], *arguments], chosen)
        print(f"{name}: {service.app.summary()}")
        changes = service.changes()
    if changes:
        print(f"{name}: the run has changed the account: {', '.join(changes)}", file=sys.stderr)
    return status == 0 and not changes


def _run_suite(arguments: list[str], variables: dict[str, str]) -> int:
    """Run the suite with environment variables, and return the exit status."""
    names = ("DROPBOX_", "CONFORMANCE_", "PYTEST_", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(names)}
    # The console script, so that the suite tests the installed distributions.
    command = [str(Path(sysconfig.get_path("scripts"), "pytest")), *arguments]
    return subprocess.run(command, cwd=ROOT, env={**kept, **variables}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
