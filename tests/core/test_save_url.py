"""Jobs that save the content of a shared link of this emulator."""

import pytest

from fakebox.core.errors import JobNotFound


def test_save_stores_the_shared_file(world, scope, other, write, read):
    """Saving a link stores the file, with a number in its name if the path exists."""
    write("/a.txt", "shared")
    write("/b.txt", scope=other)
    token = world.shared_links.create(scope, "/a.txt")[0].link.token
    job = world.fetches.save(other, "/b.txt", token)
    assert (job.status, job.path) == ("complete", "/b (1).txt")
    assert world.fetches.find(other, job.id) == job
    assert read("/b (1).txt", scope=other) == b"shared"


def test_save_accepts_a_short_link(world, scope, other, write, read):
    """A short link saves the same file as the long link."""
    write("/a.txt", "shared")
    code = world.shared_links.create(scope, "/a.txt")[0].link.short_code
    assert world.fetches.save(other, "/b.txt", code, "short").status == "complete"
    assert read("/b.txt", scope=other) == b"shared"


def test_save_fails_for_an_unknown_link_and_for_a_folder(world, scope, write):
    """A job for an unknown link or a link to a folder has the status "failed"."""
    write("/folder/a.txt")
    token = world.shared_links.create(scope, "/folder")[0].link.token
    jobs = [world.fetches.save(scope, "/b.txt", key) for key in (token, "nobody")]
    assert [(job.status, job.path) for job in jobs] == [("failed", "")] * 2


def test_save_fails_over_quota_and_stores_nothing(world, scope, other, write):
    """A job that would exceed the quota has the status "failed", and nothing is stored."""
    write("/a.txt", "much")
    token = world.shared_links.create(scope, "/a.txt")[0].link.token
    world.accounts.configure(other.account_id, quota_bytes=3)
    assert world.fetches.save(other, "/b.txt", token).status == "failed"
    assert world.accounts.get(other.account_id).used_bytes == 0
    assert not world.files.list(other, "/").children


def test_job_is_not_found_by_another_account(world, scope, other):
    """Another account cannot find the job."""
    job = world.fetches.save(scope, "/b.txt", "nobody")
    with pytest.raises(JobNotFound):
        world.fetches.find(other, job.id)
