"""Transactions of a batch: one for the caller, one for each entry and one for the job's result."""

from __future__ import annotations

import pytest

PATHS = ["/a", "/b", "/c"]
PAIRS = [{"from_path": path, "to_path": f"/to{path}"} for path in PATHS]


@pytest.mark.parametrize(
    ("route", "argument", "count"),
    [
        ("files/create_folder_batch", {"paths": ["/d", "/e", "/f"]}, 4),
        ("files/create_folder_batch", {"paths": ["/d", "/e", "/f"], "force_async": True}, 5),
        ("files/delete_batch", {"entries": [{"path": path} for path in PATHS]}, 5),
        ("files/copy_batch_v2", {"entries": PAIRS}, 5),
        ("files/move_batch_v2", {"entries": PAIRS}, 5),
        ("files/get_thumbnail_batch", {"entries": [{"path": path} for path in PATHS]}, 4),
    ],
)
def test_batch_has_one_transaction_for_each_entry(api, transactions, route, argument, count):
    """Other requests can be handled between the entries of a batch."""
    for path in PATHS:
        api.upload(path)
    before = transactions.own_count
    api.rpc(route, **argument)
    assert transactions.own_count - before == count


def test_failed_deletion_does_not_affect_other_entries_of_the_batch(api):
    """Each entry of a batch succeeds or fails separately."""
    api.upload("/a")
    api.rpc("files/delete_batch", entries=[{"path": "/a"}, {"path": "/never"}])
    assert api.fails("files/get_metadata", path="/a")["path"] == {".tag": "not_found"}
