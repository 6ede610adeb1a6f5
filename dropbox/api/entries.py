"""Calls that return metadata, revisions and search results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from dropbox.api.base import ApiBase
from dropbox.json_response import checked_fields, repeated_folder_error
from dropbox.types import Metadata


class EntryCalls(ApiBase):
    """Calls that return metadata, revisions and search results."""

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
            list: whether to list the entries of a folder.
            file_limit: the maximum number of entries to list, up to 25,000.
            hash: the `hash` of an earlier listing; if the folder is unchanged, the response is a
                304 without a listing.
            rev: a previous revision of a file.
            include_deleted: whether to list deleted entries as well.
            include_media_info: whether to include when and where photos and videos were taken.

        Returns:
            The metadata: `path`, `is_dir`, `bytes`, `rev` and `modified`, among others (see
            `dropbox.types.Metadata`). A folder also has `contents` and `hash` if `list` is true.

        Raises:
            ErrorResponse: 304 if the folder's hash is still `hash`, 400 for a bad request, 404 if
                the path does not exist, 406 if there are more than `file_limit` entries.

        Over version 2:
            `files/get_metadata`, and `files/list_folder` for a listing. `revision` is the first
            part of `rev`. Folders and deleted entries have a `rev` that is derived from their id or
            path, `revision` 0 and `modified` 1970. The type, size and times of a deleted entry are
            unknown. `hash` is computed by the SDK, so the whole folder is listed even if the
            response is a 304. MIME types, icons and `thumb_exists` follow from the extension.

        Example:
            >>> [entry["path"] for entry in client.metadata("/")["contents"]]
            ['/notes.txt', '/Photos']
            >>> client.metadata("/missing.txt")
            Traceback (most recent call last):
            ...
            dropbox.errors.NotFoundError: [404] "Path '/missing.txt' not found"

        Source: Dropbox Python SDK documentation.
        """
        params: dict[str, object] = {
            "file_limit": file_limit,
            "list": "true" if list else "false",
            "include_deleted": include_deleted,
        }
        optional = {"hash": hash, "rev": rev, "include_media_info": include_media_info or None}
        params.update({name: value for name, value in optional.items() if value is not None})
        return cast("Metadata", self._get(self._target("metadata", path), params))

    def walk(self, path: str = "/") -> Iterator[Metadata]:
        """Iterate over the files and folders below a folder, at any depth.

        Args:
            path: the folder.

        Yields:
            The metadata of each entry. A folder comes before its contents.

        Raises:
            ErrorResponse: as `metadata`; with status 200 if a listing is malformed, or contains a
                folder that was listed before.

        Over version 2:
            As `metadata`.

        Example:
            >>> [entry["path"] for entry in client.walk()]
            ['/notes.txt', '/Photos', '/Photos/beach.png']
        """
        listed = set()
        # Not recursive, because the depth of a Dropbox has no limit.
        pending = [iter(_contents(self.metadata(path)))]
        while pending:
            entry = next(pending[-1], None)
            if entry is None:
                pending.pop()
                continue
            yield entry
            is_dir, entry_path = checked_fields(entry, is_dir=bool, path=str)
            if is_dir:
                if entry_path in listed:
                    raise repeated_folder_error(entry_path)
                listed.add(entry_path)
                pending.append(iter(_contents(self.metadata(entry_path))))

    def revisions(self, path: str, rev_limit: int = 1000) -> list[Metadata]:
        """Retrieve revisions of a file.

        Args:
            path: the file; folders have no revisions.
            rev_limit: the maximum number of revisions to return, up to 1,000.

        Returns:
            A list of metadata, newest first.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if the file has no revisions.

        Over version 2:
            `files/list_revisions`: at most 100 revisions, and only the last deletion. The root
            folder is status 400, not 404.

        Example:
            >>> client.put_file("/notes.txt", b"Hello again", overwrite=True)["path"]
            '/notes.txt'
            >>> [revision["bytes"] for revision in client.revisions("/notes.txt")]
            [11, 14]

        Source: Dropbox Python SDK documentation.
        """
        params = {"rev_limit": rev_limit}
        return cast("list[Metadata]", self._get(self._target("revisions", path), params))

    def restore(self, path: str, rev: str) -> Metadata:
        """Restore a file to a previous revision.

        Args:
            path: the file; folders cannot be restored.
            rev: the revision.

        Returns:
            The metadata of the restored file.

        Raises:
            ErrorResponse: 400 for a bad request, 404 if the revision does not exist.

        Over version 2:
            `files/restore`.

        Example:
            >>> rev = client.metadata("/notes.txt")["rev"]
            >>> client.put_file("/notes.txt", b"Hello again", overwrite=True)["bytes"]
            11
            >>> client.restore("/notes.txt", rev)["bytes"]
            14

        Source: Dropbox Python SDK documentation.
        """
        return cast("Metadata", self._post(self._target("restore", path), {"rev": rev}))

    def search(
        self, path: str, query: str, file_limit: int = 1000, include_deleted: bool = False
    ) -> list[Metadata]:
        """Search a folder for names that match a query.

        Args:
            path: the folder to search within.
            query: the query, at least 3 characters.
            file_limit: the maximum number of entries to return, up to 1,000.
            include_deleted: whether to include deleted files.

        Returns:
            A list of the metadata of the entries found.

        Raises:
            ErrorResponse: 400 for a bad request.

        Over version 2:
            `files/search_v2`, and `files/search/continue_v2` for further pages, each for active and
            for deleted entries. The service matches the beginnings of words, not any part of a
            name, and may find a new file later.

        Example:
            >>> [entry["path"] for entry in client.search("/", "beach")]
            ['/Photos/beach.png']

        Source: Dropbox Python SDK documentation.
        """
        params = {"query": query, "file_limit": file_limit, "include_deleted": include_deleted}
        found = self._post(self._target("search", path), params, repeatable=True)
        return cast("list[Metadata]", found)


def _contents(listing: object) -> list[Metadata]:
    # The root of a walk may be a file, which has no contents.
    fields = listing if isinstance(listing, dict) else {"contents": None}
    (contents,) = checked_fields({"contents": [], **fields}, contents=list)
    return cast("list[Metadata]", contents)
