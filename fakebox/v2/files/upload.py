"""Upload a file, or return an upload link.

`files/upload_sessions` shares the fields of a commit, the write mode and the checks of the body.
Source: the wire reference of version 2, contents and links for uploading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from flask import Blueprint, Response, abort
from flask import request as flask_request

from fakebox.core.blobs import ContentHash
from fakebox.core.errors import DropboxError, LinkSpent, ReadOnly
from fakebox.core.files import WriteMode
from fakebox.core.upload_links import UploadLink
from fakebox.http.body import TooLarge, content_type, open_stream
from fakebox.http.urls import upload_of
from fakebox.v2 import responses
from fakebox.v2.paths import Rev, WritePathOrId, target
from fakebox.v2.properties import PropertyGroup, check_property_groups
from fakebox.v2.request import V2Request
from fakebox.v2.route_styles import rpc, upload
from fakebox.v2.schema import Malformed, Range, Struct, Tagged, Text, Timestamp
from fakebox.v2.tagged_errors import TaggedError, tagged_error, write_tags, writes

if TYPE_CHECKING:
    from fakebox.core.entry import Entry
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("upload", __name__)

_LONGEST_S = 14_400
_TYPES = ("application/octet-stream", "text/plain")

Sha256HexHash: TypeAlias = Annotated[str, Text(min_length=64, max_length=64)]
UploadMode: TypeAlias = Literal["add", "overwrite"] | Tagged[Literal["update"], Rev]


class CommitInfo(Struct):
    """The path, the mode and the properties of a write."""

    path: WritePathOrId
    mode: UploadMode = "add"
    autorename: bool = False
    client_modified: Timestamp | None = None
    mute: bool = False
    property_groups: tuple[PropertyGroup, ...] | None = None
    strict_conflict: bool = False

    @property
    def write_mode(self) -> WriteMode:
        """The mode of the write to the core."""
        return WriteMode(
            overwrite=self.mode == "overwrite",
            parent_rev=self.mode.value if isinstance(self.mode, Tagged) else None,
            autorename=self.autorename,
            accepts_same_content=not self.strict_conflict,
            requires_known_parent=False,
            accepts_deleted_parent=not self.strict_conflict,
        )


class UploadArg(CommitInfo):
    """Argument of files/upload."""

    content_hash: Sha256HexHash | None = None


class GetTemporaryUploadLinkArg(Struct):
    """Argument of files/get_temporary_upload_link."""

    commit_info: CommitInfo
    duration: Annotated[float, Range(60, _LONGEST_S)] = _LONGEST_S


@upload(blueprint, "files/upload", UploadArg)
def upload_file(request: V2Request, arg: UploadArg) -> JSONObject:
    """Write the body to a path."""
    files, body = request.world.files, blocks(request, arg.content_hash)
    check_property_groups(arg.property_groups)
    with _tagged_errors(), files.receive(body) as incoming, request.world.unit_of_work():
        path = target(request, arg.path)
        entry = files.keep(request.scope, path, incoming, arg.write_mode, arg.client_modified)
    return responses.metadata(entry)


@rpc(blueprint, "files/get_temporary_upload_link", GetTemporaryUploadLinkArg)
def get_temporary_upload_link(request: V2Request, arg: GetTemporaryUploadLinkArg) -> JSONObject:
    """Return a URL that accepts one upload without credentials.

    Conflicts with other files are checked when the link is used.
    """
    commit = arg.commit_info
    if commit.property_groups:
        # The route has no errors of its own.
        place = "request body: commit_info.property_groups"
        raise Malformed("no template of properties exists", place)
    with writes("path"):
        path = target(request, commit.path)
    link = UploadLink(request.scope, path, commit.write_mode, commit.client_modified)
    token = request.world.upload_links.make(link, int(arg.duration))
    return {"link": upload_of(request.origin, token)}


@blueprint.route("/apitul/1/<token>", methods=["POST"])
def upload_by_link(token: str) -> Response:
    """Write the body to the path of an upload link."""
    if flask_request.script_root:
        abort(404)
    request = V2Request.current()
    if content_type(request.environ) not in _TYPES:
        return responses.plain(f"The Content-Type must be one of {', '.join(_TYPES)}.", 400)
    try:
        with request.world.upload_links.use(token) as link:
            entry = _write_by_link(request, token, link)
    except LinkSpent:
        return responses.plain("The link was used, or has expired.", 410)
    except ReadOnly:
        raise
    except (DropboxError, TaggedError):
        return responses.plain("There is no such link, or the upload has failed.", 409)
    return responses.json_response({"content-hash": entry.content})


def blocks(request: V2Request, content_hash: str | None) -> Iterator[bytes]:
    """Return the body block by block.

    Args:
        request: the request.
        content_hash: the content hash of the body, if the client sent it.

    Raises:
        TaggedError: the body is too large, or (after the last block) its content hash differs.
    """
    with _limited():
        incoming = open_stream(request.environ, request.world.settings.upload_limit_bytes)
    return _checked(incoming, content_hash)


def _write_by_link(request: V2Request, token: str, link: UploadLink) -> Entry:
    files, body = request.world.files, blocks(request, None)
    with files.receive(body) as incoming, request.world.unit_of_work():
        entry = files.keep(link.scope, link.path, incoming, link.mode, link.client_mtime_s)
        request.world.upload_links.spend(token)
    return entry


@contextmanager
def _tagged_errors() -> Iterator[None]:
    try:
        yield
    except TaggedError:
        raise
    except Exception as error:
        tags = write_tags(error)
        if tags is None:
            raise
        reason = tagged_error(*tags)
        # The service stores the content for another attempt. The emulator does not.
        payload: JSONObject = {".tag": "path", "reason": reason.error, "upload_session_id": ""}
        raise TaggedError(f"path/{reason.summary}", payload) from error


def _checked(incoming: Iterable[bytes], content_hash: str | None) -> Iterator[bytes]:
    hasher = ContentHash() if content_hash else None
    with _limited():
        for block in incoming:
            if hasher:
                hasher.update(block)
            yield block
    if hasher and hasher.content().hash != content_hash:
        raise tagged_error("content_hash_mismatch")


@contextmanager
def _limited() -> Iterator[None]:
    try:
        yield
    except TooLarge as error:
        raise tagged_error("payload_too_large") from error
