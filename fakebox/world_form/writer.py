"""Writes the declared form of a world."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from fakebox import config, directory_sync

if TYPE_CHECKING:
    from fakebox.core.accounts import Account
    from fakebox.core.apps import App
    from fakebox.core.oauth2 import RefreshToken
    from fakebox.core.tokens import AccessToken
    from fakebox.core.world import World
    from fakebox.middleware.faults import Planned
    from fakebox.namespaces import ControlledNamespace

CONTENT_LIMIT_BYTES = 64 * 1024 * 1024


class WorldFormError(ValueError):
    """A world cannot be written in the declared form. The message is the reason, in one line."""


def describe(namespace: ControlledNamespace) -> dict[str, object]:
    """Return the declared form of a namespace; loading it makes an equal one.

    It contains all accounts, apps and tokens, the current files, the faults that can still be
    applied, and the settings.

    Raises:
        WorldFormError: the files have more than 64 MiB, or a fault has a body that is a function or
            binary. A snapshot has no limit.
    """
    # One transaction, so that no file disappears in between.
    with namespace.world.unit_of_work():
        return _describe(namespace)


def _describe(namespace: ControlledNamespace) -> dict[str, object]:
    world = namespace.world
    accounts = world.accounts.all()
    used_bytes = sum(account.used_bytes for account in accounts)
    if used_bytes > CONTENT_LIMIT_BYTES:
        raise WorldFormError(
            f"the files may have at most {CONTENT_LIMIT_BYTES} bytes, not {used_bytes}; use a"
            " snapshot"
        )
    faults = [_fault(planned) for planned in namespace.faults]
    entries = [entry for account in accounts for entry in _entries(world, account)]
    return {
        "accounts": [_account(world, account) for account in accounts],
        "apps": [_app(app) for app in world.apps.all()],
        "tokens": [
            *(_refresh_token(world, each) for each in _refresh_tokens(world)),
            *(_access_token(world, each) for each in world.tokens.all(with_revoked=True)),
        ],
        "folders": [entry for entry in entries if "client_modified" not in entry],
        "files": [entry for entry in entries if "client_modified" in entry],
        "faults": [fault for fault in faults if fault is not None],
        "settings": config.read(namespace),
    }


def _account(world: World, account: Account) -> dict[str, object]:
    return {
        "email": account.email,
        "password_hash": world.accounts.password_hash(account.id),
        "given_name": account.given_name,
        "surname": account.surname,
        "country": account.country,
        "locale": account.locale,
        "type": account.type,
        "quota_bytes": account.quota_bytes,
        "auto_approve": account.auto_approve,
    }


def _app(app: App) -> dict[str, object]:
    return {
        "key": app.key,
        "secret": app.secret,
        "name": app.name,
        "access": app.access,
        "auto_approve": app.auto_approve,
        "is_disabled": app.is_disabled,
        "redirect_uris": list(app.redirect_uris),
        "scopes": list(app.scopes),
    }


def _refresh_tokens(world: World) -> list[RefreshToken]:
    return world.oauth2.refresh_tokens(with_revoked=True)


def _refresh_token(world: World, token: RefreshToken) -> dict[str, object]:
    return {
        "token": token.token,
        "type": "refresh",
        "app": world.apps.get(token.app_id).key,
        "account": world.accounts.get(token.account_id).email,
        "scopes": list(token.scopes),
        "needs_secret": token.needs_secret,
        "is_revoked": token.is_revoked,
    }


def _access_token(world: World, token: AccessToken) -> dict[str, object]:
    form: dict[str, object] = {
        "token": token.token,
        "type": "oauth1" if token.secret else "bearer",
        "app": world.apps.get(token.app_id).key,
        "account": world.accounts.get(token.account_id).email,
        "access": token.access,
        "is_revoked": token.is_revoked,
    }
    if token.secret is not None:
        return form | {"secret": token.secret}
    form["scopes"] = list(token.scopes)
    if token.expires_s is not None:
        form["expires_in_s"] = max(0, token.expires_s - world.clock.now_s())
    if token.made_from is not None:
        origins = (each.token for each in world.tokens.all(with_revoked=True) if each.secret)
        name = "oauth1_token" if token.made_from in origins else "refresh_token"
        form[name] = token.made_from
    return form


def _entries(world: World, account: Account) -> Iterator[dict[str, object]]:
    """Iterate over the files of an account, and its folders that are empty."""
    scope = directory_sync.whole(account.id)
    entries = world.files.descendants(scope)
    filled = {entry.path.rpartition("/")[0] for entry in entries}
    for entry in entries:
        form: dict[str, object] = {"path": entry.path, "account": account.email}
        if entry.is_folder:
            if entry.path not in filled:
                yield form
            continue
        _, file = world.files.open(scope, entry.path)
        with file:
            form |= _content(file.read())
        modified = datetime.fromtimestamp(entry.client_mtime_s, timezone.utc)
        yield form | {"client_modified": modified.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _content(data: bytes) -> dict[str, object]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _fault(planned: Planned) -> dict[str, object] | None:
    """The fault as far as it can still be applied; `None` if it cannot."""
    left = planned.left()
    if left is None:
        return None
    form = left.to_dict()
    body = form.get("body")
    if callable(body):
        raise WorldFormError(f"the fault {planned.id} has a function as its body")
    if isinstance(body, bytes):
        raise WorldFormError(f"the fault {planned.id} has bytes as its body; use a text")
    return form
