"""The main client API: one short method for each documented call."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any, cast

from dropbox import rest, transfers, uploads
from dropbox.bodies import whole
from dropbox.errors import ErrorResponse
from dropbox.oauth2 import DropboxOAuth2Flow, DropboxOAuth2FlowNoRedirect, DropboxOAuth2Session
from dropbox.paths import format_path
from dropbox.retries import RetryPolicy
from dropbox.uploads import ChunkedUploader, chunk_body

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from dropbox.bodies import Progress, Uploadable
    from dropbox.response import RESTResponse
    from dropbox.session import DropboxSession
    from dropbox.types import (
        AccountInfo,
        CopyRef,
        Delta,
        Link,
        LongpollDelta,
        Metadata,
        UploadedChunk,
    )

__all__ = [
    "ChunkedUploader",
    "DropboxClient",
    "DropboxOAuth2Flow",
    "DropboxOAuth2FlowNoRedirect",
    "format_path",
]

Params = dict[str, Any]
_Listing = list
_LONGPOLL_JITTER_S = 90 + 30


class DropboxClient:
    """The main access point of doing REST calls on Dropbox.

    Any of its methods can raise `dropbox.rest.ErrorResponse`; a status of 401 at any point means
    that the user has to be authenticated anew.

    Args:
        session: a linked `DropboxSession`, or an OAuth 2 access token.
        rest_client: what sends requests: any object with `GET`, `POST` and `PUT`.
        retries: how often requests that change nothing are sent again.

    Source: seed (`DropboxClient`).
    """

    ChunkedUploader = ChunkedUploader

    def __init__(
        self,
        session: DropboxSession | str,
        rest_client: Any = rest.RESTClient,
        *,
        retries: RetryPolicy = RetryPolicy(),  # noqa: B008 -- frozen
    ) -> None:
        if isinstance(session, str):
            self.session: Any = DropboxOAuth2Session(session)
        else:
            self.session = session
        self.rest_client = rest_client
        self.retries = retries

    def __repr__(self) -> str:
        """Show the session."""
        return f"<{type(self).__name__} {self.session!r}>"

    # --- making requests ------------------------------------------------------------------------

    def request(
        self,
        target: str,
        params: Params | None = None,
        method: str = "POST",
        content_server: bool = False,
        notification_server: bool = False,
    ) -> tuple[str, Params, dict[str, str]]:
        """Make the parts of an HTTP request to a target API method.

        It is exposed for other API calls than those of this class, and for debugging.

        Args:
            target: the target URL with leading slash, as `/files`.
            params: parameters to add to the request.
            method: `GET`, `POST` or `PUT`.
            content_server: whether the request is for the API content server.
            notification_server: whether it is for the notification server.

        Returns:
            A tuple of (url, params, headers) to make the request with, signed.

        Source: seed.
        """
        if method not in ("GET", "POST", "PUT"):
            raise ValueError(f"only GET, POST and PUT are possible, not {method}")
        host = self.session.API_CONTENT_HOST if content_server else self.session.API_HOST
        if notification_server:
            host = self.session.API_NOTIFY_HOST
        url = self.session.build_url(host, target)
        headers, signed = self.session.build_access_headers(method, url, params)
        if method == "POST":
            return url, signed, headers
        return self.session.build_url(host, target, signed), signed, headers

    # --- the account ----------------------------------------------------------------------------

    def account_info(self) -> AccountInfo:
        """Retrieve information about the user's account.

        Returns:
            A dictionary with `uid`, `display_name`, `email`, `country`, `referral_link` and
            `quota_info` (`quota`, `normal` and `shared`, in bytes), among others.

        Source: seed; the wire reference, account/info.
        """
        return cast("AccountInfo", self._get("/account/info"))

    def disable_access_token(self) -> None:
        """Disable the access token that this client uses; every call after it gets 401.

        Source: the wire reference, disable_access_token.
        """
        self._post("/disable_access_token")

    def create_oauth2_access_token(self) -> str:
        """An OAuth 2 access token for the same app and user as this client's OAuth 1 token.

        Source: the wire reference, oauth2/token_from_oauth1.
        """
        return cast("str", self._post("/oauth2/token_from_oauth1")["access_token"])

    # --- uploads --------------------------------------------------------------------------------

    def get_chunked_uploader(self, file_obj: Any, length: int) -> uploads.ChunkedUploader:
        """Create a `ChunkedUploader` to upload the given file-like object.

        Args:
            file_obj: the source of the data.
            length: the number of bytes to upload.

        Source: seed.
        """
        return ChunkedUploader(self, file_obj, length)

    def upload_chunk(
        self, file_obj: Any, length: int, offset: int = 0, upload_id: str | None = None
    ) -> UploadedChunk:
        """Upload a single chunk of data from the given file-like object, or bytes.

        Most users should use the `ChunkedUploader`.

        Args:
            file_obj: the source of the data.
            length: the number of bytes to upload.
            offset: where in the whole the chunk begins.
            upload_id: the upload that it continues; `None` begins one.

        Returns:
            The reply from the server: `upload_id`, `offset` and `expires`.

        Raises:
            ErrorResponse: 400 if the server expects another offset, which its body tells; 404 if it
                doesn't know the upload.

        Source: seed.
        """
        params: Params = {}
        if upload_id:
            params = {"upload_id": upload_id, "offset": offset}
        url, _, headers = self.request("/chunked_upload", params, "PUT", content_server=True)
        reply = self.rest_client.PUT(url, chunk_body(file_obj, length), headers)
        return cast("UploadedChunk", reply)

    def commit_chunked_upload(
        self,
        full_path: str,
        upload_id: str,
        overwrite: bool = False,
        parent_rev: str | None = None,
    ) -> Metadata:
        """Commit the chunks of an upload to a file in the user's Dropbox.

        Args:
            full_path: the full path of the file.
            upload_id: the upload.
            overwrite, parent_rev: as for `put_file`.

        Returns:
            The file's metadata.

        Raises:
            ErrorResponse: 400 for a bad request or an unknown upload, 503 over quota.

        Source: the wire reference, commit_chunked_upload.
        """
        params = _upload_params(overwrite, parent_rev) | {"upload_id": upload_id}
        target = self._target("commit_chunked_upload", full_path)
        return cast("Metadata", self._post(target, params, content_server=True))

    def put_file(
        self,
        full_path: str,
        file_obj: Uploadable,
        overwrite: bool = False,
        parent_rev: str | None = None,
        *,
        progress: Progress | None = None,
    ) -> Metadata:
        """Upload a file.

        Args:
            full_path: where to, including the file name; missing folders are created.
            file_obj: a file-like object, streamed from where it stands, or a string, bytes or path.
            overwrite: replace a file that is there; otherwise the upload is renamed, and the
                metadata returned tells the new name.
            parent_rev: the `rev` of the file that this upload is based on. If the server has a
                newer one, the upload is renamed as a conflict. With it `overwrite` says nothing.
            progress: called with the bytes sent and the total after each block.

        Returns:
            The file's metadata.

        Raises:
            ErrorResponse: 400 for a bad request (see `error_msg`), 503 over quota.
            RESTSocketError: no answer.
            SizeChangedError: the file became longer or shorter while it was sent.

        Source: seed.
        """
        target = self._target("files_put", full_path)
        params = _upload_params(overwrite, parent_rev)
        url, _, headers = self.request(target, params, "PUT", content_server=True)
        return cast("Metadata", self.rest_client.PUT(url, whole(file_obj, progress), headers))

    # --- downloads ------------------------------------------------------------------------------

    def get_file(
        self,
        from_path: str,
        rev: str | None = None,
        start: int | None = None,
        length: int | None = None,
    ) -> RESTResponse:
        """Download a file.

        Args:
            from_path: the path to the file.
            rev: a previous revision of it.
            start: the first byte wanted; with `length` `None`, all from there on.
            length: how many bytes are wanted; with `start` `None`, the last ones.

        Returns:
            The response with its connection open: read it, then close it.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if no file is there or it was deleted.

        Source: seed; `start` and `length`, the wire reference.
        """
        target = self._target("files", from_path)
        params = {"rev": rev} if rev is not None else {}
        extra = _range_header(start, length)
        return cast("RESTResponse", self._open(target, params, extra))

    def get_file_and_metadata(
        self, from_path: str, rev: str | None = None
    ) -> tuple[RESTResponse, Metadata]:
        """Download a file along with its metadata.

        Args:
            from_path, rev: as for `get_file`.

        Returns:
            The open response and the file's metadata.

        Raises:
            ErrorResponse: as `get_file`; 200 if the metadata in the response is malformed.

        Source: seed.
        """
        response = self.get_file(from_path, rev)
        return response, _metadata_of(response)

    def thumbnail(self, from_path: str, size: str = "large", format: str = "JPEG") -> RESTResponse:
        """Download a thumbnail for an image.

        Args:
            from_path: the path to the image.
            size: `small`, `medium` or `large` (32, 64 and 128 pixels square at most), or one of
                `xs`, `s`, `m`, `l` and `xl`.
            format: `JPEG` or `PNG`.

        Returns:
            The response with its connection open: read it, then close it.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if no file is there or its type has no
                thumbnails, 415 if the image is invalid.

        Source: seed.
        """
        target = self._target("thumbnails", from_path)
        params = {"size": size, "format": format}
        return cast("RESTResponse", self._open(target, params, {}))

    def thumbnail_and_metadata(
        self, from_path: str, size: str = "large", format: str = "JPEG"
    ) -> tuple[RESTResponse, Metadata]:
        """Download a thumbnail for an image along with the image's metadata.

        Args:
            from_path, size, format: as for `thumbnail`.

        Returns:
            The open response and the image's metadata.

        Raises:
            ErrorResponse: as `thumbnail`; 200 if the metadata in the response is malformed.

        Source: seed.
        """
        response = self.thumbnail(from_path, size, format)
        return response, _metadata_of(response)

    # --- of any size ----------------------------------------------------------------------------

    def upload(
        self,
        source: str | os.PathLike[str] | IO[bytes],
        to: str,
        *,
        overwrite: bool = False,
        parent_rev: str | None = None,
        chunk_size: int = uploads.CHUNK_BYTES,
        progress: Progress | None = None,
    ) -> Metadata:
        """Upload a file of any size, in one piece or in chunks, and go on after a fault.

        Args:
            source: the path of a local file, or an open file that can seek, read from where it is.
            to: the full path to upload it to.
            overwrite, parent_rev: as for `put_file`.
            chunk_size: the bytes in each chunk of a large file.
            progress: called with the bytes sent and the total.

        Returns:
            The file's metadata.

        Raises:
            ErrorResponse, RESTSocketError: as `put_file`; for a fault that lasts, the last one.
        """
        return transfers.upload(
            self,
            source,
            to,
            overwrite=overwrite,
            parent_rev=parent_rev,
            chunk_size=chunk_size,
            progress=progress,
        )

    def download(
        self,
        path: str,
        to: str | os.PathLike[str],
        *,
        rev: str | None = None,
        progress: Progress | None = None,
    ) -> Metadata:
        """Download a file to the disk, and go on after a fault.

        The local file is replaced once all is there; until then it stays as it was.

        Args:
            path: the path of the file in the Dropbox.
            to: the path of the local file.
            rev: a previous revision.
            progress: called with the bytes received and the total.

        Returns:
            The file's metadata.

        Raises:
            ErrorResponse: as `get_file`.
            RESTSocketError: the connection keeps breaking.
            OSError: the local file can't be written.
        """
        return transfers.download(self, path, to, rev=rev, progress=progress)

    def iter_delta(
        self, cursor: str | None = None, path_prefix: str | None = None
    ) -> Iterator[Delta]:
        """The pages of `delta`, one after the other, until there are no more for now.

        Args:
            cursor, path_prefix: as for `delta`.
        """
        while True:
            page = self.delta(cursor, path_prefix)
            yield page
            cursor = page["cursor"]
            if not page["has_more"]:
                return

    def walk(self, path: str = "/") -> Iterator[Metadata]:
        """The files and folders below a folder, at any depth, each folder before what is in it.

        Args:
            path: the folder.
        """
        for entry in self.metadata(path).get("contents", []):
            yield entry
            if entry["is_dir"]:
                yield from self.walk(entry["path"])

    # --- metadata -------------------------------------------------------------------------------

    def metadata(
        self,
        path: str,
        list: bool = True,
        file_limit: int = 25000,
        hash: str | None = None,
        rev: str | None = None,
        include_deleted: bool = False,
        include_media_info: bool = False,
    ) -> Metadata:
        """Retrieve metadata for a file or folder.

        Args:
            path: the path to the file or folder.
            list: whether to list what a folder contains.
            file_limit: the most entries to return, up to 25,000.
            hash: the `hash` of an earlier listing, to save bandwidth if nothing changed.
            rev: a previous revision of a file.
            include_deleted: whether to list deleted entries as well.
            include_media_info: whether to tell when and where pictures and films were taken.

        Returns:
            The metadata; a folder's has `contents` and `hash` if `list` is true.

        Raises:
            ErrorResponse: 304 if the folder's hash is still `hash`, 400 for a bad request, 404 if
                nothing is there, 406 if there are too many entries.

        Source: seed.
        """
        params: Params = {
            "file_limit": file_limit,
            "list": "true" if list else "false",
            "include_deleted": include_deleted,
        }
        if not list:
            del params["file_limit"]
        optional = {"hash": hash, "rev": rev, "include_media_info": include_media_info or None}
        params.update({name: value for name, value in optional.items() if value is not None})
        return cast("Metadata", self._get(self._target("metadata", path), params))

    def delta(
        self,
        cursor: str | None = None,
        path_prefix: str | None = None,
        include_media_info: bool = False,
    ) -> Delta:
        """A way of keeping up with changes to files and folders.

        Args:
            cursor: that of the previous call; `None` the first time.
            path_prefix: report only what lies at or under this path; the same with every call.
            include_media_info: as for `metadata`.

        Returns:
            `entries` (each `[path, metadata]`, or `[path, None]` for what is gone), `reset` (forget
            the local state first), `cursor` (for the next call) and `has_more` (call again at
            once).

        Raises:
            ErrorResponse: 400 if the cursor is bad.

        Source: seed.
        """
        params: Params = {"include_media_info": "true"} if include_media_info else {}
        if cursor is not None:
            params["cursor"] = cursor
        if path_prefix is not None:
            params["path_prefix"] = path_prefix
        return cast("Delta", self._post("/delta", params))

    def longpoll_delta(self, cursor: str, timeout: int | None = None) -> LongpollDelta:
        """Wait for changes.

        Args:
            cursor: one from `delta`.
            timeout: how long the server may wait, in seconds: 30 to 480; 30 if `None`.

        Returns:
            `changes`: whether there are any; `backoff`: how many seconds to wait before the next
            call, if the server wants that.

        Source: the wire reference, longpoll_delta.
        """
        params: Params = {"cursor": cursor}
        if timeout is not None:
            params["timeout"] = timeout
        host = self.session.API_NOTIFY_HOST
        url = self.session.build_url(host, "/longpoll_delta", params)
        patience_s = (timeout or 30) + _LONGPOLL_JITTER_S
        return cast("LongpollDelta", self.rest_client.GET(url, read_timeout_s=patience_s))

    def revisions(self, path: str, rev_limit: int = 1000) -> _Listing[Metadata]:
        """Retrieve revisions of a file.

        Args:
            path: the file; folders have no revisions.
            rev_limit: the most revisions to return, up to 1,000.

        Returns:
            A list of metadata, newest first.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if there are none.

        Source: seed.
        """
        params = {"rev_limit": rev_limit}
        return cast("_Listing[Metadata]", self._get(self._target("revisions", path), params))

    def restore(self, path: str, rev: str) -> Metadata:
        """Restore a file to a previous revision.

        Args:
            path: the file; folders can't be restored.
            rev: the revision.

        Returns:
            The metadata of the restored file.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if there is no such revision.

        Source: seed.
        """
        return cast("Metadata", self._post(self._target("restore", path), {"rev": rev}))

    def search(
        self, path: str, query: str, file_limit: int = 1000, include_deleted: bool = False
    ) -> _Listing[Metadata]:
        """Search a folder for names that match a query.

        Args:
            path: the folder to search within.
            query: the query, at least 3 characters.
            file_limit: the most entries to return, up to 1,000.
            include_deleted: whether to find deleted files as well.

        Returns:
            A list of metadata.

        Raises:
            ErrorResponse: 400 for a bad request.

        Source: seed.
        """
        params = {"query": query, "file_limit": file_limit, "include_deleted": include_deleted}
        return cast("_Listing[Metadata]", self._post(self._target("search", path), params))

    # --- links ----------------------------------------------------------------------------------

    def share(self, path: str, short_url: bool = True) -> Link:
        """Create a shareable link to a file or folder.

        Args:
            path: the file or folder.
            short_url: whether the link is to be a short one.

        Returns:
            `url` and `expires`.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if nothing is there.

        Source: seed; `short_url`, the wire reference.
        """
        params = {} if short_url else {"short_url": False}
        return cast("Link", self._get(self._target("shares", path), params))

    def media(self, path: str) -> Link:
        """Get a temporary URL of a file that works without authentication.

        Args:
            path: the file; folders aren't supported.

        Returns:
            `url` and `expires`.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if no file is there.

        Source: seed.
        """
        return cast("Link", self._get(self._target("media", path)))

    def create_copy_ref(self, from_path: str) -> CopyRef:
        """Create a copy ref, which lets another account copy the file instantly.

        Args:
            from_path: the file.

        Returns:
            `copy_ref` and `expires`.

        Raises:
            ErrorResponse: 404 if nothing is there.

        Source: seed.
        """
        return cast("CopyRef", self._get(self._target("copy_ref", from_path)))

    def add_copy_ref(self, copy_ref: str, to_path: str) -> Metadata:
        """Add the file that a copy ref stands for.

        Args:
            copy_ref: one from `create_copy_ref`, of any account.
            to_path: where the file will be created.

        Returns:
            The metadata of the new copy.

        Raises:
            ErrorResponse: 404 if the copy ref is unknown.

        Source: seed.
        """
        return self._file_operation("copy", from_copy_ref=copy_ref, to_path=format_path(to_path))

    # --- file operations ------------------------------------------------------------------------

    def file_copy(self, from_path: str, to_path: str) -> Metadata:
        """Copy a file or folder to a new location.

        Args:
            from_path: what to copy.
            to_path: where to, including the name; if it is taken, the copy is renamed to be unique.

        Returns:
            The metadata of the copy.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if nothing is at `from_path`, 503 over quota.

        Source: seed.
        """
        return self._file_operation(
            "copy", from_path=format_path(from_path), to_path=format_path(to_path)
        )

    def file_create_folder(self, path: str) -> Metadata:
        """Create a folder.

        Args:
            path: the path of the new folder.

        Returns:
            The folder's metadata.

        Raises:
            ErrorResponse: 400 for a bad request, 403 if something is there already.

        Source: seed.
        """
        return self._file_operation("create_folder", path=format_path(path))

    def file_delete(self, path: str) -> Metadata:
        """Delete a file or folder.

        Args:
            path: the path of the file or folder.

        Returns:
            The metadata of what was deleted.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if nothing is there.

        Source: seed.
        """
        return self._file_operation("delete", path=format_path(path))

    def file_move(self, from_path: str, to_path: str) -> Metadata:
        """Move a file or folder to a new location.

        Args:
            from_path: what to move.
            to_path: where to, including the name; if it is taken, the file or folder is renamed to
                be unique.

        Returns:
            The metadata of the file or folder in its new place.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if nothing is at `from_path`, 503 over quota.

        Source: seed.
        """
        return self._file_operation(
            "move", from_path=format_path(from_path), to_path=format_path(to_path)
        )

    # --- sending --------------------------------------------------------------------------------

    def _target(self, call: str, path: str) -> str:
        return f"/{call}/{self.session.root}{format_path(path)}"

    def _get(self, target: str, params: Params | None = None) -> Any:
        def send() -> Any:
            url, _, headers = self.request(target, params, "GET")
            return self.rest_client.GET(url, headers)

        return self.retries.run(send)

    def _open(self, target: str, params: Params, extra: dict[str, str]) -> Any:
        def send() -> Any:
            url, _, headers = self.request(target, params, "GET", content_server=True)
            return self.rest_client.GET(url, {**headers, **extra}, raw_response=True)

        return self.retries.run(send)

    def _post(self, target: str, params: Params | None = None, content_server: bool = False) -> Any:
        url, params, headers = self.request(target, params, content_server=content_server)
        return self.rest_client.POST(url, params, headers)

    def _file_operation(self, name: str, **paths: str | None) -> Metadata:
        params = {"root": self.session.root, **paths}
        return cast("Metadata", self._post(f"/fileops/{name}", params))


def _upload_params(overwrite: bool, parent_rev: str | None) -> Params:
    params: Params = {"overwrite": bool(overwrite)}
    if parent_rev is not None:
        params["parent_rev"] = parent_rev
    return params


def _range_header(start: int | None, length: int | None) -> dict[str, str]:
    if start is None and length is None:
        return {}
    if start is None:
        return {"Range": f"bytes=-{length}"}
    last = "" if length is None else start + length - 1
    return {"Range": f"bytes={start}-{last}"}


def _metadata_of(response: RESTResponse) -> Metadata:
    header = response.getheader("x-dropbox-metadata")
    try:
        metadata = json.loads(header or "")
    except ValueError:
        metadata = None
    if not isinstance(metadata, dict):
        with response:
            raise ErrorResponse(response, "") from None
    return cast("Metadata", metadata)
