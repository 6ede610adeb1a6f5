"""The authorization pages of OAuth 1.0 and OAuth 2.

Source: the wire reference, oauth/authorize and oauth2/authorize.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, abort, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from fakebox.context import RequestContext
from fakebox.core.apps import check_redirect_uri
from fakebox.core.errors import (
    InvalidChallenge,
    InvalidRedirectUri,
    NotAllowed,
    RequestTokenNotFound,
)
from fakebox.core.oauth2 import PkceChallenge
from fakebox.http.forms import NotUtf8, TooManyParameters
from fakebox.http.headers import render_page
from fakebox.web import consent

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from fakebox.core.accounts import Account
    from fakebox.core.apps import App
    from fakebox.core.tokens import RequestToken
    from fakebox.core.world import World

Args: TypeAlias = "MultiDict[str, str]"

blueprint: Blueprint = Blueprint("oauth", __name__)

# The paths of the authorization pages.
PATHS = ("/1/oauth/authorize", "/1/oauth2/authorize", "/oauth2/authorize")
_OAUTH1_PATH = PATHS[0]

_STATE_LIMIT_BYTES = 500
_TOKEN_ACCESS_TYPES = ("legacy", "online", "offline")
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_DANGEROUS_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", ""})


@blueprint.route("/1/oauth/authorize", methods=["GET", "POST"], strict_slashes=False)
def authorize_oauth1() -> ResponseReturnValue:
    """Let the user allow the app of a request token (OAuth 1.0)."""
    context = RequestContext.current()
    request_token = _request_token(context, request.args)
    app = context.world.apps.get(request_token.app_id)
    callback = _callback(request.args)

    def allowed(account: Account) -> ResponseReturnValue:
        url = _allow_request(context.world, request_token, callback, account)
        return redirect(url) if url else consent.allowed_page(app)

    def denied() -> ResponseReturnValue:
        context.world.tokens.deny(request_token.token)
        if callback:
            return redirect(
                _back_to(callback, oauth_token=request_token.token, not_approved="true")
            )
        return consent.denied_page(app)

    return consent.ask(app, allowed, denied)


def allow(context: RequestContext, account: Account) -> str:
    """Allow the app of an authorization URL without a page.

    Args:
        context: a GET request for the URL.
        account: the account that the app gets access to.

    Returns:
        The URL that the browser is redirected to. Without one, the code of OAuth 2, or the request
        token of OAuth 1.0.

    Raises:
        ValueError: the page responds with an error. The message is the reason, in one line.
    """
    try:
        args = MultiDict(context.query)
        if context.raw_path.rstrip("/") == _OAUTH1_PATH:
            request_token, callback = _request_token(context, args), _callback(args)
            url = _allow_request(context.world, request_token, callback, account)
            return url or request_token.token
        return _allow_app(context.world, _authorization(context, args), account).result
    except RequestTokenNotFound as error:
        raise ValueError(
            "oauth_token must be a request token that was not used before and has not expired"
        ) from error
    except NotUtf8 as error:
        raise ValueError("a parameter of url is not valid UTF-8") from error
    except TooManyParameters as error:
        raise ValueError("url has too many parameters") from error
    except HTTPException as error:
        raise ValueError((error.description or error.name).rstrip(".")) from error


def _request_token(context: RequestContext, args: Args) -> RequestToken:
    sent = context.namespace.resolve(args.get("oauth_token", ""))
    found = context.world.tokens.find_request(sent)
    if found.account_id is not None or found.is_denied:
        raise RequestTokenNotFound(found.token)
    return found


def _allow_request(
    world: World, request_token: RequestToken, callback: str | None, account: Account
) -> str | None:
    """Allow the request of an app, and return the URL to redirect to, if there is one."""
    world.tokens.allow(request_token.token, account.id)
    if callback is None:
        return None
    return _back_to(callback, oauth_token=request_token.token, uid=account.id)


def _back_to(url: str, **params: str | int) -> str:
    """Add parameters to the query of a URL."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(params))))
    return urlunsplit(parts._replace(query=query))


def _callback(args: Args) -> str | None:
    # Like in the service, the callback may be any URL, except URLs that run a script in the
    # browser or show a local file.
    callback = args.get("oauth_callback")
    if callback and urlsplit(callback).scheme.lower() in _DANGEROUS_SCHEMES:
        abort(400, "oauth_callback must not be a URL of a script or of a local file.")
    return callback or None


# --- OAuth 2 -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Authorization:
    app: App
    response_type: str
    redirect_uri: str | None
    state: str | None
    challenge: PkceChallenge | None
    token_access_type: str

    def back(self, **params: str | int) -> str:
        """The redirect URL with these parameters: in its fragment for a token, or its query."""
        if self.state is not None:
            params["state"] = self.state
        uri = self.redirect_uri or ""
        if self.response_type == "token":
            return f"{uri}#{urlencode(params)}"
        return _back_to(uri, **params)


@blueprint.route("/1/oauth2/authorize", methods=["GET", "POST"], strict_slashes=False)
@blueprint.route("/oauth2/authorize", methods=["GET", "POST"], strict_slashes=False)
def authorize_oauth2() -> ResponseReturnValue:
    """Let the user allow an app, and send it a code or a token (OAuth 2)."""
    context = RequestContext.current()
    authorization = _authorization(context, request.args)

    def allowed(account: Account) -> ResponseReturnValue:
        allowed = _allow_app(context.world, authorization, account)
        if allowed.is_url:
            return redirect(allowed.result)
        return render_page("code.html", app=authorization.app, code=allowed.result)

    def denied() -> ResponseReturnValue:
        if authorization.redirect_uri is None:
            return consent.denied_page(authorization.app)
        why = "The user chose not to give your app access to their Dropbox."
        return redirect(authorization.back(error="access_denied", error_description=why))

    return consent.ask(authorization.app, allowed, denied)


def _authorization(context: RequestContext, args: Args) -> _Authorization:
    try:
        app = context.resolver.app(args.get("client_id", ""))
    except NotAllowed:
        abort(400, "client_id is not the key of an app.")
    response_type, uri, state = (
        args.get("response_type"),
        args.get("redirect_uri"),
        args.get("state"),
    )
    if response_type not in ("code", "token"):
        abort(400, "response_type has to be 'code' or 'token'.")
    if state is not None and len(state.encode(errors="replace")) > _STATE_LIMIT_BYTES:
        abort(400, f"state may have {_STATE_LIMIT_BYTES} bytes at most.")
    if uri is None and response_type == "token":
        abort(400, "redirect_uri is required for response_type 'token'.")
    if uri is not None:
        _check_redirect_uri(app, uri)
    kind = _token_access_type(args)
    return _Authorization(app, response_type, uri, state, _challenge(args), kind)


def _challenge(args: Args) -> PkceChallenge | None:
    value, method = args.get("code_challenge"), args.get("code_challenge_method")
    if value is None and method is None:
        return None
    try:
        return PkceChallenge(value or "", "plain" if method is None else method)
    except InvalidChallenge as error:
        abort(400, f"{error}.")


def _token_access_type(args: Args) -> str:
    kind = args.get("token_access_type", "legacy")
    if kind not in _TOKEN_ACCESS_TYPES:
        abort(400, f"token_access_type must be one of: {', '.join(_TOKEN_ACCESS_TYPES)}.")
    return kind


def _check_redirect_uri(app: App, uri: str) -> None:
    try:
        check_redirect_uri(uri)
    except InvalidRedirectUri as error:
        abort(400, f"{error}.")
    if uri not in app.redirect_uris and not _is_local(uri):
        abort(400, "redirect_uri is not registered for the app.")


def _is_local(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme in ("http", "https") and parts.hostname in _LOCAL_HOSTS


@dataclass(frozen=True)
class _Allowed:
    result: str
    is_url: bool = True


def _allow_app(world: World, authorization: _Authorization, account: Account) -> _Allowed:
    """Issue a token or a code, and return the URL to redirect to, or else the code."""
    app = authorization.app
    if authorization.response_type == "token":
        bearer = world.tokens.issue_bearer(app.id, account.id, app.access)
        return _Allowed(
            authorization.back(access_token=bearer.token, token_type="bearer", uid=account.id)
        )
    code = world.oauth2.issue_code(
        app,
        account.id,
        redirect_uri=authorization.redirect_uri,
        challenge=authorization.challenge,
        short_lived=authorization.token_access_type in ("online", "offline"),
        offline=authorization.token_access_type == "offline",
    )
    if authorization.redirect_uri is not None:
        return _Allowed(authorization.back(code=code))
    return _Allowed(code, is_url=False)
