"""What `fakebox serve` tells people at its start, on standard error: where everything is.

Programs that start it read its one line on standard output, never this.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from pathlib import Path

from fakebox.core import defaults

_LABEL_CHARACTERS = 12


def banner(
    args: argparse.Namespace, url: str, ca_file: Path | None = None, proxy_url: str | None = None
) -> str:
    """A line for each thing that somebody who has just started it looks for.

    Args:
        args: the options of the command line.
        url: where it serves.
        ca_file: where the CA certificate to trust is; `None` without TLS.
        proxy_url: what `HTTPS_PROXY` is to be; `None` without a proxy.
    """
    lines = _lines(args, url, ca_file, proxy_url)
    return "".join(f"  {label:<{_LABEL_CHARACTERS}}{text}\n" for label, text in lines)


def _lines(
    args: argparse.Namespace, url: str, ca_file: Path | None, proxy_url: str | None
) -> Iterator[tuple[str, str]]:
    yield "serving", f"API, content, web and notify at {url}"
    token = "; it asks for the admin token" if args.admin_token else ""
    yield "dashboard", f"{url}/_fakebox/{token}"
    yield "sign in as", f"{defaults.USER.email}, password {defaults.PASSWORD}"
    yield "in a shell", f'eval "$({_env_command(url, ca_file)})"'
    if ca_file:
        yield "trust", str(ca_file)
    if proxy_url:
        yield "proxy", f"HTTPS_PROXY={proxy_url}"
    yield "files", f"kept in {args.data}" if args.data else "in memory, gone when it stops"
    yield "stop", "Ctrl-C"


def _env_command(url: str, ca_file: Path | None) -> str:
    words = ["fakebox", "env"]
    if url != f"http://{defaults.HOST}:{defaults.PORT}":
        words += ["--url", url]
    if ca_file:
        # Whoever pastes it may stand in another directory.
        words += ["--ca-file", str(ca_file.resolve())]
    return shlex.join(words)
