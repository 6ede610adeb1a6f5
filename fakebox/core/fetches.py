"""Saving what a URL shows to a Dropbox, for URLs of this very emulator.

Nothing here opens a connection: a dialect says which link a URL names, and its content is taken
over.
"""

from dataclasses import dataclass
from typing import Literal

from fakebox.core.accounts import Scope
from fakebox.core.content_hash import Content
from fakebox.core.context import WorldContext
from fakebox.core.errors import JobNotFound, LinkNotFound, NotAFile, OverQuota
from fakebox.core.files import Files
from fakebox.core.path_rules import split_upload
from fakebox.core.shared_links import SharedLinks


@dataclass(frozen=True, slots=True)
class Job:
    """What came of saving a URL.

    Attributes:
        id: its name.
        status: `complete` or `failed`.
        path: where the content was saved; empty if it failed.
    """

    id: str
    status: Literal["complete", "failed"]
    path: str


class Fetches:
    """The jobs of a world that save URLs."""

    def __init__(self, context: WorldContext, files: Files, shared_links: SharedLinks) -> None:
        self._context = context
        self._files = files
        self._shared_links = shared_links

    def save(self, scope: Scope, path: str, token: str, kind: str = "share") -> Job:
        """Save what a link of this emulator shows; done by the time this returns.

        Args:
            scope, path: whose Dropbox, where in it; a taken path is renamed to be unique.
            token: the link's, or the code of a short one.
            kind: what it is of: `share`, `media`, or `short` for a shared link's short form.

        Raises:
            As `Files.put`, but for `OverQuota`, which fails the job.
        """
        # A path that can't be is refused whatever the URL shows.
        split_upload(path)
        job_id = self._context.ids.token(22)
        with self._context.database.transaction() as db:
            job = Job(job_id, *self._outcome(scope, path, token, kind))
            db.execute(
                "INSERT INTO fetch_job VALUES (?, ?, ?, ?, ?, ?)",
                (job.id, *scope.owner(), job.status, job.path),
            )
        return job

    def find(self, scope: Scope, job_id: str) -> Job:
        """The job of this name.

        Raises:
            JobNotFound: this caller (account, app and root) has none.
        """
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT id, status, path FROM fetch_job WHERE id = ? AND account_id = ?"
                " AND app_id = ? AND root = ?",
                (job_id, *scope.owner()),
            ).fetchone()
        if not row:
            raise JobNotFound(job_id)
        return Job(*row)

    def _outcome(
        self, scope: Scope, path: str, token: str, kind: str
    ) -> tuple[Literal["complete", "failed"], str]:
        try:
            if kind == "short":
                token, kind = self._shared_links.expand(token).link.token, "share"
            shown, file = self._shared_links.open(token, kind=kind)
        except (LinkNotFound, NotAFile):
            return "failed", ""
        file.close()
        try:
            saved = self._files.put(scope, path, Content(str(shown.content), shown.size_bytes))
        except OverQuota:
            return "failed", ""
        return "complete", saved.path
