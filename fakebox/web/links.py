"""Shared links and temporary links. Source: the wire reference, links.

A link with a password shows a form. The session of the browser stores the right to use the link,
which ends when the settings of the link change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import Blueprint, current_app, redirect, request, session

from fakebox.context import RequestContext
from fakebox.core.entry import Entry
from fakebox.core.errors import LinkPasswordRequired
from fakebox.core.link_settings import LinkVisitor
from fakebox.http.file_response import send
from fakebox.http.headers import render_page
from fakebox.http.urls import page_behind, path_of, sends_content
from fakebox.media.file_types import file_type_of
from fakebox.media.previews import read_text

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

    from fakebox.core.shared_links import SharedLinks

blueprint: Blueprint = Blueprint("links", __name__)

_EXCERPT_BYTES = 16 * 1024
_LINKS = "links"
# The session is stored in a cookie, whose size is limited.
_LINKS_LIMIT = 20


@blueprint.get("/db.tt/<code>")
def short(code: str) -> ResponseReturnValue:
    """Redirect from the short URL of a shared link to its long one."""
    return redirect(page_behind(RequestContext.current().origin, _links().expand(code).link))


@blueprint.get("/s/<token>")
def nameless(token: str) -> ResponseReturnValue:
    """Redirect to the URL of the link that ends with the name of the file."""
    link = _links().find(token).link
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return redirect(f"{path_of(link)}{query}")


@blueprint.get("/s/<token>/<path:name>")
def shared(token: str, name: str) -> ResponseReturnValue:
    """Show a shared file or folder; send the file with `dl=1`, `raw`, or from a content host."""
    return _show(token, name, f"/s/{token}/{quote(name)}", {})


@blueprint.get("/scl/fi/<key>/<path:name>")
@blueprint.get("/scl/fo/<key>/<path:name>")
def keyed(key: str, name: str) -> ResponseReturnValue:
    """Do the same for a link in today's form, which needs its `rlkey`."""
    rlkey = request.args.get("rlkey", "")
    token = _links().token_of(key, rlkey)
    return _show(token, name, quote(request.path), {"rlkey": rlkey})


@blueprint.post("/s/<token>/<path:name>")
def unlock_shared(token: str, name: str) -> ResponseReturnValue:
    """Check the password of a link, and show its page."""
    del name
    return _unlock(token)


@blueprint.post("/scl/fi/<key>/<path:name>")
@blueprint.post("/scl/fo/<key>/<path:name>")
def unlock_keyed(key: str, name: str) -> ResponseReturnValue:
    """Do the same for a link in today's form, which needs its `rlkey`."""
    del name
    return _unlock(_links().token_of(key, request.args.get("rlkey", "")))


@blueprint.get("/1/view/<token>/<path:name>")
@blueprint.get("/cd/0/get/<token>/<path:name>")
def media(token: str, name: str) -> Response:
    """Send the file of a temporary link; with `dl=1`, as an attachment."""
    del name
    entry, response = _file(token, "/", "media", LinkVisitor())
    if request.args.get("dl") == "1":
        response.headers["Content-Disposition"] = _attachment(entry.name)
    return response


def _links() -> SharedLinks:
    return RequestContext.current().world.shared_links


def _show(token: str, name: str, here: str, query: dict[str, str]) -> ResponseReturnValue:
    """Show or send the entry of a link.

    Args:
        token: the token of the link.
        name: the name in the URL, and a path below it.
        here: the path of the URL.
        query: the parameters that URLs of the link need.
    """
    below, visitor = f"/{name.partition('/')[2]}", _visitor(token)
    try:
        shown = _links().look(token, below, visitor=visitor)
    except LinkPasswordRequired:
        return _password_page()
    if not isinstance(shown, Entry):
        return render_page(
            "folder.html",
            listing=shown,
            title=shown.folder.name or name,
            here=here,
            query=f"?{urlencode({**query, 'dl': 0})}" if query else "",
        )
    is_download = request.args.get("dl") == "1"
    if is_download or "raw" in request.args or sends_content(request.host):
        entry, response = _file(token, below, "share", visitor)
        disposition = "attachment" if is_download else "inline"
        response.headers["Content-Disposition"] = f"{disposition}; {_encoded_name(entry.name)}"
        return response
    return _file_page(shown, token, below, query)


def _visitor(token: str) -> LinkVisitor:
    # A response that depends on the session has the header `Vary: Cookie`.
    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        return LinkVisitor()
    return LinkVisitor(access_key=dict(_opened_links()).get(token, ""))


def _opened_links() -> list[tuple[str, str]]:
    """The tokens and access keys of the links that the browser has opened last."""
    return [(token, access_key) for token, access_key in session.get(_LINKS, ())]


def _unlock(token: str) -> ResponseReturnValue:
    visitor = LinkVisitor(password=request.form.get("password", ""))
    try:
        access_key = _links().access_key(token, visitor)
    except LinkPasswordRequired:
        return _password_page(failed=True), 403
    if access_key:
        # A list, because the session sorts the keys of an object.
        others = [one for one in _opened_links() if one[0] != token]
        session[_LINKS] = [*others, (token, access_key)][-_LINKS_LIMIT:]
    query = request.query_string.decode("latin-1")
    return redirect(f"{quote(request.path)}{query and '?'}{query}", 303)


def _password_page(*, failed: bool = False) -> str:
    return render_page("link_password.html", failed=failed)


def _file(token: str, path: str, kind: str, visitor: LinkVisitor) -> tuple[Entry, Response]:
    entry, file = _links().open(token, path, kind=kind, visitor=visitor)
    media_type = file_type_of(entry.name).mime_type
    response = send(request.environ, file, entry.size_bytes, entry.rev, media_type)
    return entry, response


def _attachment(name: str) -> str:
    """The Content-Disposition of a download (RFC 6266)."""
    if name.isascii() and '"' not in name:
        return f'attachment; filename="{name}"'
    return f"attachment; {_encoded_name(name)}"


def _encoded_name(name: str) -> str:
    return f"filename*=UTF-8''{quote(name)}"


def _file_page(entry: Entry, token: str, path: str, query: dict[str, str]) -> str:
    kind, excerpt, visitor = file_type_of(entry.name), "", _visitor(token)
    if kind.is_text:
        _, file = _links().open(token, path, visitor=visitor, is_preview=True)
        with file:
            excerpt = read_text(file, _EXCERPT_BYTES)
    return render_page(
        "file.html",
        entry=entry,
        kind=kind,
        source=f"{quote(request.path)}?{urlencode({**query, 'raw': 1})}",
        download=f"?{urlencode({**query, 'dl': 1})}",
        excerpt=excerpt,
        allows_download=_links().find(token).allows_download,
    )
