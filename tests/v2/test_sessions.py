"""Upload sessions: big files in pieces, one after the other or at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PIECE = 4 * 1024 * 1024


@pytest.fixture
def start(api):
    """Begin a session; its id."""

    def begin(body=b"", **argument):
        answer = api.send("files/upload_session/start", argument, body)
        return json.loads(answer.text)["session_id"]

    return begin


@pytest.fixture
def append(api):
    """Add a piece; the answer."""

    def add(session_id, offset, body, **argument):
        cursor = {"session_id": session_id, "offset": offset}
        return api.send("files/upload_session/append_v2", {"cursor": cursor, **argument}, body)

    return add


@pytest.fixture
def finish(api):
    """End a session; the answer."""

    def end(session_id, offset, body=b"", path="/a", **commit):
        cursor = {"session_id": session_id, "offset": offset}
        argument = {"cursor": cursor, "commit": {"path": path, **commit}}
        return api.send("files/upload_session/finish", argument, body)

    return end


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.binary(max_size=5), min_size=2, max_size=6))
def test_pieces_make_the_whole(api, start, append, finish, pieces):
    """However they are cut."""
    first, *middle, last = pieces
    session_id, offset = start(first), len(first)
    for piece in middle:
        assert append(session_id, offset, piece).status_code == 200
        offset += len(piece)
    told = json.loads(finish(session_id, offset, last, mode="overwrite").text)
    assert told["size"] == sum(map(len, pieces))
    assert api.send("files/download", {"path": "/a"}).data == b"".join(pieces)


def test_piece_at_the_wrong_offset_is_told_the_right_one(start, append, finish, failed):
    """When it is added, and when the session ends."""
    session_id = start(b"0123")
    error = {".tag": "incorrect_offset", "correct_offset": 4}
    assert failed(append(session_id, 3, b"x")) == error
    assert failed(finish(session_id, 3)) == {".tag": "lookup_failed", "lookup_failed": error}


def test_session_that_there_is_none_of_is_not_found(start, append, finish, failed):
    """A spent one counts as none."""
    session_id = start()
    assert finish(session_id, 0).status_code == 200
    assert failed(append(session_id, 0, b"x")) == {".tag": "not_found"}
    assert failed(finish("nothing", 0))["lookup_failed"] == {".tag": "not_found"}


def test_closed_session_takes_no_more(start, append, finish, failed):
    """But can be ended."""
    session_id = start(b"0123", close=True)
    assert failed(append(session_id, 4, b"x")) == {".tag": "closed"}
    assert failed(finish(session_id, 3))["lookup_failed"][".tag"] == "incorrect_offset"
    assert finish(session_id, 4).status_code == 200


def test_session_that_cannot_be_committed_stays(api, start, finish, failed):
    """For another path."""
    api.upload("/a")
    session_id = start(b"0123")
    conflict = {".tag": "conflict", "conflict": {".tag": "file"}}
    assert failed(finish(session_id, 4)) == {".tag": "path", "path": conflict}
    assert finish(session_id, 4, path="/b").status_code == 200


def test_piece_that_is_not_what_its_hash_says_is_not_kept(start, append, failed):
    """The session stays as it was."""
    session_id = start(b"0123")
    answer = append(session_id, 4, b"x", content_hash="0" * 64)
    assert failed(answer) == {".tag": "content_hash_mismatch"}
    assert append(session_id, 4, b"x").status_code == 200


@pytest.mark.parametrize("version", ["", "_v2"])
def test_batch_ends_closed_sessions(api, start, version):
    """Each with its own outcome."""
    sessions = [start(b"0123", close=True), start(b"open"), "nothing"]
    entries = [
        {
            "cursor": {"session_id": session_id, "offset": 4},
            "commit": {"path": f"/{number}"},
        }
        for number, session_id in enumerate(sessions)
    ]
    told = api.rpc(f"files/upload_session/finish_batch{version}", entries=entries)
    if not version:
        told = api.rpc("files/upload_session/finish_batch/check", async_job_id=told["async_job_id"])
    first, *rest = told["entries"]
    assert (first[".tag"], first["name"]) == ("success", "0")
    whys = [entry["failure"]["lookup_failed"] for entry in rest]
    assert whys == [{".tag": "not_closed"}, {".tag": "not_found"}]


def test_many_sessions_begin_at_once(api, finish):
    """Each is a session of its own."""
    argument = {"num_sessions": 3}
    ids = api.rpc("files/upload_session/start_batch", **argument)["session_ids"]
    assert len(set(ids)) == 3
    assert finish(ids[1], 0, b"x").status_code == 200


def test_pieces_of_a_concurrent_session_come_in_any_order(api, start, append, finish):
    """And at the same time."""
    session_id = start(session_type="concurrent")
    pieces = [bytes([number]) * PIECE for number in range(3)] + [b"end"]

    def add(number):
        last = number == len(pieces) - 1
        return append(session_id, number * PIECE, pieces[number], close=last).status_code

    with ThreadPoolExecutor() as threads:
        assert set(threads.map(add, [3, 1, 0, 2])) == {200}
    told = json.loads(finish(session_id, 3 * PIECE + 3).text)
    assert api.send("files/download", {"path": told["id"]}).data == b"".join(pieces)


@pytest.mark.parametrize(
    ("offset", "body", "close", "tag"),
    [
        (5, b"x", True, "concurrent_session_invalid_offset"),
        (0, b"x", False, "concurrent_session_invalid_data_size"),
    ],
    ids=["offset", "size"],
)
def test_piece_of_a_concurrent_session_has_to_fit(start, append, offset, body, close, tag, failed):
    """It begins at, and but for the last is, a multiple of 4 MiB."""
    session_id = start(session_type="concurrent")
    assert failed(append(session_id, offset, body, close=close)) == {".tag": tag}


def test_concurrent_session_with_a_piece_missing_cannot_end(start, append, finish, failed):
    """Nor one that was never closed."""
    session_id = start(session_type="concurrent")
    missing = {".tag": "concurrent_session_missing_data"}
    assert append(session_id, PIECE, b"end", close=True).status_code == 200
    assert failed(finish(session_id, PIECE + 3))["lookup_failed"] == missing
    assert append(session_id, 0, bytes(PIECE)).status_code == 200
    assert failed(append(session_id, 2 * PIECE, b"x", close=True)) == {".tag": "closed"}
    assert finish(session_id, PIECE + 3).status_code == 200


@pytest.mark.parametrize(
    ("body", "close", "tag"),
    [
        (b"x", False, "concurrent_session_data_not_allowed"),
        (b"", True, "concurrent_session_close_not_allowed"),
    ],
    ids=["data", "close"],
)
def test_concurrent_session_begins_with_nothing(api, body, close, tag, failed):
    """Neither data nor an end."""
    argument = {"session_type": "concurrent", "close": close}
    assert failed(api.send("files/upload_session/start", argument, body)) == {".tag": tag}
