"""Asking the user whether an app may: the same pages for OAuth 1.0 and OAuth 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, request

from fakebox.web import sign_in
from fakebox.web.pages import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

    from fakebox.core.accounts import Account
    from fakebox.core.apps import App


def ask(
    app: App,
    allowed: Callable[[Account], ResponseReturnValue],
    denied: Callable[[], ResponseReturnValue],
) -> ResponseReturnValue:
    """Show the page that is next, or take what the user has answered to the last one.

    Args:
        app: who wants to be let in.
        allowed: what to answer once an account's owner has said yes.
        denied: what to answer once the user has said no.
    """
    if request.method == "POST":
        return _decided(app, allowed, denied)
    if account := sign_in.approver(app):
        return allowed(account)
    account = sign_in.signed_in()
    return _question(app, account) if account else _sign_in_page(app)


def connected(app: App) -> str:
    """The page after a yes, where the app has no page of its own to go back to."""
    return render(
        "message.html",
        title=f"{app.name} is connected to your Dropbox",
        body="You can close this page and go back to the app.",
    )


def refused(app: App) -> str:
    """The page after a no."""
    return render(
        "message.html",
        title=f"{app.name} was not connected",
        body="Nothing was shared. You can close this page.",
    )


def _decided(
    app: App,
    allowed: Callable[[Account], ResponseReturnValue],
    denied: Callable[[], ResponseReturnValue],
) -> ResponseReturnValue:
    sign_in.check_csrf()
    action, account = request.form.get("action"), sign_in.signed_in()
    if action == "sign_in":
        right = sign_in.sign_in(request.form.get("email", ""), request.form.get("password", ""))
        if not right:
            return _sign_in_page(app, failed=True)
    elif action == "sign_out":
        sign_in.sign_out()
    elif action == "allow" and account:
        return allowed(account)
    elif action == "deny":
        return denied()
    return redirect(request.full_path, 303)


def _sign_in_page(app: App, *, failed: bool = False) -> ResponseReturnValue:
    page = render(
        "sign_in.html",
        app=app,
        accounts=sign_in.world().accounts.all(),
        chosen=request.form.get("email"),
        failed=failed,
        csrf=sign_in.csrf_token(),
    )
    return page, 403 if failed else 200


def _question(app: App, account: Account) -> str:
    return render("authorize.html", app=app, account=account, csrf=sign_in.csrf_token())
