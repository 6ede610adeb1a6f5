"""The dashboard at `/_fakebox/`: pages that show the state, and forms that change it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request, url_for

from fakebox import directory_sync
from fakebox.control.accounts import find_account, find_app
from fakebox.control.request import BadRequest, ResourceNotFound, namespace, world
from fakebox.core.entry import Listing
from fakebox.core.errors import AlreadyTaken, NotFound
from fakebox.core.scopes import DESCRIPTIONS, USER_SCOPES
from fakebox.credentials import NewToken
from fakebox.http.headers import parse_digits, render_page
from fakebox.media.file_types import file_type_of
from fakebox.middleware.faults import Fault, InvalidFault

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from fakebox.core.entry import Entry
    from fakebox.core.tokens import AccessToken
    from fakebox.middleware.journal_entry import JournalEntry

blueprint: Blueprint = Blueprint("page", __name__)

_SHOWN = 100
_TEXT_BYTES = 16 * 1024
_HOUR_S = 60 * 60
_EFFECTS: dict[str, dict[str, Any]] = {
    "503, Retry-After 1": {"status": 503, "retry_after_s": 1},
    "429, Retry-After 1": {"status": 429, "retry_after_s": 1},
    "500": {"status": 500},
    "401, expired token": {"expired_token": True},
    "response after 2 s": {"latency_s": 2},
    "response at 16 KiB/s": {"bandwidth_bytes_per_s": 16 * 1024},
    "response cut after 100 bytes": {"cut_after_bytes": 100},
    "connection reset, request not applied": {"reset": "before_read"},
    "connection reset, request applied": {"reset": "after_applied"},
    "malformed JSON": {"malformed": "json"},
    "malformed metadata header": {"malformed": "metadata"},
    "delta reset": {"delta_reset": True},
}


@blueprint.errorhandler(BadRequest)
def bad_request(error: BadRequest) -> ResponseReturnValue:
    """Respond with a page instead of JSON."""
    return render_page("error.html", text=error), 400


@blueprint.errorhandler(ResourceNotFound)
def resource_not_found(error: ResourceNotFound) -> ResponseReturnValue:
    """Respond with a page instead of JSON."""
    return render_page("error.html", text=error), 404


@blueprint.app_template_filter()
def utc(when_s: float, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Format a time of the emulated clock."""
    return datetime.fromtimestamp(when_s, timezone.utc).strftime(pattern)


@blueprint.app_template_filter()
def size(size_bytes: float) -> str:
    """Format a number of bytes with a unit."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size_bytes < 1024:
            return f"{size_bytes:.4g} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.4g} TiB"


@blueprint.get("/")
def overview() -> ResponseReturnValue:
    """Show accounts, the clock, faults and the latest requests."""
    return render_page(
        "overview.html",
        accounts=world().accounts.all(),
        clock=world().clock,
        faults=list(namespace().faults),
        effects=list(_EFFECTS),
        endpoints=list(namespace().faults.endpoints or ()),
        records=_recent_requests(),
        apps={app.id: app for app in world().apps.all()},
        tokens=_bearer_tokens(),
        scopes=DESCRIPTIONS,
        user_scopes=USER_SCOPES,
    )


@blueprint.get("/page/requests")
def requests() -> ResponseReturnValue:
    """Return the rows of the journal, for the page that updates them."""
    return render_page("requests.html", records=_recent_requests())


@blueprint.post("/page/faults")
def add_fault() -> ResponseReturnValue:
    """Add a fault."""
    effect = _EFFECTS.get(request.form.get("effect", ""))
    text = request.form.get("times", "1")
    times = parse_digits(text)
    if effect is None:
        name = request.form.get("effect", "")
        raise BadRequest(f"effect must be one of {'; '.join(_EFFECTS)}, not {name!r}")
    if text and times is None:
        raise BadRequest(f"times must be a whole number, or empty for no limit, not {text!r}")
    try:
        fault = Fault(
            endpoint=request.form.get("endpoint") or None,
            path=request.form.get("path") or None,
            times=times,
            **effect,
        )
        namespace().faults.add(fault)
    except InvalidFault as error:
        raise BadRequest(str(error)) from error
    return _redirect_to_overview()


@blueprint.post("/page/faults/clear")
def clear_faults() -> ResponseReturnValue:
    """Remove one fault, or all."""
    number = request.form.get("id", "")
    if not number:
        namespace().faults.clear()
    elif any(str(planned.id) == number for planned in namespace().faults):
        namespace().faults.remove(int(number))
    return _redirect_to_overview()


@blueprint.post("/page/tokens")
def add_token() -> ResponseReturnValue:
    """Create a bearer token with the chosen scopes."""
    form = request.form
    uid, lifetime = parse_digits(form.get("uid", "1")), form.get("expires_in_s", "")
    if lifetime and parse_digits(lifetime) is None:
        raise BadRequest(f"expires_in_s must be a whole number, or empty, not {lifetime!r}")
    account, app = find_account(uid or 0), find_app(form.get("app", ""))
    try:
        NewToken(
            bearer=True,
            token=form.get("token") or None,
            scopes=form.getlist("scopes"),
            expires_in_s=parse_digits(lifetime) if lifetime else None,
        ).create(world(), app, account.id)
    except AlreadyTaken as error:
        raise BadRequest(f"token {error.name} exists already") from error
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return _redirect_to_overview()


@blueprint.post("/page/tokens/revoke")
def revoke_token() -> ResponseReturnValue:
    """Revoke an access token."""
    world().tokens.revoke(request.form.get("token", ""))
    return _redirect_to_overview()


@blueprint.post("/page/clock")
def set_clock() -> ResponseReturnValue:
    """Freeze the clock, let it run, advance it, or reset it."""
    clock, action = world().clock, request.form.get("action")
    if action == "freeze":
        clock.freeze()
    elif action == "run":
        clock.run()
    elif action == "advance":
        text = request.form.get("hours", "1")
        hours = parse_digits(text)
        if hours is None:
            raise BadRequest(f"hours must be a whole number from 0 to 2**63 - 1, not {text!r}")
        try:
            clock.advance(hours * _HOUR_S)
        except ValueError as error:
            raise BadRequest(str(error)) from error
    elif action == "reset":
        clock.reset()
    return _redirect_to_overview()


@blueprint.post("/page/reset")
def reset() -> ResponseReturnValue:
    """Reset the namespace."""
    namespace().reset()
    return _redirect_to_overview()


@blueprint.get("/page/files/<int:uid>/")
@blueprint.get("/page/files/<int:uid>/<path:path>")
def browse(uid: int, path: str = "") -> ResponseReturnValue:
    """Show the entries of a folder, or a file."""
    account = find_account(uid)
    try:
        shown = world().files.list(directory_sync.whole(account.id), f"/{path}")
    except NotFound:
        raise ResourceNotFound(f"there is no file or folder /{path}") from None
    if isinstance(shown, Listing):
        return render_page("folder.html", account=account, path=path, listing=shown)
    if shown.is_deleted:
        raise ResourceNotFound(f"/{path} is deleted")
    kind = file_type_of(shown.name).mime_type
    text = _beginning_of(account.id, shown) if kind.startswith("text/") else None
    return render_page("file.html", account=account, path=path, entry=shown, kind=kind, text=text)


def _bearer_tokens() -> list[AccessToken]:
    return [token for token in world().tokens.all() if token.secret is None][:_SHOWN]


def _recent_requests() -> list[JournalEntry]:
    return list(reversed(namespace().requests[-_SHOWN:]))


def _beginning_of(account_id: int, entry: Entry) -> str:
    _, file = world().files.open(directory_sync.whole(account_id), entry.path)
    with file:
        return file.read(_TEXT_BYTES).decode("utf-8", "replace")


def _redirect_to_overview() -> ResponseReturnValue:
    name = namespace().name
    return redirect(url_for("page.overview", namespace=name or None), 303)
