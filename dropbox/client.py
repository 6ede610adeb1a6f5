"""`DropboxClient`, which has a method for each documented call of the API."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from dropbox import rest, transfer
from dropbox.api import ApiCalls
from dropbox.api.uploads import CHUNK_BYTES, ChunkedUploader
from dropbox.errors import ErrorResponse
from dropbox.oauth2 import DropboxOAuth2Flow, DropboxOAuth2FlowNoRedirect, DropboxOAuth2Session
from dropbox.retry import RetryPolicy
from dropbox.urls import format_path

if TYPE_CHECKING:
    import os

    from dropbox.request_body import Progress
    from dropbox.session import DropboxSession
    from dropbox.types import Metadata

__all__ = [
    "ChunkedUploader",
    "DropboxClient",
    "DropboxOAuth2Flow",
    "DropboxOAuth2FlowNoRedirect",
    "DropboxOAuth2Session",
    "ErrorResponse",
    "format_path",
]


class DropboxClient(ApiCalls):
    """The client of the Dropbox API.

    Any method may raise `dropbox.rest.ErrorResponse`. The status 401 means that the token is not
    valid any more: the user must authorize the app again.

    Args:
        session: a linked `DropboxSession`, or an OAuth 2 access token.
        rest_client: sends requests; any object with the methods `GET`, `POST` and `PUT`.
        locale: the language of responses, for a client made of a token. A session has a locale.
        retries: the policy for failed requests, a `RetryPolicy`.

    Attributes:
        session, rest_client, retries: the arguments; `session` is always a session.

    Example:
        >>> from dropbox.client import DropboxClient
        >>> client = DropboxClient("fakebox-bearer-token")
        >>> client.account_info()["email"]
        'user@fakebox.example'

    Source: Dropbox Python SDK documentation, `DropboxClient`.
    """

    ChunkedUploader = ChunkedUploader

    def __init__(
        self,
        session: DropboxSession | str,
        rest_client: rest.RESTTransport = rest.RESTClient,
        *,
        locale: str | None = None,
        retries: RetryPolicy = RetryPolicy(),  # noqa: B008 -- frozen
    ) -> None:
        self.session: DropboxSession = (
            DropboxOAuth2Session(session, locale) if isinstance(session, str) else session
        )
        self.rest_client: rest.RESTTransport = rest_client
        self.retries: RetryPolicy = retries

    def __repr__(self) -> str:
        """Show the session."""
        return f"<{type(self).__name__} {self.session!r}>"

    def upload(
        self,
        source: str | os.PathLike[str] | IO[bytes],
        to: str,
        *,
        overwrite: bool = False,
        parent_rev: str | None = None,
        chunk_size: int = CHUNK_BYTES,
        progress: Progress | None = None,
    ) -> Metadata:
        """Upload a file of any size, in one request or in chunks, and continue after errors.

        If a response is lost, the upload counts as successful only if the file at `to` has the
        bytes of the source. Version 2 of the API reports a content hash for this. Over version 1
        the file is read again, if it has at most 16 MiB.

        Args:
            source: the path of a local file, or a file-like object, read from its current position.
            to: the full path of the file in the Dropbox.
            overwrite, parent_rev: as for `put_file`.
            chunk_size: the size of each chunk of a large file, in bytes.
            progress: called with the number of bytes sent and the total.

        Returns:
            The file's metadata.

        Raises:
            ErrorResponse, RESTSocketError: as `put_file`. If it is unknown whether the file was
                stored, the message and the attribute `detail` describe the entry at `to`.
            SizeChangedError: the file became longer or shorter while it was sent; nothing was
                stored.

        Example:
            >>> client.upload("report.pdf", "/Reports/report.pdf")["bytes"]
            2000
        """
        steps = transfer.Upload(self, to, overwrite, parent_rev, chunk_size, progress)
        return steps.send(source)

    def download(
        self,
        path: str,
        to: str | os.PathLike[str],
        *,
        rev: str | None = None,
        progress: Progress | None = None,
    ) -> Metadata:
        """Download a file to the disk, and continue after errors.

        The local file is replaced after all bytes are received; until then it is unchanged.

        Args:
            path: the path of the file in the Dropbox.
            to: the path of the local file.
            rev: a revision of the file; `None` for the newest.
            progress: called with the number of bytes received and the total.

        Returns:
            The file's metadata.

        Raises:
            ErrorResponse: as `get_file`; 200 if the metadata has no size, 206 if the server keeps
                sending a range that was not requested.
            RESTSocketError: the connection was lost in every attempt, or the bytes received differ
                from the metadata in their number or their `content_hash`.
            OSError: the local file cannot be written.

        Example:
            >>> from pathlib import Path
            >>> client.download("/notes.txt", "notes.txt")["bytes"]
            14
            >>> Path("notes.txt").read_text()
            'Hello, Dropbox'
        """
        return transfer.Download(self, path, rev, progress).save(to)
