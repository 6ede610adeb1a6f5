"""Version 1 never returns or changes the files of another account or of another root."""

import json
from urllib.parse import quote, urlencode

import pytest
from werkzeug.test import Client

from fakebox.context import Namespace
from fakebox.core import defaults
from fakebox.core.world import World
from fakebox.v1.app import create_v1
from fakebox.v1.request import V1Request

V1 = create_v1()
OWNER = (defaults.TOKEN, defaults.TOKEN_SECRET)
OTHER = (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET)
SANDBOX = (defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET)
SECRET = b"the owner's secret words"

# Parameters with which a call of the owner succeeds, without the path.
PARAMETERS = {
    "search": {"query": "secret"},
    "restore": {"rev": "{rev}"},
    "save_url": {"url": "http://api.example/s/unknown/x"},
    "commit_chunked_upload": {"upload_id": "{upload_id}"},
    "fileops/copy": {"from_path": "/secret.txt", "to_path": "/stolen.txt"},
    "fileops/move": {"from_path": "/secret.txt", "to_path": "/stolen.txt"},
    "fileops/create_folder": {"path": "/stolen"},
    "fileops/delete": {"path": "/secret.txt"},
    "longpoll_delta": {"cursor": "{cursor}"},
    "delta": {"cursor": "{cursor}"},
    "chunked_upload": {"upload_id": "{upload_id}", "offset": "5"},
}
# These calls act only on the account of the caller.
OWN_ACCOUNT_CALLS = {
    "account/info",
    "delta/latest_cursor",
    "disable_access_token",
    "unlink_access_token",
    "fileops/create_folder",
    "oauth/access_token",
    "oauth/request_token",
    "oauth2/token",
    "oauth2/token_from_oauth1",
    "shared_folders",
    "shared_folders/<folder_id>",
}


def calls():
    """Yield every route of version 1 with one of its methods."""
    for rule in V1.url_map.iter_rules():
        method = next(name for name in ("GET", "POST", "PUT") if name in rule.methods)
        yield rule.rule.removeprefix("/"), method


class Api:
    """A world in which the owner has a secret file."""

    def __init__(self):
        self.world = World()
        self.client = Client(self)
        self.names = {}
        stored = self.request("PUT", "/files_put/dropbox/secret.txt", OWNER, SECRET)
        chunk = self.request("PUT", "/chunked_upload", OWNER, b"12345")
        page = self.request("POST", "/delta", OWNER)
        self.names = {
            "rev": json.loads(stored.text)["rev"],
            "upload_id": json.loads(chunk.text)["upload_id"],
            "cursor": json.loads(page.text)["cursor"],
        }

    def __call__(self, environ, start_response):
        """Handle a request as the emulator does."""
        V1Request(environ).namespace = Namespace(self.world)
        return V1(environ, start_response)

    def request(self, method, path, who, body=None, /, **params):
        """Send a signed request; names in braces are replaced by the owner's values."""
        token, secret = who
        query = {name: value.format(**self.names) for name, value in params.items()}
        query |= {
            "oauth_consumer_key": defaults.APP_KEY,
            "oauth_signature_method": "PLAINTEXT",
            "oauth_signature": f"{defaults.APP_SECRET}&{secret}",
            "oauth_token": token,
        }
        return self.client.open(
            path,
            method=method,
            query_string=urlencode(query),
            data=body,
            base_url="http://api.example/1",
            environ_overrides={"RAW_URI": f"/1{path}?{urlencode(query)}"},
            buffered=True,
        )

    def secret_is_unchanged(self):
        """Return whether the owner's file exists with its content."""
        return self.request("GET", "/files/dropbox/secret.txt", OWNER).data == SECRET


@pytest.fixture
def api():
    """A new world with a secret file."""
    new_api = Api()
    yield new_api
    new_api.world.close()


@pytest.mark.parametrize(("call", "method"), list(calls()))
@pytest.mark.parametrize("who", [OTHER, SANDBOX], ids=["other", "sandbox"])
def test_call_of_another_caller_does_not_return_the_secret(api, call, method, who):
    """The call is rejected or returns data of the caller, and the owner's file is unchanged."""
    root = "sandbox" if who == SANDBOX else "dropbox"
    path = "/" + call.replace("<root><everything:path>", f"{root}/secret.txt")
    path = path.replace("<job_id>", "1").replace("<folder_id>", "1")
    params = dict(PARAMETERS.get(call.partition("/<")[0], {}))
    if call.startswith("fileops"):
        params["root"] = root
    if call == "longpoll_delta":
        # This call needs no credentials; only the owner has the cursor.
        return
    response = api.request(method, path, who, b"", **params)
    assert SECRET not in response.data
    if call.partition("/<")[0] not in OWN_ACCOUNT_CALLS and call not in OWN_ACCOUNT_CALLS:
        allowed = {400, 404, 411}
        if call.startswith(("files_put", "files/", "save_url/")):
            # An upload to the same path creates a file of the caller.
            allowed |= {200}
        assert response.status_code in allowed, response.text
    assert api.secret_is_unchanged()


SPELLINGS = [
    "/../secret.txt",
    "/../../secret.txt",
    "/%2e%2e/%2e%2e/secret.txt",
    "/..%2f..%2fsecret.txt",
    "//secret.txt",
    "/./secret.txt",
    "/Apps/../secret.txt",
    "/..\\..\\secret.txt",
    "/%00/../secret.txt",
    "/%c0%ae%c0%ae/secret.txt",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_app_cannot_read_outside_its_folder_with_any_spelling(api, spelling):
    """A path outside of the app folder is answered with 400 or 404 in every spelling."""
    token, secret = SANDBOX
    query = urlencode(
        {
            "oauth_consumer_key": defaults.APP_KEY,
            "oauth_signature_method": "PLAINTEXT",
            "oauth_signature": f"{defaults.APP_SECRET}&{secret}",
            "oauth_token": token,
        }
    )
    response = api.client.get(
        "/files/sandbox/x",
        query_string=query,
        base_url="http://api.example/1",
        environ_overrides={"RAW_URI": f"/1/files/sandbox{spelling}?{query}"},
        buffered=True,
    )
    assert response.status_code in (400, 404)
    assert SECRET not in response.data


@pytest.mark.parametrize("name", ["copy", "move"])
@pytest.mark.parametrize("spelling", ["/../../secret.txt", "../secret.txt", "/./../secret.txt"])
def test_app_cannot_copy_or_move_across_its_folder(api, name, spelling):
    """A source or a target outside of the app folder is answered with 400."""
    response = api.request(
        "POST", f"/fileops/{name}", SANDBOX, root="sandbox", from_path=spelling, to_path="/x"
    )
    assert response.status_code == 400
    api.request("PUT", "/files_put/sandbox/mine.txt", SANDBOX, b"mine")
    response = api.request(
        "POST", f"/fileops/{name}", SANDBOX, root="sandbox", from_path="/mine.txt", to_path=spelling
    )
    assert response.status_code == 400


def test_sandbox_token_cannot_use_the_full_root(api):
    """The 400 response has the error text of the service."""
    response = api.request("GET", "/metadata/dropbox/", SANDBOX)
    assert response.status_code == 400
    assert json.loads(response.text)["error"].startswith("Full Dropbox access attempt failed")


def test_full_token_cannot_use_the_sandbox_root(api):
    """The 400 response has the error text of the service."""
    response = api.request("GET", "/metadata/sandbox/", OWNER)
    assert response.status_code == 400
    assert json.loads(response.text)["error"].startswith("App folder (sandbox) access attempt")


def test_full_token_lists_the_app_folder(api):
    """A token with full access lists the app folder as an ordinary folder."""
    api.request("PUT", "/files_put/sandbox/mine.txt", SANDBOX, b"mine")
    path = quote("/files/dropbox/Apps/fakebox/mine.txt")
    assert api.request("GET", path, OWNER).data == b"mine"


def test_chunked_upload_cannot_be_committed_to_another_root(api):
    """A chunked upload belongs to the root in which it was started."""
    response = api.request(
        "POST", "/commit_chunked_upload/sandbox/x", SANDBOX, upload_id="{upload_id}"
    )
    assert response.status_code == 400
