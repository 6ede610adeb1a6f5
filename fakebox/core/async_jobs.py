"""Finished asynchronous jobs and their stored results."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Literal

from fakebox.core.accounts import Scope
from fakebox.core.blobs import Content
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.errors import JobNotFound, LinkNotFound, NotAFile, OverQuota
from fakebox.core.files import Files
from fakebox.core.link_settings import LinkVisitor
from fakebox.core.path_rules import split_upload
from fakebox.core.shared_links import SharedLinks

_NO_ENTRY = (None,) * 10


@dataclass(frozen=True, slots=True)
class JobResult:
    """The result of a job for one of its entries.

    Attributes:
        entry: the file or folder; `None` if the job failed.
        error: the tags of the error, from the outermost one on, separated by slashes.
        correct_offset: the correct offset of the upload session, if the sent offset was wrong.
    """

    entry: Entry | None
    error: str | None = None
    correct_offset: int | None = None


class AsyncJobs:
    """Jobs for several entries, with one result for each entry."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context

    def add(self, scope: Scope, kind: str, results: Sequence[JobResult]) -> str:
        """Store the results of a job, and return its id."""
        job_id = self._context.ids.token(86, marker="dbjid:AA")
        rows = (
            (
                job_id,
                position,
                result.error,
                result.correct_offset,
                *(astuple(result.entry)[:-1] if result.entry else _NO_ENTRY),
            )
            for position, result in enumerate(results)
        )
        with self._context.database.transaction() as db:
            db.execute("INSERT INTO job VALUES (?, ?, ?, ?, ?)", (job_id, *scope.owner(), kind))
            db.executemany(
                "INSERT INTO job_result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
            )
        return job_id

    def results(self, scope: Scope, kind: str, job_id: str) -> list[JobResult]:
        """Return the results of a job, in the order of its entries.

        Raises:
            JobNotFound: the app has no job of this kind and id for the account and root.
        """
        with self._context.database.reading() as db:
            job = db.execute(
                "SELECT 1 FROM job WHERE id = ? AND account_id = ? AND app_id = ? AND root = ?"
                " AND kind = ?",
                (job_id, *scope.owner(), kind),
            ).fetchone()
            if not job:
                raise JobNotFound(job_id)
            rows = db.execute(
                "SELECT error, correct_offset, path, is_folder, is_deleted, revision, namespace_id,"
                " size_bytes, content, modified_us, client_mtime_s, file_id FROM job_result"
                " WHERE job_id = ? ORDER BY position",
                (job_id,),
            ).fetchall()
        return [JobResult(_entry(scope, *row[2:]), *row[:2]) for row in rows]


@dataclass(frozen=True, slots=True)
class FetchJob:
    """A job that saves the content of a URL.

    Attributes:
        id: the id of the job.
        status: `complete` or `failed`.
        path: the path of the saved file; empty if the job failed.
    """

    id: str
    status: Literal["complete", "failed"]
    path: str


class Fetches:
    """The jobs of a world that save the content of a URL.

    No connection is opened. The URL must be a link of this emulator; the caller parses it.
    """

    def __init__(self, context: WorldContext, files: Files, shared_links: SharedLinks) -> None:
        self._context = context
        self._files = files
        self._shared_links = shared_links

    def save(
        self, scope: Scope, path: str, token: str, kind: str = "share", rlkey: str = ""
    ) -> FetchJob:
        """Save the content of a link of this emulator. The returned job is finished.

        Args:
            scope: the caller.
            path: the path of the new file. If the path exists, the file gets another name.
            token: the token, code or key in the URL.
            kind: the kind of the URL; see `SharedLinks.resolve`.
            rlkey: the second key in the URL.

        Raises:
            Exception: any error of `Files.put`, except `OverQuota`: the job fails instead.
        """
        # A malformed path is rejected for any link.
        split_upload(path, scope.rules)
        job_id = self._context.ids.token(22)
        with self._context.database.transaction() as db:
            job = FetchJob(job_id, *self._outcome(scope, path, token, kind, rlkey))
            db.execute(
                "INSERT INTO fetch_job VALUES (?, ?, ?, ?, ?, ?)",
                (job.id, *scope.owner(), job.status, job.path),
            )
        return job

    def find(self, scope: Scope, job_id: str) -> FetchJob:
        """Return the job with this id.

        Raises:
            JobNotFound: the app has no such job for the account and root.
        """
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT id, status, path FROM fetch_job WHERE id = ? AND account_id = ?"
                " AND app_id = ? AND root = ?",
                (job_id, *scope.owner()),
            ).fetchone()
        if not row:
            raise JobNotFound(job_id)
        return FetchJob(*row)

    def _outcome(
        self, scope: Scope, path: str, token: str, kind: str, rlkey: str
    ) -> tuple[Literal["complete", "failed"], str]:
        try:
            kind, token = self._shared_links.resolve(kind, token, rlkey)
            visitor = LinkVisitor(scope.account_id)
            shown, file = self._shared_links.open(token, kind=kind, visitor=visitor)
        except (LinkNotFound, NotAFile):
            return "failed", ""
        file.close()
        try:
            saved = self._files.put(scope, path, Content(str(shown.content), shown.size_bytes))
        except OverQuota:
            return "failed", ""
        return "complete", saved.path


def _entry(
    scope: Scope,
    path: str | None,
    is_folder: int,
    is_deleted: int,
    revision: int,
    namespace_id: int,
    *rest: int,
) -> Entry | None:
    if path is None:
        return None
    rev_namespace_id = scope.rev_namespace_id(namespace_id)
    numbers = (revision, namespace_id, *rest, rev_namespace_id)
    return Entry(path, bool(is_folder), bool(is_deleted), *numbers)  # type: ignore[arg-type]
