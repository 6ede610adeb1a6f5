"""Answers that are a file's bytes: whole, in part, or not at all if the client has them."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from werkzeug.wrappers import Response

from fakebox.http.body import BLOCK_BYTES
from fakebox.http.etags import is_fresh, is_same, make_etag
from fakebox.http.ranges import parse_range


def send(
    environ: dict[str, Any], file: BinaryIO, size_bytes: int, version: str, media_type: str
) -> Response:
    """The answer to a request for a file, which closes the file when it is done.

    Args:
        environ: the WSGI request; its conditions and range are honoured.
        file: the content.
        size_bytes: how much there is of it.
        version: what changes with the content, as its rev.
        media_type: what the content is.

    Raises:
        Unsatisfiable: the range holds none of it; the file is closed.
    """
    try:
        etag = make_etag(version)
        headers = {"ETag": etag, "Accept-Ranges": "bytes"}
        if is_fresh(environ.get("HTTP_IF_NONE_MATCH"), etag):
            file.close()
            return Response(status=304, headers=headers)
        wanted = environ.get("HTTP_RANGE") if is_same(environ.get("HTTP_IF_RANGE"), etag) else None
        part = parse_range(wanted, size_bytes)
    except BaseException:
        file.close()
        raise
    start, length_bytes = (part.start, part.length_bytes) if part else (0, size_bytes)
    if part:
        headers["Content-Range"] = part.content_range
    headers["Content-Length"] = str(length_bytes)
    blocks = Blocks(file, start, length_bytes)
    return Response(
        blocks, 206 if part else 200, headers, content_type=media_type, direct_passthrough=True
    )


class Blocks:
    """A part of a file in blocks; closes the file.

    Args:
        file: the content.
        start: where the part begins.
        length_bytes: how long it is.
    """

    def __init__(self, file: BinaryIO, start: int, length_bytes: int) -> None:
        self._file = file
        self._start = start
        self._length_bytes = length_bytes

    def __iter__(self) -> Iterator[bytes]:
        """The blocks."""
        self._file.seek(self._start)
        remaining_bytes = self._length_bytes
        while remaining_bytes and (block := self._file.read(min(BLOCK_BYTES, remaining_bytes))):
            remaining_bytes -= len(block)
            yield block

    def close(self) -> None:
        """Close the file; the server calls this whatever becomes of the answer."""
        self._file.close()
