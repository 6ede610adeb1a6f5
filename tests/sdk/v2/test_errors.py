"""Errors of version 2 as errors of version 1: their statuses, messages and classes."""

from __future__ import annotations

import json

import pytest

from dropbox.rest import (
    ConflictError,
    ErrorResponse,
    NotFoundError,
    OutOfSpaceError,
    RateLimitError,
    ServerError,
    UnauthorizedError,
)
from dropbox.retry import NEVER

PREFIX = 'Error in call to API function "files/delete_v2": '

# The calls, and every error that the specification lists for their routes, by its tags: the status
# of version 1, a part of the message, and the class.
LOOKUP = {
    "malformed_path": (400, "malformed", ErrorResponse),
    "not_found": (404, "not found", NotFoundError),
    "not_file": (404, "File not found", NotFoundError),
    "not_folder": (400, "not a folder", ErrorResponse),
    "restricted_content": (403, "restricted", ErrorResponse),
    "unsupported_content_type": (403, "type", ErrorResponse),
    "locked": (403, "locked", ErrorResponse),
    "other": (400, "other", ErrorResponse),
}
WRITE = {
    "malformed_path": (400, "malformed", ErrorResponse),
    "conflict/file": (403, "already", ConflictError),
    "conflict/folder": (403, "already", ConflictError),
    "conflict/file_ancestor": (400, "parent", ConflictError),
    "conflict/other": (403, "already", ConflictError),
    "no_write_permission": (403, "permission", ErrorResponse),
    "insufficient_space": (503, "space", OutOfSpaceError),
    "disallowed_name": (400, "name", ErrorResponse),
    "team_folder": (403, "team folder", ErrorResponse),
    "operation_suppressed": (403, "not allowed", ErrorResponse),
    "too_many_write_operations": (503, "Too many write", RateLimitError),
    "access_restricted": (403, "administrator", ErrorResponse),
    "team_folder_insufficient_space": (503, "team folder", OutOfSpaceError),
    "member_folder_insufficient_space": (503, "member", OutOfSpaceError),
    "upload_traffic_limit_reached": (403, "monthly", ErrorResponse),
    "other": (400, "other", ErrorResponse),
}
SEARCH = {
    "invalid_argument": (400, "query", ErrorResponse),
    "internal_error": (500, "failed", ServerError),
    "other": (400, "other", ErrorResponse),
}
RELOCATION = {
    "cant_copy_shared_folder": (403, "copied", ErrorResponse),
    "cant_nest_shared_folder": (403, "shared folder", ErrorResponse),
    "cant_move_folder_into_itself": (403, "into itself", ErrorResponse),
    "too_many_files": (406, "too many files", ErrorResponse),
    "duplicated_or_nested_paths": (403, "into itself", ErrorResponse),
    "cant_transfer_ownership": (403, "ownership", ErrorResponse),
    "insufficient_quota": (503, "space", OutOfSpaceError),
    "internal_error": (500, "failed", ServerError),
    "cant_move_shared_folder": (403, "shared folder", ErrorResponse),
    "cant_move_into_vault/is_shared_folder": (403, "Vault", ErrorResponse),
    "cant_move_into_family/is_shared_folder": (403, "Family Room", ErrorResponse),
    "team_folder_insufficient_quota": (503, "team folder", OutOfSpaceError),
    "member_folder_insufficient_quota": (503, "member", OutOfSpaceError),
    "other": (400, "other", ErrorResponse),
}
SESSION = {
    "closed": (400, "closed", ErrorResponse),
    "too_large": (413, "too large", ErrorResponse),
    "concurrent_session_invalid_offset": (400, "4 MiB", ErrorResponse),
    "concurrent_session_invalid_data_size": (400, "4 MiB", ErrorResponse),
    "payload_too_large": (413, "too large", ErrorResponse),
    "other": (400, "other", ErrorResponse),
}
UPLOAD = {
    "properties_error/other": (400, "properties", ErrorResponse),
    "payload_too_large": (413, "too large", ErrorResponse),
    "content_hash_mismatch": (400, "differs", ErrorResponse),
    "encryption_not_supported": (403, "encrypted", ErrorResponse),
    "other": (400, "other", ErrorResponse),
}
FINISH = {
    **UPLOAD,
    "too_many_shared_folder_targets": (400, "shared folders", ErrorResponse),
    "too_many_write_operations": (503, "Too many write", RateLimitError),
    "concurrent_session_data_not_allowed": (400, "no content", ErrorResponse),
    "concurrent_session_not_closed": (400, "no last chunk", ErrorResponse),
    "concurrent_session_missing_data": (400, "missing", ErrorResponse),
}
LINK = {
    "email_not_verified": (403, "e-mail", ErrorResponse),
    "settings_error/invalid_settings": (400, "settings", ErrorResponse),
    "settings_error/not_authorized": (403, "settings", ErrorResponse),
    "access_denied": (403, "links", ErrorResponse),
    "banned_member": (403, "banned", ErrorResponse),
    "too_many_shared_folders": (403, "too many", ErrorResponse),
}


def below(tag, errors):
    """Return the errors below a tag."""
    return {f"{tag}/{tags}": expected for tags, expected in errors.items()}


CALLS = {
    "metadata": (lambda c: c.metadata("/a"), below("path", LOOKUP)),
    "revisions": (lambda c: c.revisions("/a"), below("path", LOOKUP)),
    "restore": (
        lambda c: c.restore("/a", "0123456789"),
        {
            **below("path_lookup", LOOKUP),
            **below("path_write", WRITE),
            "invalid_revision": (404, "revision", NotFoundError),
            "in_progress": (503, "not complete", ServerError),
            "other": (400, "other", ErrorResponse),
        },
    ),
    "search": (lambda c: c.search("/", "abc"), {**below("path", LOOKUP), **SEARCH}),
    "get_file": (
        lambda c: c.get_file("/a"),
        {**below("path", LOOKUP), "unsupported_file": (403, "downloaded", ErrorResponse)},
    ),
    "thumbnail": (
        lambda c: c.thumbnail("/a"),
        {
            **below("path", LOOKUP),
            "unsupported_extension": (404, "thumbnail", NotFoundError),
            "unsupported_image": (415, "thumbnail", ErrorResponse),
            "encrypted_content": (415, "encrypted", ErrorResponse),
            "conversion_error": (415, "thumbnail", ErrorResponse),
            "access_denied": (403, "links", ErrorResponse),
            "not_found": (404, "not found", NotFoundError),
            "unsupported_output_format": (400, "format", ErrorResponse),
        },
    ),
    "put_file": (lambda c: c.put_file("/a", b"x"), {**below("path", WRITE), **UPLOAD}),
    "start": (
        lambda c: c.upload_chunk(b"x", 1),
        {
            "concurrent_session_data_not_allowed": (400, "no content", ErrorResponse),
            "concurrent_session_close_not_allowed": (400, "last chunk", ErrorResponse),
            "payload_too_large": (413, "too large", ErrorResponse),
            "content_hash_mismatch": (400, "differs", ErrorResponse),
        },
    ),
    "append": (
        lambda c: c.upload_chunk(b"x", 1, 1, "id"),
        {**SESSION, "not_found": (404, "not found", NotFoundError)},
    ),
    "finish": (
        lambda c: c.commit_chunked_upload("/a", "id"),
        {
            **below("lookup_failed", {**SESSION, "not_closed": (400, "closed", ErrorResponse)}),
            **below("path", WRITE),
            **FINISH,
        },
    ),
    "file_copy": (
        lambda c: c.file_copy("/a", "/b"),
        {
            **below("from_lookup", LOOKUP),
            **below("from_write", WRITE),
            **below("to", WRITE),
            **RELOCATION,
        },
    ),
    "file_move": (lambda c: c.file_move("/a", "/b"), RELOCATION),
    "file_create_folder": (lambda c: c.file_create_folder("/a"), below("path", WRITE)),
    "file_delete": (
        lambda c: c.file_delete("/a"),
        {
            **below("path_lookup", LOOKUP),
            **below("path_write", WRITE),
            "too_many_write_operations": (503, "Too many write", RateLimitError),
            "too_many_files": (406, "too many files", ErrorResponse),
        },
    ),
    "delta": (
        lambda c: c.delta("cursor"),
        {**below("path", {tag: e for tag, e in LOOKUP.items() if tag != "not_found"})},
    ),
    "media": (
        lambda c: c.media("/a"),
        {
            **below("path", {tag: e for tag, e in LOOKUP.items() if tag != "not_file"}),
            "email_not_verified": (403, "e-mail", ErrorResponse),
            "unsupported_file": (403, "downloaded", ErrorResponse),
            "not_allowed": (403, "links", ErrorResponse),
        },
    ),
    "share": (lambda c: c.share("/a"), {**below("path", LOOKUP), **LINK}),
    "create_copy_ref": (lambda c: c.create_copy_ref("/a"), below("path", LOOKUP)),
    "add_copy_ref": (
        lambda c: c.add_copy_ref("ref", "/a"),
        {
            **below("path", WRITE),
            "invalid_copy_reference": (404, "Copy reference", NotFoundError),
            "no_permission": (403, "permission", ErrorResponse),
            "not_found": (404, "not found", NotFoundError),
            "too_many_files": (406, "too many files", ErrorResponse),
        },
    ),
}
CASES = [(name, tags) for name, (_, errors) in CALLS.items() for tags in errors]


@pytest.fixture
def scripted_once(scripted):
    """A client of the scripted server that sends each request once."""
    scripted.retries = NEVER
    return scripted


def union_of(tags):
    """Return the union with these tags, as the service writes it."""
    outer, *inner = tags
    return {".tag": outer, outer: union_of(inner)} if inner else {".tag": outer}


@pytest.mark.parametrize(("name", "tags"), CASES, ids=[f"{n}-{t}" for n, t in CASES])
def test_error_of_a_route_has_the_status_and_class_of_its_meaning(
    scripted_once, script, error_of, name, tags
):
    """Each error that the specification lists has a status, a message and a class."""
    call, errors = CALLS[name]
    status, words, cls = errors[tags]
    body = {"error_summary": f"{tags}/...", "error": union_of(tags.split("/"))}
    script.respond(json.dumps(body), 409)
    error = error_of(call, scripted_once)
    assert (error.status, type(error), error.tags) == (status, cls, tuple(tags.split("/")))
    assert words in error.error_msg


@pytest.mark.parametrize(
    ("text", "status", "cls"),
    [
        (PREFIX + "The given OAuth 2 access token is malformed.", 401, UnauthorizedError),
        (PREFIX + 'Must provide HTTP header "Authorization" or URL.', 401, UnauthorizedError),
        (
            PREFIX + "Your app is not permitted to access this endpoint because it does not have "
            "the required scope 'files.content.write'.",
            403,
            ErrorResponse,
        ),
        (PREFIX + "This app is currently disabled.", 403, ErrorResponse),
        (PREFIX + "Your API app is not allowed to call this function.", 403, ErrorResponse),
        (
            PREFIX + "request body: path: 'The given OAuth 2 access token is malformed' did not "
            "match pattern",
            400,
            ErrorResponse,
        ),
        (PREFIX + "Unknown API function: /2/x", 404, NotFoundError),
    ],
)
def test_text_about_the_authorization_is_not_a_bad_request(
    scripted_once, script, error_of, text, status, cls
):
    """A text of status 400 has the status of its cause, and is the message."""
    script.respond(text, 400)
    error = error_of(scripted_once.file_delete, "/a")
    assert (error.status, type(error), error.error_msg) == (status, cls, text)


def test_token_in_a_text_is_hidden(scripted_once, script, error_of):
    """The part of the token that the service shows is not in the message."""
    text = 'Invalid authorization value in HTTP header "Authorization": "sl.secret...".'
    script.respond(PREFIX + text, 400)
    assert "secret" not in str(error_of(scripted_once.file_delete, "/a"))


@pytest.mark.parametrize(
    ("status", "tags", "more", "words"),
    [
        (401, "invalid_access_token", {}, "invalid_access_token: The access token is invalid"),
        (401, "expired_access_token", {}, "expired_access_token: The access token has expired."),
        (401, "missing_scope", {"required_scope": "files.content.write"}, "'files.content.write'"),
        (401, "user_suspended", {}, "suspended"),
        (403, "invalid_account_type/feature", {}, "accounts of this type"),
        (403, "something_new", {}, "something_new"),
        (429, "too_many_requests", {}, "Too many requests"),
        (429, "too_many_write_operations", {}, "Too many write"),
    ],
)
def test_error_of_access_keeps_its_status_and_its_tags(
    scripted_once, script, error_of, status, tags, more, words
):
    """An error about the token or the account keeps its status, and its message has the cause."""
    outer = tags.split("/")[0]
    error = {".tag": outer, **more} if status != 429 else {"reason": {".tag": outer}}
    script.respond(json.dumps({"error_summary": f"{tags}/.", "error": error}), status)
    raised = error_of(scripted_once.file_delete, "/a")
    assert (raised.status, raised.tags) == (status, tuple(tags.split("/")))
    assert words in raised.error_msg
    assert isinstance(raised, {401: UnauthorizedError, 429: RateLimitError}.get(status, Exception))


def test_namespace_without_permission_is_forbidden(scripted_once, script, error_of):
    """Version 1 has no status 422: a namespace without permission is status 403."""
    body = {"error_summary": "no_permission/..", "error": {".tag": "no_permission"}}
    script.respond(json.dumps(body), 422)
    assert error_of(scripted_once.file_delete, "/a").status == 403


def test_message_for_users_is_the_user_error(scripted_once, script, error_of):
    """`user_message` of version 2 is `user_error` of version 1."""
    body = {
        "error_summary": "path_lookup/locked/",
        "error": union_of(["path_lookup", "locked"]),
        "user_message": {"locale": "en", "text": "Somebody else edits this file."},
    }
    script.respond(json.dumps(body), 409)
    error = error_of(scripted_once.file_delete, "/a")
    assert error.user_error_msg == "Somebody else edits this file."


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "<html>", '{"error": "x"}', '{"error_summary": 5, "error": []}', "[" * 9999],
)
def test_conflict_without_tags_is_a_bad_request(scripted_once, script, error_of, body):
    """A response of status 409 that has no valid tags is an error with status 400."""
    script.respond(body, 409)
    assert error_of(scripted_once.file_delete, "/a").status == 400


def test_tags_are_read_from_the_error_if_there_is_no_summary(scripted_once, script, error_of):
    """The tags of the error are used if the response has no summary."""
    script.respond(json.dumps({"error": union_of(["path_lookup", "locked"])}), 409)
    error = error_of(scripted_once.file_delete, "/a")
    assert (error.status, error.tags) == (403, ("path_lookup", "locked"))
