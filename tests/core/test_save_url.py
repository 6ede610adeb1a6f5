"""Saving what a URL of this emulator shows."""

import pytest

from fakebox.core.errors import JobNotFound


def test_link_is_saved_as_a_file(world, scope, other, write, read):
    """A taken name is numbered."""
    write("/a.txt", "shared")
    write("/b.txt", scope=other)
    token = world.sharing.share(scope, "/a.txt").token
    job = world.fetches.save(other, "/b.txt", token)
    assert (job.status, job.path) == ("complete", "/b (1).txt")
    assert world.fetches.find(other, job.id) == job
    assert read("/b (1).txt", scope=other) == b"shared"


def test_short_link_is_saved_like_the_long_one(world, scope, other, write, read):
    """It leads to the same."""
    write("/a.txt", "shared")
    code = world.sharing.share(scope, "/a.txt").short_code
    assert world.fetches.save(other, "/b.txt", code, "short").status == "complete"
    assert read("/b.txt", scope=other) == b"shared"


def test_link_to_nothing_or_to_a_folder_fails(world, scope, write):
    """There are no bytes to save."""
    write("/folder/a.txt")
    token = world.sharing.share(scope, "/folder").token
    jobs = [world.fetches.save(scope, "/b.txt", word) for word in (token, "nobody")]
    assert [(job.status, job.path) for job in jobs] == [("failed", "")] * 2


def test_save_without_room_fails_and_stores_nothing(world, scope, other, write):
    """The job says so; no call is refused."""
    write("/a.txt", "much")
    token = world.sharing.share(scope, "/a.txt").token
    world.accounts.configure(other.account_id, quota_bytes=3)
    assert world.fetches.save(other, "/b.txt", token).status == "failed"
    assert world.accounts.get(other.account_id).used_bytes == 0
    assert not world.files.list(other, "/").children


def test_job_is_its_accounts_own(world, scope, other):
    """Nobody else finds it."""
    job = world.fetches.save(scope, "/b.txt", "nobody")
    with pytest.raises(JobNotFound):
        world.fetches.find(other, job.id)
