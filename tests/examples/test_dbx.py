"""The command-line client."""

from __future__ import annotations

from pathlib import Path

from dropbox.client import DropboxClient
from tests.examples.conftest import Run


def test_dbx_lists_what_it_put(run_example: Run, tmp_path: Path) -> None:
    """An uploaded file appears in the listing with its size."""
    (tmp_path / "notes.txt").write_text("milk")
    assert run_example("dbx.py", "put", "notes.txt", "/notes.txt").stdout == "/notes.txt\n"
    assert run_example("dbx.py", "ls", "/").stdout.split() == ["4", "bytes", "/notes.txt"]


def test_dbx_downloads_what_is_there(
    run_example: Run, dropbox_client: DropboxClient, tmp_path: Path
) -> None:
    """A downloaded file has the bytes of the one in the Dropbox."""
    dropbox_client.put_file("/picture", b"\x00\xff" * 9)
    run_example("dbx.py", "get", "/picture", "here")
    assert (tmp_path / "here").read_bytes() == b"\x00\xff" * 9


def test_dbx_finds_what_it_moved(run_example: Run, dropbox_client: DropboxClient) -> None:
    """A moved file is found under its new name."""
    dropbox_client.put_file("/draft.txt", b"")
    run_example("dbx.py", "mv", "/draft.txt", "/Sent/letter.txt")
    assert run_example("dbx.py", "find", "letter").stdout == "/Sent/letter.txt\n"


def test_dbx_removes_a_file(run_example: Run, dropbox_client: DropboxClient) -> None:
    """A removed file is gone from the listing."""
    dropbox_client.put_file("/draft.txt", b"")
    run_example("dbx.py", "rm", "/draft.txt")
    assert run_example("dbx.py", "ls", "/").stdout == ""


def test_dbx_fails_in_one_line_when_the_service_refuses(run_example: Run) -> None:
    """A refusal ends with status 1 and the service's words, not with a traceback."""
    answer = run_example("dbx.py", "rm", "/nothing")
    assert answer.returncode == 1
    assert answer.stderr == "dbx: [404] \"Path '/nothing' not found\"\n"
