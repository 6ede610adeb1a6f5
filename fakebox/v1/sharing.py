"""shares, media, copy_ref, shared_folders and save_url. Source: seed; the wire reference, links."""

from flask import Blueprint, Response
from flask import request as http

from fakebox.core.errors import ForeignUrl, NotAFile, SharedFolderNotFound
from fakebox.v1 import render
from fakebox.v1.asked import asked
from fakebox.v1.params import Invalid
from fakebox.wire import own_links

blueprint: Blueprint = Blueprint("sharing", __name__)

_METHODS = ["GET", "POST"]


@blueprint.route("/shares/<root><everything:path>", methods=_METHODS)
def shares(root: str, path: str) -> Response:
    """A link that others can open."""
    request = asked()
    scope, short = request.scope(root), request.params.boolean("short_url", True)
    link = request.world.sharing.share(scope, path)
    page_of = own_links.short_page_of if short else own_links.page_of
    fields = {"url": page_of(http.environ, link), "expires": render.date(link.expires_s)}
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
    url = own_links.content_of(http.environ, link)
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
    url = request.params.required("url")
    own = own_links.parse(http.environ, url)
    if own is None:
        raise ForeignUrl(url)
    kind, token = own
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
