"""`fakebox serve`: serves an emulator until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import shlex
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakebox.cli import serve_options
from fakebox.cli.commands import add_examples
from fakebox.cli.emulator import Emulator, run_emulator
from fakebox.core import defaults

if TYPE_CHECKING:
    from types import FrameType

    from typing_extensions import Self

_GRACE_S = 1.0
_LABEL_CHARACTERS = 12
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line."""
    command = commands.add_parser(
        "serve",
        help="serve an emulator",
        description="Serve API, content, web and notify on one port, until interrupted.",
    )
    serve_options.add_to(command)
    add_examples(
        command,
        "fakebox serve --port 0 --data accounts",
        "fakebox serve --port 0 --seed photos --read-only",
        "fakebox serve --port 0 --tls --ca-file ca.pem --tls-name fakebox",
        "fakebox serve --port 0 --log",
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM.

    Raises:
        CommandError: the address cannot be bound, or the data cannot be used.
    """
    with run_emulator(args) as emulator, _StopSignals() as stop_signals:
        sys.stderr.write(_banner(args, emulator))
        print(f"fakebox ready: {emulator.url}", flush=True)
        stop_signals.wait()
        emulator.stop(_GRACE_S)
    return 0


# --- output --------------------------------------------------------------------------------


def _banner(args: argparse.Namespace, emulator: Emulator) -> str:
    """The lines that are printed to standard error at the start, for users."""
    lines = _lines(args, emulator)
    return "".join(f"  {label:<{_LABEL_CHARACTERS}}{text}\n" for label, text in lines)


def _lines(args: argparse.Namespace, emulator: Emulator) -> Iterator[tuple[str, str]]:
    yield "serving", f"API, content, web and notify at {emulator.url}"
    token = " (requires the admin token)" if args.admin_token else ""
    yield "dashboard", f"{emulator.url}/_fakebox/{token}"
    yield "sign in as", f"{defaults.USER.email}, password {defaults.PASSWORD}"
    yield "in a shell", f'eval "$({_env_command(emulator.url, emulator.ca_file)})"'
    if emulator.ca_file:
        yield "trust", str(emulator.ca_file)
    if emulator.proxy_url:
        yield "proxy", f"HTTPS_PROXY={emulator.proxy_url}"
    yield (
        "files",
        f"kept in {args.data}" if args.data else "in memory, deleted when the server stops",
    )
    yield "stop", "Ctrl-C"


def _env_command(url: str, ca_file: Path | None) -> str:
    words = ["fakebox", "env"]
    if url != f"http://{defaults.HOST}:{defaults.PORT}":
        words += ["--url", url]
    if ca_file:
        # The user may paste the command in another directory.
        words += ["--ca-file", str(ca_file.resolve())]
    return shlex.join(words)


# --- signals -------------------------------------------------------------------------------


class _StopSignals:
    """Blocks SIGINT and SIGTERM within a `with` block, to let the main thread wait for one."""

    def __enter__(self) -> Self:
        # The interpreter writes to the socket at once. If a signal arrives just before the wait,
        # the Python handler runs after the wait, which is too late.
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, _ignore) for number in _STOP_SIGNALS}
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._woken.close()
        self._waker.close()

    def wait(self) -> None:
        """Wait for a signal. A signal since the start of the block ends the wait at once."""
        while self._woken.recv(1)[0] not in _STOP_SIGNALS:
            pass


def _ignore(_number: int, _frame: FrameType | None) -> None:
    pass
