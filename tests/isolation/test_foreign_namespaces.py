"""Every route of version 2 rejects the namespace of another account as path root."""

from __future__ import annotations

import json

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.core import defaults
from fakebox.v2.app import create_v2

# The only content type that every route accepts.
CONTENT_TYPE = "text/plain; charset=dropbox-cors-hack"
SECRET = b"the owner's secret words"
DOWNLOADS = {
    rule.rule.lstrip("/") for rule in create_v2().url_map.iter_rules() if "GET" in rule.methods
}
# Requests to these routes have no account: those of apps, and those without credentials.
WITHOUT_ACCOUNT = {
    "apitul/1/<token>",
    "auth/token/from_oauth1",
    "check/app",
    "files/list_folder/longpoll",
    "oauth2/token",
}
# The ready-made app does not have the scope of this route.
WITHOUT_SCOPE = {"files/permanently_delete"}
ROUTES = sorted(
    {rule.rule.lstrip("/") for rule in create_v2().url_map.iter_rules()}
    - WITHOUT_ACCOUNT
    - WITHOUT_SCOPE
)


@pytest.fixture(scope="module")
def box():
    """An emulator with a secret file of the first account."""
    with Fakebox() as started:
        started.write("/secret.txt", SECRET)
        yield started


def send(box, route, token, root, argument=None):
    """Send a request of an account with a path root."""
    text = json.dumps({"path": "/secret.txt"} if argument is None else argument)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": CONTENT_TYPE,
        "Dropbox-API-Arg": text,
        "Dropbox-API-Path-Root": json.dumps(root),
    }
    body = b"" if route in DOWNLOADS else text.encode()
    return urllib3.request("POST", f"{box.url}/2/{route}", body=body, headers=headers)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("tag", ["namespace_id", "root"])
def test_namespace_of_another_account_is_rejected(box, route, tag):
    """The response has nothing of the other account, whether or not the argument is valid."""
    number = box.account().namespace_id
    root = {".tag": tag, tag: str(number)}
    for argument in ({"path": "/secret.txt"}, {}, []):
        response = send(box, route, defaults.OTHER_BEARER_TOKEN, root, argument)
        assert response.status == 422
        expected = "no_permission" if tag == "namespace_id" else "invalid_root"
        assert response.json()["error"][".tag"] == expected
        assert str(number) not in response.data.decode()
        assert SECRET not in response.data
    assert box.read("/secret.txt") == SECRET


@pytest.mark.parametrize("route", ROUTES)
def test_namespace_for_an_app_folder_is_rejected(box, route):
    """The token of an app folder cannot select the namespace of its own account."""
    root = {".tag": "namespace_id", "namespace_id": str(box.account().namespace_id)}
    response = send(box, route, defaults.SANDBOX_BEARER_TOKEN, root)
    assert response.status == 400
    assert response.data.endswith(b"Path root is not supported for sandbox app")


@pytest.mark.parametrize("route", ["files/download", "files/list_folder"])
def test_rejected_token_reveals_nothing_of_the_namespace(box, route):
    """An unknown token with any path root is 401."""
    for root in ({".tag": "home"}, {".tag": "namespace_id", "namespace_id": "1"}):
        assert send(box, route, "fakebox-unknown", root).status == 401
