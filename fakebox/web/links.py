"""Shared and temporary links, for whoever has them. Source: seed; the wire reference, links."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, redirect, request

from fakebox.core.entry import Entry
from fakebox.dropbox_hosts import is_content_host
from fakebox.http.file_response import send
from fakebox.media.file_types import file_type_of
from fakebox.media.previews import read_text
from fakebox.web import sign_in
from fakebox.web.pages import render

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

blueprint: Blueprint = Blueprint("links", __name__)

_EXCERPT_BYTES = 16 * 1024


@blueprint.get("/db.tt/<code>")
def short(code: str) -> ResponseReturnValue:
    """Lead from a short URL to the long one."""
    link = sign_in.world().sharing.expand(code)
    return redirect(f"/s/{link.token}/{quote(link.name)}")


@blueprint.get("/s/<token>")
def nameless(token: str) -> ResponseReturnValue:
    """Lead to the same link with its name."""
    link = sign_in.world().sharing.find(token)
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return redirect(f"/s/{link.token}/{quote(link.name)}{query}")


@blueprint.get("/s/<token>/<path:name>")
def shared(token: str, name: str) -> ResponseReturnValue:
    """Show what a link shares, or send it: with `dl=1`, or from a host that serves contents."""
    below = f"/{name.partition('/')[2]}"
    shown = sign_in.world().sharing.look(token, below)
    if not isinstance(shown, Entry):
        title = shown.folder.name or name
        return render("folder.html", listing=shown, title=title, here=f"/s/{token}/{quote(name)}")
    wanted = request.args.get("dl") == "1"
    if wanted or "raw" in request.args or is_content_host(request.host):
        return _file(token, below, kind="share", as_attachment=wanted)
    return _file_page(shown, token, below)


@blueprint.get("/0/view/<token>/<path:name>")
def media(token: str, name: str) -> Response:
    """Send the file of a temporary link."""
    del name
    return _file(token, "/", kind="media", as_attachment=False)


def _file(token: str, path: str, *, kind: str, as_attachment: bool) -> Response:
    entry, file = sign_in.world().sharing.open(token, path, kind=kind)
    media_type = file_type_of(entry.name).mime_type
    response = send(request.environ, file, entry.size_bytes, entry.rev, media_type)
    disposition = "attachment" if as_attachment else "inline"
    response.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(entry.name)}"
    return response


def _file_page(entry: Entry, token: str, path: str) -> str:
    kind, excerpt = file_type_of(entry.name), ""
    if kind.is_text:
        _, file = sign_in.world().sharing.open(token, path)
        with file:
            excerpt = read_text(file, _EXCERPT_BYTES)
    source = f"{quote(request.path)}?raw=1"
    return render("file.html", entry=entry, kind=kind, source=source, excerpt=excerpt)
