"""`DropboxClient`, which has a method for each documented call of the API."""

from __future__ import annotations

import copy
import os
from typing import IO

from dropbox import rest, transfer
from dropbox.api import ApiCalls
from dropbox.api.uploads import CHUNK_BYTES, ChunkedUploader
from dropbox.arguments import check_count, check_timeout, check_user_agent
from dropbox.compat import Self
from dropbox.errors import ErrorResponse
from dropbox.oauth2 import DropboxOAuth2Flow, DropboxOAuth2FlowNoRedirect
from dropbox.parallel_upload import CHUNK_UNIT_BYTES
from dropbox.request_body import Progress
from dropbox.retry import RetryPolicy
from dropbox.session import DropboxOAuth2Session, DropboxSession
from dropbox.types import Metadata
from dropbox.urls import format_path

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
        oauth2_access_token: another name of `session`, from later releases of the original.
        rest_client: sends requests; any object with the methods `GET`, `POST` and `PUT`.
        locale: the language of responses, for a client made of a token. A session has a locale.
        retries: the policy for failed requests, a `RetryPolicy`. Requests for tokens use the
            policy of the session.
        timeout_s: how long each request waits for a connection and for each part of the response,
            in seconds. `None` uses the timeouts of the `rest_client`: 20 seconds for a connection
            and 60 seconds for each part. For a single call, use `with_options`. The timeout applies
            to the session's requests for tokens, too.
        user_agent: the name and version of the program, such as `my-app/1.0`; the header
            `User-Agent` begins with it.

    Attributes:
        session, rest_client, retries, timeout_s, user_agent: the arguments; `session` is always a
            session.

    Raises:
        ValueError: `timeout_s` is not positive, or `user_agent` is not valid in a header.

    Example:
        >>> from dropbox.client import DropboxClient
        >>> with DropboxClient("fakebox-bearer-token", user_agent="my-app/1.0") as client:
        ...     client.account_info()["email"]
        'user@fakebox.example'

    Source: Dropbox Python SDK documentation, `DropboxClient`.
    """

    ChunkedUploader = ChunkedUploader

    def __init__(
        self,
        session: DropboxSession | str | None = None,
        rest_client: rest.RESTTransport = rest.RESTClient,
        *,
        oauth2_access_token: DropboxSession | str | None = None,
        locale: str | None = None,
        retries: RetryPolicy = RetryPolicy(),  # noqa: B008 -- frozen
        timeout_s: float | None = None,
        user_agent: str | None = None,
    ) -> None:
        if session is None:
            session = oauth2_access_token
        elif oauth2_access_token is not None:
            raise TypeError("session and oauth2_access_token are both given; only one is accepted")
        if session is None:
            raise TypeError("session is required: a DropboxSession, or an OAuth 2 access token")
        self.session: DropboxSession = (
            DropboxOAuth2Session(session, locale) if isinstance(session, str) else session
        )
        self.rest_client: rest.RESTTransport = rest_client
        self.retries: RetryPolicy = retries
        self.timeout_s: float | None = None
        if timeout_s is not None:
            self.timeout_s = check_timeout("timeout_s", timeout_s)
        self.user_agent: str | None = None
        if user_agent is not None:
            self.user_agent = check_user_agent(user_agent)

    def __repr__(self) -> str:
        """Show the session."""
        return f"<{type(self).__name__} {self.session!r}>"

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the client."""
        self.close()

    def close(self) -> None:
        """Close the idle connections of the `rest_client`.

        The client can still be used: the next call opens a new connection. Clients that share a
        `rest_client`, as all do by default, share its connections. Open responses are not closed,
        and neither is another `rest_client` of the session.

        Example:
            >>> client.close()
            >>> client.account_info()["email"]
            'user@fakebox.example'
        """
        sender = getattr(self.rest_client, "IMPL", self.rest_client)
        close = getattr(sender, "close", None)
        if callable(close):
            close()

    def with_options(
        self, *, timeout_s: float | None = None, retries: RetryPolicy | None = None
    ) -> Self:
        """Return a copy of the client with other options, for one call or more.

        The copy has the same session and the same connections.

        Args:
            timeout_s, retries: as for the class; `None` keeps the value of this client.

        Raises:
            ValueError: `timeout_s` is not positive.

        Example:
            >>> client.with_options(timeout_s=5).account_info()["email"]
            'user@fakebox.example'
        """
        other = copy.copy(self)
        if timeout_s is not None:
            other.timeout_s = check_timeout("timeout_s", timeout_s)
        if retries is not None:
            other.retries = retries
        return other

    def upload(
        self,
        source: str | os.PathLike[str] | IO[bytes],
        to: str,
        *,
        overwrite: bool = False,
        parent_rev: str | None = None,
        chunk_size: int = CHUNK_BYTES,
        progress: Progress | None = None,
        parallel: int = 1,
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
            parallel: the number of chunks that are sent at a time, over version 2 of the API. Each
                needs memory of `chunk_size`. Over version 1, chunks are sent one after the other.

        Returns:
            The file's metadata.

        Raises:
            ValueError: `parallel` is less than 1, `chunk_size` is less than 1, or `parallel` is
                more than 1 and `chunk_size` is not a multiple of 4 MiB (4194304 bytes).
            ErrorResponse, RESTSocketError: as `put_file`. If it is unknown whether the file was
                stored, the message and the attribute `detail` describe the entry at `to`.
            SizeChangedError: the file became longer or shorter while it was sent; nothing was
                stored.

        Over version 2:
            `put_file` up to 8 MiB, otherwise chunks. The content hash shows whether a file is the
            source after a lost response, and `parallel` chunks are sent in a concurrent upload
            session. Over version 1 the file is read again for this, if it has at most 16 MiB.

        Example:
            >>> client.upload("report.pdf", "/Reports/report.pdf")["bytes"]
            2000
        """
        if check_count("parallel", parallel) > 1 and chunk_size % CHUNK_UNIT_BYTES:
            raise ValueError(
                f"chunk_size must be a multiple of {CHUNK_UNIT_BYTES} for parallel chunks, not"
                f" {chunk_size}"
            )
        check_count("chunk_size", chunk_size)
        steps = transfer.Upload(self, to, overwrite, parent_rev, chunk_size, progress, parallel)
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

        Over version 2:
            As `get_file`. The local file is replaced only if its bytes have the content hash of the
            metadata.

        Example:
            >>> from pathlib import Path
            >>> client.download("/notes.txt", "notes.txt")["bytes"]
            14
            >>> Path("notes.txt").read_text()
            'Hello, Dropbox'
        """
        return transfer.Download(self, path, rev, progress).save(to)
