"""Requests that every call rejects. Each new call must have a row here.

The parameters of each call are tested in `test_parameters`.
"""

import json
from urllib.parse import urlencode

import pytest

from fakebox.v1.app import create_v1

# Endpoint: method, path (`{}` is replaced by the path of a file), and required parameters.
CALLS = {
    "account.info": ("GET", "/account/info", {}),
    "metadata.delta": ("POST", "/delta", {}),
    "metadata.latest_cursor": ("POST", "/delta/latest_cursor", {}),
    "fileops.copy": (
        "POST",
        "/fileops/copy",
        {"root": "dropbox", "from_path": "{}", "to_path": "/b"},
    ),
    "fileops.move": (
        "POST",
        "/fileops/move",
        {"root": "dropbox", "from_path": "{}", "to_path": "/b"},
    ),
    "fileops.create_folder": ("POST", "/fileops/create_folder", {"root": "dropbox", "path": "{}"}),
    "fileops.delete": ("POST", "/fileops/delete", {"root": "dropbox", "path": "{}"}),
    "content.get": ("GET", "/files/dropbox{}", {}),
    "content.post": ("POST", "/files/dropbox{}", {}),
    "content.put": ("PUT", "/files_put/dropbox{}", {}),
    "metadata.metadata": ("GET", "/metadata/dropbox{}", {}),
    "metadata.search": ("GET", "/search/dropbox{}", {"query": "abc"}),
    "account.disable_access_token": ("POST", "/disable_access_token", {}),
    "account.unlink_access_token": ("POST", "/unlink_access_token", {}),
    "account.token_from_oauth1": ("POST", "/oauth2/token_from_oauth1", {}),
    "metadata.restore": ("POST", "/restore/dropbox{}", {"rev": "1029684ff"}),
    "metadata.revisions": ("GET", "/revisions/dropbox{}", {}),
    "sharing.copy_ref": ("GET", "/copy_ref/dropbox{}", {}),
    "sharing.media": ("POST", "/media/dropbox{}", {}),
    "sharing.save_url": ("POST", "/save_url/dropbox{}", {"url": "http://api.example/s/x"}),
    "sharing.save_url_job": ("GET", "/save_url_job/x", {}),
    "sharing.shared_folder": ("GET", "/shared_folders/x", {}),
    "sharing.shared_folders": ("GET", "/shared_folders", {}),
    "sharing.shares": ("POST", "/shares/dropbox{}", {}),
    "content.previews": ("GET", "/previews/dropbox{}", {}),
    "content.thumbnails": ("GET", "/thumbnails/dropbox{}", {}),
    "content.chunked_upload": ("PUT", "/chunked_upload", {}),
    "content.commit_chunked_upload": (
        "POST",
        "/commit_chunked_upload/dropbox{}",
        {"upload_id": "x"},
    ),
}
# Calls without an access token; tests/auth and tests/web test their errors.
UNSIGNED = {
    "metadata.longpoll_delta",
    "account.access_token",
    "account.oauth2_token",
    "account.request_token",
}
IN_URL = [name for name, (_, target, _) in CALLS.items() if "{}" in target]
IN_PARAMETERS = [name for name, (_, _, params) in CALLS.items() if "{}" in params.values()]
BODIES = {
    "files_put": ("PUT", "/files_put/dropbox/a.bin", {}),
    "chunked_upload": ("PUT", "/chunked_upload", {"upload_id": ""}),
}
LONG = "/" + "n" * 256


@pytest.fixture
def send(api):
    """A function that sends a call of the table for a path, with `more` appended to the query."""

    def send_call(name, path="/a.txt", more=""):
        method, target, params = CALLS[name]
        params = {key: value.replace("{}", path) for key, value in params.items()}
        query = urlencode(api.signed(params, ("fakebox-token", "fakebox-token-secret")))
        body = {"CONTENT_LENGTH": "0"} if method == "PUT" else None
        return api.raw(method, f"{target.replace('{}', path)}?{query}{more}", overrides=body)

    return send_call


def error(response):
    """Return the error text of a 400 response."""
    assert response.status_code == 400, response.text
    return json.loads(response.text)["error"]


def test_every_call_has_a_row():
    """The table contains every call of the URL map that requires an access token."""
    rules = create_v1().url_map.iter_rules()
    assert {rule.endpoint for rule in rules} == CALLS.keys() | UNSIGNED


@pytest.mark.parametrize("name", CALLS)
def test_call_rejects_a_parameter_with_two_values(send, name):
    """A parameter that is sent twice with different values is answered with 400."""
    assert "locale" in error(send(name, more="&locale=de&locale=fr"))


@pytest.mark.parametrize("name", CALLS)
def test_call_rejects_a_parameter_that_is_not_utf8(send, name):
    """A parameter that is not valid UTF-8 is answered with 400."""
    assert "UTF-8" in str(error(send(name, more="&locale=%ff")))


@pytest.mark.parametrize("name", CALLS)
def test_call_without_credentials_is_401(api, name):
    """A request without credentials is answered with 401 before its parameters are checked."""
    method, target, _ = CALLS[name]
    response = api.raw(method, target.replace("{}", "/a.txt"))
    assert response.status_code == 401
    assert "WWW-Authenticate" in response.headers


@pytest.mark.parametrize("name", IN_URL + IN_PARAMETERS)
def test_call_rejects_a_name_that_is_too_long(api, send, name):
    """A name that is too long is answered with 400, and nothing is created."""
    assert error(send(name, LONG))
    assert json.loads(api.get("/metadata/dropbox/").text)["contents"] == []


@pytest.mark.parametrize("name", IN_URL)
def test_call_rejects_a_path_that_is_not_utf8(send, name):
    """A path in the URL that is not valid UTF-8 is answered with 400."""
    assert error(send(name, "/%ff%fe"))


@pytest.mark.parametrize(("method", "path", "params"), BODIES.values(), ids=BODIES)
def test_body_that_ends_early_stores_nothing(api, method, path, params):
    """A body shorter than its Content-Length is answered with 400, and nothing is stored."""
    response = api.stream(method, path, b"only this", 1_000, **params)
    assert response.status_code == 400
    assert json.loads(api.get("/metadata/dropbox/").text)["contents"] == []
