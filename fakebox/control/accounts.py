"""Routes for accounts, apps and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from flask import Blueprint, Response

from fakebox.control import serializers
from fakebox.control.request import BadRequest, NotThere, fields, require, world
from fakebox.core import defaults
from fakebox.core.accounts import Account
from fakebox.core.apps import App
from fakebox.core.errors import AlreadyTaken, IllegalPath, InvalidRedirectUri
from fakebox.core.tokens import AccessToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

blueprint: Blueprint = Blueprint("accounts", __name__)

_Created = TypeVar("_Created")
_ACCESS = ("dropbox", "app_folder", "either")


@blueprint.get("/accounts")
def accounts() -> ResponseReturnValue:
    """List all accounts."""
    return {"accounts": [serializers.account(account) for account in world().accounts.all()]}


@blueprint.post("/accounts")
def add_account() -> ResponseReturnValue:
    """Create an account."""
    texts = dict.fromkeys(("email", "password", "given_name", "surname", "country", "locale"), str)
    payload = {"password": defaults.PASSWORD, **fields(**texts, quota_bytes=int, auto_approve=bool)}
    require(payload, "email")
    _check_quota(payload)
    return serializers.account(_created(world().accounts.create, payload)), 201


@blueprint.get("/accounts/<int:uid>")
def account(uid: int) -> ResponseReturnValue:
    """Return an account."""
    return serializers.account(find_account(uid))


@blueprint.patch("/accounts/<int:uid>")
def change_account(uid: int) -> ResponseReturnValue:
    """Change the quota of an account, or whether it allows every app."""
    found = find_account(uid)
    payload = fields(quota_bytes=int, auto_approve=bool)
    _check_quota(payload)
    return serializers.account(world().accounts.configure(found.id, **payload))


@blueprint.get("/apps")
def apps() -> ResponseReturnValue:
    """List all apps."""
    return {"apps": [serializers.app(app) for app in world().apps.all()]}


@blueprint.post("/apps")
def add_app() -> ResponseReturnValue:
    """Create an app."""
    texts = dict.fromkeys(("name", "access", "key", "secret"), str)
    payload = fields(**texts, auto_approve=bool, redirect_uris=list)
    require(payload, "name")
    _check_access(payload)
    uris = payload.pop("redirect_uris", [])
    if not all(isinstance(uri, str) and uri.split() == [uri] for uri in uris):
        raise BadRequest("redirect_uris must be texts without spaces")
    payload["redirect_uris"] = tuple(uris)
    return serializers.app(_created(world().apps.create, payload)), 201


@blueprint.patch("/apps/<key>")
def change_app(key: str) -> ResponseReturnValue:
    """Change whether an app is allowed automatically, or disabled."""
    found = _find_app(key)
    world().apps.configure(key, **fields(auto_approve=bool, is_disabled=bool))
    return serializers.app(world().apps.get(found.id))


@blueprint.get("/tokens")
def tokens() -> ResponseReturnValue:
    """List all valid access tokens."""
    return {"tokens": [_token(token) for token in world().tokens.all()]}


@blueprint.post("/tokens")
def add_token() -> ResponseReturnValue:
    """Create an access token."""
    texts = dict.fromkeys(("app", "access", "token", "secret", "type"), str)
    payload = fields(**texts, uid=int)
    _check_access(payload)
    app = _find_app(payload.get("app", defaults.APP_KEY))
    uid = find_account(payload.get("uid", 1)).id
    access, token = payload.get("access", "dropbox"), payload.get("token")
    try:
        if payload.get("type", "oauth1") == "bearer":
            made = world().tokens.issue_bearer(app.id, uid, access, token=token)
        else:
            made = world().tokens.issue(
                app, uid, access=access, token=token, secret=payload.get("secret")
            )
    except AlreadyTaken as error:
        raise BadRequest(f"{error.name} exists already") from error
    return _token(made), 201


@blueprint.delete("/tokens/<token>")
def revoke(token: str) -> ResponseReturnValue:
    """Revoke an access token or a refresh token."""
    world().tokens.revoke(token)
    world().oauth2.revoke_refresh_token(token)
    return Response(status=204)


def find_account(uid: int) -> Account:
    """Find an account by its id.

    Raises:
        NotThere: there is no such account.
    """
    for found in world().accounts.all():
        if found.id == uid:
            return found
    raise NotThere(f"there is no account {uid}")


def _find_app(key: str) -> App:
    for found in world().apps.all():
        if found.key == key:
            return found
    raise NotThere(f"there is no app {key!r}")


def _token(token: AccessToken) -> dict[str, object]:
    return serializers.token(token, world().apps.get(token.app_id).key)


def _created(create: Callable[..., _Created], payload: dict[str, Any]) -> _Created:
    try:
        return create(**payload)
    except AlreadyTaken as error:
        raise BadRequest(f"{error.name} exists already") from error
    except InvalidRedirectUri as error:
        raise BadRequest(str(error)) from error
    except IllegalPath as error:
        raise BadRequest("the name must be valid as the name of the app folder") from error


def _check_quota(payload: dict[str, Any]) -> None:
    if payload.get("quota_bytes", 0) < 0:
        raise BadRequest(f"quota_bytes must be at least 0, not {payload['quota_bytes']}")


def _check_access(payload: dict[str, Any]) -> None:
    if payload.get("access", "dropbox") not in _ACCESS:
        raise BadRequest(f"access must be one of {', '.join(_ACCESS)}, not {payload['access']!r}")
