"""Upload sessions, sequential and concurrent."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

PIECE = 4 * 1024 * 1024


@pytest.fixture
def start(api):
    """A function that starts a session and returns its ID."""

    def start_session(body=b"", **argument):
        response = api.send("files/upload_session/start", argument, body)
        return json.loads(response.text)["session_id"]

    return start_session


@pytest.fixture
def append(api):
    """A function that appends a piece and returns the response."""

    def append_piece(session_id, offset, body, **argument):
        cursor = {"session_id": session_id, "offset": offset}
        return api.send("files/upload_session/append_v2", {"cursor": cursor, **argument}, body)

    return append_piece


@pytest.fixture
def finish(api):
    """A function that finishes a session and returns the response."""

    def finish_session(session_id, offset, body=b"", path="/a", **commit):
        cursor = {"session_id": session_id, "offset": offset}
        argument = {"cursor": cursor, "commit": {"path": path, **commit}}
        return api.send("files/upload_session/finish", argument, body)

    return finish_session


@settings(max_examples=20)
@given(pieces=st.lists(st.binary(max_size=5), min_size=2, max_size=6))
def test_appended_pieces_form_the_file(api, start, append, finish, pieces):
    """The file is the same for any division into pieces."""
    first, *middle, last = pieces
    session_id, offset = start(first), len(first)
    for piece in middle:
        assert append(session_id, offset, piece).status_code == 200
        offset += len(piece)
    payload = json.loads(finish(session_id, offset, last, mode="overwrite").text)
    assert payload["size"] == sum(map(len, pieces))
    assert api.send("files/download", {"path": "/a"}).data == b"".join(pieces)


def test_wrong_offset_is_an_error_with_the_correct_offset(start, append, finish, failed):
    """The error for appending or finishing at a wrong offset contains the correct offset."""
    session_id = start(b"0123")
    error = {".tag": "incorrect_offset", "correct_offset": 4}
    assert failed(append(session_id, 3, b"x")) == error
    assert failed(finish(session_id, 3)) == {".tag": "lookup_failed", "lookup_failed": error}


def test_unknown_or_finished_session_is_not_found(start, append, finish, failed):
    """A finished session counts as unknown."""
    session_id = start()
    assert finish(session_id, 0).status_code == 200
    assert failed(append(session_id, 0, b"x")) == {".tag": "not_found"}
    assert failed(finish("nothing", 0))["lookup_failed"] == {".tag": "not_found"}


def test_closed_session_rejects_pieces_and_can_be_finished(start, append, finish, failed):
    """Appending to a closed session gives the error "closed"."""
    session_id = start(b"0123", close=True)
    assert failed(append(session_id, 4, b"x")) == {".tag": "closed"}
    assert failed(finish(session_id, 3))["lookup_failed"][".tag"] == "incorrect_offset"
    assert finish(session_id, 4).status_code == 200


def test_finish_of_a_closed_session_with_bytes_is_an_error(api, start, finish, failed):
    """Finishing a closed session with bytes gives the error "closed"."""
    session_id = start(b"0123", close=True)
    closed = {".tag": "lookup_failed", "lookup_failed": {".tag": "closed"}}
    assert failed(finish(session_id, 4, b"more")) == closed
    assert api.fails("files/get_metadata", path="/a")["path"] == {".tag": "not_found"}
    assert finish(session_id, 4).status_code == 200


@pytest.mark.parametrize("session_type", ["sequential", "concurrent"])
def test_finish_without_bytes_checks_the_content_hash(api, append, failed, session_type):
    """A request without bytes has the content hash of empty content."""
    started = api.send("files/upload_session/start", {"session_type": session_type})
    session_id = json.loads(started.text)["session_id"]
    assert append(session_id, 0, b"0123", close=True).status_code == 200
    argument = {"cursor": {"session_id": session_id, "offset": 4}, "commit": {"path": "/a"}}
    route, empty_hash = "files/upload_session/finish", hashlib.sha256().hexdigest()
    response = api.send(route, {**argument, "content_hash": "0" * 64})
    assert failed(response) == {".tag": "content_hash_mismatch"}
    assert api.send(route, {**argument, "content_hash": empty_hash}).status_code == 200


def test_first_version_of_append_has_a_cursor_as_argument(api, start, finish, failed):
    """The first version of append has the cursor as its whole argument."""
    route, cursor = "files/upload_session/append", {"session_id": start(b"01"), "offset": 2}
    response = api.send(route, cursor, b"23")
    assert (response.status_code, response.text) == (200, "null")
    error = failed(api.send(route, cursor, b"23"))
    assert error == {".tag": "incorrect_offset", "correct_offset": 4}
    assert json.loads(finish(cursor["session_id"], 4).text)["size"] == 4


def test_session_is_kept_when_its_commit_fails(api, start, finish, failed):
    """After a conflict, the session can be committed to another path."""
    api.upload("/a")
    session_id = start(b"0123")
    conflict = {".tag": "conflict", "conflict": {".tag": "file"}}
    assert failed(finish(session_id, 4)) == {".tag": "path", "path": conflict}
    assert finish(session_id, 4, path="/b").status_code == 200


@pytest.mark.parametrize("path", ["id:nobody/a", "ns:9999/a"])
def test_commit_below_an_unknown_id_or_namespace_is_an_error(start, finish, failed, path):
    """A commit to an unknown ID or namespace fails, and the session is kept."""
    session_id = start(b"0123")
    assert failed(finish(session_id, 4, path=path))["path"] == {".tag": "malformed_path"}
    assert finish(session_id, 4).status_code == 200


def test_piece_with_a_wrong_content_hash_is_not_stored(start, append, failed):
    """A piece with a wrong content hash is rejected, and the session is unchanged."""
    session_id = start(b"0123")
    response = append(session_id, 4, b"x", content_hash="0" * 64)
    assert failed(response) == {".tag": "content_hash_mismatch"}
    assert append(session_id, 4, b"x").status_code == 200


@pytest.mark.parametrize("version", ["", "_v2"])
def test_batch_finishes_closed_sessions(api, start, version):
    """Each session of a batch has its own result."""
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
    errors = [entry["failure"]["lookup_failed"] for entry in rest]
    assert errors == [{".tag": "not_closed"}, {".tag": "not_found"}]


def test_start_batch_returns_distinct_sessions(api, finish):
    """Each session of a batch has its own ID."""
    argument = {"num_sessions": 3}
    ids = api.rpc("files/upload_session/start_batch", **argument)["session_ids"]
    assert len(set(ids)) == 3
    assert finish(ids[1], 0, b"x").status_code == 200


def test_pieces_of_a_concurrent_session_can_be_sent_in_any_order(api, start, append, finish):
    """The pieces of a concurrent session can be sent in any order and at the same time."""
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
def test_piece_of_a_concurrent_session_must_have_a_valid_offset_and_size(
    start, append, offset, body, close, tag, failed
):
    """Offsets, and sizes except the last, must be multiples of 4 MiB."""
    session_id = start(session_type="concurrent")
    assert failed(append(session_id, offset, body, close=close)) == {".tag": tag}


@pytest.fixture(params=["finish", "finish_batch", "finish_batch_v2"])
def finish_error(request, api, failed, finish):
    """A function that returns the error of a finish, for each route that finishes sessions."""

    def error_of_finish(session_id, offset):
        if request.param == "finish":
            return failed(finish(session_id, offset))
        cursor = {"session_id": session_id, "offset": offset}
        entries = [{"cursor": cursor, "commit": {"path": "/a"}}]
        payload = api.rpc(f"files/upload_session/{request.param}", entries=entries)
        if "async_job_id" in payload:
            job_id = payload["async_job_id"]
            payload = api.rpc("files/upload_session/finish_batch/check", async_job_id=job_id)
        return payload["entries"][0]["failure"]

    return error_of_finish


def test_finish_of_a_concurrent_session_with_a_missing_piece_is_an_error(
    start, append, finish, finish_error
):
    """A session with a missing piece can be finished after the piece is sent."""
    session_id = start(session_type="concurrent")
    assert append(session_id, PIECE, b"end", close=True).status_code == 200
    assert finish_error(session_id, PIECE + 3) == {".tag": "concurrent_session_missing_data"}
    assert append(session_id, 0, bytes(PIECE)).status_code == 200
    assert finish(session_id, PIECE + 3).status_code == 200


def test_finish_of_an_open_concurrent_session_is_an_error(start, append, finish_error):
    """A concurrent session must be closed before it is finished."""
    session_id = start(session_type="concurrent")
    assert append(session_id, 0, bytes(PIECE)).status_code == 200
    assert finish_error(session_id, PIECE) == {".tag": "concurrent_session_not_closed"}


def test_finish_of_a_concurrent_session_requires_its_size_as_offset(start, append, finish_error):
    """The error for a wrong offset contains the correct offset."""
    session_id = start(session_type="concurrent")
    assert append(session_id, 0, b"0123456789", close=True).status_code == 200
    error = {".tag": "incorrect_offset", "correct_offset": 10}
    assert finish_error(session_id, 99) == {".tag": "lookup_failed", "lookup_failed": error}


def test_finish_of_a_concurrent_session_with_bytes_is_an_error(start, append, finish, failed):
    """A concurrent session must be finished without bytes."""
    session_id = start(session_type="concurrent")
    expected = {".tag": "concurrent_session_data_not_allowed"}
    assert failed(finish(session_id, 0, b"more")) == expected
    assert append(session_id, 0, b"0123", close=True).status_code == 200
    assert failed(finish(session_id, 4, b"more")) == expected
    assert finish(session_id, 4).status_code == 200


@pytest.mark.parametrize("offset", [2**41 - 2**22, 2**62, 2**63], ids=["limit", "seek", "integer"])
@pytest.mark.parametrize("body", [b"", b"0123"], ids=["empty", "bytes"])
def test_piece_beyond_the_largest_file_is_too_large(start, append, failed, offset, body):
    """A piece that ends beyond the documented size of a file is rejected."""
    session_id = start(session_type="concurrent")
    assert failed(append(session_id, offset, body, close=True)) == {".tag": "too_large"}


def test_closed_concurrent_session_rejects_later_pieces(start, append, failed):
    """A piece after the closing piece gives the error "closed"."""
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
def test_start_of_a_concurrent_session_with_bytes_or_close_is_an_error(
    api, body, close, tag, failed
):
    """A concurrent session must be started without bytes, and cannot be closed at once."""
    argument = {"session_type": "concurrent", "close": close}
    assert failed(api.send("files/upload_session/start", argument, body)) == {".tag": tag}


@pytest.mark.parametrize("size_bytes", [0, 5, 200_000], ids=["empty", "small", "large"])
def test_failed_upload_is_committed_by_its_session(api, finish, append, failed, size_bytes):
    """The content of a failed upload is in an open session, which accepts more bytes."""
    api.upload("/a", b"taken")
    content = bytes(range(256)) * (size_bytes // 256) + bytes(size_bytes % 256)
    session_id = failed(api.send("files/upload", {"path": "/a"}, content))["upload_session_id"]
    assert append(session_id, size_bytes, b"more").status_code == 200
    assert finish(session_id, size_bytes + 4, b"end", path="/b").status_code == 200
    assert api.send("files/download", {"path": "/b"}).data == content + b"moreend"


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/folder", "conflict"), ("/a\\b", "malformed_path"), ("/desktop.ini", "disallowed_name")],
)
def test_every_failed_upload_has_a_session(api, finish, failed, path, reason):
    """The content is kept whatever is wrong with the path."""
    api.rpc("files/create_folder_v2", path="/folder")
    error = failed(api.send("files/upload", {"path": path}, b"0123"))
    assert error["reason"][".tag"] == reason
    assert json.loads(finish(error["upload_session_id"], 4).text)["size"] == 4


def test_upload_without_space_has_a_session(api, finish, failed):
    """The content that exceeds the quota can be committed after the quota was raised."""
    api.world.accounts.configure(1, quota_bytes=3)
    error = failed(api.send("files/upload", {"path": "/a"}, b"0123"))
    assert error["reason"] == {".tag": "insufficient_space"}
    assert failed(finish(error["upload_session_id"], 4))["path"] == {".tag": "insufficient_space"}
    api.world.accounts.configure(1, quota_bytes=4)
    assert finish(error["upload_session_id"], 4).status_code == 200


def test_contents_of_failed_uploads_are_limited(api, finish, failed):
    """Of failed uploads with more than 128 MiB, the oldest are deleted, and the last is kept."""
    api.upload("/a", b"taken")
    body = bytes(50 * 1024 * 1024)
    sessions = [
        failed(api.send("files/upload", {"path": "/a"}, body))["upload_session_id"]
        for _ in range(3)
    ]
    error = failed(finish(sessions[0], len(body), path="/b"))
    assert error["lookup_failed"] == {".tag": "not_found"}
    for number, session in enumerate(sessions[1:]):
        assert finish(session, len(body), path=f"/{number}").json["size"] == len(body)


def test_upload_with_a_wrong_content_hash_has_no_session(api, failed):
    """Damaged content is not kept."""
    argument = {"path": "/a", "content_hash": "0" * 64}
    error = failed(api.send("files/upload", argument, b"0123"))
    assert error == {".tag": "content_hash_mismatch"}


def test_session_of_another_account_is_not_found(api, failed):
    """The session of a failed upload belongs to the account, app and root of the upload."""
    api.upload("/a", b"taken")
    session_id = failed(api.send("files/upload", {"path": "/a"}, b"x"))["upload_session_id"]
    argument = {"cursor": {"session_id": session_id, "offset": 1}, "commit": {"path": "/b"}}
    for who in (api.bearer(2), api.bearer(access="app_folder")):
        error = failed(api.send("files/upload_session/finish", argument, who=who))
        assert error["lookup_failed"] == {".tag": "not_found"}


def test_session_expires_after_seven_days(api, start, finish, failed):
    """A session is kept for the setting `upload_session_lifetime_s`, seven days by default."""
    sessions = [start(b"0123") for _ in range(3)]
    api.world.clock.advance(7 * 24 * 3600 - 60)
    assert finish(sessions[0], 4).status_code == 200
    api.world.clock.advance(60)
    assert failed(finish(sessions[1], 4))["lookup_failed"] == {".tag": "not_found"}
    api.configure(upload_session_lifetime_s=10)
    late = start(b"0123")
    api.world.clock.advance(10)
    assert failed(finish(late, 4))["lookup_failed"] == {".tag": "not_found"}


def test_other_bytes_at_a_stored_offset_are_rejected(start, append, finish, api):
    """Other bytes are a 400 with the offset; the same bytes are accepted again."""
    session_id = start(session_type="concurrent")
    assert append(session_id, PIECE, b"end", close=True).status_code == 200
    for _ in range(2):
        assert append(session_id, 0, bytes(PIECE)).status_code == 200
    response = append(session_id, 0, bytes(PIECE - 1) + b"x")
    assert response.status_code == 400
    assert response.text.endswith('append_v2": Different data already uploaded at offset 0')
    assert finish(session_id, PIECE + 3).status_code == 200
    assert api.send("files/download", {"path": "/a"}).data == bytes(PIECE) + b"end"
