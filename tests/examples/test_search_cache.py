"""The example that updates a search cache with the changes of delta."""

from __future__ import annotations

from dropbox.client import DropboxClient
from tests.examples.conftest import Run


def test_cache_finds_a_file(run_example: Run, dropbox_client: DropboxClient) -> None:
    """The first run fills the cache, and finds a word in any case."""
    dropbox_client.put_file("/Bills/Invoice 7.pdf", b"")
    assert run_example("search_cache.py", "cache.db", "INVOICE").stdout == "/Bills/Invoice 7.pdf\n"


def test_cache_applies_no_change_if_nothing_changed(
    run_example: Run, dropbox_client: DropboxClient
) -> None:
    """A second run applies no change, and finds the same file."""
    dropbox_client.put_file("/invoice.pdf", b"")
    run_example("search_cache.py", "cache.db", "invoice")
    again = run_example("search_cache.py", "cache.db", "invoice")
    assert (again.stdout, again.stderr) == ("/invoice.pdf\n", "0 changes\n")


def test_cache_removes_the_contents_of_a_deleted_folder(
    run_example: Run, dropbox_client: DropboxClient
) -> None:
    """A deleted folder and its contents are removed from the cache."""
    dropbox_client.put_file("/Old/invoice.pdf", b"")
    run_example("search_cache.py", "cache.db", "invoice")
    dropbox_client.file_delete("/Old")
    assert run_example("search_cache.py", "cache.db", "invoice").stdout == ""


def test_cache_keeps_a_folder_whose_name_begins_like_a_deleted_one(
    run_example: Run, dropbox_client: DropboxClient
) -> None:
    """A folder whose name begins with the name of a deleted folder is kept."""
    dropbox_client.put_file("/Old/invoice.pdf", b"")
    dropbox_client.put_file("/Older/invoice.pdf", b"")
    run_example("search_cache.py", "cache.db", "invoice")
    dropbox_client.file_delete("/Old")
    process = run_example("search_cache.py", "cache.db", "invoice")
    assert process.stdout == "/Older/invoice.pdf\n"
