"""The calls `delta` and `longpoll_delta`, which return changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from dropbox.api.base import ApiBase
from dropbox.json_response import checked_fields, repeated_cursor_error
from dropbox.rest import RESTClientObject
from dropbox.types import Delta, LongpollDelta

# The service may respond up to this number of seconds after the requested timeout.
_LONGPOLL_JITTER_S = 90
_MARGIN_S = 30


class DeltaCalls(ApiBase):
    """The calls that return changes of files and folders."""

    def delta(
        self,
        cursor: str | None = None,
        path_prefix: str | None = None,
        include_media_info: bool = False,
    ) -> Delta:
        """Return a page of changes to files and folders.

        Args:
            cursor: the cursor of the previous page; `None` for the first page.
            path_prefix: report only changes at or below this path; the same for every page.
            include_media_info: as for `metadata`.

        Returns:
            `entries` (each `[path, metadata]`, or `[path, None]` for a deletion), `reset` (whether
            to delete the local state first), `cursor` (for the next call) and `has_more` (whether
            there are more pages now).

        Raises:
            ErrorResponse: 400 if the cursor is invalid.

        Over version 2:
            `files/list_folder` for the first page, then `files/list_folder/continue`. `path_prefix`
            belongs to the cursor; another one is ignored. The path of a file is status 400. A
            cursor that the service has reset returns the first page, with `reset`. The metadata is
            as over version 2 in `metadata`.

        Example:
            >>> page = client.delta()
            >>> [path for path, metadata in page["entries"]]
            ['/notes.txt', '/photos', '/photos/beach.png']
            >>> client.put_file("/new.txt", b"new")["path"]
            '/new.txt'
            >>> [path for path, metadata in client.delta(page["cursor"])["entries"]]
            ['/new.txt']

        Source: Dropbox Python SDK documentation.
        """
        params: dict[str, object] = {"include_media_info": True} if include_media_info else {}
        if cursor is not None:
            params["cursor"] = cursor
        if path_prefix is not None:
            params["path_prefix"] = path_prefix
        return cast("Delta", self._post("/delta", params, repeatable=True))

    def iter_delta(
        self, cursor: str | None = None, path_prefix: str | None = None
    ) -> Iterator[Delta]:
        """Iterate over the pages of `delta`, until there are no more pages.

        Args:
            cursor, path_prefix: as for `delta`.

        Yields:
            Each page, as `delta` returns it.

        Raises:
            ErrorResponse: as `delta`; with status 200 if a page has no cursor, or has the same
                cursor as the previous page.

        Over version 2:
            As `delta`.

        Example:
            >>> for page in client.iter_delta():
            ...     for path, metadata in page["entries"]:
            ...         print("deleted" if metadata is None else metadata["size"], path)
            14 bytes /notes.txt
            0 bytes /photos
            153 bytes /photos/beach.png
        """
        while True:
            page = self.delta(cursor, path_prefix)
            yield page
            next_cursor, has_more = checked_fields(page, cursor=str, has_more=bool)
            if not has_more:
                return
            if next_cursor == cursor:
                # The next request would return the same page again.
                raise repeated_cursor_error(next_cursor)
            cursor = next_cursor

    def longpoll_delta(self, cursor: str, timeout: int | None = None) -> LongpollDelta:
        """Wait until there are changes, or until the timeout.

        Args:
            cursor: a cursor from `delta`.
            timeout: how long the server waits, in seconds, from 30 to 480; `None` means 30.

        Returns:
            `changes`: whether there are changes; `backoff`, if present: how long to wait before the
            next call, in seconds.

        Raises:
            ErrorResponse: 400 if the cursor or the timeout is invalid.

        Over version 2:
            `files/list_folder/longpoll`, which is sent without the token. A cursor that the service
            has reset returns `changes`.

        Example:
            >>> cursor = client.delta()["cursor"]
            >>> client.put_file("/new.txt", b"new")["path"]
            '/new.txt'
            >>> client.longpoll_delta(cursor, timeout=30)
            {'changes': True}

        Source: Dropbox API v1, /longpoll_delta.
        """
        if cursor is None:
            raise TypeError("cursor must not be None")
        params: dict[str, object] = {"cursor": cursor}
        if timeout is not None:
            params["timeout"] = timeout
        host = self.session.API_NOTIFY_HOST
        url = self.session.build_url(host, "/longpoll_delta", params)
        options = self._timeout_options(timeout or 30)
        response = self.retries.run(lambda: self._transport.GET(url, **options))
        return cast("LongpollDelta", response)

    def _timeout_options(self, timeout_s: int) -> dict[str, float]:
        # A `rest_client` of the caller may not accept `read_timeout_s`, which is not documented.
        sender = getattr(self.rest_client, "IMPL", self.rest_client)
        if not isinstance(sender, RESTClientObject):
            return {}
        return {"read_timeout_s": timeout_s + _LONGPOLL_JITTER_S + _MARGIN_S}
