"""Upload sessions: big files in pieces, one after the other or at once."""

from __future__ import annotations

import hashlib
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
    payload = json.loads(finish(session_id, offset, last, mode="overwrite").text)
    assert payload["size"] == sum(map(len, pieces))
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


def test_closed_session_is_not_ended_with_more_bytes(api, start, finish, failed):
    """They would be lost."""
    session_id = start(b"0123", close=True)
    closed = {".tag": "lookup_failed", "lookup_failed": {".tag": "closed"}}
    assert failed(finish(session_id, 4, b"more")) == closed
    assert api.fails("files/get_metadata", path="/a")["path"] == {".tag": "not_found"}
    assert finish(session_id, 4).status_code == 200


@pytest.mark.parametrize("kind", ["sequential", "concurrent"])
def test_closed_session_is_not_ended_with_a_hash_of_other_bytes(api, append, failed, kind):
    """Those that come with its end are none."""
    begun = api.send("files/upload_session/start", {"session_type": kind})
    session_id = json.loads(begun.text)["session_id"]
    assert append(session_id, 0, b"0123", close=True).status_code == 200
    argument = {"cursor": {"session_id": session_id, "offset": 4}, "commit": {"path": "/a"}}
    route, none = "files/upload_session/finish", hashlib.sha256().hexdigest()
    wrong = api.send(route, {**argument, "content_hash": "0" * 64})
    assert failed(wrong) == {".tag": "content_hash_mismatch"}
    assert api.send(route, {**argument, "content_hash": none}).status_code == 200


def test_program_of_the_first_days_appends_by_the_cursor_alone(api, start, finish, failed):
    """A wrong offset is told of in the same way."""
    route, cursor = "files/upload_session/append", {"session_id": start(b"01"), "offset": 2}
    answer = api.send(route, cursor, b"23")
    assert (answer.status_code, answer.text) == (200, "null")
    error = failed(api.send(route, cursor, b"23"))
    assert error == {".tag": "incorrect_offset", "correct_offset": 4}
    assert json.loads(finish(cursor["session_id"], 4).text)["size"] == 4


def test_session_that_cannot_be_committed_stays(api, start, finish, failed):
    """For another path."""
    api.upload("/a")
    session_id = start(b"0123")
    conflict = {".tag": "conflict", "conflict": {".tag": "file"}}
    assert failed(finish(session_id, 4)) == {".tag": "path", "path": conflict}
    assert finish(session_id, 4, path="/b").status_code == 200


@pytest.mark.parametrize("path", ["id:nobody/a", "ns:9999/a"])
def test_session_is_not_committed_below_what_is_unknown(start, finish, failed, path):
    """It stays, too."""
    session_id = start(b"0123")
    assert failed(finish(session_id, 4, path=path))["path"] == {".tag": "malformed_path"}
    assert finish(session_id, 4).status_code == 200


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
    payload = api.rpc(f"files/upload_session/finish_batch{version}", entries=entries)
    if not version:
        payload = api.rpc(
            "files/upload_session/finish_batch/check", async_job_id=payload["async_job_id"]
        )
    first, *rest = payload["entries"]
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
    payload = json.loads(finish(session_id, 3 * PIECE + 3).text)
    assert api.send("files/download", {"path": payload["id"]}).data == b"".join(pieces)


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


@pytest.fixture(params=["finish", "finish_batch", "finish_batch_v2"])
def why_not(request, api, failed, finish):
    """What is told of a session that can't end, by each of the routes that end one."""

    def end(session_id, offset):
        if request.param == "finish":
            return failed(finish(session_id, offset))
        cursor = {"session_id": session_id, "offset": offset}
        entries = [{"cursor": cursor, "commit": {"path": "/a"}}]
        payload = api.rpc(f"files/upload_session/{request.param}", entries=entries)
        if "async_job_id" in payload:
            job_id = payload["async_job_id"]
            payload = api.rpc("files/upload_session/finish_batch/check", async_job_id=job_id)
        return payload["entries"][0]["failure"]

    return end


def test_concurrent_session_with_a_piece_missing_cannot_end(start, append, finish, why_not):
    """Until it is there."""
    session_id = start(session_type="concurrent")
    assert append(session_id, PIECE, b"end", close=True).status_code == 200
    assert why_not(session_id, PIECE + 3) == {".tag": "concurrent_session_missing_data"}
    assert append(session_id, 0, bytes(PIECE)).status_code == 200
    assert finish(session_id, PIECE + 3).status_code == 200


def test_concurrent_session_that_is_open_cannot_end(start, append, why_not):
    """Even if no piece is missing."""
    session_id = start(session_type="concurrent")
    assert append(session_id, 0, bytes(PIECE)).status_code == 200
    assert why_not(session_id, PIECE) == {".tag": "concurrent_session_not_closed"}


def test_concurrent_session_ends_at_its_size(start, append, why_not):
    """Any other offset is told the right one."""
    session_id = start(session_type="concurrent")
    assert append(session_id, 0, b"0123456789", close=True).status_code == 200
    error = {".tag": "incorrect_offset", "correct_offset": 10}
    assert why_not(session_id, 99) == {".tag": "lookup_failed", "lookup_failed": error}


def test_concurrent_session_is_not_ended_with_data(start, append, finish, failed):
    """All of it has to be there before, closed or not."""
    session_id = start(session_type="concurrent")
    refused = {".tag": "concurrent_session_data_not_allowed"}
    assert failed(finish(session_id, 0, b"more")) == refused
    assert append(session_id, 0, b"0123", close=True).status_code == 200
    assert failed(finish(session_id, 4, b"more")) == refused
    assert finish(session_id, 4).status_code == 200


def test_concurrent_session_has_one_end(start, append, failed):
    """A second one would be beyond it."""
    session_id = start(session_type="concurrent")
    assert append(session_id, PIECE, b"end", close=True).status_code == 200
    assert failed(append(session_id, 2 * PIECE, b"x", close=True)) == {".tag": "closed"}


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
