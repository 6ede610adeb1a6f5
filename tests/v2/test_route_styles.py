"""Route styles: arguments, content types, credentials, and their error texts."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

READ_PATTERN = r"(/(.|[\r\n])*|id:.*)|(rev:[0-9a-f]{9,})|(ns:[0-9]+(/.*)?)"
PREFIX = 'Error in call to API function "files/get_metadata": '


def text_of(response):
    """Return the plain text of a 400 response."""
    assert response.status_code == 400
    assert response.content_type == "text/plain; charset=utf-8"
    return response.text


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ({}, "request body: missing required field 'path'"),
        ({"path": 5}, "request body: path: '5' expected to be a string, got integer"),
        ({"path": "/a", "colour": 1}, "request body: unknown field 'colour'"),
        (
            {"path": "/a", "include_deleted": 1},
            "request body: include_deleted: 1 is not a valid boolean",
        ),
        ({"path": "a"}, rf"request body: path: 'a' did not match pattern '{READ_PATTERN}'"),
        ({"path": ""}, "request body: path: The root folder is unsupported."),
        ({"path": "/"}, "request body: path: Specify the root folder as an empty string rather"),
        ({"path": "\ud800"}, "request body: path: "),
        ([], "request body: expected object, got list"),
        (None, "request body: expected object, got null"),
    ],
    ids=[
        "missing",
        "type",
        "unknown",
        "flag",
        "pattern",
        "root",
        "slash",
        "surrogate",
        "list",
        "null",
    ],
)
def test_invalid_argument_is_400_with_a_reason(api, argument, reason):
    """The plain text contains the field and the reason."""
    assert text_of(api.post("files/get_metadata", argument)).startswith(PREFIX + reason)


def test_argument_that_is_not_json_is_400(api):
    """The error text states whether the argument was in the body or in the header."""
    body = api.raw("/2/files/get_metadata", "{", "application/json")
    assert text_of(body) == PREFIX + "request body: could not decode input as JSON"
    header = api.raw("/2/files/download", b"", None, headers={"Dropbox-API-Arg": "{"})
    assert 'HTTP header "Dropbox-API-Arg": could not decode input as JSON' in text_of(header)


@pytest.mark.parametrize("nested", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000])
def test_argument_with_extreme_nesting_is_400(api, nested):
    """JSON that is nested too deeply for the decoder has the error text of invalid JSON."""
    body = api.raw("/2/files/get_metadata", f'{{"path": {nested}}}', "application/json")
    assert text_of(body) == PREFIX + "request body: could not decode input as JSON"
    header = api.raw("/2/files/download", b"", None, headers={"Dropbox-API-Arg": nested})
    assert 'HTTP header "Dropbox-API-Arg": could not decode input as JSON' in text_of(header)


def test_nested_field_is_named_with_dots(api):
    """The error text contains the path of the field, such as `commit.path`."""
    argument = {"cursor": {"session_id": "x", "offset": 0}, "commit": {"path": {}}}
    payload = text_of(api.send("files/upload_session/finish", argument))
    assert "\"Dropbox-API-Arg\": commit.path: '{}' expected to be a string, got object" in payload


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "application/octet-stream; charset=utf8"]
)
def test_wrong_content_type_is_400_with_the_accepted_ones(api, kind):
    """The error text lists the accepted content types."""
    expected = f'Bad HTTP "Content-Type" header: "{kind}".  Expecting one of '
    response = api.raw("/2/files/get_metadata", "path=/a", kind)
    assert f'{expected}"application/json", "application/json; charset=utf-8", ' in text_of(response)
    argument = {"Dropbox-API-Arg": json.dumps({"path": "/a"})}
    response = api.raw("/2/files/upload", b"x", kind, headers=argument)
    assert f'{expected}"application/octet-stream", ' in text_of(response)


def test_missing_content_type_is_400(api):
    """A missing content type is answered with 400, even if the body is empty."""
    argument = {"Dropbox-API-Arg": json.dumps({"path": "/a"})}
    for route, body in (("files/upload", b""), ("files/get_metadata", '{"path": "/a"}')):
        response = api.raw(f"/2/{route}", body, None, headers=argument)
        assert 'Missing or empty HTTP "Content-Type" header.  Expecting one of' in text_of(response)


@pytest.mark.parametrize("kind", ["Application/JSON;charset=UTF-8", None])
def test_content_type_is_compared_without_case_and_spaces(api, kind):
    """The content type may have any case, and is optional without a body."""
    body = b"null" if kind else b""
    assert api.raw("/2/users/get_current_account", body, kind).status_code == 200


def test_empty_body_with_a_json_content_type_is_400(api):
    """A route without an argument expects null instead of an empty body."""
    payload = text_of(api.raw("/2/users/get_current_account", b"", "application/json"))
    assert payload.endswith("request body: could not decode input as JSON")


@pytest.mark.parametrize("overrides", [{}, {"HTTP_TRANSFER_ENCODING": "chunked"}], ids=str)
def test_download_with_a_body_is_400(api, overrides):
    """The argument of a download must be in the header."""
    argument = {"Dropbox-API-Arg": json.dumps({"path": "/a"})}
    response = api.raw("/2/files/download", b"{}", None, headers=argument, overrides=overrides)
    assert text_of(response).endswith(
        'The request body is supposed to be empty, but it isn\'t; got "{}"'
    )


@pytest.mark.parametrize(
    ("sent", "masked"),
    [("Basic c2VjcmV0", "Basic ..."), ("sl.secret", "..."), ('OAuth a="secret"', "OAuth ...")],
)
def test_other_credentials_than_a_bearer_token_are_400(api, sent, masked):
    """The error text names the expected scheme and does not contain the credentials."""
    payload = text_of(api.post("users/get_current_account", who=sent))
    expecting = 'Expecting "Bearer <oauth2-access-token>".'
    assert payload.endswith(
        f'Invalid authorization value in HTTP header "Authorization": "{masked}".  {expecting}'
    )


def test_unknown_route_is_400_with_its_name(api):
    """The error text of the service contains the name of the route."""
    response = api.post("files/no_such_thing")
    expected = (
        'Error in call to API function "files/no_such_thing": Unknown API function:'
        " /2/files/no_such_thing"
    )
    assert text_of(response) == expected


def test_get_request_to_an_rpc_route_is_400(api):
    """The error text contains the method."""
    response = api.raw("/2/files/get_metadata", None, None, method="GET")
    assert 'HTTP request method is "GET"' in text_of(response)


def test_download_by_get_has_its_argument_and_token_in_the_query(api):
    """A browser can download a file with only a URL."""
    api.upload("/a", b"from a browser")
    query = urlencode({"arg": json.dumps({"path": "/a"}), "authorization": api.user})
    response = api.raw(f"/2/files/download?{query}", None, None, "", method="GET")
    assert (response.status_code, response.data) == (200, b"from a browser")


def test_preflight_response_has_the_accepted_headers(api):
    """The preflight response lets pages of any origin send the headers of the API."""
    response = api.raw("/2/files/get_metadata", None, None, "", method="OPTIONS")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    allowed = response.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type"} <= set(allowed)
    for name in ("Arg", "Path-Root", "Select-User", "Select-Admin"):
        assert f"Dropbox-API-{name}" in allowed


def test_missing_credentials_are_400(api):
    """A request without the header Authorization is answered with 400."""
    response = api.post("users/get_current_account", who="")
    assert 'Must provide HTTP header "Authorization"' in text_of(response)


@pytest.mark.parametrize("state", ["unknown", "revoked", "expired"])
def test_invalid_token_is_401_with_a_tag(api, state):
    """An expired token has its own tag, so that clients know when to refresh it."""
    who = api.bearer(lifetime_s=60) if state == "expired" else api.bearer()
    if state == "unknown":
        who = f"Bearer {'A' * 64}"
    if state == "revoked":
        assert api.post("auth/token/revoke", who=who).status_code == 200
    api.world.clock.advance(61)
    response = api.post("users/get_current_account", who=who)
    tag = "expired_access_token" if state == "expired" else "invalid_access_token"
    assert response.status_code == 401
    payload = json.loads(response.text)
    assert payload["error"] == {".tag": tag}
    assert payload["error_summary"].rstrip(".") == f"{tag}/"


def test_unexpected_exception_is_500_without_details(api, monkeypatch, caplog):
    """The log contains the exception, and the response does not."""
    monkeypatch.setattr(type(api.world.accounts), "get", lambda *_: 1 / 0)
    response = api.post("users/get_current_account")
    assert (response.status_code, response.text) == (500, "")
    assert "ZeroDivisionError" in caplog.text


def test_read_only_world_answers_changes_with_503(api):
    """A read-only world answers uploads with 503, and requests without changes still succeed."""
    api.configure(read_only=True)
    assert api.send("files/upload", {"path": "/a"}, b"x").status_code == 503
    assert api.rpc("files/list_folder", path="")["entries"] == []


def test_every_response_has_its_own_request_id(api):
    """Successful and failed requests have different request IDs."""
    responses = [api.post("users/get_current_account"), api.post("nothing")]
    assert len({response.headers["X-Dropbox-Request-Id"] for response in responses}) == 2


@pytest.mark.parametrize("depth", range(500, 1000, 5))
def test_argument_with_deep_nesting_is_400(api, depth):
    """An argument with hundreds of nested lists is rejected as invalid JSON or as a wrong type."""
    body = f'{{"path": {"[" * depth + "]" * depth}}}'
    assert text_of(api.raw("/2/files/get_metadata", body, "application/json")).startswith(PREFIX)
