"""`fakebox health` and `fakebox wait`: check that an emulator accepts requests."""

from __future__ import annotations

import argparse
import json
import os
import ssl
import threading
from pathlib import Path
from typing import Any

from fakebox.cli.commands import CommandError, add_examples, path, port
from fakebox.client_connection import check_url, hint_at_scheme, reason_of
from fakebox.core import defaults
from fakebox.core.clock import Deadline

_CA_FILE = "fakebox-ca.pem"
_ROUTE = "/_fakebox/health"
_REQUEST_TIMEOUT_S = 2.0
_WAIT_S = 30.0
_INTERVAL_S = 0.05


class _Unhealthy(Exception):
    """The emulator is not healthy. The message is the reason, in one line."""


def add_to(commands: Any) -> None:
    """Add the commands and their options to the command line."""
    health = commands.add_parser(
        "health",
        help="check that an emulator accepts requests",
        description="Check that an emulator accepts requests: exit status 0 if it does, else 1.",
    )
    _add_arguments(health)
    add_examples(health, "fakebox health || echo unhealthy")
    health.set_defaults(run=_check)
    wait = commands.add_parser(
        "wait",
        help="wait until an emulator accepts requests",
        description="Wait until an emulator accepts requests.",
    )
    _add_arguments(wait)
    wait.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        default=_WAIT_S,
        help="how long to wait; then the exit status is 1 (default: %(default)g)",
    )
    add_examples(wait, "fakebox wait --timeout 0.1 || echo not ready")
    wait.set_defaults(run=_wait)


def _add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "url",
        nargs="?",
        metavar="URL",
        help="the URL of the emulator (default: port FAKEBOX_PORT of this machine, or else"
        f" {defaults.PORT}, with https or http)",
    )
    command.add_argument(
        "--ca-file",
        type=path,
        metavar="FILE",
        help="the CA certificate to trust (default: the variable FAKEBOX_CA_FILE or"
        f" DROPBOX_CA_BUNDLE; or else, with a URL, {_CA_FILE} if it exists)",
    )


def _check(args: argparse.Namespace) -> int:
    try:
        _request_any(_urls(args.url), args, _REQUEST_TIMEOUT_S)
    except _Unhealthy as error:
        raise CommandError(str(error), status=1) from error
    return 0


def _wait(args: argparse.Namespace) -> int:
    urls = _urls(args.url)
    deadline = Deadline(args.timeout)
    while True:
        try:
            timeout_s = max(_INTERVAL_S, min(deadline.remaining_s(), _REQUEST_TIMEOUT_S))
            _request_any(urls, args, timeout_s)
        except _Unhealthy as error:
            if not deadline.remaining_s():
                raise CommandError(
                    f"the emulator was not ready within {args.timeout:g} s: {error}", status=1
                ) from error
        else:
            return 0
        threading.Event().wait(_INTERVAL_S)


def _urls(url: str | None) -> list[str]:
    try:
        if url is not None:
            return [check_url(url, "the URL")]
        number = port(os.environ.get("FAKEBOX_PORT") or str(defaults.PORT))
    except ValueError as error:
        raise CommandError(str(error)) from error
    except argparse.ArgumentTypeError as error:
        raise CommandError(f"the variable FAKEBOX_PORT: {error}") from error
    return [f"{scheme}://{defaults.HOST}:{number}" for scheme in ("http", "https")]


def _ssl_context(args: argparse.Namespace) -> ssl.SSLContext:
    variables = (os.environ.get(name) for name in ("FAKEBOX_CA_FILE", "DROPBOX_CA_BUNDLE"))
    ca_file = next((name for name in (args.ca_file, *variables) if name), None)
    if ca_file is None and args.url is None:
        # The emulator of this machine may have a certificate for another name. The request has no
        # credentials.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if ca_file is None and Path(_CA_FILE).exists():
        ca_file = _CA_FILE
    try:
        # The server may write the file while `wait` waits, so each attempt reads it.
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        reason = reason_of(error)
        raise _Unhealthy(f"no CA certificate can be read from {ca_file}: {reason}") from error


def _request_any(urls: list[str], args: argparse.Namespace, timeout_s: float) -> None:
    reasons = []
    for url in urls:
        try:
            _request(url, args, timeout_s)
        except _Unhealthy as error:
            reasons.append(str(error))
        else:
            return
    # The reason of https is more precise: the server rejects http if it uses TLS.
    raise _Unhealthy(reasons[-1])


def _request(url: str, args: argparse.Namespace, timeout_s: float) -> None:
    # Imported here: no other command needs it.
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    options: dict[str, Any] = {}
    if url.startswith("https://"):
        options["ssl_context"] = _ssl_context(args)
    # Without the proxies of the environment.
    with urllib3.PoolManager(retries=False, timeout=timeout_s, **options) as pool:
        try:
            response = pool.request("GET", url + _ROUTE, redirect=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _Unhealthy(_reason(url, error)) from error
    if response.status != 200:
        hint = hint_at_scheme(response.data)
        raise _Unhealthy(f"{url} responded with the status {response.status}{hint}")
    if not _is_ok(response.data):
        raise _Unhealthy(f"the server at {url} is not fakebox")


def _is_ok(body: bytes) -> bool:
    try:
        health = json.loads(body)
    except ValueError:
        return False
    return isinstance(health, dict) and health.get("status") == "ok"


def _reason(url: str, error: Exception) -> str:
    reason = reason_of(error)
    if reason.startswith("certificate verify failed"):
        return f"the certificate of {url} is not trusted; use --ca-file ({reason})"
    return f"{url} cannot be reached: {reason}"


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"the time must be a number of seconds, not {text!r}")
    return seconds
