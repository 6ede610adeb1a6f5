"""What there is, what there was, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dropbox.api.base import Params, Requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropbox.types import Metadata


class EntryCalls(Requests):
    """Calls that tell of files and folders."""

    def metadata(
        self,
        path: str,
        list: bool = True,
        file_limit: int = 25000,
        hash: str | None = None,
        rev: str | None = None,
        include_deleted: bool = False,
        include_media_info: bool = False,
    ) -> Metadata:
        """Retrieve metadata for a file or folder.

        Args:
            path: the path to the file or folder.
            list: whether to list what a folder contains.
            file_limit: the most entries to return, up to 25,000.
            hash: the `hash` of an earlier listing, to save bandwidth if nothing changed.
            rev: a previous revision of a file.
            include_deleted: whether to list deleted entries as well.
            include_media_info: whether to tell when and where pictures and films were taken.

        Returns:
            The metadata; a folder's has `contents` and `hash` if `list` is true.

        Raises:
            ErrorResponse: 304 if the folder's hash is still `hash`, 400 for a bad request, 404 if
                nothing is there, 406 if there are too many entries.

        Source: seed.
        """
        params: Params = {
            "file_limit": file_limit,
            "list": "true" if list else "false",
            "include_deleted": include_deleted,
        }
        optional = {"hash": hash, "rev": rev, "include_media_info": include_media_info or None}
        params.update({name: value for name, value in optional.items() if value is not None})
        return cast("Metadata", self._get(self._target("metadata", path), params))

    def walk(self, path: str = "/") -> Iterator[Metadata]:
        """The files and folders below a folder, at any depth, each folder before what is in it.

        Args:
            path: the folder.
        """
        for entry in self.metadata(path).get("contents", []):
            yield entry
            if entry["is_dir"]:
                yield from self.walk(entry["path"])

    def revisions(self, path: str, rev_limit: int = 1000) -> list[Metadata]:
        """Retrieve revisions of a file.

        Args:
            path: the file; folders have no revisions.
            rev_limit: the most revisions to return, up to 1,000.

        Returns:
            A list of metadata, newest first.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if there are none.

        Source: seed.
        """
        params = {"rev_limit": rev_limit}
        return cast("list[Metadata]", self._get(self._target("revisions", path), params))

    def restore(self, path: str, rev: str) -> Metadata:
        """Restore a file to a previous revision.

        Args:
            path: the file; folders can't be restored.
            rev: the revision.

        Returns:
            The metadata of the restored file.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if there is no such revision.

        Source: seed.
        """
        return cast("Metadata", self._post(self._target("restore", path), {"rev": rev}))

    def search(
        self, path: str, query: str, file_limit: int = 1000, include_deleted: bool = False
    ) -> list[Metadata]:
        """Search a folder for names that match a query.

        Args:
            path: the folder to search within.
            query: the query, at least 3 characters.
            file_limit: the most entries to return, up to 1,000.
            include_deleted: whether to find deleted files as well.

        Returns:
            A list of metadata.

        Raises:
            ErrorResponse: 400 for a bad request.

        Source: seed.
        """
        params = {"query": query, "file_limit": file_limit, "include_deleted": include_deleted}
        found = self._post(self._target("search", path), params, repeatable=True)
        return cast("list[Metadata]", found)
