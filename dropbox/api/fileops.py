"""Copying, moving, deleting, and making folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dropbox.api.base import Requests
from dropbox.paths import format_path

if TYPE_CHECKING:
    from dropbox.types import Metadata


class OperationCalls(Requests):
    """Calls that change the tree."""

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

    def _file_operation(self, name: str, **paths: str | None) -> Metadata:
        params = {"root": self.session.root, **paths}
        return cast("Metadata", self._post(f"/fileops/{name}", params))
