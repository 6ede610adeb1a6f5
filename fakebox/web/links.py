"""Shared links and temporary links. Source: the wire reference, links."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import Blueprint, redirect, request

from fakebox.context import RequestContext
from fakebox.core.entry import Entry
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


@blueprint.get("/1/view/<token>/<path:name>")
def media(token: str, name: str) -> Response:
    """Send the file of a temporary link; with `dl=1`, as an attachment."""
    del name
    entry, response = _file(token, "/", kind="media")
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
    below = f"/{name.partition('/')[2]}"
    shown = _links().look(token, below)
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
        entry, response = _file(token, below, kind="share")
        disposition = "attachment" if is_download else "inline"
        response.headers["Content-Disposition"] = f"{disposition}; {_encoded_name(entry.name)}"
        return response
    return _file_page(shown, token, below, query)


def _file(token: str, path: str, *, kind: str) -> tuple[Entry, Response]:
    entry, file = _links().open(token, path, kind=kind)
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
    kind, excerpt = file_type_of(entry.name), ""
    if kind.is_text:
        _, file = _links().open(token, path)
        with file:
            excerpt = read_text(file, _EXCERPT_BYTES)
    return render_page(
        "file.html",
        entry=entry,
        kind=kind,
        source=f"{quote(request.path)}?{urlencode({**query, 'raw': 1})}",
        download=f"?{urlencode({**query, 'dl': 1})}",
        excerpt=excerpt,
    )
