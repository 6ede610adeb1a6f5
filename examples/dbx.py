"""A command line for a Dropbox.

    python examples/dbx.py put notes.txt /notes.txt
    python examples/dbx.py ls /

If a request fails, it prints the error of the service and exits with status 1.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from credentials import client_from_environment
from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse, RESTSocketError


def ls(client: DropboxClient, path: str) -> None:
    """List a folder, or describe a file."""
    metadata = client.metadata(path)
    for entry in metadata.get("contents", [metadata]):
        suffix = "/" if entry["is_dir"] else ""
        print(f"{entry['size']:>10}  {entry['path']}{suffix}")


def put(client: DropboxClient, source: Path, path: str) -> None:
    """Upload a file; it is renamed if the path exists."""
    with source.open("rb") as content:
        print(client.put_file(path, content)["path"])


def get(client: DropboxClient, path: str, target: Path) -> None:
    """Download a file."""
    with client.get_file(path) as content, target.open("wb") as out:
        shutil.copyfileobj(content, out)


def mv(client: DropboxClient, path: str, to: str) -> None:
    """Move or rename a file or folder."""
    print(client.file_move(path, to)["path"])


def rm(client: DropboxClient, path: str) -> None:
    """Delete a file, or a folder with its contents."""
    client.file_delete(path)


def find(client: DropboxClient, query: str) -> None:
    """Search the names of all files and folders."""
    for entry in client.search("/", query):
        print(entry["path"])


COMMANDS = {
    ls: {"path": str},
    put: {"source": Path, "path": str},
    get: {"path": str, "target": Path},
    mv: {"path": str, "to": str},
    rm: {"path": str},
    find: {"query": str},
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, with a subcommand for each function above."""
    result = argparse.ArgumentParser(description="A command line for a Dropbox.")
    commands = result.add_subparsers(required=True, metavar="command")
    for function, arguments in COMMANDS.items():
        command = commands.add_parser(function.__name__, help=function.__doc__)
        command.set_defaults(function=function)
        for name, kind in arguments.items():
            command.add_argument(name, type=kind)
    return result


def main() -> int:
    """Run a command, and return the exit status."""
    arguments = vars(parser().parse_args())
    function = arguments.pop("function")
    try:
        function(client_from_environment(), **arguments)
    except (ErrorResponse, RESTSocketError) as error:
        print(f"dbx: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
