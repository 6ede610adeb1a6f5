"""Version 2 never returns or changes the files of another caller, on any route."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.core import defaults
from fakebox.core.scopes import ALL_SCOPES
from fakebox.v2.permissions import PERMISSIONS
from tests.docs.tables import table

ROUTES = table("conformance/v2/routes.toml")
ARGUMENTS = json.loads(
    (Path(__file__).parents[2] / "conformance/v2/arguments.json").read_text(encoding="utf-8")
)
SECRET = b"the owner's secret words"
FOR_USERS = [name for name, permission in PERMISSIONS.items() if "user" in permission.callers]
# The routes with a cursor that a client gets from another route.
CURSORS = {"files/list_folder/continue": "folder", "files/search/continue_v2": "search"}
APP = "Basic " + b64encode(f"{defaults.APP_KEY}:{defaults.APP_SECRET}".encode()).decode()
BEARER = ' Expecting "Bearer <oauth2-access-token>".'
MALFORMED = "The given OAuth 2 access token is malformed."


class Owner:
    """An emulator in which the first account has a secret file."""

    def __init__(self, box: Fakebox) -> None:
        self.box = box
        box.write("/owned/secret.txt", SECRET)
        app = box.add_app("All", scopes=ALL_SCOPES)
        self.app = app
        token = f"Bearer {box.add_token(app=app, bearer=True)}"
        self.cursors = {
            "folder": self.send("files/list_folder", token, {"path": "/owned"}).json()["cursor"],
            "search": "unknown",
        }
        self.tree = self.own_tree()

    def own_tree(self) -> list[tuple[str, bytes]]:
        """Return the files of the account, except those of apps."""
        paths = [path for path in self.box.tree() if not path.startswith("/Apps/")]
        return [(path, self.box.read(path)) for path in paths if not path.endswith("/")]

    def argument(self, route: str) -> object:
        """Return a valid argument that has the owner's file."""
        if route not in ARGUMENTS:
            return None
        base = json.dumps(ARGUMENTS[route]["base"]).replace("{folder}/x", "/owned/secret.txt")
        argument = json.loads(base)
        if route in CURSORS:
            argument["cursor"] = self.cursors[CURSORS[route]]
        return argument

    def send(self, route: str, authorization: str, argument: object) -> urllib3.BaseHTTPResponse:
        """Send a request by the style of the route."""
        text, style = json.dumps(argument), ROUTES[route]["style"]
        headers = {"Authorization": authorization} if authorization else {}
        if style == "rpc":
            headers["Content-Type"], body = "application/json", text.encode()
        else:
            headers["Dropbox-API-Arg"] = text
            body = b"of a stranger" if style == "upload" else b""
        if style == "upload":
            headers["Content-Type"] = "application/octet-stream"
        url = f"{self.box.url}/2/{route}"
        return urllib3.request("POST", url, body=body, headers=headers, retries=False)


@pytest.fixture(scope="module")
def owner():
    """An emulator with a secret file; no request of this module changes it."""
    with Fakebox() as box:
        yield Owner(box)


def expired(owner):
    """Return the header with a token that has expired."""
    return f"Bearer {owner.box.add_token(app=owner.app, expires_in_s=0)}"


def revoked(owner):
    """Return the header with a token that was revoked."""
    token = owner.box.add_token(app=owner.app, bearer=True)
    owner.box.world.tokens.revoke(token.access_token)
    return f"Bearer {token}"


def refresh(owner):
    """Return the header with a refresh token in place of an access token."""
    return f"Bearer {owner.box.add_token(app=owner.app, refresh=True).refresh_token}"


INVALID = (401, "invalid_access_token")
# What a caller sends, the status, and a part of the body.
REJECTED = {
    "nobody": (lambda _: "", 400, "Must provide HTTP header"),
    "revoked token": (revoked, *INVALID),
    "expired token": (expired, 401, "expired_access_token"),
    "unknown token": (lambda _: "Bearer sl.unknown", *INVALID),
    "malformed token": (lambda _: "Bearer unknown", 400, MALFORMED),
    "unknown namespace": (lambda _: "Bearer elsewhere~unknown", *INVALID),
    "refresh token": (refresh, *INVALID),
    "token without a scheme": (lambda _: defaults.BEARER_TOKEN, 400, BEARER),
}


@pytest.mark.parametrize("route", FOR_USERS)
@pytest.mark.parametrize("caller", REJECTED)
def test_route_rejects_a_caller_without_a_valid_token(owner, route, caller):
    """A valid argument does not help a caller whose token is not valid."""
    make, status, text = REJECTED[caller]
    response = owner.send(route, make(owner), owner.argument(route))
    assert (response.status, text in response.data.decode()) == (status, True), response.data
    assert owner.own_tree() == owner.tree


@pytest.mark.parametrize("route", [name for name in FOR_USERS if PERMISSIONS[name].scope])
def test_route_rejects_a_token_without_its_scope(owner, route):
    """A token of the owner with all scopes except that of the route is 401."""
    scope = PERMISSIONS[route].scope
    scopes = [other for other in ALL_SCOPES if other != scope]
    token = owner.box.add_token(app=owner.app, scopes=scopes)
    response = owner.send(route, f"Bearer {token}", owner.argument(route))
    assert response.status == 401
    assert response.json()["error"] == {".tag": "missing_scope", "required_scope": scope}
    assert owner.own_tree() == owner.tree


@pytest.mark.parametrize("route", sorted(PERMISSIONS))
def test_route_rejects_credentials_of_another_kind(owner, route):
    """The key of an app does not replace a token, and a token does not replace the key."""
    permission, argument = PERMISSIONS[route], owner.argument(route)
    if "app" not in permission.callers:
        assert owner.send(route, APP, argument).status == 400
    if "user" not in permission.callers:
        token = owner.box.add_token(app=owner.app, bearer=True)
        assert owner.send(route, f"Bearer {token}", argument).status == 400
    assert owner.own_tree() == owner.tree


@pytest.mark.parametrize("route", FOR_USERS)
@pytest.mark.parametrize("caller", ["stranger", "app folder", "namespace"])
def test_route_does_not_return_or_change_files_of_the_owner(owner, route, caller):
    """Another account, an app with its folder only, and another namespace have other files."""
    if caller == "stranger":
        token = owner.box.add_token("other@fakebox.example", app=owner.app, bearer=True)
    elif caller == "app folder":
        token = owner.box.add_token(access_type="app_folder", app=owner.app, bearer=True)
    else:
        # Another namespace for the route that revokes the token.
        name = "elsewhere" if PERMISSIONS[route].scope else "nowhere"
        token = f"{name}~fakebox-bearer-token"
    response = owner.send(route, f"Bearer {token}", owner.argument(route))
    assert response.status in (200, 400, 409), response.data
    assert SECRET not in response.data
    assert owner.own_tree() == owner.tree


def test_owner_reads_the_secret(owner):
    """The arguments above are valid: the owner's token reads the file."""
    token = owner.box.add_token(app=owner.app, bearer=True)
    response = owner.send("files/download", f"Bearer {token}", owner.argument("files/download"))
    assert response.data == SECRET
