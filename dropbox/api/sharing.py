"""Links and copy references."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dropbox.api.base import Requests

if TYPE_CHECKING:
    from dropbox.types import CopyRef, Link


class SharingCalls(Requests):
    """Calls that share."""

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
