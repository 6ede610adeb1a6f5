"""What every call does with a request that nothing can be made of; a new call needs a row here.

What each does with its own parameters is in `test_parameters`.
"""

import json
from urllib.parse import urlencode

import pytest

from fakebox.v1.app import create_v1

# Endpoint: method, path (with `{}` where a file's path goes), parameters that it can't do without.
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
# Calls that nobody signs with an access token: their refusals are in tests/auth and tests/web.
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
def ask(api):
    """Send a call of the table, about a path, with more text in its query."""

    def send(name, path="/a.txt", more=""):
        method, target, params = CALLS[name]
        params = {key: value.replace("{}", path) for key, value in params.items()}
        query = urlencode(api.signed(params, ("fakebox-token", "fakebox-token-secret")))
        body = {"CONTENT_LENGTH": "0"} if method == "PUT" else None
        return api.raw(method, f"{target.replace('{}', path)}?{query}{more}", overrides=body)

    return send


def error(response):
    """The text of a 400."""
    assert response.status_code == 400, response.text
    return json.loads(response.text)["error"]


def test_every_call_has_a_row():
    """Whoever adds a call adds its row."""
    rules = create_v1().url_map.iter_rules()
    assert {rule.endpoint for rule in rules} == CALLS.keys() | UNSIGNED


@pytest.mark.parametrize("name", CALLS)
def test_call_refuses_a_parameter_that_is_given_twice(ask, name):
    """Different values can't both be meant."""
    assert "locale" in error(ask(name, more="&locale=de&locale=fr"))


@pytest.mark.parametrize("name", CALLS)
def test_call_refuses_a_parameter_that_is_not_utf8(ask, name):
    """No guess at an encoding."""
    assert "UTF-8" in str(error(ask(name, more="&locale=%ff")))


@pytest.mark.parametrize("name", CALLS)
def test_call_is_not_for_strangers(api, name):
    """401, whatever else is wrong with it."""
    method, target, _ = CALLS[name]
    response = api.raw(method, target.replace("{}", "/a.txt"))
    assert response.status_code == 401
    assert "WWW-Authenticate" in response.headers


@pytest.mark.parametrize("name", IN_URL + IN_PARAMETERS)
def test_call_refuses_a_name_that_is_too_long(api, ask, name):
    """And leaves nothing behind."""
    assert error(ask(name, LONG))
    assert json.loads(api.get("/metadata/dropbox/").text)["contents"] == []


@pytest.mark.parametrize("name", IN_URL)
def test_call_refuses_a_path_that_is_not_utf8(ask, name):
    """The same for all that have it in their URL."""
    assert error(ask(name, "/%ff%fe"))


@pytest.mark.parametrize(("method", "path", "params"), BODIES.values(), ids=BODIES)
def test_body_that_ends_early_stores_nothing(api, method, path, params):
    """Neither a part of a file nor a part of a chunk."""
    response = api.stream(method, path, b"only this", 1_000, **params)
    assert response.status_code == 400
    assert json.loads(api.get("/metadata/dropbox/").text)["contents"] == []
