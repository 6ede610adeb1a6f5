"""Calls that create links and copy refs."""

from __future__ import annotations

from typing import cast

from dropbox.api.base import ApiBase
from dropbox.types import CopyRef, Link


class SharingCalls(ApiBase):
    """Calls that create links and copy refs."""

    def share(self, path: str, short_url: bool = True) -> Link:
        """Create a shareable link to a file or folder.

        Args:
            path: the file or folder.
            short_url: whether to create a short link.

        Returns:
            `url` and `expires`.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if the path does not exist.

        Over version 2:
            `sharing/create_shared_link_with_settings`; the link that exists is returned. The link
            is never short. `visibility` and `expires` are those of the link; `expires` is in 2030,
            as over version 1, if the link does not expire.

        Example:
            >>> client.share("/notes.txt")["url"]
            'http://.../db.tt/...'

        Source: Dropbox Python SDK documentation; `short_url`, Dropbox API v1.
        """
        params = {} if short_url else {"short_url": False}
        return cast("Link", self._get(self._target("shares", path), params))

    def media(self, path: str) -> Link:
        """Create a temporary URL of a file's content, which works without authentication.

        Args:
            path: the file; folders are not supported.

        Returns:
            `url` and `expires`.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if the file does not exist.

        Over version 2:
            `files/get_temporary_link`. The link expires after 4 hours.

        Example:
            >>> client.media("/notes.txt")["url"]
            'http://.../notes.txt'

        Source: Dropbox Python SDK documentation.
        """
        return cast("Link", self._get(self._target("media", path)))

    def create_copy_ref(self, from_path: str) -> CopyRef:
        """Create a copy ref, which allows another account to copy the file.

        Args:
            from_path: the file.

        Returns:
            `copy_ref` and `expires`.

        Raises:
            ErrorResponse: 404 if the path does not exist.

        Over version 2:
            `files/copy_reference/get`.

        Example:
            >>> client.create_copy_ref("/notes.txt")
            {'copy_ref': '...', 'expires': '...'}

        Source: Dropbox Python SDK documentation.
        """
        return cast("CopyRef", self._get(self._target("copy_ref", from_path)))
