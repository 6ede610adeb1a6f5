"""Allowing an app by OAuth 1.0. Source: seed; the wire reference, oauth/authorize."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, abort, redirect, request

from fakebox.context import RequestContext
from fakebox.core.errors import RequestTokenNotFound
from fakebox.web import consent, sign_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from fakebox.core.accounts import Account

blueprint: Blueprint = Blueprint("authorize", __name__)

_DANGEROUS_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", ""})


@blueprint.route("/1/oauth/authorize", methods=["GET", "POST"], strict_slashes=False)
def authorize() -> ResponseReturnValue:
    """Ask the user whether the app behind a request token may, and send the answer on."""
    tokens = sign_in.world().tokens
    sent = request.args.get("oauth_token", "")
    request_token = tokens.find_request(RequestContext.current().namespace.resolve(sent))
    if request_token.account_id is not None or request_token.is_denied:
        raise RequestTokenNotFound(request_token.token)
    app = sign_in.world().apps.get(request_token.app_id)
    callback = _callback()

    def allowed(account: Account) -> ResponseReturnValue:
        tokens.allow(request_token.token, account.id)
        if callback:
            return redirect(back_to(callback, oauth_token=request_token.token, uid=account.id))
        return consent.connected(app)

    def denied() -> ResponseReturnValue:
        tokens.deny(request_token.token)
        if callback:
            return redirect(back_to(callback, oauth_token=request_token.token, not_approved="true"))
        return consent.refused(app)

    return consent.ask(app, allowed, denied)


def is_dangerous(url: str) -> bool:
    """Whether a browser would run what a URL holds, or show a file of its own machine."""
    return urlsplit(url).scheme.lower() in _DANGEROUS_SCHEMES


def back_to(url: str, **params: str | int) -> str:
    """A callback with parameters added to those that it has."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(params))))
    return urlunsplit(parts._replace(query=query))


def _callback() -> str | None:
    # The service sent users wherever the signed-in app's link said; never into a script, though.
    callback = request.args.get("oauth_callback")
    if callback and is_dangerous(callback):
        abort(400, "oauth_callback is not a URL to send anybody to.")
    return callback or None
