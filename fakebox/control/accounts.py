"""Routes for accounts and their files, apps and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, get_args

from flask import Blueprint, Response, request

from fakebox import directory_sync
from fakebox.control import serializers
from fakebox.control.request import BadRequest, ResourceNotFound, fields, world
from fakebox.control.schemas import TOKEN_TYPES
from fakebox.core import defaults
from fakebox.core.accounts import Account, AccountType
from fakebox.core.apps import Access, App
from fakebox.core.errors import (
    AlreadyTaken,
    DropboxError,
    IllegalPath,
    NotAFile,
    NotFound,
)
from fakebox.core.tokens import AccessToken
from fakebox.credentials import NewToken, check_choice, check_credential
from fakebox.http.body import BodyError, open_stream
from fakebox.http.file_response import Unsatisfiable, send
from fakebox.http.headers import parse_digits
from fakebox.media.file_types import file_type_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

blueprint: Blueprint = Blueprint("accounts", __name__)

_Created = TypeVar("_Created")


@blueprint.get("/accounts")
def accounts() -> ResponseReturnValue:
    """List all accounts."""
    return {"accounts": [serializers.account(account) for account in world().accounts.all()]}


@blueprint.post("/accounts")
def add_account() -> ResponseReturnValue:
    """Create an account."""
    payload = {"password": defaults.PASSWORD, **fields()}
    _check_account(payload)
    return serializers.account(_created(world().accounts.create, payload)), 201


@blueprint.get("/accounts/<int:uid>")
def account(uid: int) -> ResponseReturnValue:
    """Return an account."""
    return serializers.account(find_account(uid))


@blueprint.patch("/accounts/<int:uid>")
def change_account(uid: int) -> ResponseReturnValue:
    """Change an account: its quota, type, or whether it allows every app, for example."""
    found = find_account(uid)
    payload = fields()
    _check_account(payload)
    changes = {"account_id": found.id, **payload}
    return serializers.account(_created(world().accounts.configure, changes))


@blueprint.get("/apps")
def apps() -> ResponseReturnValue:
    """List all apps."""
    return {"apps": [serializers.app(app) for app in world().apps.all()]}


@blueprint.post("/apps")
def add_app() -> ResponseReturnValue:
    """Create an app."""
    payload = fields()
    _check_app(payload)
    return serializers.app(_created(world().apps.create, payload)), 201


@blueprint.patch("/apps/<key>")
def change_app(key: str) -> ResponseReturnValue:
    """Change an app: its redirect URIs, its scopes, or whether it is disabled, for example."""
    found = find_app(key)
    payload = fields()
    _check_app(payload)
    _created(world().apps.configure, {"key": key, **payload})
    return serializers.app(world().apps.get(found.id))


@blueprint.get("/tokens")
def tokens() -> ResponseReturnValue:
    """List all access tokens and refresh tokens that were not revoked."""
    shown = [_token(token) for token in world().tokens.all()]
    shown += [
        serializers.refresh_token(token, world().apps.get(token.app_id).key)
        for token in world().oauth2.refresh_tokens()
    ]
    return {"tokens": shown}


@blueprint.post("/tokens")
def add_token() -> ResponseReturnValue:
    """Create an access token, and with `refresh` a refresh token."""
    payload = fields()
    app = find_app(payload.pop("app", defaults.APP_KEY))
    uid = find_account(payload.pop("uid", 1)).id
    kind = payload.pop("type", None)
    try:
        made = _new_token(kind, payload).create(world(), app, uid)
    except AlreadyTaken as error:
        raise BadRequest(f"token {error.name} exists already") from error
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return _token(*made), 201


@blueprint.delete("/tokens/<token>")
def revoke(token: str) -> ResponseReturnValue:
    """Revoke an access token or a refresh token."""
    world().tokens.revoke(token)
    world().oauth2.revoke_refresh_token(token)
    return Response(status=204)


@blueprint.get("/accounts/<int:uid>/tree")
@blueprint.get("/tree/<int:uid>")
def tree(uid: int) -> ResponseReturnValue:
    """List all paths of an account; those of folders end with a slash."""
    account = directory_sync.AccountFiles(world(), find_account(uid).id)
    return {"tree": directory_sync.listed(account.contents())}


@blueprint.get("/accounts/<int:uid>/content-hashes")
def content_hashes(uid: int) -> ResponseReturnValue:
    """Return the content hash of each file of an account by its path; null for a folder."""
    account = directory_sync.AccountFiles(world(), find_account(uid).id)
    return {"content_hashes": account.contents()}


@blueprint.get("/accounts/<int:uid>/files/<everything:path>")
@blueprint.get("/files/<int:uid>/<path:path>")
def get_file(uid: int, path: str) -> ResponseReturnValue:
    """Return the content of a file."""
    try:
        scope = directory_sync.whole(find_account(uid).id)
        entry, file = world().files.open(scope, f"/{path}")
    except (NotFound, NotAFile) as error:
        raise ResourceNotFound(f"there is no file /{path}") from error
    except IllegalPath as error:
        raise BadRequest(f"/{path} cannot exist: {directory_sync.describe(error)}") from error
    media_type = file_type_of(entry.name).mime_type
    try:
        return send(request.environ, file, entry.size_bytes, entry.rev, media_type)
    except Unsatisfiable as error:
        headers = {"Content-Range": error.content_range}
        text = f"the range must be within the {error.size_bytes} bytes of /{path}"
        return {"error": text}, 416, headers


@blueprint.put("/accounts/<int:uid>/files/<everything:path>")
@blueprint.put("/files/<int:uid>/<path:path>")
def put_file(uid: int, path: str) -> ResponseReturnValue:
    """Store the body of the request as a file; an existing file is overwritten.

    The parameter `modified_s` is the time when a client changed the file.
    """
    account = directory_sync.AccountFiles(world(), find_account(uid).id)
    text = request.args.get("modified_s")
    modified_s = parse_digits(text or "")
    if text is not None and modified_s is None:
        raise BadRequest(f"modified_s must be a whole number of seconds, not {text!r}")
    try:
        account.store(f"/{path}", open_stream(request.environ), modified_s)
    except (DropboxError, BodyError) as error:
        raise BadRequest(f"/{path} cannot be stored: {directory_sync.describe(error)}") from error
    return Response(status=204)


@blueprint.put("/accounts/<int:uid>/folders/<everything:path>")
def put_folder(uid: int, path: str) -> ResponseReturnValue:
    """Create a folder, unless it exists."""
    account = directory_sync.AccountFiles(world(), find_account(uid).id)
    try:
        account.create_folder(f"/{path}")
    except DropboxError as error:
        raise BadRequest(f"/{path} cannot be created: {directory_sync.describe(error)}") from error
    return Response(status=204)


def find_account(uid: int) -> Account:
    """Find an account by its id.

    Raises:
        ResourceNotFound: there is no such account.
    """
    for found in world().accounts.all():
        if found.id == uid:
            return found
    raise ResourceNotFound(f"there is no account {uid}")


def find_app(key: str) -> App:
    """Find an app by its key.

    Raises:
        ResourceNotFound: there is no such app.
    """
    for found in world().apps.all():
        if found.key == key:
            return found
    raise ResourceNotFound(f"there is no app {key!r}")


def _new_token(kind: str | None, options: dict[str, Any]) -> NewToken:
    if kind not in (None, *TOKEN_TYPES):
        raise BadRequest(f"type must be one of {', '.join(TOKEN_TYPES)}, not {kind!r}")
    return NewToken(bearer=None if kind is None else kind == "bearer", **options)


def _token(token: AccessToken, refresh_token: str | None = None) -> dict[str, object]:
    return serializers.token(token, world().apps.get(token.app_id).key, refresh_token)


def _created(create: Callable[..., _Created], payload: dict[str, Any]) -> _Created:
    try:
        return create(**payload)
    except AlreadyTaken as error:
        raise BadRequest(f"{error.name} exists already") from error
    except ValueError as error:
        raise BadRequest(str(error)) from error
    except IllegalPath as error:
        name = payload["name"]
        raise BadRequest(f"name must be valid as the name of a folder, not {name!r}") from error


def _check_account(payload: dict[str, Any]) -> None:
    if payload.get("quota_bytes", 0) < 0:
        raise BadRequest(f"quota_bytes must be at least 0, not {payload['quota_bytes']}")
    _check_choice(payload, "type", get_args(AccountType))


def _check_app(payload: dict[str, Any]) -> None:
    _check_choice(payload, "access", get_args(Access))
    uris = payload.get("redirect_uris", [])
    if not all(isinstance(uri, str) and uri.split() == [uri] for uri in uris):
        raise BadRequest(f"redirect_uris must be a list of strings without spaces, not {uris!r}")
    try:
        for name in ("key", "secret"):
            # An empty key or secret is one that is not given.
            if payload.get(name):
                check_credential(name, payload[name])
    except ValueError as error:
        raise BadRequest(str(error)) from error


def _check_choice(payload: dict[str, Any], name: str, choices: tuple[str, ...]) -> None:
    try:
        check_choice(name, payload.get(name, choices[0]), choices)
    except ValueError as error:
        raise BadRequest(str(error)) from error
