"""The example that copies a file between two accounts."""

from __future__ import annotations

from dropbox.client import DropboxClient
from fakebox import Fakebox
from tests.examples.conftest import Run


def test_example_copies_a_file_to_the_other_account(
    run_example: Run, fakebox: Fakebox, dropbox_client: DropboxClient
) -> None:
    """The other account can read the copy at its new path."""
    dropbox_client.put_file("/cat.jpg", b"picture")
    process = run_example("copy_between_accounts.py", "/cat.jpg", "/received/cat.jpg")
    assert process.stdout == "/received/cat.jpg\n"
    with fakebox.client(account="other@fakebox.example").get_file(process.stdout.strip()) as copy:
        assert copy.read() == b"picture"
