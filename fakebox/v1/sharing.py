"""The calls shares, media, copy_ref, shared_folders and save_url.

Source: the wire reference, links.
"""

from flask import Blueprint, Response

from fakebox.core.errors import ForeignUrl, JobNotFound, NotAFile, SharedFolderNotFound
from fakebox.http import urls
from fakebox.v1 import responses
from fakebox.v1.request import Invalid, V1Request, route

blueprint: Blueprint = Blueprint("sharing", __name__)

_METHODS = ["GET", "POST"]


@route(blueprint, "/shares/<root><everything:path>", _METHODS)
def shares(request: V1Request, root: str, path: str) -> Response:
    """Create a shared link."""
    scope, short = request.scope(root), request.params.boolean("short_url", True)
    shared, _ = request.world.shared_links.create(scope, path)
    link = shared.link
    page_of = urls.short_page_of if short else urls.page_of
    fields = {"url": page_of(request.origin, link), "expires": responses.date(link.expires_s)}
    return responses.json_response({**fields, "visibility": shared.visibility.upper()})


@route(blueprint, "/media/<root><everything:path>", _METHODS)
def media(request: V1Request, root: str, path: str) -> Response:
    """Create a temporary link to the content of a file."""
    scope = request.scope(root)
    try:
        link = request.world.shared_links.create_temporary(scope, path)
    except NotAFile as error:
        raise Invalid("path", "Folders are not supported") from error
    url = urls.content_of(request.origin, link)
    return responses.json_response({"url": url, "expires": responses.date(link.expires_s)})


@route(blueprint, "/copy_ref/<root><everything:path>", _METHODS)
def copy_ref(request: V1Request, root: str, path: str) -> Response:
    """Create a copy reference, which allows any account to copy the file."""
    made = request.world.copy_references.create(request.scope(root), path)
    fields = {"copy_ref": made.reference, "expires": responses.date(made.expires_s)}
    return responses.json_response(fields)


@route(blueprint, "/shared_folders", ["GET"])
def shared_folders(request: V1Request) -> Response:
    """Return an empty list, because there are no shared folders."""
    request.default_scope()
    return responses.json_response([])


@route(blueprint, "/shared_folders/<folder_id>", ["GET"])
def shared_folder(request: V1Request, folder_id: str) -> Response:
    """Respond with 404: there are no shared folders."""
    request.default_scope()
    raise SharedFolderNotFound(folder_id)


@route(blueprint, "/save_url/<root><everything:path>", ["POST"])
def save_url(request: V1Request, root: str, path: str) -> Response:
    """Save the file of a link that the emulator issued, and return the id of the job.

    The job is complete when this call returns.
    """
    scope = request.scope(root)
    url = request.params.required("url")
    link = urls.parse(url)
    # A link may have been made through another address of the emulator.
    if link is None or not (
        urls.is_own(request.origin, url) or request.world.shared_links.exists(*link)
    ):
        raise ForeignUrl(url)
    job = request.world.fetches.save(scope, path, link.value, link.kind, link.rlkey)
    return responses.json_response({"status": "PENDING", "job": job.id})


@route(blueprint, "/save_url_job/<job_id>", _METHODS)
def save_url_job(request: V1Request, job_id: str) -> Response:
    """Return the status of a job of save_url."""
    try:
        job = request.world.fetches.find(request.default_scope(), job_id)
    except JobNotFound:
        if request.caller.token.access != "either":
            raise
        # The URL has no root, so the job may belong to the other root of the caller.
        job = request.world.fetches.find(request.scope("sandbox"), job_id)
    fields = {"status": job.status.upper()}
    if job.status == "failed":
        fields["error"] = "The URL could not be saved."
    return responses.json_response(fields)
