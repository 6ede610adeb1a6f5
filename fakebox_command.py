"""The `fakebox` command's entry point.

It stands outside the `fakebox` package because that package refuses to be imported
without the `server` extra: here the refusal becomes one line instead of a traceback.
It is not the command line itself; `fakebox.cli` is.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; return its exit status, 2 where the extra is missing."""
    try:
        from fakebox.__main__ import main as run
    except ImportError as missing:
        if missing.name != "fakebox[server]":
            raise
        sys.stderr.write(f"fakebox: {missing}\n")
        return 2
    return run()
