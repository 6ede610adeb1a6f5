"""The command line."""

from fakebox.cli.main import main

__all__ = ["main"]
