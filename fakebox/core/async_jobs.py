"""Finished jobs: what they did with each of their entries, for a client that asks later."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.errors import JobNotFound

_NO_ENTRY = (None,) * 10


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job did with one of its entries.

    Attributes:
        entry: the file or folder; `None` if it failed.
        error: why it failed: the kinds of the error, from the widest on, with slashes between them.
        correct_offset: where the next piece of an upload belongs, if that was the error.
    """

    entry: Entry | None
    error: str | None = None
    correct_offset: int | None = None


class AsyncJobs:
    """The finished jobs of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context

    def add(self, scope: Scope, kind: str, results: Sequence[JobResult]) -> str:
        """Keep the results of a job; its id."""
        job_id = self._context.ids.token(22)
        rows = (
            (
                job_id,
                position,
                result.error,
                result.correct_offset,
                *(astuple(result.entry) if result.entry else _NO_ENTRY),
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
        """What a job did, entry by entry.

        Raises:
            JobNotFound: there is none of this kind and id that the same app began for the same
                account and root.
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
                " size_bytes, content, modified_s, client_mtime_s, file_id FROM job_result"
                " WHERE job_id = ? ORDER BY position",
                (job_id,),
            ).fetchall()
        return [JobResult(_entry(*row[2:]), *row[:2]) for row in rows]


def _entry(path: str | None, is_folder: int, is_deleted: int, *rest: int) -> Entry | None:
    if path is None:
        return None
    return Entry(path, bool(is_folder), bool(is_deleted), *rest)  # type: ignore[arg-type]
