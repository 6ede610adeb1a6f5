"""Nobody sees anybody else's: every call of the API, asked by the wrong one."""

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
STRANGER = (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET)
SANDBOX = (defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET)
SECRET = b"the owner's secret words"

# What every call needs beside the path, if it is to succeed for the owner.
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
# These act on whoever calls, and have nothing of the owner's in them.
OWN_AFFAIRS = {
    "account/info",
    "delta/latest_cursor",
    "disable_access_token",
    "fileops/create_folder",
    "oauth/access_token",
    "oauth/request_token",
    "oauth2/token",
    "oauth2/token_from_oauth1",
    "shared_folders",
    "shared_folders/<folder_id>",
}


def calls():
    """Every route of version 1 with one of its methods."""
    for rule in V1.url_map.iter_rules():
        method = next(name for name in ("GET", "POST", "PUT") if name in rule.methods)
        yield rule.rule.removeprefix("/"), method


class Api:
    """A world in which the owner has a secret."""

    def __init__(self):
        self.world = World()
        self.client = Client(self)
        self.names = {}
        stored = self.ask("PUT", "/files_put/dropbox/secret.txt", OWNER, SECRET)
        chunk = self.ask("PUT", "/chunked_upload", OWNER, b"12345")
        page = self.ask("POST", "/delta", OWNER)
        self.names = {
            "rev": json.loads(stored.text)["rev"],
            "upload_id": json.loads(chunk.text)["upload_id"],
            "cursor": json.loads(page.text)["cursor"],
        }

    def __call__(self, environ, start_response):
        """Answer as the emulator does."""
        V1Request(environ).namespace = Namespace(self.world)
        return V1(environ, start_response)

    def ask(self, method, path, who, body=None, /, **params):
        """A signed request; `{rev}` and the like in parameters are the owner's."""
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

    def secret_is_safe(self):
        """Whether the owner's file is there, as it was."""
        return self.ask("GET", "/files/dropbox/secret.txt", OWNER).data == SECRET


@pytest.fixture
def api():
    """A fresh world with a secret in it."""
    made = Api()
    yield made
    made.world.close()


@pytest.mark.parametrize(("call", "method"), list(calls()))
@pytest.mark.parametrize("who", [STRANGER, SANDBOX], ids=["stranger", "sandbox"])
def test_call_shows_nothing_of_the_owners(api, call, method, who):
    """Refused, or answered with what the caller has; never with the secret."""
    root = "sandbox" if who == SANDBOX else "dropbox"
    path = "/" + call.replace("<root><everything:path>", f"{root}/secret.txt")
    path = path.replace("<job_id>", "1").replace("<folder_id>", "1")
    params = dict(PARAMETERS.get(call.partition("/<")[0], {}))
    if call.startswith("fileops"):
        params["root"] = root
    if call == "longpoll_delta":
        # It takes no credentials: the cursor itself, which only the owner has, is the right.
        return
    response = api.ask(method, path, who, b"", **params)
    assert SECRET not in response.data
    if call.partition("/<")[0] not in OWN_AFFAIRS and call not in OWN_AFFAIRS:
        allowed = {400, 404, 411}
        if call.startswith(("files_put", "files/", "save_url/")):
            # Whoever uploads to a path of the same name gets a file of their own.
            allowed |= {200}
        assert response.status_code in allowed, response.text
    assert api.secret_is_safe()


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
def test_app_folder_cannot_be_left_by_any_spelling(api, spelling):
    """400 or 404, whatever is tried."""
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
def test_app_folder_cannot_be_left_by_an_operation(api, name, spelling):
    """Neither as source nor as target."""
    out = api.ask(
        "POST", f"/fileops/{name}", SANDBOX, root="sandbox", from_path=spelling, to_path="/x"
    )
    assert out.status_code == 400
    api.ask("PUT", "/files_put/sandbox/mine.txt", SANDBOX, b"mine")
    into = api.ask(
        "POST", f"/fileops/{name}", SANDBOX, root="sandbox", from_path="/mine.txt", to_path=spelling
    )
    assert into.status_code == 400


def test_sandbox_token_has_no_full_root(api):
    """In the service's words."""
    response = api.ask("GET", "/metadata/dropbox/", SANDBOX)
    assert response.status_code == 400
    assert json.loads(response.text)["error"].startswith("Full Dropbox access attempt failed")


def test_full_token_has_no_sandbox(api):
    """In the service's words."""
    response = api.ask("GET", "/metadata/sandbox/", OWNER)
    assert response.status_code == 400
    assert json.loads(response.text)["error"].startswith("App folder (sandbox) access attempt")


def test_full_token_sees_the_app_folder(api):
    """As an ordinary folder."""
    api.ask("PUT", "/files_put/sandbox/mine.txt", SANDBOX, b"mine")
    path = quote("/files/dropbox/Apps/fakebox/mine.txt")
    assert api.ask("GET", path, OWNER).data == b"mine"


def test_upload_of_a_full_token_is_not_the_sandboxes(api):
    """Chunked uploads stay within the root that began them."""
    response = api.ask("POST", "/commit_chunked_upload/sandbox/x", SANDBOX, upload_id="{upload_id}")
    assert response.status_code == 400
