"""Upload sessions that accept pieces in any order."""

import threading
from itertools import permutations

import pytest

from fakebox.core.errors import DifferentData, InvalidPiece, UploadClosed, UploadNotFound
from fakebox.core.files import ADD
from fakebox.core.settings import DAY_S
from fakebox.core.upload_sessions import PIECE_BYTES

PIECES = [b"a" * PIECE_BYTES, b"b" * PIECE_BYTES, b"end"]


@pytest.fixture
def upload(world, scope):
    """An empty upload session."""
    return world.upload_sessions.begin(scope, parallel=True)


@pytest.fixture
def send(world, scope, upload):
    """A function that sends the piece with a given number; the third piece closes the session."""

    def send_piece(number, blocks=None):
        world.upload_sessions.put_piece(
            scope,
            [PIECES[number]] if blocks is None else blocks,
            upload.id,
            number * PIECE_BYTES,
            closes=number == 2,
        )

    return send_piece


@pytest.fixture
def commit(world, scope, upload):
    """A function that commits the session to a path."""
    return lambda: world.upload_sessions.commit(scope, upload.id, "/whole", ADD)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_pieces_form_the_same_file_in_any_order(order, send, commit, read):
    """The committed file has each piece at its offset, even if the last piece arrives first."""
    for number in order:
        send(number)
    assert commit().size_bytes == 2 * PIECE_BYTES + 3
    assert read("/whole") == b"".join(PIECES)


@pytest.mark.parametrize("sent", [(), (0,), (0, 1), (0, 2), (1, 2)], ids=str)
def test_commit_with_a_missing_piece_is_rejected(sent, send, commit, upload):
    """A session with a missing piece, even the last one, cannot be committed."""
    for number in sent:
        send(number)
    with pytest.raises(InvalidPiece) as error:
        commit()
    assert (error.value.args, error.value.reason) == ((upload.id,), "missing")


def test_missing_piece_can_be_sent_after_a_rejected_commit(send, commit, read):
    """A rejected commit leaves the session unchanged."""
    for number in (0, 2):
        send(number)
    with pytest.raises(InvalidPiece):
        commit()
    send(1)
    commit()
    assert read("/whole") == b"".join(PIECES)


def test_piece_offset_must_be_a_multiple_of_4_mib(world, scope, upload):
    """A piece at another offset is rejected with the reason "offset"."""
    with pytest.raises(InvalidPiece) as error:
        world.upload_sessions.put_piece(scope, [b"x"], upload.id, 1, closes=True)
    assert error.value.reason == "offset"


def test_piece_size_must_be_a_multiple_of_4_mib_except_the_last(send):
    """A piece of another size is rejected with the reason "size", unless it is the last one."""
    with pytest.raises(InvalidPiece) as error:
        send(0, [b"short"])
    assert error.value.reason == "size"


def test_pieces_after_the_last_one_are_rejected(world, scope, upload, send):
    """After the closing piece, only pieces with lower offsets are accepted."""
    send(2)
    with pytest.raises(UploadClosed):
        send(2)
    with pytest.raises(UploadClosed):
        world.upload_sessions.put_piece(scope, [PIECES[0]], upload.id, 3 * PIECE_BYTES)
    send(0)


def test_interrupted_second_transfer_of_a_piece_changes_nothing(send, commit, read):
    """The bytes of a stored piece are never replaced."""

    def broken():
        yield PIECES[1][:1000]
        raise ConnectionResetError

    for number in range(3):
        send(number)
    with pytest.raises(ConnectionResetError):
        send(1, broken())
    commit()
    assert read("/whole") == b"".join(PIECES)


def test_interrupted_piece_can_be_sent_with_other_bytes(send, commit, read):
    """The bytes of an incomplete piece are not stored."""

    def broken():
        yield b"c" * 1000
        raise ConnectionResetError

    for number in (0, 2):
        send(number)
    with pytest.raises(ConnectionResetError):
        send(1, broken())
    send(1)
    commit()
    assert read("/whole") == b"".join(PIECES)


@pytest.mark.parametrize(
    ("number", "blocks", "offset"),
    [
        (0, [b"c" * PIECE_BYTES], 0),
        (1, [PIECES[1][:-1], b"c"], PIECE_BYTES),
        (0, [PIECES[0], b"c" * PIECE_BYTES], PIECE_BYTES),
    ],
    ids=["first byte", "last byte", "overlap"],
)
def test_other_bytes_at_a_stored_offset_are_rejected(number, blocks, offset, send, commit, read):
    """A piece with other bytes is rejected, and the stored bytes are kept."""
    for stored in range(3):
        send(stored)
    with pytest.raises(DifferentData) as error:
        send(number, blocks)
    assert error.value.offset == offset
    commit()
    assert read("/whole") == b"".join(PIECES)


def test_same_bytes_are_accepted_again_in_pieces_of_another_size(
    world, scope, upload, send, commit, read
):
    """A piece may repeat stored bytes, be a part of a stored piece, or add bytes to it."""
    world.upload_sessions.put_piece(scope, PIECES[:2], upload.id, 0)
    for number in (0, 1, 2):
        send(number)
    world.upload_sessions.put_piece(scope, PIECES[:2], upload.id, 0)
    assert commit().size_bytes == 2 * PIECE_BYTES + 3
    assert read("/whole") == b"".join(PIECES)


def test_piece_beyond_the_end_of_a_closed_session_is_rejected(world, scope, upload, send):
    """A piece that begins before the end of a closed session, and ends after it, is rejected."""
    send(2)
    longer = [PIECES[1], PIECES[2].ljust(PIECE_BYTES, b"x")]
    with pytest.raises(UploadClosed):
        world.upload_sessions.put_piece(scope, longer, upload.id, PIECE_BYTES)


def test_commit_is_rejected_while_a_piece_is_received(world, scope, upload, send, commit, read):
    """A commit is rejected while a piece is being received."""

    def blocks():
        yield b"c"
        with pytest.raises(InvalidPiece) as error:
            commit()
        assert error.value.reason == "missing"
        yield PIECES[1][1:]

    send(0)
    send(2)
    send(1, blocks())
    commit()
    assert read("/whole") == PIECES[0] + b"c" + PIECES[1][1:] + PIECES[2]


def test_simultaneous_pieces_at_one_offset_are_received_in_turn(send, commit, read):
    """The second of two pieces at an offset is compared with the first one."""
    errors = []

    def first():
        yield b"c"
        again.start()
        yield PIECES[1][1:]

    def second():
        with pytest.raises(DifferentData) as error:
            send(1)
        errors.append(error.value.offset)

    again = threading.Thread(target=second)
    send(1, first())
    again.join()
    assert errors == [PIECE_BYTES]
    send(0)
    send(2)
    commit()
    assert read("/whole") == PIECES[0] + b"c" + PIECES[1][1:] + PIECES[2]


def test_piece_is_rejected_when_the_session_expires_meanwhile(world, scope, send):
    """A piece raises UploadNotFound if the session expires while the piece is received."""

    def late():
        yield PIECES[0]
        world.clock.advance(DAY_S)

    with pytest.raises(UploadNotFound):
        send(0, late())


def test_only_one_of_two_simultaneous_closing_pieces_is_accepted(world, scope, upload, send):
    """The closing piece that is complete first is accepted, and the other raises UploadClosed."""

    def slower():
        yield b"end"
        world.upload_sessions.put_piece(scope, [b"end"], upload.id, 3 * PIECE_BYTES, closes=True)

    with pytest.raises(UploadClosed):
        send(2, slower())


def test_session_accepts_either_pieces_or_chunks(world, scope, upload):
    """A parallel session accepts only pieces, and a sequential session accepts only chunks."""
    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, [b"chunk"], upload.id)
    sequential = world.upload_sessions.begin(scope)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.put_piece(scope, [b"piece"], sequential.id, 0)


def test_closed_session_accepts_no_more_chunks(world, scope, read):
    """A closed sequential session rejects chunks and can be committed."""
    closed = world.upload_sessions.append(scope, [b"all"], closes=True)
    with pytest.raises(UploadClosed):
        world.upload_sessions.append(scope, [b"more"], closed.id, 3)
    world.upload_sessions.commit(scope, closed.id, "/all", ADD)
    assert read("/all") == b"all"
