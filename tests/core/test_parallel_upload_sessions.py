"""Uploads whose pieces come in any order."""

import threading
from itertools import permutations

import pytest

from fakebox.core.errors import InvalidPiece, UploadClosed, UploadNotFound
from fakebox.core.files import ADD
from fakebox.core.settings import DAY_S
from fakebox.core.upload_sessions import PIECE_BYTES

PIECES = [b"a" * PIECE_BYTES, b"b" * PIECE_BYTES, b"end"]


@pytest.fixture
def upload(world, scope):
    """One that holds nothing yet."""
    return world.upload_sessions.begin(scope, parallel=True)


@pytest.fixture
def place(world, scope, upload):
    """Send the piece of a number; the third one is the last."""

    def send(number, blocks=None):
        world.upload_sessions.commit_pieces(
            scope,
            [PIECES[number]] if blocks is None else blocks,
            upload.id,
            number * PIECE_BYTES,
            closes=number == 2,
        )

    return send


@pytest.fixture
def commit(world, scope, upload):
    """Have it stand at a path."""
    return lambda: world.upload_sessions.commit(scope, upload.id, "/whole", ADD)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_pieces_become_a_file_in_whatever_order_they_came(order, place, commit, read):
    """Each where it belongs, the last one first too."""
    for number in order:
        place(number)
    assert commit().size_bytes == 2 * PIECE_BYTES + 3
    assert read("/whole") == b"".join(PIECES)


@pytest.mark.parametrize("sent", [(), (0,), (0, 1), (0, 2), (1, 2)], ids=str)
def test_upload_that_lacks_a_piece_is_not_committed(sent, place, commit, upload):
    """Not even the last one may be missing."""
    for number in sent:
        place(number)
    with pytest.raises(InvalidPiece) as error:
        commit()
    assert (error.value.args, error.value.reason) == ((upload.id,), "missing")


def test_missing_piece_is_sent_afterwards(place, commit, read):
    """A refused commit leaves the upload as it was."""
    for number in (0, 2):
        place(number)
    with pytest.raises(InvalidPiece):
        commit()
    place(1)
    commit()
    assert read("/whole") == b"".join(PIECES)


def test_piece_begins_at_a_multiple_of_four_mebibytes(world, scope, upload):
    """Nothing of any other is kept."""
    with pytest.raises(InvalidPiece) as error:
        world.upload_sessions.commit_pieces(scope, [b"x"], upload.id, 1, closes=True)
    assert error.value.reason == "offset"


def test_piece_has_a_size_of_such_a_multiple_unless_it_is_the_last(place):
    """It would leave a hole."""
    with pytest.raises(InvalidPiece) as error:
        place(0, [b"short"])
    assert error.value.reason == "size"


def test_nothing_goes_beyond_the_last_piece(world, scope, upload, place):
    """And there is but one last piece; those before it may still come."""
    place(2)
    with pytest.raises(UploadClosed):
        place(2)
    with pytest.raises(UploadClosed):
        world.upload_sessions.commit_pieces(scope, [PIECES[0]], upload.id, 3 * PIECE_BYTES)
    place(0)


def test_piece_that_is_sent_again_and_breaks_off_is_missing(place, commit):
    """Rather than a mixture of both."""

    def broken():
        yield b"c" * 1000
        raise ConnectionResetError

    for number in range(3):
        place(number)
    with pytest.raises(ConnectionResetError):
        place(1, broken())
    with pytest.raises(InvalidPiece):
        commit()


def test_upload_is_not_committed_while_a_piece_comes_in(world, scope, upload, place, commit, read):
    """Not even where what the piece replaces came with another one."""

    def blocks():
        yield b"c"
        with pytest.raises(InvalidPiece) as error:
            commit()
        assert error.value.reason == "missing"
        yield PIECES[1][1:]

    world.upload_sessions.commit_pieces(scope, PIECES[:2], upload.id, 0)
    place(2)
    place(1, blocks())
    commit()
    assert read("/whole") == PIECES[0] + b"c" + PIECES[1][1:] + PIECES[2]


def test_piece_that_is_sent_twice_at_once_is_the_one_that_began_last(place, commit, read):
    """Not a mixture of both."""
    log = []

    def first():
        yield b"c"
        again.start()
        yield PIECES[1][1:]
        log.append("first has come")

    def second():
        log.append("second begins")
        yield PIECES[1]

    again = threading.Thread(target=place, args=(1, second()))
    place(1, first())
    again.join()
    assert log == ["first has come", "second begins"]
    place(0)
    place(2)
    commit()
    assert read("/whole") == b"".join(PIECES)


def test_piece_of_an_upload_that_expires_meanwhile_is_not_found(world, scope, place):
    """It is refused rather than acknowledged."""

    def late():
        yield PIECES[0]
        world.clock.advance(DAY_S)

    with pytest.raises(UploadNotFound):
        place(0, late())


def test_only_one_of_two_last_pieces_at_once_is_the_last(world, scope, upload, place):
    """The one that is there first."""

    def overtaken():
        yield b"end"
        world.upload_sessions.commit_pieces(
            scope, [b"end"], upload.id, 3 * PIECE_BYTES, closes=True
        )

    with pytest.raises(UploadClosed):
        place(2, overtaken())


def test_upload_takes_pieces_or_chunks_but_not_both(world, scope, upload):
    """Whichever it was begun for."""
    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, [b"chunk"], upload.id)
    in_a_row = world.upload_sessions.begin(scope)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.commit_pieces(scope, [b"piece"], in_a_row.id, 0)


def test_upload_that_was_closed_takes_no_more_chunks(world, scope, read):
    """What it holds can be committed."""
    closed = world.upload_sessions.append(scope, [b"all"], closes=True)
    with pytest.raises(UploadClosed):
        world.upload_sessions.append(scope, [b"more"], closed.id, 3)
    world.upload_sessions.commit(scope, closed.id, "/all", ADD)
    assert read("/all") == b"all"
