"""Results of async jobs, which are stored for the caller that started the job."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakebox.core.async_jobs import JobResult
from fakebox.core.errors import JobNotFound


def test_results_are_returned_in_order(world, scope, write):
    """Results with files, folders, deletions and errors are returned in order."""
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


def test_entry_of_a_job_has_the_rev_of_its_caller(world, sandbox, write):
    """The rev of a result is that which the app's folder has, a namespace of its own."""
    results = [JobResult(write("/file", scope=sandbox))]
    job_id = world.async_jobs.add(sandbox, "copy", results)
    (stored,) = world.async_jobs.results(sandbox, "copy", job_id)
    assert stored.entry is not None
    assert stored.entry.rev == world.files.metadata(sandbox, "/file").rev


def test_job_is_found_only_by_its_caller_and_kind(world, scope, sandbox, other):
    """A job is not found with another account, app or root, or as another kind of job."""
    job_id = world.async_jobs.add(scope, "copy", [])
    assert world.async_jobs.results(scope, "copy", job_id) == []
    for caller in (sandbox, other, replace(scope, app_id=99)):
        with pytest.raises(JobNotFound):
            world.async_jobs.results(caller, "copy", job_id)
    with pytest.raises(JobNotFound):
        world.async_jobs.results(scope, "move", job_id)


def test_results_can_be_read_again(world, scope, write):
    """The results of a job are the same each time that they are read."""
    job_id = world.async_jobs.add(scope, "copy", [JobResult(write("/file"))])
    first = world.async_jobs.results(scope, "copy", job_id)
    assert world.async_jobs.results(scope, "copy", job_id) == first
