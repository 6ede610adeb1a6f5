"""Calls that download files and thumbnails."""

from __future__ import annotations

import re
from contextlib import closing
from typing import cast

from dropbox.api.base import ApiBase
from dropbox.json_response import malformed_header, malformed_response, parse
from dropbox.response import RESTResponse
from dropbox.types import Metadata

_PARTIAL_CONTENT = 206
_CONTENT_RANGE = re.compile(
    r"bytes (?P<first>[0-9]{1,19})-(?P<last>[0-9]{1,19})/(?P<total>[0-9]{1,19}|\*)", re.IGNORECASE
)


class DownloadCalls(ApiBase):
    """Calls that download."""

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
            rev: a previous revision of the file.
            start: the position of the first byte to download. Without `length`, the download ends
                at the end of the file.
            length: the number of bytes to download. Without `start`, the last bytes are downloaded.

        Returns:
            The open response; read it, then close it.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if the file does not exist or was deleted,
                206 if the response contains a range that was not requested.
            ValueError: `start` is negative, or `length` is less than 1.

        Over version 2:
            `files/download`. At the end of a whole file, its bytes are compared with the content
            hash; other bytes raise `RESTSocketError`. Version 1 has no content hash.

        Example:
            >>> with client.get_file("/notes.txt") as response:
            ...     response.read()
            b'Hello, Dropbox'
            >>> with client.get_file("/notes.txt", start=7, length=4) as response:
            ...     response.read()
            b'Drop'

        Source: Dropbox Python SDK documentation; `start` and `length`, Dropbox API v1.
        """
        target = self._target("files", from_path)
        params = {"rev": rev} if rev is not None else {}
        extra = _range_header(start, length)
        response = cast("RESTResponse", self._open(target, params, extra))
        _check_range(response, start, length)
        return response

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
            RESTSocketError: the connection was lost within the metadata.

        Over version 2:
            As `get_file`; the metadata also has `content_hash`.

        Example:
            >>> response, metadata = client.get_file_and_metadata("/notes.txt")
            >>> with response:
            ...     response.read(), metadata["mime_type"]
            (b'Hello, Dropbox', 'text/plain')

        Source: Dropbox Python SDK documentation.
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
            The open response; read it, then close it.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if the file does not exist or its type
                has no thumbnails, 415 if the image is invalid.

        Over version 2:
            `files/get_thumbnail_v2`. There is no content hash of a thumbnail.

        Example:
            >>> with client.thumbnail("/Photos/beach.png", "small", "PNG") as response:
            ...     response.getheader("Content-Type")
            'image/png'

        Source: Dropbox Python SDK documentation.
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

        Over version 2:
            As `thumbnail`.

        Example:
            >>> response, metadata = client.thumbnail_and_metadata("/Photos/beach.png")
            >>> with response:
            ...     response.getheader("Content-Type"), metadata["path"]
            ('image/jpeg', '/Photos/beach.png')

        Source: Dropbox Python SDK documentation.
        """
        response = self.thumbnail(from_path, size, format)
        return response, _metadata_of(response)


def _range_header(start: int | None, length: int | None) -> dict[str, str]:
    if (start or 0) < 0 or (length is not None and length < 1):
        raise ValueError(
            f"start must be at least 0 and length at least 1, not {start} and {length}"
        )
    if start is None and length is None:
        return {}
    if start is None:
        return {"Range": f"bytes=-{length}"}
    last = "" if length is None else start + length - 1
    return {"Range": f"bytes={start}-{last}"}


def _check_range(response: RESTResponse, start: int | None, length: int | None) -> None:
    # RFC 9110, 15.3.7: a client must check which range a response of status 206 contains.
    value = response.getheader("Content-Range")
    if response.status != _PARTIAL_CONTENT or value is None:
        return
    found = _CONTENT_RANGE.fullmatch(value.strip())
    if found is None or not _fits(found, start, length):
        response.close()
        wanted = _range_header(start, length).get("Range", "the whole file")
        raise malformed_response(
            response, f"The response has Content-Range {value!r}, not {wanted}."
        )


def _fits(found: re.Match[str], start: int | None, length: int | None) -> bool:
    first, last = int(found["first"]), int(found["last"])
    total = None if found["total"] == "*" else int(found["total"])
    if last < first or (total is not None and last >= total):
        return False
    if length is not None and last - first + 1 > length:
        return False
    reaches_end = total is None or last == total - 1
    if start is None and length is not None:
        return reaches_end
    return first == (start or 0) and (length is not None or reaches_end)


def _metadata_of(response: RESTResponse) -> Metadata:
    header = response.getheader("x-dropbox-metadata")
    try:
        metadata = parse(header or "")
    except ValueError:
        metadata = None
    if not isinstance(metadata, dict):
        with closing(response):
            # If the connection was lost within the header, this raises `RESTSocketError`.
            response.read(1)
        raise malformed_header(response, "x-dropbox-metadata") from None
    return cast("Metadata", metadata)
