"""Calls that copy, move and delete, and that create folders."""

from __future__ import annotations

from typing import cast

from dropbox.api.base import ApiBase
from dropbox.types import Metadata
from dropbox.urls import format_path


class FileopsCalls(ApiBase):
    """Calls that copy, move and delete, and that create folders."""

    def add_copy_ref(self, copy_ref: str, to_path: str) -> Metadata:
        """Copy the file of a copy ref into this Dropbox.

        Args:
            copy_ref: a copy ref from `create_copy_ref` of any account.
            to_path: the path of the new copy.

        Returns:
            The metadata of the new copy.

        Raises:
            ErrorResponse: 404 if the copy ref does not exist.

        Over version 2:
            `files/copy_reference/save`. If `to_path` exists, the call is status 403, and the copy
            is not renamed. The metadata of a folder has neither `hash` nor `contents`.

        Example:
            >>> copy_ref = client.create_copy_ref("/notes.txt")["copy_ref"]
            >>> other = box.client("other@fakebox.example")
            >>> other.add_copy_ref(copy_ref, "/received.txt")["path"]
            '/received.txt'

        Source: Dropbox Python SDK documentation.
        """
        return self._file_operation("copy", from_copy_ref=copy_ref, to_path=format_path(to_path))

    def file_copy(self, from_path: str, to_path: str) -> Metadata:
        """Copy a file or folder to a new location.

        Args:
            from_path: the path of the file or folder.
            to_path: the path of the copy, with its name. If it exists, the copy is renamed.

        Returns:
            The metadata of the copy. Version 1 of the API includes the entries of a folder.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if `from_path` does not exist, 503 over quota.

        Over version 2:
            `files/copy_v2`. A copy onto itself is status 403. The metadata of a folder has neither
            `hash` nor `contents`.

        Example:
            >>> client.file_copy("/notes.txt", "/Archive/notes.txt")["path"]
            '/Archive/notes.txt'

        Source: Dropbox Python SDK documentation.
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
            ErrorResponse: 400 for a bad request, 403 if the path exists.

        Over version 2:
            `files/create_folder_v2`.

        Example:
            >>> client.file_create_folder("/Reports")["is_dir"]
            True

        Source: Dropbox Python SDK documentation.
        """
        return self._file_operation("create_folder", path=format_path(path))

    def file_delete(self, path: str) -> Metadata:
        """Delete a file or folder.

        Args:
            path: the path of the file or folder.

        Returns:
            The metadata of the deleted file or folder.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if the path does not exist.

        Over version 2:
            `files/delete_v2`. The metadata is the one of the entry, with `is_deleted`.

        Example:
            >>> client.file_delete("/notes.txt")["is_deleted"]
            True

        Source: Dropbox Python SDK documentation.
        """
        return self._file_operation("delete", path=format_path(path))

    def file_move(self, from_path: str, to_path: str) -> Metadata:
        """Move a file or folder to a new location.

        Args:
            from_path: the path of the file or folder.
            to_path: the new path, with the name. If it exists, the file or folder is renamed.

        Returns:
            The metadata of the file or folder at its new path. Version 1 of the API includes the
            entries of a folder.

        Raises:
            ErrorResponse: 400 for a bad request, 403 from version 1 if only the case of the name
                changes, 404 if `from_path` does not exist, 503 over quota.

        Over version 2:
            `files/move_v2`. A move onto itself is status 403. A move that changes only the case of
            the name is not an error. The metadata of a folder has neither `hash` nor `contents`.

        Example:
            >>> client.file_move("/Photos", "/Pictures")["path"]
            '/Pictures'

        Source: Dropbox Python SDK documentation.
        """
        return self._file_operation(
            "move", from_path=format_path(from_path), to_path=format_path(to_path)
        )

    def _file_operation(self, name: str, **paths: str | None) -> Metadata:
        params = {"root": self.session.root, **paths}
        return cast("Metadata", self._post(f"/fileops/{name}", params))
