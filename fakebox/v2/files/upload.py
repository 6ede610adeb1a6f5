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
from fakebox.core.errors import DropboxError, LinkSpent, PathError, ReadOnly
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
from fakebox.v2.tagged_errors import MalformedPath, TaggedError, tagged_error, write_tags

if TYPE_CHECKING:
    from fakebox.core.blobs import Incoming
    from fakebox.core.entry import Entry
    from fakebox.v2.schema import JSONObject
    from fakebox.v2.tagged_errors import Tags

blueprint: Blueprint = Blueprint("upload", __name__)

_LONGEST_S = 14_400
# The year 1, in seconds since 1970. Go's SDK sends its first second if there is no time.
_YEAR_1_S = range(-62_135_596_800, -62_104_060_800)
_YEAR_2001_S = 978_307_200
_TYPES = ("application/octet-stream", "text/plain")
# The root, to which no file can be written.
_UNUSABLE = "/"

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
    def client_mtime_s(self) -> int | None:
        """The modification time to store, in seconds since 1970.

        The service stores the year 1 as 2001.
        """
        modified_s = self.client_modified
        if modified_s is not None and modified_s in _YEAR_1_S:
            return modified_s - _YEAR_1_S.start + _YEAR_2001_S
        return modified_s

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
    world = request.world
    body = blocks(request, arg.content_hash)
    check_property_groups(arg.property_groups)
    with world.files.receive(body) as incoming, world.unit_of_work():
        try:
            path = target(request, arg.path)
            entry = world.files.keep(
                request.scope, path, incoming, arg.write_mode, arg.client_mtime_s
            )
        except (DropboxError, MalformedPath) as error:
            tags = write_tags(error)
            if tags is None:
                raise
            raise _failed_upload(request, incoming, tags) from error
    return responses.metadata(entry)


@rpc(blueprint, "files/get_temporary_upload_link", GetTemporaryUploadLinkArg)
def get_temporary_upload_link(request: V2Request, arg: GetTemporaryUploadLinkArg) -> JSONObject:
    """Return a URL that accepts one upload without credentials.

    The route has no errors. Whether the path can be written to is checked when the link is used.
    """
    commit = arg.commit_info
    if commit.property_groups:
        # The route has no errors of its own.
        place = "request body: commit_info.property_groups"
        raise Malformed("no template of properties exists", place)
    try:
        path = target(request, commit.path)
    except (MalformedPath, PathError):
        path = _UNUSABLE
    link = UploadLink(request.scope, path, commit.write_mode, commit.client_mtime_s)
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


def _failed_upload(request: V2Request, incoming: Incoming, tags: Tags) -> TaggedError:
    """Return the error of an upload, whose content is kept in an upload session."""
    # The service writes the optional value of this tag as null, and leaves out no other one.
    reason = tagged_error(
        *tags, **({"malformed_path": None} if tags == ("malformed_path",) else {})
    )
    session = request.world.upload_sessions.begin_with(request.scope, incoming)
    payload: JSONObject = {
        ".tag": "path",
        "reason": reason.error,
        "upload_session_id": session.id,
    }
    return TaggedError(f"path/{reason.summary}", payload)


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
