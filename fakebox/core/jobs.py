"""What came of work that a client asks about later: the dialect's own words, kept for it."""

from fakebox.core.accounts import Scope
from fakebox.core.errors import JobNotFound
from fakebox.core.ground import Ground


class Jobs:
    """The finished jobs of a world."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def note(self, scope: Scope, kind: str, outcome: str) -> str:
        """Keep the outcome of a job; its id."""
        job_id = self._ground.ids.token(22)
        with self._ground.store.transaction() as db:
            db.execute(
                "INSERT INTO job VALUES (?, ?, ?, ?, ?, ?)", (job_id, *scope.owner(), kind, outcome)
            )
        return job_id

    def outcome(self, scope: Scope, kind: str, job_id: str) -> str:
        """What came of a job.

        Raises:
            JobNotFound: this caller (account, app and root) has none of this kind and id.
        """
        with self._ground.store.reading() as db:
            row = db.execute(
                "SELECT outcome FROM job WHERE id = ? AND account_id = ? AND app_id = ?"
                " AND root = ? AND kind = ?",
                (job_id, *scope.owner(), kind),
            ).fetchone()
        if not row:
            raise JobNotFound(job_id)
        return str(row[0])
