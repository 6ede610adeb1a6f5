"""The command line: what is asked, and which command answers it.

What a command does is in a module of its own, loaded when it is asked for.
"""

from fakebox.cli.main import main

__all__ = ["main"]
