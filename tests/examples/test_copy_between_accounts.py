"""The copier between two accounts."""

from __future__ import annotations

from dropbox.client import DropboxClient
from fakebox import Fakebox
from tests.examples.conftest import Run


def test_copier_gives_the_other_account_its_own_copy(
    run_example: Run, fakebox: Fakebox, dropbox_client: DropboxClient
) -> None:
    """What one account has put, the other can read at the new place."""
    dropbox_client.put_file("/cat.jpg", b"meow")
    answer = run_example("copy_between_accounts.py", "/cat.jpg", "/from-a-friend/cat.jpg")
    assert answer.stdout == "/from-a-friend/cat.jpg\n"
    with fakebox.client(account="other@fakebox.example").get_file(answer.stdout.strip()) as copy:
        assert copy.read() == b"meow"
