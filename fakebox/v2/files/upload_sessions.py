"""files/upload_session/*: big files in pieces.

Source: the wire reference of version 2, sessions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint

from fakebox.core import errors as core
from fakebox.v2 import responses
from fakebox.v2.commit_info import COMMIT, HASH, blocks, write_mode
from fakebox.v2.jobs import JOB_ID, attempt, launch, outcome
from fakebox.v2.jobs import entry as batch_entry
from fakebox.v2.paths import target
from fakebox.v2.route_styles import rpc, upload
from fakebox.v2.schema import Field, boolean, integer, items, optional, struct, text, union
from fakebox.v2.tagged_errors import failure, writes

if TYPE_CHECKING:
    from fakebox.core.async_jobs import JobResult
    from fakebox.core.entry import Entry
    from fakebox.core.upload_sessions import UploadSession
    from fakebox.v2.request import V2Request

blueprint: Blueprint = Blueprint("sessions", __name__)

_SESSION_TYPE = optional(union({"sequential": None, "concurrent": None}))
_CURSOR = struct({"session_id": text(), "offset": integer(0, 2**63)})
_FINISH = {"cursor": _CURSOR, "commit": struct(COMMIT)}
_BATCH = struct({"entries": items(struct({**_FINISH, "content_hash": HASH}), max_items=1000)})
_JOB = "finish_batch"
_PIECES = {
    "offset": "concurrent_session_invalid_offset",
    "size": "concurrent_session_invalid_data_size",
}


@upload(
    blueprint,
    "files/upload_session/start",
    struct({"close": Field(boolean, False), "session_type": _SESSION_TYPE, "content_hash": HASH}),
)
def start(request: V2Request, argument: dict[str, Any]) -> dict[str, str]:
    """Begin a session, with or without the first piece."""
    uploads, kind = request.world.upload_sessions, argument["session_type"]
    body = blocks(request, argument["content_hash"])
    if kind and kind.tag == "concurrent":
        if next(body, b""):
            raise failure("concurrent_session_data_not_allowed")
        if argument["close"]:
            raise failure("concurrent_session_close_not_allowed")
        session = uploads.begin(request.scope, parallel=True)
    else:
        session = uploads.append(request.scope, body, closes=argument["close"])
    return {"session_id": session.id}


@rpc(
    blueprint,
    "files/upload_session/start_batch",
    struct({"num_sessions": integer(1, 1000), "session_type": _SESSION_TYPE}),
)
def start_batch(request: V2Request, argument: dict[str, Any]) -> dict[str, list[str]]:
    """Begin many sessions at once."""
    kind = argument["session_type"]
    parallel = bool(kind and kind.tag == "concurrent")
    sessions = [
        request.world.upload_sessions.begin(request.scope, parallel=parallel)
        for _ in range(argument["num_sessions"])
    ]
    return {"session_ids": [session.id for session in sessions]}


@upload(
    blueprint,
    "files/upload_session/append_v2",
    struct({"cursor": _CURSOR, "close": Field(boolean, False), "content_hash": HASH}),
)
def append(request: V2Request, argument: dict[str, Any]) -> None:
    """Add a piece to a session."""
    with _session_failures():
        _append(request, argument, closes=argument["close"])


@upload(blueprint, "files/upload_session/append", _CURSOR)
def bare_append(request: V2Request, cursor: dict[str, Any]) -> None:
    """As append_v2, which says what comes besides the piece."""
    append(request, {"cursor": cursor, "close": False, "content_hash": None})


@upload(blueprint, "files/upload_session/finish", struct({**_FINISH, "content_hash": HASH}))
def finish(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Add the last piece, if there is one, and have all of it stand at a path."""
    body = blocks(request, argument["content_hash"])
    with _session_failures("lookup_failed"):
        session = _find(request, argument)
        if session.is_closed or session.is_parallel:
            _check_end(session, argument["cursor"]["offset"], has_body=bool(next(body, b"")))
            return responses.metadata(_commit(request, argument))
        return responses.metadata(_commit(request, argument, body))


@rpc(blueprint, "files/upload_session/finish_batch", _BATCH, is_one_transaction=False)
def finish_batch(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Have many closed sessions stand at their paths; done by the time that one asks for it."""
    return launch(request, _JOB, _finished(request, argument))


@rpc(blueprint, "files/upload_session/finish_batch_v2", _BATCH, is_one_transaction=False)
def finish_batch_v2(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """As finish_batch, with the outcome at once."""
    return {"entries": [batch_entry(_JOB, result) for result in _finished(request, argument)]}


@rpc(blueprint, "files/upload_session/finish_batch/check", JOB_ID)
def check_finish_batch(request: V2Request, argument: dict[str, Any]) -> Any:
    """What came of finish_batch."""
    return outcome(request, _JOB, argument)


def _find(request: V2Request, argument: dict[str, Any]) -> UploadSession:
    return request.world.upload_sessions.find(request.scope, argument["cursor"]["session_id"])


def _append(request: V2Request, argument: dict[str, Any], *, closes: bool) -> None:
    session, offset = _find(request, argument), argument["cursor"]["offset"]
    body = blocks(request, argument["content_hash"])
    if session.is_parallel:
        request.world.upload_sessions.put_piece(
            request.scope, body, session.id, offset, closes=closes
        )
    else:
        request.world.upload_sessions.append(request.scope, body, session.id, offset, closes=closes)


def _finished(request: V2Request, argument: dict[str, Any]) -> list[JobResult]:
    # Whoever commits an upload waits for what still comes in, so not in a transaction.
    return [
        attempt(request, partial(_finish_closed, request, one), is_one_transaction=False)
        for one in argument["entries"]
    ]


def _finish_closed(request: V2Request, argument: dict[str, Any]) -> Entry:
    with _session_failures("lookup_failed"):
        session = _find(request, argument)
        if not (session.is_closed or session.is_parallel):
            raise failure("lookup_failed", "not_closed")
        _check_end(session, argument["cursor"]["offset"])
        return _commit(request, argument)


def _commit(
    request: V2Request, argument: dict[str, Any], body: Iterator[bytes] | None = None
) -> Entry:
    cursor, commit = argument["cursor"], argument["commit"]
    with request.world.upload_sessions.exclusive(request.scope, cursor["session_id"]) as upload:
        if body is not None:
            upload.write(body, cursor["offset"])
        content = upload.content()
        with writes("path"), request.world.unit_of_work():
            path, mode = target(request, commit["path"]), write_mode(commit)
            return upload.commit(content, path, mode, commit["client_modified"])


def _check_end(session: UploadSession, offset: int, *, has_body: bool = False) -> None:
    if has_body and session.is_parallel:
        raise failure("concurrent_session_data_not_allowed")
    if not session.is_closed:
        raise failure("concurrent_session_not_closed")
    if has_body:
        raise core.UploadClosed(session.id)
    if offset != session.offset:
        raise core.WrongOffset(session.id, offset, session.offset, session.expires_s)


@contextmanager
def _session_failures(*outer: str) -> Iterator[None]:
    try:
        yield
    except core.UploadClosed as error:
        raise failure(*outer, "closed") from error
    except core.InvalidPiece as error:
        if error.reason == "missing":
            # Only what ends a session finds that, and has it beside what comes of the lookup.
            raise failure("concurrent_session_missing_data") from error
        raise failure(*outer, _PIECES[error.reason]) from error
    except core.UploadNotFound as error:
        raise failure(*outer, "not_found") from error
    except core.WrongOffset as error:
        raise failure(*outer, "incorrect_offset", correct_offset=error.offset) from error
