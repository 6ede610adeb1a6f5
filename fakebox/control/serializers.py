"""JSON of the control plane. It contains secrets, since only the owner can read it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakebox.core.accounts import Account
    from fakebox.core.apps import App
    from fakebox.core.clock import Clock
    from fakebox.core.errors import DropboxError
    from fakebox.core.oauth2 import RefreshToken
    from fakebox.core.tokens import AccessToken
    from fakebox.middleware.faults import Planned
    from fakebox.middleware.journal_entry import JournalEntry


def code_of(kind: type[DropboxError]) -> str:
    """The code of an error of the emulated service, such as `not_a_file`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind.__name__).lower()


def account(shown: Account) -> dict[str, object]:
    """Serialize an account."""
    return {
        "uid": shown.id,
        "email": shown.email,
        "given_name": shown.given_name,
        "surname": shown.surname,
        "display_name": shown.display_name,
        "country": shown.country,
        "locale": shown.locale,
        "type": shown.type,
        "auto_approve": shown.auto_approve,
        "quota_bytes": shown.quota_bytes,
        "used_bytes": shown.used_bytes,
    }


def app(shown: App) -> dict[str, object]:
    """Serialize an app."""
    return {
        "id": shown.id,
        "key": shown.key,
        "secret": shown.secret,
        "name": shown.name,
        "access": shown.access,
        "auto_approve": shown.auto_approve,
        "is_disabled": shown.is_disabled,
        "redirect_uris": list(shown.redirect_uris),
        "scopes": list(shown.scopes),
    }


def token(shown: AccessToken, app_key: str, refresh_token: str | None = None) -> dict[str, object]:
    """Serialize an access token, with the refresh token for which it was issued."""
    return {
        "token": shown.token,
        "secret": shown.secret,
        "type": "oauth1" if shown.secret else "bearer",
        "app": app_key,
        "uid": shown.account_id,
        "access": shown.access,
        "scopes": list(shown.scopes),
        "expires_at_s": shown.expires_s,
        "refresh_token": refresh_token,
    }


def refresh_token(shown: RefreshToken, app_key: str) -> dict[str, object]:
    """Serialize a refresh token."""
    return {
        "token": shown.token,
        "type": "refresh",
        "app": app_key,
        "uid": shown.account_id,
        "scopes": list(shown.scopes),
        "needs_secret": shown.needs_secret,
    }


def clock(shown: Clock) -> dict[str, object]:
    """Serialize the clock."""
    now_s = shown.now()
    now = datetime.fromtimestamp(now_s, timezone.utc)
    return {
        "now_s": now_s,
        "now": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "is_frozen": shown.is_frozen,
    }


def fault(shown: Planned) -> dict[str, object]:
    """Serialize a fault and its counts."""
    values = shown.fault.to_dict()
    body = values.get("body")
    if isinstance(body, bytes):
        values["body"] = body.decode("utf-8", "replace")
    elif callable(body):
        values["body"] = f"<function {getattr(body, '__qualname__', type(body).__qualname__)}>"
    state = {"matched": shown.matched, "used": shown.used, "is_consumed": shown.is_consumed}
    return {"id": shown.id, "fault": values, **state}


def record(shown: JournalEntry) -> dict[str, object]:
    """Serialize a request and its response."""
    return {
        "number": shown.number,
        "began_s": shown.began_s,
        "method": shown.method,
        "api_version": shown.api_version,
        "endpoint": shown.endpoint,
        "path": shown.path,
        "paths": list(shown.paths),
        "described": shown.described,
        "url": shown.url,
        "http_version": shown.http_version,
        "params": shown.params,
        "query": shown.query,
        "form": shown.form,
        "arguments": shown.arguments,
        "headers": shown.headers,
        "request_bytes": shown.request_bytes,
        "request_text": shown.request_text,
        "status": shown.status,
        "response_headers": shown.response_headers,
        "response_bytes": shown.response_bytes,
        "response_text": shown.response_text,
        "duration_s": shown.duration_s,
        "fault": shown.fault,
        "unknown_credential": shown.unknown_credential,
    }
