"""Upload sessions: files that are uploaded in several requests.

Source: the wire reference of version 2, sessions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from flask import Blueprint

from fakebox.core import errors as core
from fakebox.core.blobs import ContentHash
from fakebox.core.upload_store import SESSION
from fakebox.v2 import responses
from fakebox.v2.files.upload import CommitInfo, Sha256HexHash, blocks
from fakebox.v2.jobs import PollArg, attempt, launch, results_view
from fakebox.v2.jobs import entry as batch_entry
from fakebox.v2.paths import target
from fakebox.v2.properties import check_property_groups
from fakebox.v2.route_styles import rpc, upload
from fakebox.v2.schema import Length, Malformed, Range, Struct
from fakebox.v2.tagged_errors import TaggedError, tagged_error, writes

if TYPE_CHECKING:
    from fakebox.core.async_jobs import JobResult
    from fakebox.core.entry import Entry
    from fakebox.core.upload_store import UploadSession
    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("sessions", __name__)

_JOB = "finish_batch"
_HASH_OF_NOTHING = ContentHash().content().hash
_PIECES = {
    "offset": "concurrent_session_invalid_offset",
    "size": "concurrent_session_invalid_data_size",
    "end": "too_large",
}

UploadSessionType: TypeAlias = Literal["sequential", "concurrent"]


class UploadSessionStartArg(Struct):
    """Argument of files/upload_session/start."""

    close: bool = False
    session_type: UploadSessionType | None = None
    content_hash: Sha256HexHash | None = None


class UploadSessionStartBatchArg(Struct):
    """Argument of files/upload_session/start_batch."""

    num_sessions: Annotated[int, Range(1, 1000)]
    session_type: UploadSessionType | None = None


class UploadSessionCursor(Struct):
    """An upload session, and the number of bytes that the client has sent to it."""

    session_id: str
    offset: Annotated[int, Range(0, 2**63)]


class UploadSessionAppendArg(Struct):
    """Argument of files/upload_session/append_v2."""

    cursor: UploadSessionCursor
    close: bool = False
    content_hash: Sha256HexHash | None = None


class UploadSessionFinishArg(Struct):
    """Argument of files/upload_session/finish."""

    cursor: UploadSessionCursor
    commit: CommitInfo
    content_hash: Sha256HexHash | None = None


class UploadSessionFinishBatchArg(Struct):
    """Argument of files/upload_session/finish_batch and files/upload_session/finish_batch_v2."""

    entries: Annotated[tuple[UploadSessionFinishArg, ...], Length(max_items=1000)]


@upload(blueprint, "files/upload_session/start", UploadSessionStartArg)
def start(request: V2Request, arg: UploadSessionStartArg) -> JSONObject:
    """Start a session, with or without the first piece of the file."""
    uploads = request.world.upload_sessions
    body = blocks(request, arg.content_hash)
    if arg.session_type == "concurrent":
        if next(body, b""):
            raise tagged_error("concurrent_session_data_not_allowed")
        if arg.close:
            raise tagged_error("concurrent_session_close_not_allowed")
        session = uploads.begin(request.scope, parallel=True, form=SESSION)
    else:
        session = uploads.append(request.scope, body, closes=arg.close, form=SESSION)
    return {"session_id": session.id}


@rpc(blueprint, "files/upload_session/start_batch", UploadSessionStartBatchArg)
def start_batch(request: V2Request, arg: UploadSessionStartBatchArg) -> JSONObject:
    """Start several sessions."""
    parallel = arg.session_type == "concurrent"
    sessions = [
        request.world.upload_sessions.begin(request.scope, parallel=parallel, form=SESSION)
        for _ in range(arg.num_sessions)
    ]
    return {"session_ids": [session.id for session in sessions]}


@upload(blueprint, "files/upload_session/append_v2", UploadSessionAppendArg)
def append(request: V2Request, arg: UploadSessionAppendArg) -> None:
    """Append a piece to a session."""
    uploads, offset, closes = request.world.upload_sessions, arg.cursor.offset, arg.close
    with _session_errors():
        session, body = (
            _find(request, arg.cursor),
            blocks(request, arg.content_hash),
        )
        if session.is_parallel:
            uploads.put_piece(request.scope, body, session.id, offset, closes=closes)
        else:
            uploads.append(request.scope, body, session.id, offset, closes=closes)


@upload(blueprint, "files/upload_session/append", UploadSessionCursor)
def bare_append(request: V2Request, cursor: UploadSessionCursor) -> None:
    """Append a piece to a session, as files/upload_session/append_v2 does without its options."""
    append(request, UploadSessionAppendArg(cursor=cursor))


@upload(blueprint, "files/upload_session/finish", UploadSessionFinishArg)
def finish(request: V2Request, arg: UploadSessionFinishArg) -> JSONObject:
    """Append the last piece, which may be empty, and write the file to a path."""
    body = blocks(request, arg.content_hash)
    check_property_groups(arg.commit.property_groups)
    with _session_errors("lookup_failed"):
        session = _find(request, arg.cursor)
        if session.is_closed or session.is_parallel:
            _check_end(session, arg.cursor.offset, has_body=bool(next(body, b"")))
            return responses.metadata(_commit(request, arg))
        return responses.metadata(_commit(request, arg, body))


@rpc(
    blueprint,
    "files/upload_session/finish_batch",
    UploadSessionFinishBatchArg,
    is_one_transaction=False,
)
def finish_batch(request: V2Request, arg: UploadSessionFinishBatchArg) -> JSONObject:
    """Write the files of closed sessions to their paths, as a job."""
    return launch(request, _JOB, _finished(request, arg))


@rpc(
    blueprint,
    "files/upload_session/finish_batch_v2",
    UploadSessionFinishBatchArg,
    is_one_transaction=False,
)
def finish_batch_v2(request: V2Request, arg: UploadSessionFinishBatchArg) -> JSONObject:
    """Write the files of closed sessions to their paths, and return the results."""
    return {"entries": [batch_entry(_JOB, result) for result in _finished(request, arg)]}


# The results of files/upload_session/finish_batch.
rpc(blueprint, "files/upload_session/finish_batch/check", PollArg)(results_view(_JOB))


def _find(request: V2Request, cursor: UploadSessionCursor) -> UploadSession:
    return request.world.upload_sessions.find(request.scope, cursor.session_id)


def _finished(request: V2Request, arg: UploadSessionFinishBatchArg) -> list[JobResult]:
    # A commit waits for requests that append to the session, so it is not in a transaction.
    return [
        attempt(request, partial(_finish_closed, request, one), is_one_transaction=False)
        for one in arg.entries
    ]


def _finish_closed(request: V2Request, arg: UploadSessionFinishArg) -> Entry:
    if arg.commit.property_groups:
        # The result of a job has no value of an error, so the tag is one without a value.
        raise tagged_error("properties_error", "restricted_content")
    if arg.content_hash not in (None, _HASH_OF_NOTHING):
        # The hash is that of the bytes in the request, and a batch has none.
        raise tagged_error("content_hash_mismatch")
    with _session_errors("lookup_failed"):
        session = _find(request, arg.cursor)
        if not (session.is_closed or session.is_parallel):
            raise tagged_error("lookup_failed", "not_closed")
        _check_end(session, arg.cursor.offset)
        return _commit(request, arg)


def _commit(
    request: V2Request, arg: UploadSessionFinishArg, body: Iterator[bytes] | None = None
) -> Entry:
    cursor, commit = arg.cursor, arg.commit
    with request.world.upload_sessions.exclusive(request.scope, cursor.session_id) as upload:
        if body is not None:
            upload.write(body, cursor.offset)
        content = upload.content()
        with request.world.unit_of_work():
            try:
                with writes("path"):
                    path = target(request, commit.path)
                    return upload.commit(content, path, commit.write_mode, commit.client_mtime_s)
            except TaggedError as failed:
                error = failed
                if body is not None:
                    # The bytes can be committed to another path.
                    upload.keep()
    raise error


def _check_end(session: UploadSession, offset: int, *, has_body: bool = False) -> None:
    if has_body and session.is_parallel:
        raise tagged_error("concurrent_session_data_not_allowed")
    if not session.is_closed:
        raise tagged_error("concurrent_session_not_closed")
    if has_body:
        raise core.UploadClosed(session.id)
    if offset != session.offset:
        raise core.WrongOffset(session.id, offset, session.offset, session.expires_s)


@contextmanager
def _session_errors(*outer: str) -> Iterator[None]:
    try:
        yield
    except core.UploadClosed as error:
        raise tagged_error(*outer, "closed") from error
    except core.DifferentData as error:
        text = f"Different data already uploaded at offset {error.offset}"
        raise Malformed(text) from error
    except core.InvalidPiece as error:
        if error.reason == "missing":
            # This error has a separate tag, which is not below `lookup_failed`.
            raise tagged_error("concurrent_session_missing_data") from error
        raise tagged_error(*outer, _PIECES[error.reason]) from error
    except core.UploadNotFound as error:
        raise tagged_error(*outer, "not_found") from error
    except core.WrongOffset as error:
        raise tagged_error(*outer, "incorrect_offset", correct_offset=error.offset) from error
