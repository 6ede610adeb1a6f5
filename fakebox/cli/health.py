"""`fakebox health` and `fakebox wait`: check that an emulator accepts requests."""

from __future__ import annotations

import argparse
import os
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fakebox.cli.commands import CommandError, add_examples
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
        metavar="FILE",
        help="the CA certificate to trust (default: the variable FAKEBOX_CA_FILE or"
        f" DROPBOX_CA_BUNDLE; or else, with a URL, {_CA_FILE} if it exists)",
    )


def _check(args: argparse.Namespace) -> int:
    try:
        _request_any(_urls(args.url), _trust(args), _REQUEST_TIMEOUT_S)
    except _Unhealthy as error:
        raise CommandError(str(error), status=1) from error
    return 0


def _wait(args: argparse.Namespace) -> int:
    urls = _urls(args.url)
    deadline = Deadline(args.timeout)
    while True:
        try:
            # The server may write the CA certificate while this waits.
            timeout_s = max(_INTERVAL_S, min(deadline.remaining_s(), _REQUEST_TIMEOUT_S))
            _request_any(urls, _trust(args), timeout_s)
        except _Unhealthy as error:
            if not deadline.remaining_s():
                raise CommandError(
                    f"the emulator was not ready within {args.timeout:g} s: {error}", status=1
                ) from error
        else:
            return 0
        threading.Event().wait(_INTERVAL_S)


def _urls(url: str | None) -> list[str]:
    if url is None:
        port = os.environ.get("FAKEBOX_PORT") or defaults.PORT
        return [f"{scheme}://{defaults.HOST}:{port}" for scheme in ("http", "https")]
    if not _is_url(url):
        raise CommandError(f"the URL must begin with http:// or https:// and a host, not {url!r}")
    return [url.rstrip("/")]


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _trust(args: argparse.Namespace) -> dict[str, Any]:
    """The arguments of urllib3 that choose the certificates to trust."""
    variables = (os.environ.get(name) for name in ("FAKEBOX_CA_FILE", "DROPBOX_CA_BUNDLE"))
    ca_file = next((name for name in (args.ca_file, *variables) if name), None)
    if ca_file is None and args.url is None:
        # The emulator of this machine may have a certificate for another name. The request has no
        # credentials.
        return {"cert_reqs": "CERT_NONE"}
    return {"ca_certs": ca_file or (_CA_FILE if Path(_CA_FILE).exists() else None)}


def _request_any(urls: list[str], trust: dict[str, Any], timeout_s: float) -> None:
    reasons = []
    for url in urls:
        try:
            _request(url, trust, timeout_s)
        except _Unhealthy as error:
            reasons.append(str(error))
        else:
            return
    # The reason of https is more precise: the server rejects http if it uses TLS.
    raise _Unhealthy(reasons[-1])


def _request(url: str, trust: dict[str, Any], timeout_s: float) -> None:
    # Imported here: no other command needs it.
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    options = trust if url.startswith("https://") else {}
    # Without the proxies of the environment.
    with urllib3.PoolManager(retries=False, timeout=timeout_s, **options) as pool:
        try:
            response = pool.request("GET", url + _ROUTE, redirect=False)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise _Unhealthy(_reason(url, error)) from error
    if response.status != 200:
        raise _Unhealthy(f"{url} responded with the status {response.status}")


def _reason(url: str, error: Exception) -> str:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        detail = text.partition("CERTIFICATE_VERIFY_FAILED] ")[2].partition(" (_ssl")[0]
        return f"the certificate of {url} is not trusted; use --ca-file ({detail})"
    return f"{url} cannot be reached: {text.rpartition(': ')[2].rpartition('] ')[2]}"


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"the time must be a number of seconds, not {text!r}")
    return seconds
