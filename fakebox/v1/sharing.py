"""shares, media, copy_ref, shared_folders and save_url. Source: seed; the wire reference, links."""

import re
from urllib.parse import quote

from flask import Blueprint, Response
from flask import request as http

from fakebox.core.errors import ForeignUrl, NotAFile, SharedFolderNotFound
from fakebox.v1 import render
from fakebox.v1.asked import asked
from fakebox.v1.params import Invalid
from fakebox.wire.call import origin

blueprint: Blueprint = Blueprint("sharing", __name__)

_METHODS = ["GET", "POST"]
_OWN_PATH = re.compile(r"/(s|0/view|db\.tt)/([^/?#]+)")
_KINDS = {"s": "share", "0/view": "media", "db.tt": "short"}


@blueprint.route("/shares/<root><everything:path>", methods=_METHODS)
def shares(root: str, path: str) -> Response:
    """A link that others can open."""
    request = asked()
    scope, short = request.scope(root), request.params.boolean("short_url", True)
    link = request.world.sharing.share(scope, path)
    page = f"/db.tt/{link.short_code}" if short else f"/s/{link.token}/{quote(link.name)}"
    fields = {"url": origin(http.environ) + page, "expires": render.date(link.expires_s)}
    return render.answer({**fields, "visibility": "PUBLIC"})


@blueprint.route("/media/<root><everything:path>", methods=_METHODS)
def media(root: str, path: str) -> Response:
    """A URL that streams a file for some hours."""
    request = asked()
    scope = request.scope(root)
    try:
        link = request.world.sharing.media(scope, path)
    except NotAFile as error:
        raise Invalid("path", "Folders are not supported") from error
    url = f"{origin(http.environ)}/0/view/{link.token}/{quote(link.name)}"
    return render.answer({"url": url, "expires": render.date(link.expires_s)})


@blueprint.route("/copy_ref/<root><everything:path>", methods=_METHODS)
def copy_ref(root: str, path: str) -> Response:
    """A word with which any account can copy the file."""
    request = asked()
    ref = request.world.sharing.make_copy_ref(request.scope(root), path)
    return render.answer({"copy_ref": ref.ref, "expires": render.date(ref.expires_s)})


@blueprint.route("/shared_folders", methods=["GET"])
def shared_folders() -> Response:
    """The shared folders: this Dropbox has none."""
    asked().default_scope()
    return render.answer([])


@blueprint.route("/shared_folders/<folder_id>", methods=["GET"])
def shared_folder(folder_id: str) -> Response:
    """One shared folder: there is none."""
    asked().default_scope()
    raise SharedFolderNotFound(folder_id)


@blueprint.route("/save_url/<root><everything:path>", methods=["POST"])
def save_url(root: str, path: str) -> Response:
    """Save what a link of this emulator shows; the job is done at once, and says so when asked."""
    request = asked()
    scope = request.scope(root)
    kind, token = _own_link(request.params.required("url"))
    job = request.world.fetches.save(scope, path, token, kind)
    return render.answer({"status": "PENDING", "job": job.id})


@blueprint.route("/save_url_job/<job_id>", methods=["GET"])
def save_url_job(job_id: str) -> Response:
    """What has become of saving a URL."""
    request = asked()
    job = request.world.fetches.find(request.default_scope(), job_id)
    fields = {"status": job.status.upper()}
    if job.status == "failed":
        fields["error"] = "The URL could not be saved."
    return render.answer(fields)


def _own_link(url: str) -> tuple[str, str]:
    own = origin(http.environ)
    match = _OWN_PATH.match(url.removeprefix(own)) if url.startswith(own) else None
    if match is None:
        raise ForeignUrl(url)
    return _KINDS[match[1]], match[2]
