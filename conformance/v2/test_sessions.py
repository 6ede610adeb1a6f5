"""Upload sessions: sequential, concurrent, and batches."""

import pytest

from conformance.v2.api import names
from conformance.v2.shapes import BLOCK_BYTES, check_file, content_hash

START = "files/upload_session/start"
START_BATCH = "files/upload_session/start_batch"
APPEND = "files/upload_session/append_v2"
OLD_APPEND = "files/upload_session/append"
FINISH = "files/upload_session/finish"
BATCH = "files/upload_session/finish_batch"
BATCH_V2 = "files/upload_session/finish_batch_v2"
CHECK = "files/upload_session/finish_batch/check"


def start(api, body=b"", **argument):
    """Start a session and return its id."""
    result = api.ok(START, argument, body)
    assert set(result) == {"session_id"}
    return result["session_id"]


def cursor(session, offset):
    """Return the cursor of a session."""
    return {"session_id": session, "offset": offset}


def append(api, session, offset, body, **argument):
    """Append a piece; the result is null."""
    assert api.ok(APPEND, {"cursor": cursor(session, offset), **argument}, body) is None


def finishing(api, session, offset, name, **commit):
    """Return the argument that commits a session."""
    return {"cursor": cursor(session, offset), "commit": {"path": api.path(name), **commit}}


@pytest.mark.checks("v2-session-sequential")
def test_sequential_session(api):
    """A session joins the bytes of start, append and finish."""
    session = start(api, b"one")
    append(api, session, 3, b"two")
    append(api, session, 6, b"")
    put = api.ok(FINISH, finishing(api, session, 6, "file"), b"three")
    check_file(put, b"onetwothree")
    assert api.metadata("file") == {".tag": "file", **put}
    assert api.content("file") == b"onetwothree"


@pytest.mark.checks("v2-session-empty")
def test_session_without_bytes(api):
    """A session may have no bytes."""
    session = start(api)
    check_file(api.ok(FINISH, finishing(api, session, 0, "empty")), b"")


@pytest.mark.checks("v2-session-unfinished")
def test_session_that_is_not_finished(api):
    """Nothing is in the folder before a session is finished."""
    session = start(api, b"one")
    append(api, session, 3, b"two", close=True)
    assert api.entries() == []


@pytest.mark.checks("v2-session-content-hash")
def test_content_hash_of_a_large_session(api):
    """The content hash of a file covers all pieces, whatever their sizes."""
    body = bytes(range(256)) * 20_000
    session = start(api, body[:1_000_000])
    append(api, session, 1_000_000, body[1_000_000:4_500_000])
    put = api.ok(FINISH, finishing(api, session, 4_500_000, "large"), body[4_500_000:])
    check_file(put, body)


@pytest.mark.checks("v2-session-offset")
@pytest.mark.parametrize("offset", [0, 2, 4, 10])
def test_wrong_offset(api, offset):
    """A wrong offset is rejected with the correct one, and nothing is appended."""
    session = start(api, b"one")
    response = api.call(APPEND, {"cursor": cursor(session, offset)}, b"two")
    assert api.fails(APPEND, {"cursor": cursor(session, offset)}, b"two") == "incorrect_offset"
    assert response.json()["error"] == {".tag": "incorrect_offset", "correct_offset": 3}
    append(api, session, 3, b"two")
    assert api.ok(FINISH, finishing(api, session, 6, "f"))["size"] == 6


@pytest.mark.checks("v2-session-finish-offset")
def test_wrong_offset_at_the_end(api):
    """A wrong offset of finish is a lookup error with the correct offset."""
    session = start(api, b"one")
    response = api.call(FINISH, finishing(api, session, 2, "f"), b"x")
    assert response.status == 409
    assert response.json()["error"] == {
        ".tag": "lookup_failed",
        "lookup_failed": {".tag": "incorrect_offset", "correct_offset": 3},
    }
    assert api.entries() == []


@pytest.mark.checks("v2-session-finish-offset")
@pytest.mark.parametrize("offset", [0, 2, 4])
def test_wrong_offset_of_a_closed_session(api, offset):
    """The offset of a closed session is its size, also in a batch."""
    session = start(api, b"one", close=True)
    argument = finishing(api, session, offset, "f")
    error = {
        ".tag": "lookup_failed",
        "lookup_failed": {".tag": "incorrect_offset", "correct_offset": 3},
    }
    assert api.call(FINISH, argument).json()["error"] == error
    (result,) = api.ok(BATCH_V2, {"entries": [argument]})["entries"]
    assert result == {".tag": "failure", "failure": error}
    assert api.entries() == []


@pytest.mark.checks("v2-session-unknown")
@pytest.mark.parametrize(
    ("route", "tags"), [(APPEND, "not_found"), (FINISH, "lookup_failed/not_found")]
)
def test_unknown_session(api, route, tags):
    """An unknown session is not found."""
    argument = finishing(api, "AAAAAAAAAAAAAAAAAAAAAA", 0, "f")
    if route == APPEND:
        del argument["commit"]
    assert api.fails(route, argument, b"x") == tags


@pytest.mark.checks("v2-session-id")
def test_form_of_a_session_id(api):
    """The id of a session has the form that the service uses today."""
    assert start(api).startswith("pid_upload_session:")


@pytest.mark.checks("v2-session-closed")
def test_append_to_a_closed_session(api):
    """A closed session accepts no more bytes, and can be finished."""
    session = start(api, b"one", close=True)
    assert api.fails(APPEND, {"cursor": cursor(session, 3)}, b"x") == "closed"
    assert api.ok(FINISH, finishing(api, session, 3, "f"))["size"] == 3


@pytest.mark.checks("v2-session-closed")
def test_close_with_an_append(api):
    """An append can close a session."""
    session = start(api, b"one")
    append(api, session, 3, b"two", close=True)
    assert api.fails(APPEND, {"cursor": cursor(session, 6)}, b"x") == "closed"


@pytest.mark.checks("v2-session-finished")
def test_finish_twice(api):
    """A finished session cannot be finished again."""
    session = start(api, b"one")
    argument = finishing(api, session, 3, "f")
    api.ok(FINISH, argument)
    assert api.fails(FINISH, argument).startswith("lookup_failed/")


@pytest.mark.checks("v2-session-expiry")
@pytest.mark.not_live("needs seven days")
def test_expired_session(api):
    """A session can be used for seven days, and is not found afterwards."""
    early, late = start(api, b"one"), start(api, b"one")
    api.box.clock.advance(7 * 24 * 3600 - 60)
    append(api, early, 3, b"two")
    api.box.clock.advance(120)
    assert api.fails(APPEND, {"cursor": cursor(late, 3)}, b"x") == "not_found"


@pytest.mark.checks("v2-session-hash")
@pytest.mark.parametrize("step", ["start", "append", "finish"])
def test_wrong_content_hash_of_a_piece(api, step):
    """A piece whose content hash differs is rejected and not appended."""
    wrong = {"content_hash": content_hash(b"other")}
    if step == "start":
        assert api.fails(START, wrong, b"one") == "content_hash_mismatch"
        return
    session = start(api, b"one", content_hash=content_hash(b"one"))
    if step == "append":
        argument = {"cursor": cursor(session, 3), **wrong}
        assert api.fails(APPEND, argument, b"two") == "content_hash_mismatch"
    else:
        argument = {**finishing(api, session, 3, "f"), **wrong}
        assert api.fails(FINISH, argument, b"two") == "content_hash_mismatch"
    append(api, session, 3, b"two", content_hash=content_hash(b"two"))


@pytest.mark.checks("v2-session-commit")
def test_commit_of_a_session(api):
    """The commit of a session has the mode, autorename and time of an upload."""
    old = api.put("f.txt", b"old")

    def finish(**commit):
        session = start(api, b"new")
        return api.call(FINISH, finishing(api, session, 3, "f.txt", **commit))

    assert finish().json()["error"][".tag"] == "path"
    assert finish().status == 409
    renamed = finish(autorename=True, client_modified="2015-01-02T03:04:05Z").json()
    assert (renamed["name"], renamed["client_modified"]) == ("f (1).txt", "2015-01-02T03:04:05Z")
    updated = finish(mode={".tag": "update", "update": old["rev"]}).json()
    assert (updated["id"], updated["name"]) == (old["id"], "f.txt")


@pytest.mark.checks("v2-session-commit-failure")
def test_retry_after_a_failed_commit(api):
    """After a failed commit the session keeps its bytes, and can be committed to another path."""
    api.put("taken", b"old")
    session = start(api, b"one")
    argument = finishing(api, session, 3, "taken")
    assert api.fails(FINISH, argument, b"two") == "path/conflict/file"
    check_file(api.ok(FINISH, finishing(api, session, 6, "free")), b"onetwo")


@pytest.mark.checks("v2-session-old-append")
def test_append_of_the_first_version(api):
    """The first version of append has the cursor as its argument."""
    session = start(api, b"one")
    assert api.ok(OLD_APPEND, cursor(session, 3), b"two") is None
    assert api.fails(OLD_APPEND, cursor(session, 3), b"two") == "incorrect_offset"
    assert api.ok(FINISH, finishing(api, session, 6, "f"))["size"] == 6


@pytest.mark.checks("v2-session-concurrent")
def test_concurrent_session(api):
    """The pieces of a concurrent session may be sent in any order, the last one with close."""
    session = start(api, session_type="concurrent")
    first, second, end = (bytes([n]) * BLOCK_BYTES for n in (1, 2, 3))
    append(api, session, 2 * BLOCK_BYTES, end[:5], close=True)
    append(api, session, BLOCK_BYTES, second)
    append(api, session, 0, first)
    size = 2 * BLOCK_BYTES + 5
    put = api.ok(FINISH, finishing(api, session, size, "parallel"))
    check_file(put, first + second + end[:5])


@pytest.mark.checks("v2-session-concurrent-start")
def test_start_of_a_concurrent_session(api):
    """The start of a concurrent session sends no bytes and does not close it."""
    argument = {"session_type": "concurrent"}
    assert api.fails(START, argument, b"x") == "concurrent_session_data_not_allowed"
    argument["close"] = True
    assert api.fails(START, argument) == "concurrent_session_close_not_allowed"


@pytest.mark.checks("v2-session-concurrent-pieces")
def test_offset_and_size_of_a_piece(api):
    """A piece begins at a multiple of 4 MiB, and only the last one has another size."""
    session = start(api, session_type="concurrent")
    argument = {"cursor": cursor(session, 1)}
    found = api.fails(APPEND, argument, bytes(BLOCK_BYTES))
    assert found == "concurrent_session_invalid_offset"
    argument = {"cursor": cursor(session, 0)}
    assert api.fails(APPEND, argument, b"short") == "concurrent_session_invalid_data_size"


@pytest.mark.checks("v2-session-concurrent-finish")
def test_finish_of_a_concurrent_session(api):
    """Finish needs a concurrent session that is closed and complete, and sends no bytes."""
    session = start(api, session_type="concurrent")
    append(api, session, 0, bytes(BLOCK_BYTES))
    argument = finishing(api, session, BLOCK_BYTES, "f")
    assert api.fails(FINISH, argument) == "concurrent_session_not_closed"
    append(api, session, 2 * BLOCK_BYTES, b"end", close=True)
    argument = finishing(api, session, 2 * BLOCK_BYTES + 3, "f")
    assert api.fails(FINISH, argument) == "concurrent_session_missing_data"
    append(api, session, BLOCK_BYTES, bytes(BLOCK_BYTES))
    assert api.fails(FINISH, argument, b"x") == "concurrent_session_data_not_allowed"
    assert api.ok(FINISH, argument)["size"] == 2 * BLOCK_BYTES + 3


@pytest.mark.checks("v2-session-concurrent-again")
def test_piece_that_is_sent_again(api):
    """The same bytes at the same offset are accepted again."""
    session = start(api, session_type="concurrent")
    for _ in range(2):
        append(api, session, 0, bytes(BLOCK_BYTES))
    append(api, session, BLOCK_BYTES, b"end", close=True)
    check_file(
        api.ok(FINISH, finishing(api, session, BLOCK_BYTES + 3, "f")), bytes(BLOCK_BYTES) + b"end"
    )


@pytest.mark.checks("v2-session-concurrent-different")
def test_other_bytes_at_the_same_offset(api):
    """Different bytes at an offset that already has bytes are rejected."""
    session = start(api, session_type="concurrent")
    append(api, session, 0, bytes(BLOCK_BYTES))
    text = api.rejects(APPEND, {"cursor": cursor(session, 0)}, b"\x01" * BLOCK_BYTES)
    assert "Different data already uploaded at offset 0" in text


@pytest.mark.checks("v2-session-start-batch")
def test_start_of_several_sessions(api):
    """Several sessions are started at once."""
    sessions = api.ok(START_BATCH, {"num_sessions": 3})["session_ids"]
    assert len(set(sessions)) == 3
    append(api, sessions[0], 0, b"one", close=True)
    assert api.ok(FINISH, finishing(api, sessions[0], 3, "f"))["size"] == 3
    argument = {"num_sessions": 1, "session_type": "concurrent"}
    (parallel,) = api.ok(START_BATCH, argument)["session_ids"]
    found = api.fails(APPEND, {"cursor": cursor(parallel, 1)}, bytes(BLOCK_BYTES))
    assert found == "concurrent_session_invalid_offset"


@pytest.mark.checks("v2-session-start-batch")
@pytest.mark.parametrize("count", [0, 1001])
def test_number_of_sessions_out_of_range(api, count):
    """1 to 1000 sessions can be started at once."""
    text = api.rejects(START_BATCH, {"num_sessions": count})
    assert text == f"request body: num_sessions: {count} is not within range [1, 1000]"


def check_finished(api, entries):
    """Check the results of a batch with a good session, an open one and an unknown one."""
    good, still_open, unknown = entries
    check_file({key: value for key, value in good.items() if key != ".tag"}, b"one")
    assert good[".tag"] == "success"
    assert good["name"] == "good"
    assert still_open == {
        ".tag": "failure",
        "failure": {".tag": "lookup_failed", "lookup_failed": {".tag": "not_closed"}},
    }
    assert unknown == {
        ".tag": "failure",
        "failure": {".tag": "lookup_failed", "lookup_failed": {".tag": "not_found"}},
    }
    assert names(api.entries()) == ["good"]


def batch(api):
    """Return the argument of a batch with a good session, an open one and an unknown one."""
    good, still_open = start(api, b"one", close=True), start(api, b"two")
    return {
        "entries": [
            finishing(api, good, 3, "good"),
            finishing(api, still_open, 3, "open"),
            finishing(api, "AAAAAAAAAAAAAAAAAAAAAA", 3, "unknown"),
        ]
    }


@pytest.mark.checks("v2-session-batch")
def test_batch_of_sessions(api):
    """The job of a batch has a result for each session, in their order."""
    done = api.job(BATCH, batch(api), CHECK)
    assert done[".tag"] == "complete"
    check_finished(api, done["entries"])


@pytest.mark.checks("v2-session-batch-v2")
def test_synchronous_batch_of_sessions(api):
    """The second version of the batch returns the results at once."""
    result = api.ok(BATCH_V2, batch(api))
    assert set(result) == {"entries"}
    check_finished(api, result["entries"])


@pytest.mark.checks("v2-session-batch-v2")
def test_batch_with_a_conflict(api):
    """A conflict of an entry is the failure of that entry only."""
    api.put("taken", b"old")
    one, two = (start(api, text, close=True) for text in (b"one", b"two"))
    entries = [finishing(api, one, 3, "taken"), finishing(api, two, 3, "free")]
    results = api.ok(BATCH_V2, {"entries": entries})["entries"]
    assert results[0] == {
        ".tag": "failure",
        "failure": {".tag": "path", "path": {".tag": "conflict", "conflict": {".tag": "file"}}},
    }
    assert results[1][".tag"] == "success"
    assert api.content("taken") == b"old"


@pytest.mark.checks("v2-job-unknown")
def test_unknown_job_of_a_batch(api):
    """An unknown job is not accepted."""
    assert api.fails(CHECK, {"async_job_id": "dbjid:" + "A" * 88}) == "invalid_async_job_id"
