"""Keeping up with changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dropbox.api.base import Params, Requests
from dropbox.rest import RESTClientObject
from dropbox.validation import checked_fields, repeated_cursor_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropbox.types import Delta, LongpollDelta

# The service adds up to this to what it was asked to wait.
_LONGPOLL_JITTER_S = 90
_MARGIN_S = 30


class ChangeCalls(Requests):
    """Calls that tell of changes."""

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
        params: Params = {"include_media_info": True} if include_media_info else {}
        if cursor is not None:
            params["cursor"] = cursor
        if path_prefix is not None:
            params["path_prefix"] = path_prefix
        return cast("Delta", self._post("/delta", params, repeatable=True))

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
            before = cursor
            cursor, has_more = checked_fields(page, cursor=str, has_more=bool)
            if not has_more:
                return
            if cursor == before:
                # The same request would get the same page, without end.
                raise repeated_cursor_error(cursor)

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
        patience = self._patience(timeout or 30)
        reply = self.retries.run(lambda: self._transport.GET(url, **patience))
        return cast("LongpollDelta", reply)

    def _patience(self, timeout_s: int) -> dict[str, float]:
        # Others may know no more than the documented arguments.
        transport = getattr(self.rest_client, "IMPL", self.rest_client)
        if not isinstance(transport, RESTClientObject):
            return {}
        return {"read_timeout_s": timeout_s + _LONGPOLL_JITTER_S + _MARGIN_S}
