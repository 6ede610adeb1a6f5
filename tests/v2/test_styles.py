"""How routes are called, and what is said to those who call them otherwise."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

READ_PATTERN = r"(/(.|[\r\n])*|id:.*)|(rev:[0-9a-f]{9,})|(ns:[0-9]+(/.*)?)"
PREFIX = 'Error in call to API function "files/get_metadata": '


def text_of(response):
    """A refusal's text, which is plain."""
    assert response.status_code == 400
    assert response.content_type == "text/plain; charset=utf-8"
    return response.text


@pytest.mark.parametrize(
    ("argument", "why"),
    [
        ({}, "request body: missing required field 'path'"),
        ({"path": 5}, "request body: path: '5' expected to be a string, got integer"),
        ({"path": "/a", "colour": 1}, "request body: unknown field 'colour'"),
        ({"path": "/a", "include_deleted": 1}, "request body: include_deleted: expected boolean"),
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
def test_client_is_told_what_is_wrong_with_its_argument(api, argument, why):
    """In plain text, with the place."""
    assert text_of(api.ask("files/get_metadata", argument)).startswith(PREFIX + why)


def test_client_is_told_that_its_argument_is_no_json(api):
    """The same for bodies and for headers."""
    body = api.raw("/2/files/get_metadata", "{", "application/json")
    assert text_of(body) == PREFIX + "request body: could not decode input as JSON"
    header = api.raw("/2/files/download", b"", None, headers={"Dropbox-API-Arg": "{"})
    assert 'HTTP header "Dropbox-API-Arg": could not decode input as JSON' in text_of(header)


@pytest.mark.parametrize("nested", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000])
def test_argument_that_is_nested_too_deeply_is_no_json(api, nested):
    """Nobody can read it."""
    body = api.raw("/2/files/get_metadata", f'{{"path": {nested}}}', "application/json")
    assert text_of(body) == PREFIX + "request body: could not decode input as JSON"
    header = api.raw("/2/files/download", b"", None, headers={"Dropbox-API-Arg": nested})
    assert 'HTTP header "Dropbox-API-Arg": could not decode input as JSON' in text_of(header)


def test_place_of_an_inner_field_has_dots(api):
    """As in a program."""
    argument = {"cursor": {"session_id": "x", "offset": 0}, "commit": {"path": {}}}
    payload = text_of(api.send("files/upload_session/finish", argument))
    assert "\"Dropbox-API-Arg\": commit.path: '{}' expected to be a string, got object" in payload


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "application/octet-stream; charset=utf8"]
)
def test_client_is_told_which_content_type_to_send(api, kind):
    """A form is none, and bytes have no characters."""
    bad = f'Bad HTTP "Content-Type" header: "{kind}".  Expecting one of '
    answer = api.raw("/2/files/get_metadata", "path=/a", kind)
    assert f'{bad}"application/json", "application/json; charset=utf-8", ' in text_of(answer)
    argument = {"Dropbox-API-Arg": json.dumps({"path": "/a"})}
    answer = api.raw("/2/files/upload", b"x", kind, headers=argument)
    assert f'{bad}"application/octet-stream", ' in text_of(answer)


def test_client_is_told_that_a_content_type_is_missing(api):
    """Even for an upload of nothing."""
    argument = {"Dropbox-API-Arg": json.dumps({"path": "/a"})}
    for route, body in (("files/upload", b""), ("files/get_metadata", '{"path": "/a"}')):
        answer = api.raw(f"/2/{route}", body, None, headers=argument)
        assert 'Missing or empty HTTP "Content-Type" header.  Expecting one of' in text_of(answer)


@pytest.mark.parametrize("kind", ["Application/JSON;charset=UTF-8", None])
def test_case_and_spaces_of_a_content_type_make_no_difference(api, kind):
    """Who sends nothing needs none."""
    body = b"null" if kind else b""
    assert api.raw("/2/users/get_current_account", body, kind).status_code == 200


def test_empty_body_is_no_json(api):
    """Not even for a route without an argument: it is null then."""
    payload = text_of(api.raw("/2/users/get_current_account", b"", "application/json"))
    assert payload.endswith("request body: could not decode input as JSON")


@pytest.mark.parametrize("overrides", [{}, {"HTTP_TRANSFER_ENCODING": "chunked"}], ids=str)
def test_download_takes_no_body(api, overrides):
    """The argument belongs in the header."""
    argument = {"Dropbox-API-Arg": json.dumps({"path": "/a"})}
    answer = api.raw("/2/files/download", b"{}", None, headers=argument, overrides=overrides)
    assert text_of(answer).endswith(
        'The request body is supposed to be empty, but it isn\'t; got "{}"'
    )


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("Basic c2VjcmV0", "Basic ..."), ("sl.secret", "..."), ('OAuth a="secret"', "OAuth ...")],
)
def test_credentials_that_are_no_bearer_token_are_refused_and_not_repeated(api, sent, shown):
    """The request's fault: 400."""
    payload = text_of(api.ask("users/get_current_account", who=sent))
    wanted = 'Expecting "Bearer <oauth2-access-token>".'
    assert payload.endswith(
        f'Invalid authorization value in HTTP header "Authorization": "{shown}".  {wanted}'
    )


def test_route_that_there_is_none_of_is_named(api):
    """As the service words it."""
    answer = api.ask("files/no_such_thing")
    expected = (
        'Error in call to API function "files/no_such_thing": Unknown API function:'
        " /2/files/no_such_thing"
    )
    assert text_of(answer) == expected


def test_remote_procedure_is_not_for_get(api):
    """The text says which methods it takes."""
    answer = api.raw("/2/files/get_metadata", None, None, method="GET")
    assert 'HTTP request method is "GET"' in text_of(answer)


def test_browser_may_send_all_in_the_address(api):
    """A download by GET, with the argument and the token as parameters."""
    api.upload("/a", b"from a browser")
    query = urlencode({"arg": json.dumps({"path": "/a"}), "authorization": api.user})
    answer = api.raw(f"/2/files/download?{query}", None, None, "", method="GET")
    assert (answer.status_code, answer.data) == (200, b"from a browser")


def test_browser_is_let_in_from_other_origins(api):
    """The preflight names the methods and headers."""
    answer = api.raw("/2/files/get_metadata", None, None, "", method="OPTIONS")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type"} <= set(allowed)
    for name in ("Arg", "Path-Root", "Select-User", "Select-Admin"):
        assert f"Dropbox-API-{name}" in allowed


def test_nobody_is_let_in_without_credentials(api):
    """A missing header is the request's fault: 400."""
    answer = api.ask("users/get_current_account", who="")
    assert 'Must provide HTTP header "Authorization"' in text_of(answer)


@pytest.mark.parametrize("state", ["unknown", "revoked", "expired"])
def test_bad_token_is_a_401_that_says_why(api, state):
    """An expired one differs from the others, so that clients know when to fetch another."""
    who = api.bearer(lifetime_s=60) if state == "expired" else api.bearer()
    if state == "unknown":
        who = "Bearer nobody-has-this"
    if state == "revoked":
        assert api.ask("auth/token/revoke", who=who).status_code == 200
    api.world.clock.advance(61)
    answer = api.ask("users/get_current_account", who=who)
    tag = "expired_access_token" if state == "expired" else "invalid_access_token"
    assert answer.status_code == 401
    assert json.loads(answer.text) == {"error_summary": f"{tag}/..", "error": {".tag": tag}}


def test_unexpected_exception_is_a_500_without_insides(api, monkeypatch, caplog):
    """The log has them, the client doesn't."""
    monkeypatch.setattr(type(api.world.accounts), "get", lambda *_: 1 / 0)
    answer = api.ask("users/get_current_account")
    assert (answer.status_code, answer.text) == (500, "Internal server error")
    assert "ZeroDivisionError" in caplog.text


def test_read_only_dropbox_refuses_changes_with_503(api):
    """Reading goes on."""
    api.configure(read_only=True)
    assert api.send("files/upload", {"path": "/a"}, b"x").status_code == 503
    assert api.rpc("files/list_folder", path="")["entries"] == []


def test_every_answer_has_a_request_id(api):
    """Good or bad."""
    answers = [api.ask("users/get_current_account"), api.ask("nothing")]
    assert len({answer.headers["X-Dropbox-Request-Id"] for answer in answers}) == 2


@pytest.mark.parametrize("depth", range(500, 1000, 5))
def test_argument_that_is_nested_deeply_is_refused(api, depth):
    """As no JSON, or as not what the route takes."""
    body = f'{{"path": {"[" * depth + "]" * depth}}}'
    assert text_of(api.raw("/2/files/get_metadata", body, "application/json")).startswith(PREFIX)
