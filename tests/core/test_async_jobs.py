"""Results of jobs: kept as they were, for the caller that began the job."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakebox.core.async_jobs import JobResult
from fakebox.core.errors import JobNotFound


def test_results_come_back_in_their_order(world, scope, write):
    """Files, folders, deletions and errors alike."""
    entry = write("/folder/file")
    results = [
        JobResult(entry),
        JobResult(None, "path/not_found"),
        JobResult(world.files.metadata(scope, "/folder")),
        JobResult(world.files.delete(scope, "/folder/file")),
        JobResult(None, "lookup_failed/incorrect_offset", 7),
    ]
    job_id = world.async_jobs.add(scope, "copy", results)
    assert world.async_jobs.results(scope, "copy", job_id) == results


def test_job_is_its_callers_own(world, scope, sandbox, other):
    """Not another account's, app's or root's, nor one of another kind."""
    job_id = world.async_jobs.add(scope, "copy", [])
    assert world.async_jobs.results(scope, "copy", job_id) == []
    for caller in (sandbox, other, replace(scope, app_id=99)):
        with pytest.raises(JobNotFound):
            world.async_jobs.results(caller, "copy", job_id)
    with pytest.raises(JobNotFound):
        world.async_jobs.results(scope, "move", job_id)
