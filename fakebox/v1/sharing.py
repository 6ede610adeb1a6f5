"""shares, media, copy_ref, shared_folders and save_url. Source: seed; the wire reference, links."""

from flask import Blueprint, Response

from fakebox.core.errors import ForeignUrl, JobNotFound, NotAFile, SharedFolderNotFound
from fakebox.http import urls
from fakebox.v1 import responses
from fakebox.v1.params import Invalid
from fakebox.v1.request import V1Request, in_one_transaction

blueprint: Blueprint = Blueprint("sharing", __name__)

_METHODS = ["GET", "POST"]


@blueprint.route("/shares/<root><everything:path>", methods=_METHODS)
@in_one_transaction
def shares(root: str, path: str) -> Response:
    """A link that others can open."""
    request = V1Request.current()
    scope, short = request.scope(root), request.params.boolean("short_url", True)
    link = request.world.sharing.share(scope, path)
    page_of = urls.short_page_of if short else urls.page_of
    fields = {"url": page_of(request.origin, link), "expires": responses.date(link.expires_s)}
    return responses.json_response({**fields, "visibility": "PUBLIC"})


@blueprint.route("/media/<root><everything:path>", methods=_METHODS)
@in_one_transaction
def media(root: str, path: str) -> Response:
    """A URL that streams a file for some hours."""
    request = V1Request.current()
    scope = request.scope(root)
    try:
        link = request.world.sharing.media(scope, path)
    except NotAFile as error:
        raise Invalid("path", "Folders are not supported") from error
    url = urls.content_of(request.origin, link)
    return responses.json_response({"url": url, "expires": responses.date(link.expires_s)})


@blueprint.route("/copy_ref/<root><everything:path>", methods=_METHODS)
@in_one_transaction
def copy_ref(root: str, path: str) -> Response:
    """A word with which any account can copy the file."""
    request = V1Request.current()
    ref = request.world.sharing.make_copy_ref(request.scope(root), path)
    return responses.json_response({"copy_ref": ref.ref, "expires": responses.date(ref.expires_s)})


@blueprint.route("/shared_folders", methods=["GET"])
@in_one_transaction
def shared_folders() -> Response:
    """The shared folders: this Dropbox has none."""
    V1Request.current().default_scope()
    return responses.json_response([])


@blueprint.route("/shared_folders/<folder_id>", methods=["GET"])
@in_one_transaction
def shared_folder(folder_id: str) -> Response:
    """One shared folder: there is none."""
    V1Request.current().default_scope()
    raise SharedFolderNotFound(folder_id)


@blueprint.route("/save_url/<root><everything:path>", methods=["POST"])
@in_one_transaction
def save_url(root: str, path: str) -> Response:
    """Save what a link of this emulator shows; the job is done at once, and says so when asked."""
    request = V1Request.current()
    scope = request.scope(root)
    url = request.params.required("url")
    own = urls.parse(request.origin, url)
    if own is None:
        raise ForeignUrl(url)
    kind, token = own
    job = request.world.fetches.save(scope, path, token, kind)
    return responses.json_response({"status": "PENDING", "job": job.id})


@blueprint.route("/save_url_job/<job_id>", methods=["GET"])
@in_one_transaction
def save_url_job(job_id: str) -> Response:
    """What has become of saving a URL."""
    request = V1Request.current()
    try:
        job = request.world.fetches.find(request.default_scope(), job_id)
    except JobNotFound:
        if request.caller.token.access != "either":
            raise
        # The path names no root, so it may be a job of the caller's other root.
        job = request.world.fetches.find(request.scope("sandbox"), job_id)
    fields = {"status": job.status.upper()}
    if job.status == "failed":
        fields["error"] = "The URL could not be saved."
    return responses.json_response(fields)
