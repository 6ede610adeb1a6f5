"""Chunked uploads: chunks, offsets, ends that don't come, and who may go on with whose."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.errors import OverQuota, ReadOnly, UploadNotFound, WrongOffset
from fakebox.core.files import ADD
from fakebox.core.settings import DAY_S
from fakebox.core.world import World


def broken(data=b""):
    """Blocks that the network cuts off."""
    yield data
    raise ConnectionResetError


def test_chunks_become_a_file_when_they_are_committed(world, scope, read):
    """Every chunk begins where the last one ended."""
    upload = world.upload_sessions.append(scope, [b"on", b"e "])
    assert upload.offset == 4
    upload = world.upload_sessions.append(scope, [b"two"], upload.id, 4)
    assert upload.offset == 7
    entry = world.upload_sessions.commit(scope, upload.id, "/a/whole", ADD, client_mtime_s=9)
    assert (entry.path, entry.size_bytes, entry.client_mtime_s) == ("/a/whole", 7, 9)
    assert read("/a/whole") == b"one two"


def test_chunk_is_refused_when_it_begins_elsewhere(world, scope):
    """The refusal says where the upload ends, and nothing is stored."""
    upload = world.upload_sessions.append(scope, [b"1234"])
    for offset in (0, 3, 5):
        with pytest.raises(WrongOffset) as error:
            world.upload_sessions.append(scope, [b"x"], upload.id, offset)
        assert (error.value.sent, error.value.offset) == (offset, 4)
        assert error.value.expires_s == upload.expires_s
    assert world.upload_sessions.append(scope, [], upload.id, 4).offset == 4


@given(st.lists(st.tuples(st.binary(max_size=5), st.integers(0, 30)), max_size=8))
def test_upload_is_what_was_sent_from_where_it_ended(chunks):
    """Chunks of any sizes, at any offsets: those that begin elsewhere change nothing."""
    with closing(World()) as world:
        scope = world.tokens.scope(world.tokens.find("fakebox-token"))
        upload, whole = world.upload_sessions.append(scope, []), b""
        for data, offset in chunks:
            if offset == len(whole):
                world.upload_sessions.append(scope, [data], upload.id, offset)
                whole += data
            else:
                with pytest.raises(WrongOffset) as error:
                    world.upload_sessions.append(scope, [data], upload.id, offset)
                assert error.value.offset == len(whole)
        entry = world.upload_sessions.commit(scope, upload.id, "/whole", ADD)
        with world.files.open(scope, entry.path)[1] as file:
            assert file.read() == whole


def test_first_chunk_may_be_empty(world, scope, read):
    """An upload of nothing is a file of no bytes."""
    upload = world.upload_sessions.append(scope, [])
    world.upload_sessions.commit(scope, upload.id, "/empty", ADD)
    assert read("/empty") == b""


def test_first_chunk_begins_at_the_beginning(world, scope):
    """An offset without an upload is a wrong one; the upload it names can be gone on with."""
    with pytest.raises(WrongOffset) as error:
        world.upload_sessions.append(scope, [b"x"], offset=5)
    upload = world.upload_sessions.append(scope, [b"x"], error.value.upload_id, 0)
    assert upload.offset == 1


def test_chunk_that_breaks_off_counts_for_nothing(world, scope, read):
    """The offset stays, and the upload goes on from there."""
    upload = world.upload_sessions.append(scope, [b"one "])
    with pytest.raises(ConnectionResetError):
        world.upload_sessions.append(scope, broken(b"tw"), upload.id, 4)
    world.upload_sessions.append(scope, [b"2"], upload.id, 4)
    world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    assert read("/f") == b"one 2"


def test_commit_spends_the_upload(world, scope):
    """A second commit finds no upload, and no chunk can follow."""
    upload = world.upload_sessions.append(scope, [b"x"])
    world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, [b"y"], upload.id, 1)


def test_upload_stays_when_its_commit_is_refused(world, scope, read):
    """Whoever has made room can commit again."""
    upload = world.upload_sessions.append(scope, [b"1234"])
    world.accounts.configure(scope.account_id, quota_bytes=3)
    with pytest.raises(OverQuota):
        world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    world.accounts.configure(scope.account_id, quota_bytes=4)
    world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    assert read("/f") == b"1234"


def test_upload_belongs_to_the_caller_who_began_it(world, scope, sandbox, other):
    """Neither another account nor another root of the same one finds it."""
    upload = world.upload_sessions.append(scope, [b"x"])
    for stranger in (sandbox, other):
        with pytest.raises(UploadNotFound):
            world.upload_sessions.append(stranger, [b"y"], upload.id, 1)
        with pytest.raises(UploadNotFound):
            world.upload_sessions.commit(stranger, upload.id, "/f", ADD)


def test_upload_is_given_up_when_its_time_is_over(world, scope):
    """After a day of the world's clock nobody finds it, and its bytes go with the next one."""
    world.clock.freeze()
    upload = world.upload_sessions.append(scope, [b"x"])
    assert upload.expires_s == world.clock.now_s() + DAY_S
    world.clock.advance(DAY_S)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, [b"y"], upload.id, 1)
    world.upload_sessions.append(scope, [b"z"])
    world.clock.advance(-DAY_S)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, [b"y"], upload.id, 1)


def test_upload_that_expires_while_a_chunk_comes_in_is_not_found(world, scope):
    """The chunk is refused rather than acknowledged."""
    upload = world.upload_sessions.append(scope, [b"x"])

    def late():
        yield b"y"
        world.clock.advance(DAY_S)
        world.upload_sessions.append(scope, [b"another"])

    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, late(), upload.id, 1)


def test_commit_waits_for_the_chunk_that_is_coming_in(world, scope, read):
    """What is committed is all that was acknowledged by then, not what was there when it began."""
    upload = world.upload_sessions.append(scope, [b"one "])
    committed = threading.Thread(
        target=world.upload_sessions.commit, args=(scope, upload.id, "/f", ADD)
    )

    def blocks():
        yield b"t"
        committed.start()
        yield b"wo"

    world.upload_sessions.append(scope, blocks(), upload.id, 4)
    committed.join()
    assert read("/f") == b"one two"


def test_only_one_of_two_commits_at_once_finds_the_upload(world, scope):
    """The file is made once."""
    upload = world.upload_sessions.append(scope, [b"x"])
    start, outcomes = threading.Barrier(2), []

    def commit():
        start.wait()
        try:
            outcomes.append(world.upload_sessions.commit(scope, upload.id, "/f", ADD).path)
        except UploadNotFound:
            outcomes.append("not found")

    threads = [threading.Thread(target=commit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["/f", "not found"]


def test_upload_that_is_committed_may_be_tidied_away_by_the_next_one(
    world, scope, read, monkeypatch
):
    """Whoever begins one in the last moment of a commit removes what that has no more use for."""
    remove = Path.unlink

    def meddle(path, **options):
        monkeypatch.undo()
        world.upload_sessions.begin(scope)
        remove(path, **options)

    upload = world.upload_sessions.append(scope, [b"whole"])
    monkeypatch.setattr(Path, "unlink", meddle)
    assert world.upload_sessions.commit(scope, upload.id, "/f", ADD).path == "/f"
    assert read("/f") == b"whole"


def test_reset_forgets_the_uploads_under_way(world, scope):
    """A fresh world has none, not even one whose chunk or commit is just coming in."""
    upload = world.upload_sessions.append(scope, [b"x"])

    def blocks():
        yield b"y"
        world.reset()

    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, blocks(), upload.id, 1)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.commit(scope, upload.id, "/f", ADD)


@pytest.mark.parametrize("is_tidy", [True, False])
def test_reset_in_the_middle_of_a_commit_forgets_the_upload(is_tidy, tmp_path, monkeypatch):
    """Nothing of it comes to the fresh world, whether or not its bytes are gone by then."""
    look = Path.open

    def meddle(path, *args):
        monkeypatch.undo()
        if not is_tidy:
            monkeypatch.setattr(Path, "unlink", lambda path, **_: None)
        world.reset()
        return look(path, *args)

    with closing(World(tmp_path)) as world:
        scope = world.tokens.scope(world.tokens.find("fakebox-token"))
        upload = world.upload_sessions.append(scope, [b"x"])
        monkeypatch.setattr(Path, "open", meddle)
        with pytest.raises(UploadNotFound):
            world.upload_sessions.commit(scope, upload.id, "/f", ADD)
        assert world.files.list(scope, "/").children == ()


def test_upload_is_refused_while_the_world_is_read_only(world, scope):
    """Neither a first nor a later chunk is taken."""
    upload = world.upload_sessions.append(scope, [b"x"])
    world.settings = replace(world.settings, read_only=True)
    with pytest.raises(ReadOnly):
        world.upload_sessions.append(scope, [b"y"], upload.id, 1)
    with pytest.raises(ReadOnly):
        world.upload_sessions.append(scope, [b"y"])
    world.settings = replace(world.settings, read_only=False)
    assert world.upload_sessions.append(scope, [b"y"], upload.id, 1).offset == 2


def test_upload_goes_on_after_a_restart(tmp_path):
    """What was acknowledged is there again; what a killed process left beside it is not."""
    first = World(tmp_path)
    scope = first.tokens.scope(first.tokens.find("fakebox-token"))
    upload = first.upload_sessions.append(scope, [b"one "])
    first.close()
    (tmp_path / "content" / "growing" / "orphan").write_bytes(b"x")
    second = World(tmp_path)
    assert not (tmp_path / "content" / "growing" / "orphan").exists()
    upload = second.upload_sessions.append(scope, [b"two"], upload.id, 4)
    second.upload_sessions.commit(scope, upload.id, "/f", ADD)
    with second.files.open(scope, "/f")[1] as file:
        assert file.read() == b"one two"
    second.close()
