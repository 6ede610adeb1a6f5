"""What belongs to the caller that made it: results of jobs, and links for uploads."""

from __future__ import annotations

import sqlite3

import pytest

from fakebox.core.errors import DataRefused, JobNotFound, LinkNotFound, LinkSpent
from fakebox.core.store import Store
from fakebox.core.upload_links import Wish


@pytest.mark.parametrize("stranger", ["sandbox", "other"])
def test_job_is_found_by_the_caller_that_started_it_alone(world, scope, request, stranger):
    """Not by another account, and not from another root of the same one."""
    job_id = world.jobs.note(scope, "delete_batch", "{}")
    assert world.jobs.outcome(scope, "delete_batch", job_id) == "{}"
    with pytest.raises(JobNotFound):
        world.jobs.outcome(request.getfixturevalue(stranger), "delete_batch", job_id)
    with pytest.raises(JobNotFound):
        world.jobs.outcome(scope, "copy_batch", job_id)


def test_upload_link_acts_for_its_maker_once(world, sandbox):
    """A block that fails leaves the link good."""
    token = world.upload_links.make(Wish(sandbox, "text"), 60)
    with pytest.raises(ZeroDivisionError), world.upload_links.spend(token):
        raise ZeroDivisionError
    with world.upload_links.spend(token) as wish:
        assert wish == Wish(sandbox, "text")
    with pytest.raises(LinkSpent), world.upload_links.spend(token):
        pass
    with pytest.raises(LinkNotFound), world.upload_links.spend("unknown"):
        pass


def test_database_of_another_program_is_not_taken_for_a_world(tmp_path):
    """The error shows its application id."""
    db = sqlite3.connect(tmp_path / "db")
    db.execute("CREATE TABLE other (x)")
    db.close()
    with pytest.raises(DataRefused, match="not a database of fakebox"):
        Store(tmp_path / "db")


def test_seal_depends_on_the_purpose(world):
    """One is of no use for the other."""
    assert world.seal("one", b"x") != world.seal("two", b"x")
