"""Credentials, headers of responses, and errors of every status."""

import json
import re
from base64 import b64encode

import pytest

from conformance.v2 import oauth
from conformance.v2.api import JSON, arguments, rejection, routes
from conformance.v2.shapes import REQUEST_ID, check_error, tags

GET_METADATA = "files/get_metadata"
ACCOUNT = "users/get_current_account"


def unauthorized(response):
    """Check a 401 response and return its error."""
    assert response.status == 401, (response.status, response.text)
    assert response.headers["Content-Type"].startswith(JSON)
    body = response.json()
    assert {"error_summary", "error"} <= set(body)
    found = tags(body["error"])
    assert re.fullmatch(re.escape(found) + r"/\.{0,3}", body["error_summary"])
    return body["error"]


@pytest.mark.checks("v2-scheme")
def test_another_scheme(api):
    """A route for users rejects Basic credentials, and the text does not contain them."""
    secret = b64encode(b"key:secret").decode()
    text = rejection(api.call(ACCOUNT, authorization=f"Basic {secret}"), ACCOUNT)
    assert text.startswith('Invalid authorization value in HTTP header "Authorization": ')
    assert text.endswith('Expecting "Bearer <oauth2-access-token>".')
    assert secret not in text


@pytest.mark.checks("v2-scheme")
def test_bearer_token_for_a_route_for_apps(api):
    """A bearer token is rejected by a route for apps."""
    text = rejection(api.call("check/app", {"query": "a"}), "check/app")
    assert text.startswith('Invalid authorization value in HTTP header "Authorization": ')
    assert api.token not in text


@pytest.mark.checks("v2-app-auth")
def test_key_and_secret_of_an_app(api, app):
    """A route for apps accepts the key and the secret of an app."""
    response = api.call("check/app", {"query": "echo"}, authorization=app)
    assert (response.status, response.json()) == (200, {"result": "echo"})


@pytest.mark.checks("v2-token-malformed")
@pytest.mark.parametrize("token", ["short", "with blank inside", "ünicode"])
def test_malformed_token(api, token):
    """A token of an invalid form is rejected with 400."""
    response = api.call(ACCOUNT, authorization=f"Bearer {token}".encode().decode("latin-1"))
    assert rejection(response, ACCOUNT) == "The given OAuth 2 access token is malformed."


@pytest.mark.checks("v2-token-unknown")
@pytest.mark.parametrize("token", ["A" * 64, "sl." + "b" * 135])
def test_unknown_token(api, token):
    """A well-formed token that is unknown is rejected with 401."""
    response = api.call(ACCOUNT, authorization=f"Bearer {token}")
    assert unauthorized(response) == {".tag": "invalid_access_token"}


@pytest.mark.checks("v2-token-unknown")
def test_unknown_token_of_an_upload(api):
    """A content route rejects an unknown token in the same way, and stores nothing."""
    argument = {"path": api.path("a")}
    response = api.call("files/upload", argument, b"a", authorization=f"Bearer {'A' * 64}")
    assert unauthorized(response) == {".tag": "invalid_access_token"}
    assert api.entries() == []


@pytest.mark.checks("v2-401-challenge")
def test_challenge(api):
    """A 401 has a challenge with the realm of the API."""
    response = api.call(ACCOUNT, authorization=f"Bearer {'A' * 64}")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="Dropbox-API"'


@pytest.mark.checks("v2-token-expired")
@pytest.mark.not_live("needs a token that expires during the case")
def test_expired_token(api):
    """An expired token is rejected with 401 and the tag expired_access_token."""
    granted = oauth.grant(api, token_access_type="online")
    token = granted["access_token"]
    api.box.clock.advance(granted["expires_in"] - 5)
    assert api.call(ACCOUNT, authorization=f"Bearer {token}").status == 200
    api.box.clock.advance(10)
    response = api.call(ACCOUNT, authorization=f"Bearer {token}")
    assert unauthorized(response) == {".tag": "expired_access_token"}


@pytest.mark.checks("v2-credentials-first")
def test_credentials_are_checked_before_the_argument(api):
    """Missing credentials are reported even if the argument is invalid."""
    response = api.send(GET_METADATA, "{", {"Content-Type": JSON}, authorization=None)
    assert "Must provide HTTP header" in rejection(response, GET_METADATA)


@pytest.mark.checks("v2-error-shape")
@pytest.mark.parametrize(
    ("route", "argument", "error"),
    [
        (GET_METADATA, {"path": "{}/never"}, {".tag": "path", "path": {".tag": "not_found"}}),
        (
            "files/move_v2",
            {"from_path": "{}/never", "to_path": "{}/to"},
            {".tag": "from_lookup", "from_lookup": {".tag": "not_found"}},
        ),
        (
            "files/create_folder_v2",
            {"path": "{}/file"},
            {".tag": "path", "path": {".tag": "conflict", "conflict": {".tag": "file"}}},
        ),
        (
            "files/delete_v2",
            {"path": "{}/never"},
            {".tag": "path_lookup", "path_lookup": {".tag": "not_found"}},
        ),
    ],
    ids=["lookup", "move", "conflict", "delete"],
)
def test_error_of_a_route(api, route, argument, error):
    """An error of a route is 409 with nested unions and their summary."""
    api.put("file")
    argument = {name: value.format(api.folder) for name, value in argument.items()}
    response = api.call(route, argument)
    check_error(response)
    assert response.json()["error"] == error


@pytest.mark.checks("v2-error-summary-dots")
def test_end_of_summaries(api):
    """A summary ends in a slash and zero to three dots, and not always in the same number."""
    argument = {"path": api.path("never")}
    summaries = {
        api.call(GET_METADATA, argument).json()["error_summary"].removeprefix("path/not_found")
        for _ in range(30)
    }
    assert summaries <= {"/", "/.", "/..", "/..."}
    assert len(summaries) > 1


HEADERS = [
    ("Cache-Control", "no-cache"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-Server-Response-Time", r"\d+"),
    ("X-Dropbox-Request-Id", "[0-9a-f]{32}"),
    ("X-Dropbox-Response-Origin", "far_remote|remote|local"),
]


@pytest.mark.checks("v2-headers-200")
@pytest.mark.parametrize(("name", "pattern"), HEADERS)
def test_header_of_a_success(api, name, pattern):
    """A successful response of the API host has the recorded headers."""
    value = api.call(ACCOUNT).headers.get(name)
    assert value is not None
    assert re.fullmatch(pattern, value), value


@pytest.mark.checks("v2-headers-409")
@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("X-Dropbox-Request-Id", "[0-9a-f]{32}"),
        ("Content-Security-Policy", "sandbox allow-forms allow-scripts"),
        ("X-Content-Type-Options", "nosniff"),
    ],
)
@pytest.mark.parametrize("status", [400, 409])
def test_header_of_an_error(api, status, name, pattern):
    """An error of the API host has the recorded headers."""
    argument = {"path": api.path("never")} if status == 409 else {}
    response = api.call(GET_METADATA, argument)
    assert response.status == status
    value = response.headers.get(name)
    assert value is not None
    assert re.fullmatch(pattern, value), value


@pytest.mark.checks("v2-headers-robots")
def test_robots_header_of_the_content_host(api):
    """Every response of the content host has the header against search engines."""
    api.put("r")
    for name in ("r", "never"):
        headers = api.get(name).headers
        assert headers["X-Robots-Tag"] == "noindex, nofollow, noimageindex"


@pytest.mark.checks("v2-request-id")
def test_request_ids_differ(api):
    """Each response has a different request id."""
    found = {api.call(ACCOUNT).headers["X-Dropbox-Request-Id"] for _ in range(3)}
    assert len(found) == 3
    assert all(REQUEST_ID.fullmatch(one) for one in found)


@pytest.mark.checks("v2-cors")
def test_headers_for_pages_of_other_origins(api):
    """A page of another origin may read every response and the headers of a download."""
    response = api.call(ACCOUNT, Origin="https://page.example")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    exposed = response.headers["Access-Control-Expose-Headers"].lower()
    assert {"content-range", "etag", "dropbox-api-result"} <= set(re.split(r",\s*", exposed))


@pytest.mark.checks("v2-cors")
def test_accept_ranges_is_exposed(api):
    """The exposed headers are the recorded ones."""
    response = api.call(ACCOUNT, Origin="https://page.example")
    exposed = response.headers["Access-Control-Expose-Headers"]
    names = sorted(re.split(r",\s*", exposed))
    assert names == ["Accept-Ranges", "Content-Range", "Dropbox-API-Result", "ETag"]


@pytest.mark.checks("v2-cors")
def test_preflight_request(api):
    """A preflight request allows the headers of the API."""
    headers = {
        "Origin": "https://page.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,dropbox-api-arg",
    }
    response = api.send("files/upload", None, headers, method="OPTIONS", authorization=None)
    assert response.status == 200
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "content-type", "dropbox-api-arg"} <= set(re.split(r",\s*", allowed))
    assert "POST" in response.headers["Access-Control-Allow-Methods"]


@pytest.mark.checks("v2-gzip")
def test_compressed_json(api):
    """JSON is compressed for clients that accept it."""
    for number in range(20):
        api.mkdir(f"a folder with a long name {number}")
    argument = {"path": api.folder}
    response = api.call("files/list_folder", argument, Accept_Encoding="gzip")
    assert response.headers["Content-Encoding"] == "gzip"
    assert "accept-encoding" in response.headers["Vary"].lower()
    # The service chooses the size of the page.
    assert response.json()["entries"]
    # A weight of 0 means that it is not acceptable (RFC 9110, 12.4.2).
    response = api.call("files/list_folder", argument, Accept_Encoding="gzip;q=0")
    assert "Content-Encoding" not in response.headers


@pytest.mark.checks("v2-429-rate")
@pytest.mark.not_live("needs a rate limit that the case can reach")
def test_rate_limit(api):
    """A request over the rate limit is 429 with the reason and Retry-After."""
    api.box.limit_rate(2, 60)
    responses = [api.call(ACCOUNT) for _ in range(3)]
    assert [one.status for one in responses] == [200, 200, 429]
    limited = responses[-1]
    body = limited.json()
    assert body["error"]["reason"] == {".tag": "too_many_requests"}
    assert re.fullmatch(r"too_many_requests/\.{0,3}", body["error_summary"])
    assert int(limited.headers["Retry-After"]) >= 1
    assert body["error"]["retry_after"] == int(limited.headers["Retry-After"])
    assert REQUEST_ID.fullmatch(limited.headers["X-Dropbox-Request-Id"])


@pytest.mark.checks("v2-429-writes")
@pytest.mark.not_live("needs a planned fault")
def test_too_many_write_operations(api):
    """Many writes at once are 429 with the recorded body."""
    api.box.faults.add(endpoint="files/upload", status=429)
    response = api.upload("a")
    assert (response.status, response.headers["Retry-After"]) == (429, "1")
    body = response.json()
    assert body["error"] == {"reason": {".tag": "too_many_write_operations"}}
    assert re.fullmatch(r"too_many_write_operations/\.{0,3}", body["error_summary"])
    assert api.upload("a").status == 200


@pytest.mark.checks("v2-5xx")
@pytest.mark.not_live("needs a planned fault")
@pytest.mark.parametrize("status", [500, 503])
def test_server_error(api, status):
    """A server error is not JSON, and the request has no effect."""
    api.box.faults.add(endpoint="files/upload", status=status)
    response = api.upload("a")
    assert response.status == status
    assert not response.headers["Content-Type"].startswith(JSON)
    assert api.entries() == []


ROOT = "users/get_current_account"


def namespace(api):
    """Return the id of the account's root namespace."""
    return api.ok(ROOT)["root_info"]["root_namespace_id"]


@pytest.mark.checks("v2-path-root-own")
@pytest.mark.parametrize("tag", ["home", "root", "namespace_id"])
def test_path_root_of_the_account(api, tag):
    """The account's root and home as path root are the same as no header."""
    api.put("a")
    root = {".tag": tag, **({} if tag == "home" else {tag: namespace(api)})}
    argument = {"path": api.folder}
    page = api.ok("files/list_folder", argument, Dropbox_API_Path_Root=json.dumps(root))
    assert [entry["name"] for entry in page["entries"]] == ["a"]


@pytest.mark.checks("v2-path-root-foreign")
def test_path_root_of_a_foreign_namespace(api):
    """Another account's namespace as path root is 422 without permission."""
    root = json.dumps({".tag": "namespace_id", "namespace_id": "1"})
    response = api.call("files/list_folder", {"path": ""}, Dropbox_API_Path_Root=root)
    assert response.status == 422
    assert response.json()["error"] == {".tag": "no_permission"}


@pytest.mark.checks("v2-path-root-invalid")
def test_path_root_that_is_not_the_root(api):
    """A root that is not the account's is 422 with the right root."""
    root = json.dumps({".tag": "root", "root": "1"})
    response = api.call("files/list_folder", {"path": ""}, Dropbox_API_Path_Root=root)
    assert response.status == 422
    error = response.json()["error"]
    assert error[".tag"] == "invalid_root"
    assert error["invalid_root"]["root_namespace_id"] == namespace(api)


@pytest.mark.checks("v2-path-root-malformed")
@pytest.mark.parametrize("root", ["nonsense", "{}", '{".tag": "nonsense"}'])
def test_malformed_path_root(api, root):
    """A path root that is not valid is 400."""
    response = api.call("files/list_folder", {"path": ""}, Dropbox_API_Path_Root=root)
    assert response.status == 400


@pytest.mark.checks("v2-select-user")
@pytest.mark.parametrize("kind", ["user", "admin"])
def test_team_member_for_the_token_of_an_account(api, kind):
    """The token of an account cannot select a team member, and the error names the header."""
    header = f"Dropbox_API_Select_{kind.title()}"
    response = api.call(ACCOUNT, **{header: "dbmid:" + "A" * 35})
    assert unauthorized(response) == {".tag": f"invalid_select_{kind}"}


SCOPED = [
    name
    for name, route in routes().items()
    if "user" in route["auth"]
    # No app of an account has the scope for permanent deletion.
    and route["scope"] not in ("", "account_info.read", "files.permanent_delete")
]


@pytest.mark.checks("v2-scope-missing")
@pytest.mark.not_live("needs a token with one scope")
@pytest.mark.parametrize("route", SCOPED)
def test_token_without_the_scope(api, route):
    """A token without the scope of a route is 401 with the scope that it lacks."""
    token = oauth.grant(api, scope="account_info.read")["access_token"]
    argument = arguments()[route]["base"] if route in arguments() else None
    response = api.call(route, argument, authorization=f"Bearer {token}")
    required = routes()[route]["scope"]
    assert unauthorized(response) == {".tag": "missing_scope", "required_scope": required}


@pytest.mark.checks("v2-scope-missing")
@pytest.mark.not_live("needs a token with one scope")
def test_token_with_the_scope(api):
    """A token with the scope of a route is accepted."""
    token = oauth.grant(api, scope="account_info.read")["access_token"]
    assert api.call(ACCOUNT, authorization=f"Bearer {token}").status == 200


@pytest.mark.checks("v2-scope-of-the-app")
@pytest.mark.not_live("needs an app without a scope")
@pytest.mark.parametrize("route", SCOPED)
def test_app_without_the_scope(api, route):
    """A token of an app without the scope of a route is 400 with the recorded text."""
    app = api.box.add_app("Narrow", scopes=["account_info.read"])
    token = api.box.add_token(app=app, bearer=True).access_token
    argument = arguments()[route]["base"] if route in arguments() else None
    text = rejection(api.call(route, argument, authorization=f"Bearer {token}"), route)
    assert text == (
        "Your app is not permitted to access this endpoint because it does not have the"
        f" required scope '{routes()[route]['scope']}'. The owner of the app can enable the scope"
        " for the app using the Permissions tab on the App Console."
    )


@pytest.mark.checks("v2-app-disabled")
@pytest.mark.not_live("needs a disabled app")
def test_disabled_app(api):
    """A token of a disabled app is 400 with the text of the service."""
    app = api.box.add_app("Closed")
    token = api.box.add_token(app=app, bearer=True).access_token
    assert api.call(ACCOUNT, authorization=f"Bearer {token}").status == 200
    api.box.world.apps.configure(app.key, is_disabled=True)
    text = rejection(api.call(ACCOUNT, authorization=f"Bearer {token}"), ACCOUNT)
    assert text == "This app is currently disabled."


@pytest.mark.checks("v2-json-spaces")
@pytest.mark.not_live("the service uses both forms of JSON")
def test_spaces_of_json(api):
    """JSON has spaces after colons and commas, and keeps the order of the service."""
    api.put("a")
    responses = [
        api.call(ACCOUNT),
        api.call("files/list_folder", {"path": api.folder}),
        api.call(GET_METADATA, {"path": api.path("never")}),
    ]
    for response in responses:
        assert response.text == json.dumps(response.json())
    assert list(responses[-1].json()) == ["error_summary", "error"]


@pytest.mark.checks("v2-json-compact")
@pytest.mark.not_live("the service uses both forms of JSON")
def test_compact_json(api):
    """Searches, long polls and errors of uploads have no spaces, and sorted names."""
    api.put("needle")
    cursor = api.cursor()
    api.put("new")
    responses = [
        api.call("files/search_v2", {"query": "needle"}),
        api.upload("back\\slash"),
        api.call("files/list_folder/longpoll", {"cursor": cursor}, authorization=None),
    ]
    for response in responses:
        compact = json.dumps(response.json(), separators=(",", ":"), sort_keys=True)
        assert response.text.removesuffix("\n") == compact
    assert responses[0].json()["matches"]


@pytest.mark.checks("v2-headers-notify")
@pytest.mark.parametrize(
    ("name", "value"),
    [("Cache-Control", "no-cache"), ("Pragma", "no-cache"), ("X-Db-Timeout", "120")],
)
def test_header_of_a_long_poll(api, name, value):
    """A long poll has the recorded headers."""
    cursor = api.cursor()
    api.put("new")
    poll = {"cursor": cursor}
    response = api.call("files/list_folder/longpoll", poll, authorization=None)
    assert response.json()["changes"] is True
    assert response.headers.get(name) == value
