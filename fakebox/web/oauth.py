"""The authorization pages of OAuth 1.0 and OAuth 2.

Source: the wire reference, oauth/authorize and oauth2/authorize.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast, get_args
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, abort, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from fakebox.auth import granted_to
from fakebox.context import RequestContext, TokenAccessType
from fakebox.core.errors import (
    AppDisabled,
    InvalidChallenge,
    NotAllowed,
    RequestTokenNotFound,
)
from fakebox.core.oauth2 import SHORT_LIVED_S, PkceChallenge
from fakebox.core.scopes import granted_scopes
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

_STATE_LIMIT_BYTES = 2000
_TOKEN_ACCESS_TYPES = get_args(TokenAccessType)
_INCLUDE_GRANTED_SCOPES = ("user", "team")
_DANGEROUS_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", ""})


@blueprint.errorhandler(400)
def bad_request(error: HTTPException) -> ResponseReturnValue:
    """Show the reason why a request is not valid. The browser is not redirected."""
    return render_page("bad_request.html", reason=error.description), 400


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
    token_access_type: TokenAccessType
    scopes: tuple[str, ...]
    includes_granted: bool

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

    return consent.ask(authorization.app, allowed, denied, authorization.scopes)


def _authorization(context: RequestContext, args: Args) -> _Authorization:
    app = _app(context, args)
    response_type, state = args.get("response_type"), args.get("state")
    if response_type not in ("code", "token"):
        abort(400, "response_type has to be 'code' or 'token'.")
    if state is not None and len(state.encode(errors="replace")) > _STATE_LIMIT_BYTES:
        abort(400, f"state may have {_STATE_LIMIT_BYTES} bytes at most.")
    return _Authorization(
        app,
        response_type,
        _redirect_uri(app, response_type, args),
        state,
        _challenge(args),
        _token_access_type(context, args),
        _scopes(app, args),
        _includes_granted(args),
    )


def _app(context: RequestContext, args: Args) -> App:
    client_id = args.get("client_id")
    if not client_id:
        abort(400, "Missing 'client_id'.")
    try:
        return context.resolver.app(client_id)
    except AppDisabled:
        abort(400, "This app is currently disabled.")
    except NotAllowed:
        abort(400, f'Invalid client_id: "{client_id}".')


def _redirect_uri(app: App, response_type: str, args: Args) -> str | None:
    uri = args.get("redirect_uri")
    if uri is None and response_type == "token":
        abort(400, "redirect_uri is required for response_type 'token'.")
    if uri is not None and uri not in app.redirect_uris:
        abort(
            400,
            "Invalid redirect_uri. It must exactly match one of the redirect URIs you've"
            " pre-configured for your app (including the path).",
        )
    return uri


def _scopes(app: App, args: Args) -> tuple[str, ...]:
    scopes = granted_scopes(args.get("scope"), app.scopes)
    if not scopes:
        abort(400, "No scope requested can be granted for this app.")
    return scopes


def _includes_granted(args: Args) -> bool:
    value = args.get("include_granted_scopes")
    if value is None:
        return False
    if value not in _INCLUDE_GRANTED_SCOPES:
        abort(400, f"include_granted_scopes must be one of: {', '.join(_INCLUDE_GRANTED_SCOPES)}.")
    if "scope" not in args:
        abort(400, "include_granted_scopes requires scope.")
    return True


def _challenge(args: Args) -> PkceChallenge | None:
    value, method = args.get("code_challenge"), args.get("code_challenge_method")
    if value is None and method is None:
        return None
    try:
        return PkceChallenge(value or "", "plain" if method is None else method)
    except InvalidChallenge as error:
        abort(400, f"{error}.")


def _token_access_type(context: RequestContext, args: Args) -> TokenAccessType:
    kind, default = args.get("token_access_type"), context.options.token_access_type
    if kind is None:
        # The tokens of version 1 did not expire.
        return "legacy" if context.raw_path.startswith("/1/") else default
    if kind not in _TOKEN_ACCESS_TYPES:
        abort(400, f"token_access_type must be one of: {', '.join(_TOKEN_ACCESS_TYPES)}.")
    # An app gets a token that does not expire only if its settings allow it.
    return "online" if kind == "legacy" != default else cast("TokenAccessType", kind)


@dataclass(frozen=True)
class _Allowed:
    result: str
    is_url: bool = True


def _allow_app(world: World, authorization: _Authorization, account: Account) -> _Allowed:
    """Issue a token or a code, and return the URL to redirect to, or else the code."""
    with world.unit_of_work():
        scopes = world.oauth2.consent(
            authorization.app,
            account.id,
            authorization.scopes,
            include_granted=authorization.includes_granted,
        )
        if authorization.response_type == "token":
            return _Allowed(_implicit(world, authorization, account, scopes))
        code = world.oauth2.issue_code(
            authorization.app,
            account.id,
            redirect_uri=authorization.redirect_uri,
            challenge=authorization.challenge,
            short_lived=authorization.token_access_type != "legacy",
            offline=authorization.token_access_type == "offline",
            scopes=scopes,
        )
    if authorization.redirect_uri is not None:
        return _Allowed(authorization.back(code=code))
    return _Allowed(code, is_url=False)


def _implicit(
    world: World, authorization: _Authorization, account: Account, scopes: tuple[str, ...]
) -> str:
    """Issue a token, and return the URL with the token in its fragment."""
    app = authorization.app
    lifetime_s = None if authorization.token_access_type == "legacy" else SHORT_LIVED_S
    token = world.tokens.issue_bearer(
        app.id, account.id, app.access, lifetime_s=lifetime_s, scopes=scopes
    )
    lifetime = {} if lifetime_s is None else {"expires_in": lifetime_s}
    return authorization.back(
        access_token=token.token, token_type="bearer", **lifetime, **granted_to(token)
    )
