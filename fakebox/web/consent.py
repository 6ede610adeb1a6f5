"""Consent pages: the user signs in and allows or denies an app.

OAuth 1.0 and OAuth 2 use the same pages.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from flask import abort, redirect, request, session

from fakebox.context import RequestContext
from fakebox.core.errors import WrongPassword
from fakebox.core.random_ids import RandomIds
from fakebox.core.scopes import DESCRIPTIONS
from fakebox.http.headers import render_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask.typing import ResponseReturnValue

    from fakebox.core.accounts import Account
    from fakebox.core.apps import App
    from fakebox.core.world import World

_ACCOUNT = "account"
_CSRF = "csrf"


def ask(
    app: App,
    allowed: Callable[[Account], ResponseReturnValue],
    denied: Callable[[], ResponseReturnValue],
    scopes: Iterable[str] = (),
) -> ResponseReturnValue:
    """Show the next page, or process the form of the last one.

    Args:
        app: the app that requests access.
        allowed: called with the account when the user has allowed the app; returns the response.
        denied: called when the user has denied the app; returns the response.
        scopes: the requested scopes of OAuth 2, which the page lists in words.
    """
    if request.method == "POST":
        return _decided(app, allowed, denied)
    if account := _approver(app):
        return allowed(account)
    account = _signed_in()
    return _question(app, account, scopes) if account else _sign_in_page(app)


def allowed_page(app: App) -> str:
    """Return the page after an app without a redirect URL was allowed."""
    return render_page(
        "message.html",
        title=f"{app.name} is connected to your Dropbox",
        body="You can close this page and go back to the app.",
    )


def denied_page(app: App) -> str:
    """Return the page after an app without a redirect URL was denied."""
    return render_page(
        "message.html",
        title=f"{app.name} was not connected",
        body="Nothing was shared. You can close this page.",
    )


def _decided(
    app: App,
    allowed: Callable[[Account], ResponseReturnValue],
    denied: Callable[[], ResponseReturnValue],
) -> ResponseReturnValue:
    _check_csrf()
    action, account = request.form.get("action"), _signed_in()
    if action == "sign_in":
        if not _sign_in(request.form.get("email", ""), request.form.get("password", "")):
            return _sign_in_page(app, failed=True)
    elif action == "sign_out":
        session.pop(_account_key(), None)
    elif action == "allow" and account:
        return allowed(account)
    elif action == "deny":
        return denied()
    return redirect(request.full_path, 303)


def _sign_in_page(app: App, *, failed: bool = False) -> ResponseReturnValue:
    page = render_page(
        "sign_in.html",
        app=app,
        accounts=_world().accounts.all(),
        chosen=request.form.get("email"),
        failed=failed,
        csrf=_csrf_token(),
    )
    return page, 403 if failed else 200


def _question(app: App, account: Account, scopes: Iterable[str]) -> str:
    return render_page(
        "authorize.html",
        app=app,
        account=account,
        permissions=[DESCRIPTIONS[scope] for scope in scopes],
        csrf=_csrf_token(),
    )


# --- signing in ----------------------------------------------------------------------------


def _world() -> World:
    return RequestContext.current().world


def _signed_in() -> Account | None:
    """The account that the browser is signed in to."""
    email = session.get(_account_key())
    return next((account for account in _world().accounts.all() if account.email == email), None)


def _sign_in(email: str, password: str) -> bool:
    """Sign the browser in, and return whether the password is correct."""
    try:
        session[_account_key()] = _world().accounts.sign_in(email, password).email
    except WrongPassword:
        return False
    return True


def _account_key() -> str:
    # All namespaces use the same cookie, but each has its own accounts.
    return f"{_ACCOUNT} {RequestContext.current().namespace.name}"


def _csrf_token() -> str:
    """Return the token that each form contains, which prevents forms of other sites."""
    if _CSRF not in session:
        session[_CSRF] = RandomIds().token(32)
    return str(session[_CSRF])


def _check_csrf() -> None:
    """Respond with 403 to a form without the token of the session."""
    sent, expected = request.form.get("csrf", ""), session.get(_CSRF, "")
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        abort(403, "The form has expired. Go back, reload the page and try again.")


def _approver(app: App) -> Account | None:
    """Return the account that allows the app without a page; `None` if a page is needed."""
    accounts = _world().accounts.all()
    approving = (account for account in accounts if account.auto_approve or app.auto_approve)
    return next(approving, None)
