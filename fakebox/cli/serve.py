"""`fakebox serve`: serves an emulator until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import errno
import logging
import shlex
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakebox.app import create_app
from fakebox.cli import serve_options
from fakebox.cli.commands import CommandError, add_examples
from fakebox.core import defaults
from fakebox.proxy import Proxy
from fakebox.server import Server, reachable
from fakebox.tls import Authority

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from typing_extensions import Self

_CA_FILE = Path("fakebox-ca.pem")
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
        "fakebox serve --port 0 --tls --ca-file ca.pem",
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM.

    Raises:
        CommandError: the address cannot be bound, or the data cannot be used.
    """
    logging.basicConfig(level=logging.WARNING, format="fakebox: %(message)s")
    serve_options.check(args)
    with ExitStack() as stack:
        namespaces = serve_options.open_namespaces(args)
        stack.callback(namespaces.close)
        app = create_app(namespaces, args.admin_token)
        ca_file = (args.ca_file or _CA_FILE) if args.tls else None
        tls = _tls(args.host, ca_file) if ca_file else None
        server = Server(app, args.host, args.port, tls=tls)
        _start(server)
        stack.callback(server.stop)
        proxy_url = None if args.proxy is None else _start_proxy(server, args.proxy, stack)
        stop_signals = stack.enter_context(_StopSignals())
        sys.stderr.write(_banner(args, server.url, ca_file, proxy_url))
        print(f"fakebox ready: {server.url}", flush=True)
        stop_signals.wait()
        server.stop(_GRACE_S)
    return 0


def _tls(host: str, ca_file: Path) -> ssl.SSLContext:
    authority = Authority(host)
    try:
        authority.write_ca(ca_file)
    except OSError as error:
        raise CommandError(
            f"cannot write the CA certificate to {ca_file}: {error.strerror}"
        ) from error
    return authority.server_context()


def _start_proxy(server: Server, port: int, stack: ExitStack) -> str:
    proxy = Proxy((reachable(server.host), server.port), server.host, port)
    _start(proxy)
    stack.callback(proxy.stop)
    return proxy.url


def _start(server: Server | Proxy) -> None:
    where = f"{server.host}:{server.port}"
    try:
        server.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"{where} is in use; choose another port, or 0 for a free one"
            ) from error
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise CommandError(f"cannot listen on {where}: {reason}") from error


# --- output --------------------------------------------------------------------------------


def _banner(
    args: argparse.Namespace, url: str, ca_file: Path | None = None, proxy_url: str | None = None
) -> str:
    """The lines that are printed to standard error at the start, for users.

    Args:
        args: the options of the command line.
        url: the URL of the server.
        ca_file: the file with the CA certificate; `None` without TLS.
        proxy_url: the URL of the proxy; `None` without a proxy.
    """
    lines = _lines(args, url, ca_file, proxy_url)
    return "".join(f"  {label:<{_LABEL_CHARACTERS}}{text}\n" for label, text in lines)


def _lines(
    args: argparse.Namespace, url: str, ca_file: Path | None, proxy_url: str | None
) -> Iterator[tuple[str, str]]:
    yield "serving", f"API, content, web and notify at {url}"
    token = " (requires the admin token)" if args.admin_token else ""
    yield "dashboard", f"{url}/_fakebox/{token}"
    yield "sign in as", f"{defaults.USER.email}, password {defaults.PASSWORD}"
    yield "in a shell", f'eval "$({_env_command(url, ca_file)})"'
    if ca_file:
        yield "trust", str(ca_file)
    if proxy_url:
        yield "proxy", f"HTTPS_PROXY={proxy_url}"
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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
