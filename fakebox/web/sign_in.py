"""Who is sitting at the browser: signing in, and proof that a form came from one of our pages."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from flask import abort, request, session

from fakebox.context import RequestContext
from fakebox.core.errors import WrongPassword
from fakebox.core.random_ids import RandomIds

if TYPE_CHECKING:
    from fakebox.core.accounts import Account
    from fakebox.core.apps import App
    from fakebox.core.world import World

_ACCOUNT = "account"
_CSRF = "csrf"


def world() -> World:
    """The world of this request."""
    return RequestContext.current().world


def signed_in() -> Account | None:
    """The account that this browser is signed in to."""
    email = session.get(_account_key())
    return next((account for account in world().accounts.all() if account.email == email), None)


def sign_in(email: str, password: str) -> bool:
    """Sign the browser in, if the password is right."""
    try:
        session[_account_key()] = world().accounts.sign_in(email, password).email
    except WrongPassword:
        return False
    return True


def sign_out() -> None:
    """Forget who is signed in."""
    session.pop(_account_key(), None)


def _account_key() -> str:
    # All namespaces have the same cookie, but each has accounts of its own.
    return f"{_ACCOUNT} {RequestContext.current().namespace.name}"


def csrf_token() -> str:
    """What a form has to bring back, so that no other site can send it."""
    if _CSRF not in session:
        session[_CSRF] = RandomIds().token(32)
    return str(session[_CSRF])


def check_csrf() -> None:
    """Refuse a form that isn't one of ours; answers 403."""
    sent, expected = request.form.get("csrf", ""), session.get(_CSRF, "")
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        abort(403, "The form has expired. Go back, reload the page and try again.")


def approver(app: App) -> Account | None:
    """Who allows the app unasked: an account that always does, or any account if the app may."""
    accounts = world().accounts.all()
    willing = (account for account in accounts if account.auto_approve or app.auto_approve)
    return next(willing, None)
