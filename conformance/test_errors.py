"""Errors of the SDK: their classes, and the statuses of errors of version 2 of the API."""

import io

import pytest

from conformance import targets
from conformance.wire import status_of
from dropbox import rest
from dropbox.retry import NEVER
from fakebox import Fault

MOVE, UPLOAD = "files/move_v2", "files/upload"
THUMBNAIL = "files/get_thumbnail_v2"
LINK = "sharing/create_shared_link_with_settings"


@pytest.fixture
def sdk():
    """A client of an emulator over version 2."""
    yield from targets.fake_by_v2()


@pytest.fixture
def sdk_by_v1():
    """A client of an emulator over version 1."""
    yield from targets.fake()


def call(target, route):
    """Return the status of a call that uses a route."""
    client = target.client.with_options(retries=NEVER)
    calls = {
        MOVE: lambda: client.file_move("/a", "/b"),
        UPLOAD: lambda: client.put_file("/a", "content"),
        "files/search_v2": lambda: client.search("/", "query"),
        "files/list_revisions": lambda: client.revisions("/a"),
        "files/restore": lambda: client.restore("/a", "0" * 15),
        THUMBNAIL: lambda: client.thumbnail("/a.jpg"),
        LINK: lambda: client.share("/a"),
    }
    return status_of(calls[route])


def union(tags):
    """Return the value of an error's union, such as that of `path/not_found`."""
    first, _, rest = tags.partition("/")
    return {".tag": first, **({first: union(rest)} if rest else {})}


@pytest.mark.emulator
@pytest.mark.checks("sdk-statuses")
@pytest.mark.parametrize(
    ("route", "status", "errors"),
    [
        (
            MOVE,
            403,
            "cant_copy_shared_folder cant_nest_shared_folder cant_move_folder_into_itself",
        ),
        (
            MOVE,
            403,
            "cant_move_into_vault/is_shared_folder cant_move_into_family/is_shared_folder",
        ),
        (MOVE, 403, "cant_move_shared_folder cant_transfer_ownership to/conflict/file"),
        (MOVE, 403, "to/no_write_permission to/team_folder to/operation_suppressed"),
        (MOVE, 404, "from_lookup/not_found"),
        (MOVE, 406, "too_many_files"),
        (MOVE, 503, "insufficient_quota"),
        (UPLOAD, 400, "path/disallowed_name path/malformed_path content_hash_mismatch"),
        (UPLOAD, 403, "path/no_write_permission path/access_restricted"),
        (UPLOAD, 403, "path/operation_suppressed encryption_not_supported"),
        (UPLOAD, 413, "payload_too_large"),
        (UPLOAD, 503, "path/insufficient_space path/too_many_write_operations"),
        ("files/search_v2", 400, "invalid_argument"),
        ("files/list_revisions", 404, "path/not_found"),
        ("files/restore", 404, "invalid_revision"),
        (THUMBNAIL, 404, "path/not_found unsupported_extension"),
        (THUMBNAIL, 415, "unsupported_image conversion_error"),
        (LINK, 403, "access_denied email_not_verified"),
        (LINK, 404, "path/not_found"),
    ],
)
def test_statuses_of_errors(sdk, route, status, errors):
    """An error of version 2 raises ErrorResponse with the status that version 1 documented."""
    for tags in errors.split():
        body = {"error_summary": f"{tags}/..", "error": union(tags)}
        sdk.box.faults.add(Fault(endpoint=route, status=409, body=body))
        assert (tags, call(sdk, route)) == (tags, status)


@pytest.mark.emulator
@pytest.mark.checks("sdk-error-classes")
@pytest.mark.parametrize(
    ("status", "error_class"),
    [
        (400, rest.ErrorResponse),
        (401, rest.UnauthorizedError),
        (403, rest.ErrorResponse),
        (404, rest.NotFoundError),
        (409, rest.ConflictError),
        (429, rest.RateLimitError),
        (500, rest.ServerError),
        (503, rest.ServerError),
        (507, rest.OutOfSpaceError),
    ],
)
def test_class_of_an_error(sdk_by_v1, status, error_class):
    """An error has the class of its status, and is an ErrorResponse."""
    fault = Fault(endpoint="account/info", status=status, body={"error": "planned"})
    sdk_by_v1.box.faults.add(fault)
    with pytest.raises(rest.ErrorResponse) as caught:
        sdk_by_v1.client.with_options(retries=NEVER).account_info()
    assert type(caught.value) is error_class


@pytest.mark.emulator
@pytest.mark.checks("sdk-invalid-response")
@pytest.mark.parametrize(
    ("endpoint", "call"),
    [
        (
            "chunked_upload",
            lambda client: client.get_chunked_uploader(io.BytesIO(b"0"), 1).upload_chunked(),
        ),
        ("oauth2/token_from_oauth1", lambda client: client.create_oauth2_access_token()),
    ],
)
def test_response_without_its_fields(sdk_by_v1, endpoint, call):
    """A successful response without a field that the SDK needs is an ErrorResponse."""
    sdk_by_v1.box.faults.add(Fault(endpoint=endpoint, status=200, body={}))
    with pytest.raises(rest.ErrorResponse) as caught:
        call(sdk_by_v1.client.with_options(retries=NEVER))
    assert caught.value.status == 200
