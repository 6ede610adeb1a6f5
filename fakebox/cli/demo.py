"""`fakebox demo`: the tour."""

from __future__ import annotations

import argparse
from typing import Any


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    text = "drive the SDK through the documented API against an emulator, on real files"
    parser = commands.add_parser("demo", help=text, description=text)
    parser.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    # The tour brings pictures and a client along, which no other command needs.
    from fakebox.demo import run

    return run()
