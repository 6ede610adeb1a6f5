"""Uploads and downloads of any size that continue after errors.

`DropboxClient.upload` and `DropboxClient.download` use these classes.
"""

from __future__ import annotations

import copy
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dropbox.api import ApiCalls
from dropbox.api.uploads import ChunkedUploader
from dropbox.content_hash import content_hash
from dropbox.errors import ErrorResponse, RESTSocketError, SizeChangedError
from dropbox.json_response import checked_fields, malformed_response
from dropbox.parallel_upload import ParallelUpload
from dropbox.request_body import Progress, remaining_bytes, seekable
from dropbox.response import RESTResponse
from dropbox.retry import NEVER, RetryBudget, may_have_been_executed, was_not_executed
from dropbox.types import Metadata
from dropbox.v2 import uses_v2

SINGLE_UPLOAD_BYTES = 8 * 1024 * 1024
VERIFIED_BYTES = 16 * 1024 * 1024
_BLOCK_BYTES = 512 * 1024
_PARTIAL_CONTENT = 206
_BAD_REQUEST = 400
_UNAUTHORIZED = 401
_NOT_FOUND = 404

_RequestError = (ErrorResponse, RESTSocketError)


@dataclass(frozen=True)
class Source:
    """The content of an upload: a file, from a position to its end.

    Attributes:
        file: a binary file that can seek.
        start: the position of the first byte.
        length_bytes: the number of bytes from that position.
    """

    file: IO[bytes]
    start: int
    length_bytes: int

    @classmethod
    def of(cls, file: IO[bytes]) -> Source:
        """Make a source of a file, from its current position.

        Args:
            file: a binary file that can seek.
        """
        return cls(file, file.tell(), remaining_bytes(file))

    def rewind(self) -> IO[bytes]:
        """Return the file at the position of the first byte."""
        self.file.seek(self.start)
        return self.file

    def check_size(self) -> None:
        """Check that the size of the file is unchanged.

        Raises:
            SizeChangedError: the file became longer or shorter.
        """
        now_bytes = remaining_bytes(self.rewind())
        if now_bytes != self.length_bytes:
            what = "grew" if now_bytes > self.length_bytes else "shrank"
            raise SizeChangedError(self.length_bytes, what)


@dataclass(frozen=True)
class FoundEntry:
    """The entry at the path of an upload.

    Attributes:
        entry: its metadata; `None` if the path does not exist.
        is_equal: whether its content equals the source's content; `None` if not verified.
    """

    entry: Metadata | None
    is_equal: bool | None

    def describe(self, path: str) -> str:
        """Describe the entry, as a clause of an error message.

        Args:
            path: the path of the upload.
        """
        if self.entry is None:
            return f"nothing is at {path}"
        if self.entry["is_dir"]:
            return f"a folder is at {path}"
        verdict = "its content was not verified" if self.is_equal is None else "its content differs"
        size, rev = self.entry["bytes"], self.entry.get("rev")
        return f"a file of {size} bytes, rev {rev}, is at {path}; {verdict}"


@dataclass(frozen=True)
class Upload:
    """An upload of any size; see `DropboxClient.upload`.

    Attributes:
        client: a linked client.
        to: the full path to upload to.
        overwrite, parent_rev: as for `DropboxClient.put_file`.
        chunk_size: the bytes in each chunk of a large file.
        progress: called with the bytes sent and the total.
        parallel: the number of chunks that are sent at a time, over version 2.
    """

    client: ApiCalls
    to: str
    overwrite: bool
    parent_rev: str | None
    chunk_size: int
    progress: Progress | None
    parallel: int = 1

    def send(self, source: str | os.PathLike[str] | IO[bytes]) -> Metadata:
        """Send a local file, by its path or from its current position.

        Args:
            source: as for `DropboxClient.upload`.

        Returns:
            The metadata of the file that was stored.
        """
        if isinstance(source, (str, os.PathLike)):
            with Path(source).open("rb") as opened:
                return self.send(opened)
        file = seekable(source)
        try:
            content = Source.of(file)
            if content.length_bytes <= SINGLE_UPLOAD_BYTES:
                return self._send_at_once(content)
            return self._send_in_chunks(content)
        finally:
            if file is not source:
                file.close()

    def _send_at_once(self, source: Source) -> Metadata:
        client, budget = _without_retries(self.client), self.client.retries.budget()
        may_be_stored = False
        while True:
            try:
                return client.put_file(
                    self.to,
                    source.rewind(),
                    self.overwrite,
                    self.parent_rev,
                    progress=self.progress,
                )
            except _RequestError as error:
                may_be_stored = may_be_stored or may_have_been_executed(error)
                if not may_be_stored:
                    budget.wait(error, repeatable=False)
                    continue
                found = self._find(source, error)
                if found.is_equal and found.entry is not None:
                    return found.entry
                self._wait(budget, error, found, repeatable=self._may_put_again(found))

    def _may_put_again(self, found: FoundEntry) -> bool:
        # In all other cases the entry may have caused the first attempt to store the file under
        # another name, and a second attempt would store it twice.
        if found.entry is None or (self.overwrite and self.parent_rev is None):
            return True
        return self.parent_rev is not None and found.entry.get("rev") == self.parent_rev

    def _send_in_chunks(self, source: Source) -> Metadata:
        if self.parallel > 1 and source.length_bytes > self.chunk_size and self._has_v2:
            commit = self._send_parallel_chunks(source)
        else:
            uploader = _without_retries(self.client).get_chunked_uploader(
                source.rewind(), source.length_bytes
            )
            self._send_chunks(uploader)
            commit = uploader.finish
        source.check_size()
        budget = self.client.retries.budget()
        while True:
            try:
                return commit(self.to, self.overwrite, self.parent_rev)
            except _RequestError as error:
                is_first = not budget.failures
                try:
                    # Safe to send again, because the server commits an upload only once.
                    budget.wait(error)
                except _RequestError:
                    if is_first and not may_have_been_executed(error):
                        raise
                    return self._return_if_equal(source, error)

    @property
    def _has_v2(self) -> bool:
        return uses_v2(self.client.session)

    def _send_parallel_chunks(self, source: Source) -> Callable[..., Metadata]:
        client = _without_retries(self.client)
        parts = ParallelUpload(
            client,
            source.file,
            source.start,
            source.length_bytes,
            self.chunk_size,
            self.parallel,
            self.progress,
            self.client.retries,
        )
        uploader = client.get_chunked_uploader(source.file, source.length_bytes)
        uploader.upload_id, uploader.offset = parts.send(), source.length_bytes
        return uploader.finish

    def _send_chunks(self, uploader: ChunkedUploader) -> None:
        # A chunk is safe to send again: the server's offset shows whether it has the chunk already.
        budget, may_correct = self.client.retries.budget(), True

        def note_progress(done_bytes: int, total_bytes: int) -> None:
            nonlocal may_correct
            may_correct = True
            budget.note_progress(done_bytes)
            if self.progress:
                self.progress(done_bytes, total_bytes)

        while uploader.offset < uploader.target_length:
            try:
                uploader.upload_chunked(self.chunk_size, note_progress)
            except _RequestError as error:
                if may_correct and _has_offset(error):
                    # Only once after each chunk, because a correct server does not report new
                    # offsets each time.
                    may_correct = False
                else:
                    budget.wait(error)

    def _return_if_equal(self, source: Source, error: ErrorResponse | RESTSocketError) -> Metadata:
        found = self._find(source, error)
        if found.is_equal and found.entry is not None:
            return found.entry
        error.add_detail(found.describe(self.to))
        raise error

    def _wait(
        self,
        budget: RetryBudget,
        error: ErrorResponse | RESTSocketError,
        found: FoundEntry,
        *,
        repeatable: bool,
    ) -> None:
        try:
            if not repeatable and was_not_executed(error):
                # An attempt before this one may have been executed.
                raise error
            budget.wait(error, repeatable=repeatable)
        except _RequestError:
            error.add_detail(found.describe(self.to))
            raise

    def _find(self, source: Source, error: ErrorResponse | RESTSocketError) -> FoundEntry:
        try:
            entry = self._entry()
            return FoundEntry(entry, entry and self._equals(source, entry))
        except _RequestError as problem:
            if isinstance(problem, ErrorResponse) and problem.status == _UNAUTHORIZED:
                raise
            error.add_detail(f"the state of {self.to} is unknown: {problem}")
            raise error from problem

    def _entry(self) -> Metadata | None:
        try:
            entry = self.client.metadata(self.to, list=False)
        except ErrorResponse as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        checked_fields(entry, is_dir=bool, bytes=int)
        return None if entry.get("is_deleted") else entry

    def _equals(self, source: Source, entry: Metadata) -> bool | None:
        if entry["is_dir"] or entry["bytes"] != source.length_bytes:
            return False
        if "content_hash" in entry:
            return entry["content_hash"] == content_hash(source.rewind(), source.length_bytes)
        if source.length_bytes > VERIFIED_BYTES:
            return None
        return bool(self.client.retries.run(lambda: self._reads_equal(source, entry)))

    def _reads_equal(self, source: Source, entry: Metadata) -> bool:
        file, unread_bytes = source.rewind(), source.length_bytes
        # The revision is requested, so that the content belongs to the metadata.
        with _without_retries(self.client).get_file(self.to, entry.get("rev")) as response:
            while block := response.read(_BLOCK_BYTES):
                unread_bytes -= len(block)
                if unread_bytes < 0 or file.read(len(block)) != block:
                    return False
        return unread_bytes == 0


@dataclass(frozen=True)
class Download:
    """A download of any size; see `DropboxClient.download`.

    Attributes:
        client: a linked client.
        path: the path of the file in the Dropbox.
        rev: a previous revision, or `None`.
        progress: called with the bytes received and the total.
    """

    client: ApiCalls
    path: str
    rev: str | None
    progress: Progress | None

    def save(self, to: str | os.PathLike[str]) -> Metadata:
        """Write to a local file, which is replaced after all bytes are received.

        Args:
            to: the path of the local file.

        Returns:
            The file's metadata.
        """
        target = Path(to)
        # Without the name of the target, which may have the maximum length.
        part = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with part.open("x+b") as file:
                metadata = self._receive_all(file)
            if target.exists():
                part.chmod(target.stat().st_mode & 0o777)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return metadata

    def _receive_all(self, file: IO[bytes]) -> Metadata:
        budget = self.client.retries.budget()
        metadata: Metadata | None = None
        while True:
            try:
                response, metadata = self._open(file, metadata)
                self._receive(response, file, metadata)
            except _RequestError as error:
                budget.note_progress(file.tell())
                budget.wait(error)
            else:
                return metadata

    def _open(self, file: IO[bytes], metadata: Metadata | None) -> tuple[RESTResponse, Metadata]:
        client = _without_retries(self.client)
        if metadata is None:
            response, metadata = client.get_file_and_metadata(self.path, self.rev)
            _disable_check(response)
            _check_size(response, metadata)
            return response, metadata
        # The revision is requested, so that the rest belongs to the same file.
        start = file.tell() or None
        response = client.get_file(self.path, metadata.get("rev"), start=start)
        if response.status != _PARTIAL_CONTENT:
            _disable_check(response)
            _empty(file)
        else:
            _check_range(response, metadata["bytes"])
        return response, metadata

    def _receive(self, response: RESTResponse, file: IO[bytes], metadata: Metadata) -> None:
        total_bytes = metadata["bytes"]
        with response:
            while block := response.read(_BLOCK_BYTES):
                if file.tell() + len(block) > total_bytes:
                    _empty(file)
                    raise _content_error(response, f"more than the {total_bytes} bytes of the file")
                file.write(block)
                if self.progress:
                    self.progress(file.tell(), total_bytes)
        if file.tell() < total_bytes:
            raise _content_error(response, f"the end after {file.tell()} of {total_bytes} bytes")
        _check_content(response, file, metadata)


def _without_retries(client: ApiCalls) -> ApiCalls:
    # The transfer counts all attempts in one budget, so its calls do not repeat requests.
    single = copy.copy(client)
    single.retries = NEVER
    return single


def _has_offset(error: ErrorResponse | RESTSocketError) -> bool:
    # The server has the chunk already, and the uploader continues after it.
    return (
        isinstance(error, ErrorResponse)
        and error.status == _BAD_REQUEST
        and isinstance(error.body, dict)
        and "offset" in error.body
    )


def _disable_check(response: RESTResponse) -> None:
    # The file is checked at the end, because it may consist of parts of several responses. A
    # `rest_client` of the caller may return another class.
    if isinstance(response, RESTResponse):
        response.expect_content_hash(None)


def _check_range(response: RESTResponse, total_bytes: int) -> None:
    value = response.getheader("Content-Range")
    if value is None:
        response.close()
        raise malformed_response(response, "The response has status 206 and no Content-Range.")
    total = value.rpartition("/")[2].strip()
    if total not in ("*", str(total_bytes)):
        response.close()
        raise malformed_response(
            response, f"The response has Content-Range {value!r}; the file has {total_bytes} bytes."
        )


def _check_size(response: RESTResponse, metadata: Metadata) -> None:
    size: object = metadata.get("bytes")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        response.close()
        raise malformed_response(
            response, f"The file's metadata has {size!r} for 'bytes', not a size."
        )


def _check_content(response: RESTResponse, file: IO[bytes], metadata: Metadata) -> None:
    expected = metadata.get("content_hash")
    if expected is None:
        return
    file.seek(0)
    actual = content_hash(file)
    if actual != expected:
        _empty(file)
        raise _content_error(response, f"bytes with the content hash {actual}, not {expected}")


def _content_error(response: RESTResponse, received: str) -> RESTSocketError:
    return RESTSocketError(getattr(response, "host", ""), EOFError(f"received {received}"))


def _empty(file: IO[bytes]) -> None:
    file.seek(0)
    file.truncate()
