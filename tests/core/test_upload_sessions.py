"""Sequential upload sessions: chunks, offsets, interruptions, expiry and ownership."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.errors import IllegalPath, OverQuota, ReadOnly, UploadNotFound, WrongOffset
from fakebox.core.files import ADD, WriteMode
from fakebox.core.settings import DAY_S
from fakebox.core.world import World
from tests.core.cost import steps_of


def failing_blocks(data=b""):
    """Yield a block, then raise ConnectionResetError."""
    yield data
    raise ConnectionResetError


def test_committed_chunks_form_a_file(world, scope, read):
    """Chunks that each start at the end of the previous one are committed as one file."""
    upload = world.upload_sessions.append(scope, [b"on", b"e "])
    assert upload.offset == 4
    upload = world.upload_sessions.append(scope, [b"two"], upload.id, 4)
    assert upload.offset == 7
    entry = world.upload_sessions.commit(scope, upload.id, "/a/whole", ADD, client_mtime_s=9)
    assert (entry.path, entry.size_bytes, entry.client_mtime_s) == ("/a/whole", 7, 9)
    assert read("/a/whole") == b"one two"


def test_chunk_with_a_wrong_offset_is_rejected(world, scope):
    """A chunk with a wrong offset is rejected with the correct offset, and is not stored."""
    upload = world.upload_sessions.append(scope, [b"1234"])
    for offset in (0, 3, 5):
        with pytest.raises(WrongOffset) as error:
            world.upload_sessions.append(scope, [b"x"], upload.id, offset)
        assert (error.value.sent, error.value.offset) == (offset, 4)
        assert error.value.expires_s == upload.expires_s
    assert world.upload_sessions.append(scope, [], upload.id, 4).offset == 4


@given(st.lists(st.tuples(st.binary(max_size=5), st.integers(0, 30)), max_size=8))
def test_session_contains_only_chunks_with_the_correct_offset(chunks):
    """For chunks of any size and offset, those with a wrong offset have no effect."""
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
    """A session without bytes is committed as an empty file."""
    upload = world.upload_sessions.append(scope, [])
    world.upload_sessions.commit(scope, upload.id, "/empty", ADD)
    assert read("/empty") == b""


def test_first_chunk_must_have_offset_0(world, scope):
    """A first chunk whose offset is not 0 is rejected, with the ID of a new session."""
    with pytest.raises(WrongOffset) as error:
        world.upload_sessions.append(scope, [b"x"], offset=5)
    upload = world.upload_sessions.append(scope, [b"x"], error.value.upload_id, 0)
    assert upload.offset == 1


def test_interrupted_chunk_is_discarded(world, scope, read):
    """A chunk that is interrupted does not change the offset, and can be sent again."""
    upload = world.upload_sessions.append(scope, [b"one "])
    with pytest.raises(ConnectionResetError):
        world.upload_sessions.append(scope, failing_blocks(b"tw"), upload.id, 4)
    world.upload_sessions.append(scope, [b"2"], upload.id, 4)
    world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    assert read("/f") == b"one 2"


@pytest.mark.parametrize("blocks", [[b"tw"], [b"tw" * 40_000]], ids=["small", "large"])
def test_incomplete_chunk_is_not_in_the_committed_file(scope, blocks, tmp_path):
    """A commit after an incomplete chunk stores only the bytes of acknowledged chunks."""

    def incomplete():
        yield from blocks
        raise ConnectionResetError

    with closing(World(tmp_path)) as world:
        upload = world.upload_sessions.append(scope, [b"one"])
        with pytest.raises(ConnectionResetError):
            world.upload_sessions.append(scope, incomplete(), upload.id, 3)
        world.upload_sessions.commit(scope, upload.id, "/f", ADD)
        with world.files.open(scope, "/f")[1] as file:
            assert file.read() == b"one"


def test_incomplete_first_chunk_leaves_no_file(scope, tmp_path):
    """An incomplete first chunk is deleted, because the client does not receive an ID."""
    with closing(World(tmp_path)) as world:
        with pytest.raises(ConnectionResetError):
            world.upload_sessions.append(scope, failing_blocks(b"on"))
        assert list((tmp_path / "content" / "growing").iterdir()) == []


def test_last_chunk_and_commit_are_stored_together(world, scope, read):
    """A chunk is not part of the session if the commit in the same request fails."""
    upload = world.upload_sessions.append(scope, [b"one "])

    def finish(data, path):
        with world.upload_sessions.exclusive(scope, upload.id) as opened:
            opened.write([data], 4)
            return opened.commit(opened.content(), path, ADD)

    with pytest.raises(IllegalPath):
        finish(b"wrong", "/")
    assert world.upload_sessions.find(scope, upload.id).offset == 4
    finish(b"two", "/f")
    assert read("/f") == b"one two"


def test_stored_chunk_is_kept_when_its_request_fails_later(world, scope):
    """After an exception, the session contains the chunk that was stored before it."""
    upload = world.upload_sessions.append(scope, [b"one "])

    def fail():
        with world.upload_sessions.exclusive(scope, upload.id) as opened:
            opened.write([b"two"], 4)
            opened.keep()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert world.upload_sessions.find(scope, upload.id).offset == 7
    assert world.upload_sessions.append(scope, [b"3"], upload.id, 7).offset == 8


def test_chunk_that_was_not_stored_is_ignored(world, scope, read):
    """Bytes that were written and not stored are overwritten by the next chunk."""
    upload = world.upload_sessions.append(scope, [b"one "])
    with world.upload_sessions.exclusive(scope, upload.id) as opened:
        opened.write([b"wrong"], 4)
    world.upload_sessions.append(scope, [b"two"], upload.id, 4)
    world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    assert read("/f") == b"one two"


def test_cost_of_an_upload_does_not_depend_on_the_number_of_uploads(world, scope):
    """An upload takes the same number of SQLite steps when there are many other uploads."""

    def cost():
        def upload():
            begun = world.upload_sessions.append(scope, [b"one"])
            world.upload_sessions.append(scope, [b"two"], begun.id, 3)
            world.upload_sessions.commit(scope, begun.id, "/f", WriteMode(overwrite=True))

        return steps_of(world, upload)

    cost()
    few = cost()
    for _ in range(300):
        world.upload_sessions.begin(scope, parallel=True)
    assert cost() < few * 1.2


def test_commit_ends_the_session(world, scope):
    """After a commit, the session accepts neither a commit nor a chunk."""
    upload = world.upload_sessions.append(scope, [b"x"])
    world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, [b"y"], upload.id, 1)


def test_rejected_commit_keeps_the_session(world, scope, read):
    """A commit that was rejected over quota succeeds after the quota is raised."""
    upload = world.upload_sessions.append(scope, [b"1234"])
    world.accounts.configure(scope.account_id, quota_bytes=3)
    with pytest.raises(OverQuota):
        world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    world.accounts.configure(scope.account_id, quota_bytes=4)
    world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    assert read("/f") == b"1234"


def test_session_is_found_only_by_its_caller(world, scope, sandbox, other):
    """Another account and another root of the same account do not find the session."""
    upload = world.upload_sessions.append(scope, [b"x"])
    for caller in (sandbox, other):
        with pytest.raises(UploadNotFound):
            world.upload_sessions.append(caller, [b"y"], upload.id, 1)
        with pytest.raises(UploadNotFound):
            world.upload_sessions.commit(caller, upload.id, "/f", ADD)


def test_session_expires_after_a_day(world, scope):
    """An expired session is not found, and the next session deletes its bytes."""
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


def test_chunk_is_rejected_when_the_session_expires_meanwhile(world, scope):
    """A chunk raises UploadNotFound if the session expires while the chunk is received."""
    upload = world.upload_sessions.append(scope, [b"x"])

    def late():
        yield b"y"
        world.clock.advance(DAY_S)
        world.upload_sessions.append(scope, [b"another"])

    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, late(), upload.id, 1)


def test_commit_waits_for_the_chunk_that_is_being_received(world, scope, read):
    """The committed file contains the chunk that was being received when the commit started."""
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


def test_only_one_of_two_simultaneous_commits_succeeds(world, scope):
    """The file is created once, and the other commit raises UploadNotFound."""
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


def test_commit_succeeds_when_another_session_collects_its_bytes(world, scope, read, monkeypatch):
    """A commit succeeds even if a new session deletes the committed bytes at the same time."""
    remove = Path.unlink

    def interfere(path, **options):
        monkeypatch.undo()
        world.upload_sessions.begin(scope)
        remove(path, **options)

    upload = world.upload_sessions.append(scope, [b"whole"])
    monkeypatch.setattr(Path, "unlink", interfere)
    assert world.upload_sessions.commit(scope, upload.id, "/f", ADD).path == "/f"
    assert read("/f") == b"whole"


def test_reset_ends_sessions(world, scope):
    """A reset ends all sessions, including one that is receiving a chunk."""
    upload = world.upload_sessions.append(scope, [b"x"])

    def blocks():
        yield b"y"
        world.reset()

    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, blocks(), upload.id, 1)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.commit(scope, upload.id, "/f", ADD)


@pytest.mark.parametrize("deletes_bytes", [True, False])
def test_reset_during_a_commit_ends_the_session(deletes_bytes, tmp_path, monkeypatch):
    """The new world has no file of the commit, whether or not the bytes were deleted."""
    open_path = Path.open

    def interfere(path, *args):
        monkeypatch.undo()
        if not deletes_bytes:
            monkeypatch.setattr(Path, "unlink", lambda path, **_: None)
        world.reset()
        return open_path(path, *args)

    with closing(World(tmp_path)) as world:
        scope = world.tokens.scope(world.tokens.find("fakebox-token"))
        upload = world.upload_sessions.append(scope, [b"x"])
        monkeypatch.setattr(Path, "open", interfere)
        with pytest.raises(UploadNotFound):
            world.upload_sessions.commit(scope, upload.id, "/f", ADD)
        assert world.files.list(scope, "/").children == ()


def test_chunks_are_rejected_while_the_world_is_read_only(world, scope):
    """First and later chunks are rejected in a read-only world, and the session is kept."""
    upload = world.upload_sessions.append(scope, [b"x"])
    world.settings = replace(world.settings, read_only=True)
    with pytest.raises(ReadOnly):
        world.upload_sessions.append(scope, [b"y"], upload.id, 1)
    with pytest.raises(ReadOnly):
        world.upload_sessions.append(scope, [b"y"])
    world.settings = replace(world.settings, read_only=False)
    assert world.upload_sessions.append(scope, [b"y"], upload.id, 1).offset == 2


def test_session_continues_after_a_restart(tmp_path):
    """A restart keeps acknowledged chunks and deletes files that belong to no session."""
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
