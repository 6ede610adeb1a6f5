"""accounts, apps and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from fakebox.control import serializers
from fakebox.control.request import BadRequest, NotThere, fields, require, world
from fakebox.core import defaults
from fakebox.core.accounts import Account
from fakebox.core.apps import App
from fakebox.core.errors import AlreadyTaken, IllegalPath, InvalidRedirectUri
from fakebox.core.tokens import AccessToken

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint: Blueprint = Blueprint("people", __name__)

_ACCESS = ("dropbox", "app_folder", "either")


@blueprint.get("/accounts")
def accounts() -> ResponseReturnValue:
    """Every account."""
    return {"accounts": [serializers.account(account) for account in world().accounts.all()]}


@blueprint.post("/accounts")
def add_account() -> ResponseReturnValue:
    """Open an account."""
    texts = dict.fromkeys(("email", "password", "given_name", "surname", "country", "locale"), str)
    payload = {"password": defaults.PASSWORD, **fields(**texts, quota_bytes=int, auto_approve=bool)}
    require(payload, "email")
    _check_quota(payload)
    return serializers.account(_made(world().accounts.create, payload)), 201


@blueprint.get("/accounts/<int:uid>")
def account(uid: int) -> ResponseReturnValue:
    """One account."""
    return serializers.account(find_account(uid))


@blueprint.patch("/accounts/<int:uid>")
def change_account(uid: int) -> ResponseReturnValue:
    """Change an account's quota, or whether it lets every app in."""
    found = find_account(uid)
    payload = fields(quota_bytes=int, auto_approve=bool)
    _check_quota(payload)
    return serializers.account(world().accounts.configure(found.id, **payload))


@blueprint.get("/apps")
def apps() -> ResponseReturnValue:
    """Every app."""
    return {"apps": [serializers.app(app) for app in world().apps.all()]}


@blueprint.post("/apps")
def add_app() -> ResponseReturnValue:
    """Register an app."""
    texts = dict.fromkeys(("name", "access", "key", "secret"), str)
    payload = fields(**texts, auto_approve=bool, redirect_uris=list)
    require(payload, "name")
    _check_access(payload)
    uris = payload.pop("redirect_uris", [])
    if not all(isinstance(uri, str) and uri.split() == [uri] for uri in uris):
        raise BadRequest("redirect_uris are texts without spaces")
    payload["redirect_uris"] = tuple(uris)
    return serializers.app(_made(world().apps.create, payload)), 201


@blueprint.patch("/apps/<key>")
def change_app(key: str) -> ResponseReturnValue:
    """Change how an app is let in."""
    found = _find_app(key)
    world().apps.configure(key, **fields(auto_approve=bool, is_disabled=bool))
    return serializers.app(world().apps.get(found.id))


@blueprint.get("/tokens")
def tokens() -> ResponseReturnValue:
    """Every access token that is good."""
    return {"tokens": [_token(token) for token in world().tokens.all()]}


@blueprint.post("/tokens")
def add_token() -> ResponseReturnValue:
    """Let an app in."""
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
        raise BadRequest(f"{error.name} is taken") from error
    return _token(made), 201


@blueprint.delete("/tokens/<token>")
def revoke(token: str) -> ResponseReturnValue:
    """Let nobody in with a token any more, nor fetch another by it if it is a refresh token."""
    world().tokens.revoke(token)
    world().oauth2.revoke_refresh_token(token)
    return Response(status=204)


def find_account(uid: int) -> Account:
    """The account with this id.

    Raises:
        NotThere: there is none.
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


def _token(token: AccessToken) -> dict[str, Any]:
    return serializers.token(token, world().apps.get(token.app_id).key)


def _made(create: Any, payload: dict[str, Any]) -> Any:
    try:
        return create(**payload)
    except AlreadyTaken as error:
        raise BadRequest(f"{error.name} is taken") from error
    except InvalidRedirectUri as error:
        raise BadRequest(str(error)) from error
    except IllegalPath as error:
        raise BadRequest("there can be no folder of this name, as the app's is to be") from error


def _check_quota(payload: dict[str, Any]) -> None:
    if payload.get("quota_bytes", 0) < 0:
        raise BadRequest("quota_bytes is negative")


def _check_access(payload: dict[str, Any]) -> None:
    if payload.get("access", "dropbox") not in _ACCESS:
        raise BadRequest(f"access is one of {', '.join(_ACCESS)}, not {payload['access']!r}")
