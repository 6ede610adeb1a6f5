"""The search cache that follows delta."""

from __future__ import annotations

from dropbox.client import DropboxClient
from tests.examples.conftest import Run


def test_cache_finds_what_is_in_the_dropbox(
    run_example: Run, dropbox_client: DropboxClient
) -> None:
    """The first run fills the cache and finds by a word in any case."""
    dropbox_client.put_file("/Bills/Invoice 7.pdf", b"")
    assert run_example("search_cache.py", "cache.db", "INVOICE").stdout == "/Bills/Invoice 7.pdf\n"


def test_cache_asks_for_nothing_when_nothing_has_changed(
    run_example: Run, dropbox_client: DropboxClient
) -> None:
    """A second run applies no change and finds the same."""
    dropbox_client.put_file("/invoice.pdf", b"")
    run_example("search_cache.py", "cache.db", "invoice")
    again = run_example("search_cache.py", "cache.db", "invoice")
    assert (again.stdout, again.stderr) == ("/invoice.pdf\n", "0 changes\n")


def test_cache_forgets_a_folder_when_it_is_deleted(
    run_example: Run, dropbox_client: DropboxClient
) -> None:
    """Deleting a folder takes all that was below it out of the cache."""
    dropbox_client.put_file("/Old/invoice.pdf", b"")
    run_example("search_cache.py", "cache.db", "invoice")
    dropbox_client.file_delete("/Old")
    assert run_example("search_cache.py", "cache.db", "invoice").stdout == ""


def test_cache_keeps_a_neighbour_when_a_folder_is_deleted(
    run_example: Run, dropbox_client: DropboxClient
) -> None:
    """A name that only begins like the deleted folder's stays."""
    dropbox_client.put_file("/Old/invoice.pdf", b"")
    dropbox_client.put_file("/Older/invoice.pdf", b"")
    run_example("search_cache.py", "cache.db", "invoice")
    dropbox_client.file_delete("/Old")
    answer = run_example("search_cache.py", "cache.db", "invoice")
    assert answer.stdout == "/Older/invoice.pdf\n"
