"""The number of transactions of a request. Tests of version 2 check the limits in `conftest`."""

from __future__ import annotations

import json

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


def test_request_with_a_body_is_two_transactions(api, transactions):
    """One transaction checks the caller before the body is received, and one stores the body."""

    def count(send, *args):
        before = transactions.own_count
        answer = send(*args)
        return answer, transactions.own_count - before

    def piece(route, argument, body=b"body"):
        answer, number = count(api.send, f"files/upload_session/{route}", argument, body)
        assert (answer.status_code, number) == (200, 2), answer.text
        return json.loads(answer.text)

    for kind in ("sequential", "concurrent"):
        body = b"" if kind == "concurrent" else b"body"
        session_id = piece("start", {"session_type": kind}, body)["session_id"]
        cursor = {"session_id": session_id, "offset": len(body)}
        piece("append_v2", {"cursor": cursor, "close": True})
        cursor["offset"] = len(body) + 4
        piece("finish", {"cursor": cursor, "commit": {"path": f"/{kind}"}}, b"")
    session_id = piece("start", {})["session_id"]
    argument = {"cursor": {"session_id": session_id, "offset": 4}, "commit": {"path": "/a"}}
    assert piece("finish", argument)["size"] == 8
    link = api.rpc("files/get_temporary_upload_link", commit_info={"path": "/b"})["link"]
    target = link.removeprefix("http://api.example")
    answer, number = count(api.raw, target, b"body", "application/octet-stream", "")
    assert (answer.status_code, number) == (200, 2)


def test_batch_finishes_each_session_in_its_own_transaction(api, transactions):
    """The check of the caller and the results of the job use one transaction each."""
    entries = []
    for number in range(3):
        answer = api.send("files/upload_session/start", {"close": True}, b"body")
        cursor = {"session_id": json.loads(answer.text)["session_id"], "offset": 4}
        entries.append({"cursor": cursor, "commit": {"path": f"/{number}"}})
    before = transactions.own_count
    api.rpc("files/upload_session/finish_batch", entries=entries)
    assert transactions.own_count - before == 5


def test_failed_upload_is_two_transactions(api, transactions, failed):
    """The content of a failed upload is kept in the transaction that rejects it."""
    api.upload("/a")
    before = transactions.own_count
    failed(api.send("files/upload", {"path": "/a"}, b"other"))
    assert transactions.own_count - before == 2


def test_failed_finish_keeps_its_bytes_in_the_session(api, failed):
    """After a conflict, the session contains the last piece, and can be committed elsewhere."""
    api.upload("/a")
    started = api.send("files/upload_session/start", {}, b"0123")
    cursor = {"session_id": json.loads(started.text)["session_id"], "offset": 4}
    argument = {"cursor": cursor, "commit": {"path": "/a"}}
    route = "files/upload_session/finish"
    assert failed(api.send(route, argument, b"4567"))[".tag"] == "path"
    again = failed(api.send(route, argument, b"4567"))
    assert again["lookup_failed"] == {".tag": "incorrect_offset", "correct_offset": 8}
    argument = {"cursor": {**cursor, "offset": 8}, "commit": {"path": "/b"}}
    assert json.loads(api.send(route, argument, b"89").text)["size"] == 10
    assert api.send("files/download", {"path": "/b"}).data == b"0123456789"
