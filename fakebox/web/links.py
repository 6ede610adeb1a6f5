"""Shared links and temporary links. Source: the wire reference, links.

A link with a password shows a form. The session of the browser stores the right to use the link,
which ends when the settings of the link change.

A download is redirected to the address of the content, which expires. A link of the older form is
redirected to `/s/dl/` or `/s/raw/` first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, urlencode

from flask import Blueprint, current_app, redirect, request, session

from fakebox.context import RequestContext
from fakebox.core.entry import Entry, Listing
from fakebox.core.errors import LinkNotFound, LinkPasswordRequired, LinkSpent
from fakebox.core.link_settings import LinkVisitor
from fakebox.http.archive import send_archive
from fakebox.http.file_response import send
from fakebox.http.headers import render_page
from fakebox.http.urls import address_of, page_behind, path_of, sends_content
from fakebox.media.file_types import file_type_of
from fakebox.media.previews import read_text

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

    from fakebox.core.shared_links import SharedLinks

blueprint: Blueprint = Blueprint("links", __name__)

_EXCERPT_BYTES = 16 * 1024
# The content type of downloads of shared links, whatever the name of the file.
_DOWNLOAD_TYPE = "application/binary"
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
    """Show a shared file or folder; redirect to the content with `dl=1` or `raw`."""
    return _show(token, name, {})


@blueprint.get("/s/dl/<token>/<path:name>")
def download(token: str, name: str) -> ResponseReturnValue:
    """Redirect to the address of the content, for a download."""
    return _redirect_to_content(token, name, "get")


@blueprint.get("/s/raw/<token>/<path:name>")
def raw(token: str, name: str) -> ResponseReturnValue:
    """Redirect to the address of the content, to be shown."""
    return _redirect_to_content(token, name, "inline")


@blueprint.get("/scl/fi/<key>/<path:name>")
@blueprint.get("/scl/fo/<key>/<path:name>")
def keyed(key: str, name: str) -> ResponseReturnValue:
    """Do the same for a link in today's form, which needs its `rlkey`."""
    rlkey = request.args.get("rlkey", "")
    _, token = _links().resolve("keyed", key, rlkey)
    return _show(token, name, {"rlkey": rlkey})


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
    _, token = _links().resolve("keyed", key, request.args.get("rlkey", ""))
    return _unlock(token)


@blueprint.get("/cd/0/get/<address>/file")
def attachment(address: str) -> Response:
    """Send the file of an address as an attachment, or that of a temporary link of version 2."""
    try:
        token, path, visitor = _links().resolve_address(address)
    except LinkSpent:
        raise
    except LinkNotFound:
        # Both have the same URL at the service, and the token of a temporary link is not signed.
        return media(address, "")
    return _file(token, path, visitor, "attachment")


@blueprint.get("/cd/0/inline/<address>/file")
def inline(address: str) -> Response:
    """Send the file of an address to be shown."""
    token, path, visitor = _links().resolve_address(address)
    return _file(token, path, visitor, "inline")


@blueprint.get("/zip_download_get/<address>")
def archive(address: str) -> Response:
    """Send the folder of an address as a ZIP archive."""
    token, path, visitor = _links().resolve_address(address)
    world = RequestContext.current().world
    limit = world.settings.operation_limit
    name, entries = world.shared_links.descendants(token, path, visitor, limit)
    response = send_archive(entries, world.files.content, below=path)
    response.headers["Content-Disposition"] = _disposition("attachment", f"{name}.zip")
    return response


@blueprint.get("/1/view/<token>/<path:name>")
def media(token: str, name: str) -> Response:
    """Send the file of a temporary link; with `dl=1`, as an attachment."""
    del name
    entry, file = _links().open(token, kind="media")
    response = _send(entry, file, file_type_of(entry.name).mime_type)
    if request.args.get("dl") == "1":
        response.headers["Content-Disposition"] = _attachment(entry.name)
    return response


def _links() -> SharedLinks:
    return RequestContext.current().world.shared_links


def _show(token: str, name: str, query: dict[str, str]) -> ResponseReturnValue:
    """Show, send or redirect to the entry of a link.

    Args:
        token: the token of the link.
        name: the name in the URL, and a path below it.
        query: the parameters that URLs of the link need.
    """
    below, visitor = _below(name), _visitor(token)
    is_download = request.args.get("dl") == "1"
    is_content = is_download or "raw" in request.args
    try:
        shown = _links().look(token, below, visitor=visitor)
        if isinstance(shown, Entry) and sends_content(request.host):
            return _file(token, below, visitor, "attachment" if is_download else "inline")
        if is_download or (is_content and isinstance(shown, Entry)):
            return _redirect(token, name, "get" if is_download else "inline", shown)
    except LinkPasswordRequired:
        return _password_page()
    if isinstance(shown, Entry):
        return _file_page(shown, token, below, query)
    link = _links().find(token)
    return render_page(
        "folder.html",
        listing=shown,
        # The URL of today's form does not have the name.
        title=shown.folder.name or link.link.name,
        here=quote(request.path),
        query=f"?{urlencode({**query, 'dl': 0})}" if query else "",
        download=f"?{urlencode({**query, 'dl': 1})}",
        allows_download=link.allows_download,
    )


def _redirect(token: str, name: str, form: str, shown: Entry | Listing) -> Response:
    """Redirect a link to its content, from the older form by one more step.

    The step is a 301, so whether the client may download is checked before it.
    """
    location = _content_location(token, name, form, shown)
    older = f"/s/{token}/"
    if not request.path.startswith(older):
        return redirect(location, 302)
    step = "dl" if form == "get" else "raw"
    return redirect(f"/s/{step}/{token}/{quote(request.path.removeprefix(older))}", 301)


def _redirect_to_content(token: str, name: str, form: str) -> Response:
    page = f"/s/{token}/{quote(name)}"
    try:
        shown = _links().look(token, _below(name), visitor=_visitor(token))
    except LinkPasswordRequired:
        # The page with the form.
        return redirect(f"{page}?{'dl' if form == 'get' else 'raw'}=1", 302)
    if form == "inline" and not isinstance(shown, Entry):
        return redirect(page, 302)
    return redirect(_content_location(token, name, form, shown), 302)


def _content_location(token: str, name: str, form: str, shown: Entry | Listing) -> str:
    """Return the URL of the address of the content.

    Args:
        token: the token of the link.
        name: the name in the URL, and a path below it.
        form: `get` for a download, or `inline`.
        shown: the file or folder.
    """
    path = _content_path(token, _below(name), form, is_folder=not isinstance(shown, Entry))
    return address_of(RequestContext.current().origin, path)


def _content_path(token: str, below: str, form: str, *, is_folder: bool = False) -> str:
    address = _links().make_address(token, below, _visitor(token))
    if is_folder:
        return f"/zip_download_get/{address}?dl=1"
    return f"/cd/0/{form}/{address}/file{'?dl=1' if form == 'get' else ''}"


def _below(name: str) -> str:
    """The path below the folder of a link, by the part of the URL after the token."""
    return f"/{name.partition('/')[2]}"


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


def _file(token: str, path: str, visitor: LinkVisitor, disposition: str) -> Response:
    """Send the file of a link.

    Args:
        token, path, visitor: as for `SharedLinks.open`.
        disposition: `attachment` for a download, or `inline`.
    """
    entry, file = _links().open(token, path, visitor=visitor)
    is_download = disposition == "attachment"
    media_type = _DOWNLOAD_TYPE if is_download else file_type_of(entry.name).mime_type
    response = _send(entry, file, media_type)
    response.headers["Content-Disposition"] = _disposition(disposition, entry.name)
    return response


def _send(entry: Entry, file: BinaryIO, media_type: str) -> Response:
    return send(request.environ, file, entry.size_bytes, entry.rev, media_type)


def _attachment(name: str) -> str:
    """The Content-Disposition of a temporary link's download, as recorded (RFC 6266)."""
    if name.isascii() and name.isprintable() and '"' not in name:
        return f'attachment; filename="{name}"'
    return f"attachment; {_encoded_name(name)}"


def _disposition(disposition: str, name: str) -> str:
    """The Content-Disposition of a shared link's content (RFC 6266), as recorded.

    A name that cannot be in quotes is only in the encoded parameter.
    """
    is_plain = name.isascii() and name.isprintable() and not set(name) & set('"\\')
    quoted = f'filename="{name}"; ' if is_plain else ""
    return f"{disposition}; {quoted}{_encoded_name(name)}"


def _encoded_name(name: str) -> str:
    return f"filename*=UTF-8''{quote(name)}"


def _file_page(entry: Entry, token: str, path: str, query: dict[str, str]) -> str:
    kind, excerpt, visitor = file_type_of(entry.name), "", _visitor(token)
    if kind.is_text:
        _, file = _links().open(token, path, visitor=visitor, is_preview=True)
        with file:
            excerpt = read_text(file, _EXCERPT_BYTES)
    allows_download = _links().find(token).allows_download
    return render_page(
        "file.html",
        entry=entry,
        kind=kind,
        # On the same host, because the policy of the page allows no other.
        source=_content_path(token, path, "inline") if allows_download else "",
        download=f"?{urlencode({**query, 'dl': 1})}",
        excerpt=excerpt,
        allows_download=allows_download,
    )
