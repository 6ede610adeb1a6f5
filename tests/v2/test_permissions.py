"""Scopes, and who may call a route."""

from __future__ import annotations

import json

import pytest

from fakebox.core.scopes import ALL_SCOPES, USER_SCOPES, granted_scopes
from fakebox.v2.permissions import PERMISSIONS
from tests.docs.tables import table
from tests.v2.test_every_route import ROUTES, send_argument

SCOPED = {name: permission.scope for name, permission in PERMISSIONS.items() if permission.scope}
FOR_USERS = [name for name, permission in PERMISSIONS.items() if "user" in permission.callers]
SCOPED_FOR_USERS = [name for name in FOR_USERS if name in SCOPED]
SCOPED_FOR_APPS = [name for name in SCOPED if "app" in PERMISSIONS[name].callers]
NAMES = {"noauth": "nobody"}


def prefix(route):
    """Return the beginning of the text of every 400 response of a route."""
    return f'Error in call to API function "{route}": '


def required(route):
    """Return the text of a 400 response to an app without the scope of a route."""
    if SCOPED[route] not in USER_SCOPES:
        return f"{prefix(route)}Your API app is not allowed to call this function."
    return (
        f"{prefix(route)}Your app is not permitted to access this endpoint because it does not"
        f" have the required scope '{SCOPED[route]}'. The owner of the app can enable the scope"
        " for the app using the Permissions tab on the App Console."
    )


def test_table_is_that_of_the_specification():
    """Every route has the scope and the callers of the published specification."""
    specified = table("conformance/v2/routes.toml")
    found = {
        name: (permission.scope, sorted(permission.callers))
        for name, permission in PERMISSIONS.items()
    }
    assert found == {
        name: (route["scope"], sorted(NAMES.get(caller, caller) for caller in route["auth"]))
        for name, route in specified.items()
    }
    assert sorted(found) == ROUTES


@pytest.mark.parametrize("route", SCOPED_FOR_USERS)
def test_token_without_the_scope_is_401_with_the_scope(api, route):
    """The error names the scope, and is the same for every argument."""
    others = [scope for scope in ALL_SCOPES if scope != SCOPED[route]]
    who = api.bearer_of_app(*ALL_SCOPES, scopes=others)
    response = send_argument(api, route, {}, who)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="Dropbox-API"'
    payload = json.loads(response.text)
    assert payload["error_summary"].rstrip(".") == "missing_scope/"
    assert payload["error"] == {".tag": "missing_scope", "required_scope": SCOPED[route]}


@pytest.mark.parametrize("route", SCOPED_FOR_USERS)
def test_app_without_the_scope_is_400_with_the_text_of_the_service(api, route):
    """An app that does not have a scope cannot have tokens with it."""
    who = api.bearer_of_app(*(scope for scope in ALL_SCOPES if scope != SCOPED[route]))
    response = send_argument(api, route, {}, who)
    assert (response.status_code, response.text) == (400, required(route))


@pytest.mark.parametrize("route", FOR_USERS)
def test_only_the_scope_of_the_route_is_required(api, route):
    """A token with the scope of the route and no other reaches the check of the argument."""
    scopes = filter(None, [SCOPED.get(route)])
    response = send_argument(api, route, {"no such field": 1}, api.bearer_of_app(*scopes))
    assert response.status_code == 400
    assert "not permitted" not in response.text
    assert "not allowed" not in response.text


@pytest.mark.parametrize("route", SCOPED_FOR_APPS)
def test_route_for_apps_requires_the_scope_of_the_app(api, basic, route):
    """The key and the secret of an app without the scope are 400."""
    response = send_argument(api, route, {}, basic())
    assert (response.status_code, response.text) == (400, required(route))
    response = send_argument(api, route, {"no such field": 1}, basic(SCOPED[route]))
    assert "unknown field" in response.text


@pytest.mark.parametrize("route", sorted(PERMISSIONS))
def test_credentials_of_another_kind_are_400(api, app_credentials, route):
    """A route for users rejects an app, one for apps rejects a token, and one for nobody both."""
    permission = PERMISSIONS[route]
    expecting = 'Expecting "B'
    if permission.callers == ("nobody",):
        expecting = "includes an Authorization header, but this function does not use it."
    if "app" not in permission.callers:
        response = send_argument(api, route, {}, app_credentials)
        assert (response.status_code, expecting in response.text) == (400, True)
    if "user" not in permission.callers:
        response = send_argument(api, route, {}, api.user)
        assert (response.status_code, expecting in response.text) == (400, True)


@pytest.mark.parametrize(
    ("token", "is_malformed"),
    [
        ("A" * 64, False),
        ("a-b_" * 16, False),
        ("sl.", False),
        ("sl.u.x", False),
        ("fakebox-x", False),
        ("billing~x", False),
        ("A" * 63, True),
        ("A" * 65, True),
        ("=" * 64, True),
        ("sl. x", True),
        ("SL.x", True),
        ("my-token", True),
        ("", True),
    ],
)
def test_token_that_cannot_be_one_by_its_form_is_400(api, token, is_malformed):
    """A text without the form of a token is 400, and an unknown token is 401."""
    route = "users/get_current_account"
    response = api.post(route, who=f"Bearer {token}")
    if is_malformed:
        text = f"{prefix(route)}The given OAuth 2 access token is malformed."
        assert (response.status_code, response.text) == (400, text)
    else:
        assert response.status_code == 401
        assert json.loads(response.text)["error"] == {".tag": "invalid_access_token"}


def test_token_with_any_value_that_was_created_is_accepted(api):
    """A token that a test has created is not malformed, and is 401 after it was revoked."""
    who = api.bearer(token="my-token")
    assert api.post("users/get_current_account", who=who).status_code == 200
    assert api.post("auth/token/revoke", who=who).status_code == 200
    assert api.post("users/get_current_account", who=who).status_code == 401


def test_scopes_that_an_app_has_lost_are_rejected_at_once(api):
    """A token keeps its scopes, but the app needs the scope as well."""
    who = api.bearer_of_app(*USER_SCOPES)
    assert api.post("users/get_current_account", who=who).status_code == 200
    (key,) = (app.key for app in api.world.apps.all() if app.name == "Scoped")
    api.world.apps.configure(key, scopes=["files.metadata.read"])
    assert api.post("users/get_current_account", who=who).status_code == 400
    api.world.apps.configure(key, scopes=USER_SCOPES)
    assert api.post("users/get_current_account", who=who).status_code == 200


def test_scopes_that_an_app_gets_later_do_not_change_its_tokens(api):
    """A token needs a new authorization for the new scopes of its app."""
    who = api.bearer_of_app("account_info.read")
    (key,) = (app.key for app in api.world.apps.all() if app.name == "Scoped")
    api.world.apps.configure(key, scopes=USER_SCOPES)
    assert api.post("files/list_folder", {"path": ""}, who).status_code == 401


@pytest.mark.parametrize("route", ["files/list_folder", "files/list_folder/continue"])
def test_app_lists_the_folder_of_a_link(api, app_credentials, route):
    """An app lists the folder of a shared link, and no other folder."""
    api.upload("/shared/a")
    api.upload("/shared/b")
    url = api.rpc("sharing/create_shared_link_with_settings", path="/shared")["url"]
    page = api.rpc("files/list_folder", app_credentials, path="", shared_link={"url": url}, limit=1)
    names = [entry["name"] for entry in page["entries"]]
    if route == "files/list_folder/continue":
        page = api.rpc(route, app_credentials, cursor=page["cursor"])
        names += [entry["name"] for entry in page["entries"]]
        own = api.rpc("files/list_folder", path="")["cursor"]
        assert api.post(route, {"cursor": own}, app_credentials).status_code == 400
    else:
        assert api.post(route, {"path": ""}, app_credentials).status_code == 400
    assert names == ["a", "b"][: len(names)]


def test_openid_scopes_are_granted_only_if_they_are_named():
    """The default scopes of an app are all others."""
    of_app = ("account_info.read", "email", "openid", "profile")
    assert granted_scopes(None, of_app) == ("account_info.read",)
    assert granted_scopes("openid account_info.read", of_app) == ("account_info.read", "openid")
