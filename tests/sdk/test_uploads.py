"""ChunkedUploader: chunks, errors, and where it goes on."""

import io

import pytest

import dropbox.client
from dropbox.client import ChunkedUploader, DropboxClient
from dropbox.rest import ErrorResponse, SizeChangedError


def stored(offset):
    """The server's answer to a chunk."""
    return f'{{"upload_id": "id", "offset": {offset}, "expires": "x"}}'


def test_uploader_is_reachable_where_the_documentation_has_it(scripted_client):
    """On the class, in the module, and through the client."""
    assert DropboxClient.ChunkedUploader is dropbox.client.ChunkedUploader is ChunkedUploader
    assert isinstance(scripted_client.get_chunked_uploader(io.BytesIO(), 0), ChunkedUploader)


def test_uploader_raises_and_resumes_where_the_server_says(script, scripted_client):
    """A chunk whose answer was lost isn't stored twice."""
    script.say('{"upload_id": "id", "offset": 4, "expires": "x"}')
    script.say('{"upload_id": "id", "offset": 8, "error": "alignment"}', 400)
    script.say('{"upload_id": "id", "offset": 10, "expires": "x"}')
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(b"0123456789"), 10)
    with pytest.raises(ErrorResponse):
        uploader.upload_chunked(4)
    assert uploader.offset == 8
    uploader.upload_chunked(4)
    assert [request.body for request in script.requests] == [b"0123", b"4567", b"89"]


def test_uploader_sends_a_failed_chunk_again(script, scripted_client):
    """What wasn't acknowledged stays with the uploader, even if the source can't go back."""
    script.say("{}", 500)
    script.say('{"upload_id": "id", "offset": 4, "expires": "x"}')
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(b"0123"), 4)
    with pytest.raises(ErrorResponse):
        uploader.upload_chunked()
    assert uploader.offset == 0
    uploader.upload_chunked()
    assert [request.body for request in script.requests] == [b"0123", b"0123"]
    assert "4/4" in repr(uploader)


def test_uploader_refuses_a_file_that_ends_early(scripted_client):
    """`length` bytes were promised."""
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(b"01"), 4)
    with pytest.raises(SizeChangedError, match="shrank"):
        uploader.upload_chunked()


def test_uploader_goes_back_where_the_server_says(script, scripted_client):
    """A server that lost something gets it again, if the source can go back."""
    script.say(stored(4))
    script.say('{"upload_id": "id", "offset": 2, "error": "alignment"}', 400)
    script.say(stored(10))
    source = io.BytesIO(b"..0123456789")
    source.seek(2)
    uploader = scripted_client.get_chunked_uploader(source, 10)
    with pytest.raises(ErrorResponse):
        uploader.upload_chunked(4)
    assert uploader.offset == 2
    uploader.upload_chunked()
    assert script.requests[-1].body == b"23456789"


def test_uploader_stays_where_it_is_when_its_source_cannot_go_back(
    script, scripted_client, pipe_of
):
    """The error is the caller's to handle."""
    script.say(stored(4))
    script.say('{"upload_id": "id", "offset": 2, "error": "alignment"}', 400)
    uploader = scripted_client.get_chunked_uploader(pipe_of(b"0123456789"), 10)
    with pytest.raises(ErrorResponse):
        uploader.upload_chunked(4)
    assert uploader.offset == 4


@pytest.mark.parametrize(
    "body",
    ["<html>", '{"error": "bad"}', '{"offset": "much"}', '{"offset": 5}', '{"offset": true}'],
)
def test_uploader_stays_where_it_is_when_the_server_names_no_offset(script, scripted_client, body):
    """Not every 400 is about the offset."""
    script.say(body, 400)
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(b"0123"), 4)
    with pytest.raises(ErrorResponse):
        uploader.upload_chunked()
    assert (uploader.offset, uploader.upload_id) == (0, None)


def test_uploader_makes_an_empty_file(script, scripted_client):
    """It has no chunk to send, and yet an upload to commit."""
    script.say(stored(0))
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(), 0)
    uploader.upload_chunked()
    uploader.finish("/empty")
    assert script.requests[0].body == b""
    assert b"upload_id=id" in script.requests[1].body


def test_uploader_reports_progress(script, scripted_client):
    """After each chunk: what the server has, and the total."""
    script.say(stored(3))
    script.say(stored(4))
    seen = []
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(b"0123"), 4)
    uploader.upload_chunked(3, progress=lambda *step: seen.append(step))
    assert seen == [(3, 4), (4, 4)]


def test_uploader_refuses_chunks_of_nothing(scripted_client):
    """They would never end."""
    with pytest.raises(ValueError, match="chunk_size"):
        scripted_client.get_chunked_uploader(io.BytesIO(b"0"), 1).upload_chunked(0)


def test_chunk_at_the_end_of_a_file_is_shorter(script, scripted_client):
    """`length` is the most that is sent."""
    file = io.BytesIO(b"0123456")
    scripted_client.upload_chunk(file, 4)
    scripted_client.upload_chunk(file, 4, 4, "id")
    assert [request.body for request in script.requests] == [b"0123", b"456"]


def test_chunk_of_a_pipe_is_what_it_yields(script, scripted_client, pipe_of):
    """Up to `length` bytes, and the rest stays in it."""
    pipe = pipe_of(b"0123456")
    scripted_client.upload_chunk(pipe, 4)
    scripted_client.upload_chunk(pipe, 4, 4, "id")
    assert [request.body for request in script.requests] == [b"0123", b"456"]


@pytest.mark.parametrize(
    "chunk",
    ["0123", b"0123", bytearray(b"0123"), memoryview(b"0123")],
    ids=lambda c: type(c).__name__,
)
def test_chunk_may_be_text_or_bytes(script, scripted_client, chunk):
    """What isn't a file is sent up to `length`."""
    scripted_client.upload_chunk(chunk, 3)
    assert script.requests[0].body == b"012"
