"""The click on Allow without a browser: of an authorization URL, or for a request token."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from werkzeug.test import create_environ

from fakebox.context import RequestContext
from fakebox.control.accounts import find_account
from fakebox.control.authorization import is_loopback
from fakebox.control.request import BadRequest, fields, namespace, world
from fakebox.core.errors import RequestTokenNotFound
from fakebox.dropbox_hosts import is_dropbox_host
from fakebox.web.oauth import PATHS, allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from fakebox.core.accounts import Account
    from fakebox.namespaces import ControlledNamespace


blueprint: Blueprint = Blueprint("consent", __name__)


@blueprint.post("/authorize")
def authorize_url() -> ResponseReturnValue:
    """Allow the app of an authorization URL, as a user does by a click on Allow.

    The result is the URL that the browser is redirected to. For a URL without a redirect URI it is
    the code that the user enters into the app, and for OAuth 1.0 without a callback the request
    token.
    """
    payload = fields()
    account = find_account(payload.get("uid", 1))
    try:
        result = authorize(namespace(), payload["url"], request.host_url, account)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return {"result": result}


@blueprint.post("/allow")
def allow_request_token() -> ResponseReturnValue:
    """Allow a request token of OAuth 1.0, as a user does on the authorization page."""
    payload = fields()
    account = find_account(payload.get("uid", 1))
    try:
        world().tokens.allow(payload["request_token"], account.id)
    except RequestTokenNotFound as error:
        raise BadRequest(
            "request_token must be a request token that was not used before and has not expired"
        ) from error
    return Response(status=204)


def authorize(namespace: ControlledNamespace, url: str, own_url: str, account: Account) -> str:
    """Allow the app of an authorization URL for an account.

    Args:
        namespace: the namespace of the app and the account.
        url: the authorization URL.
        own_url: the URL of the emulator.
        account: the account that the app gets access to.

    Returns:
        The URL to redirect to, the code, or the request token; see `allow`.

    Raises:
        ValueError: the URL is not one of an authorization page, or the page responds with an error.
    """
    try:
        # `str`, because the argument may be None if the app has made no URL.
        parts = urlsplit(str(url))
        host = parts.hostname or ""
    except ValueError:
        raise ValueError("url must be a valid URL") from None
    is_own = parts.netloc == urlsplit(own_url).netloc or is_loopback(host) or is_dropbox_host(host)
    if not is_own or parts.path.rstrip("/") not in PATHS:
        # The query and the password may be secret.
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        raise ValueError(
            "url must be an authorization URL, such as"
            f" https://www.dropbox.com/oauth2/authorize?client_id=..., not {shown!r}"
        )
    if namespace.options.is_retired and parts.path.startswith("/1/"):
        raise ValueError("version 1 is shut down by the setting is_retired; use /oauth2/authorize")
    environ = create_environ(parts.path, own_url)
    environ["RAW_URI"] = f"{parts.path}?{parts.query}"
    context = RequestContext(environ)
    context.namespace = namespace
    return allow(context, account)
