"""`fakebox demo`: the tour."""

from __future__ import annotations

import argparse
from typing import Any

from fakebox.cli.errors import CommandError


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    text = "drive the SDK through the documented API against an emulator, on real files"
    parser = commands.add_parser("demo", help=text, description=text)
    parser.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    # Pictures and the SDK, which no other command needs.
    from fakebox.testing.sdk import check_sdk

    try:
        check_sdk()
    except ImportError as error:
        raise CommandError(f"the demo needs fakebox-sdk: {error}") from error
    from fakebox.demo import run

    return run()
