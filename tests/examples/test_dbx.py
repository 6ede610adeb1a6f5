"""The example that is a command line for a Dropbox."""

from __future__ import annotations

from pathlib import Path

from dropbox.client import DropboxClient
from tests.examples.conftest import Run


def test_dbx_lists_an_uploaded_file(run_example: Run, tmp_path: Path) -> None:
    """An uploaded file appears in the listing with its size."""
    (tmp_path / "notes.txt").write_text("milk")
    assert run_example("dbx.py", "put", "notes.txt", "/notes.txt").stdout == "/notes.txt\n"
    assert run_example("dbx.py", "ls", "/").stdout.split() == ["4", "bytes", "/notes.txt"]


def test_dbx_downloads_a_file(
    run_example: Run, dropbox_client: DropboxClient, tmp_path: Path
) -> None:
    """A downloaded file has the bytes of the file in the Dropbox."""
    dropbox_client.put_file("/picture", b"\x00\xff" * 9)
    run_example("dbx.py", "get", "/picture", "here")
    assert (tmp_path / "here").read_bytes() == b"\x00\xff" * 9


def test_dbx_finds_a_moved_file(run_example: Run, dropbox_client: DropboxClient) -> None:
    """A moved file is found under its new name."""
    dropbox_client.put_file("/draft.txt", b"")
    run_example("dbx.py", "mv", "/draft.txt", "/Sent/letter.txt")
    assert run_example("dbx.py", "find", "letter").stdout == "/Sent/letter.txt\n"


def test_dbx_deletes_a_file(run_example: Run, dropbox_client: DropboxClient) -> None:
    """A deleted file is not listed."""
    dropbox_client.put_file("/draft.txt", b"")
    run_example("dbx.py", "rm", "/draft.txt")
    assert run_example("dbx.py", "ls", "/").stdout == ""


def test_dbx_prints_the_error_of_the_service(run_example: Run) -> None:
    """An error is printed in one line without a traceback, and the exit status is 1."""
    process = run_example("dbx.py", "rm", "/nothing")
    assert process.returncode == 1
    assert process.stderr == "dbx: [404] \"Path '/nothing' not found\"\n"
