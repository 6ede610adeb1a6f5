"""`ChunkedUploader`: chunks, errors, and the offset at which it continues."""

import io

import pytest

import dropbox.client
from dropbox.client import ChunkedUploader, DropboxClient
from dropbox.rest import ErrorResponse, SizeChangedError


def chunk_response(offset):
    """Return the body of the server's response to a chunk."""
    return f'{{"upload_id": "id", "offset": {offset}, "expires": "x"}}'


def test_uploader_has_its_documented_names(scripted_client):
    """`ChunkedUploader` is an attribute of the client and of its module."""
    assert DropboxClient.ChunkedUploader is dropbox.client.ChunkedUploader is ChunkedUploader
    assert isinstance(scripted_client.get_chunked_uploader(io.BytesIO(), 0), ChunkedUploader)


def test_uploader_resumes_at_the_offset_of_the_server(script, scripted_client):
    """An upload continues at the offset in the error of the server."""
    script.respond('{"upload_id": "id", "offset": 4, "expires": "x"}')
    script.respond('{"upload_id": "id", "offset": 8, "error": "alignment"}', 400)
    script.respond('{"upload_id": "id", "offset": 10, "expires": "x"}')
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(b"0123456789"), 10)
    with pytest.raises(ErrorResponse):
        uploader.upload_chunked(4)
    assert uploader.offset == 8
    uploader.upload_chunked(4)
    assert [request.body for request in script.requests] == [b"0123", b"4567", b"89"]


def test_uploader_sends_a_failed_chunk_again(script, scripted_client):
    """A chunk with an error response is sent again by the next `upload_chunked`."""
    script.respond("{}", 500)
    script.respond('{"upload_id": "id", "offset": 4, "expires": "x"}')
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(b"0123"), 4)
    with pytest.raises(ErrorResponse):
        uploader.upload_chunked()
    assert uploader.offset == 0
    uploader.upload_chunked()
    assert [request.body for request in script.requests] == [b"0123", b"0123"]
    assert "4/4" in repr(uploader)


def test_uploader_rejects_a_file_that_is_too_short(scripted_client):
    """A file with fewer than `length` bytes raises `SizeChangedError`."""
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(b"01"), 4)
    with pytest.raises(SizeChangedError, match="shrank"):
        uploader.upload_chunked()


def test_uploader_seeks_back_to_the_offset_of_the_server(script, scripted_client):
    """If the server reports an earlier offset, the bytes after it are sent again."""
    script.respond(chunk_response(4))
    script.respond('{"upload_id": "id", "offset": 2, "error": "alignment"}', 400)
    script.respond(chunk_response(10))
    source = io.BytesIO(b"..0123456789")
    source.seek(2)
    uploader = scripted_client.get_chunked_uploader(source, 10)
    with pytest.raises(ErrorResponse):
        uploader.upload_chunked(4)
    assert uploader.offset == 2
    uploader.upload_chunked()
    assert script.requests[-1].body == b"23456789"


def test_uploader_keeps_its_offset_if_its_file_cannot_seek(script, scripted_client, pipe_of):
    """The error is raised and the offset is unchanged if the file cannot seek back."""
    script.respond(chunk_response(4))
    script.respond('{"upload_id": "id", "offset": 2, "error": "alignment"}', 400)
    uploader = scripted_client.get_chunked_uploader(pipe_of(b"0123456789"), 10)
    with pytest.raises(ErrorResponse):
        uploader.upload_chunked(4)
    assert uploader.offset == 4


@pytest.mark.parametrize(
    "body",
    ["<html>", '{"error": "bad"}', '{"offset": "much"}', '{"offset": 5}', '{"offset": true}'],
)
def test_uploader_keeps_its_offset_if_the_error_has_no_offset(script, scripted_client, body):
    """An error without a valid offset leaves the offset unchanged."""
    script.respond(body, 400)
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(b"0123"), 4)
    with pytest.raises(ErrorResponse):
        uploader.upload_chunked()
    assert (uploader.offset, uploader.upload_id) == (0, None)


def test_uploader_stores_an_empty_file(script, scripted_client):
    """An empty file has no chunks, but the upload is started and committed."""
    script.respond(chunk_response(0))
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(), 0)
    uploader.upload_chunked()
    uploader.finish("/empty")
    assert script.requests[0].body == b""
    assert b"upload_id=id" in script.requests[1].body


def test_uploader_reports_progress(script, scripted_client):
    """`progress` gets the bytes that the server has and the total after each chunk."""
    script.respond(chunk_response(3))
    script.respond(chunk_response(4))
    steps = []
    uploader = scripted_client.get_chunked_uploader(io.BytesIO(b"0123"), 4)
    uploader.upload_chunked(3, progress=lambda *step: steps.append(step))
    assert steps == [(3, 4), (4, 4)]


def test_uploader_rejects_a_chunk_size_below_one(scripted_client):
    """A chunk size of zero raises an error, because the upload would not end."""
    with pytest.raises(ValueError, match="chunk_size"):
        scripted_client.get_chunked_uploader(io.BytesIO(b"0"), 1).upload_chunked(0)


def test_chunk_at_the_end_of_a_file_is_shorter(script, scripted_client):
    """A chunk has fewer than `length` bytes at the end of the file."""
    file = io.BytesIO(b"0123456")
    scripted_client.upload_chunk(file, 4)
    scripted_client.upload_chunk(file, 4, 4, "id")
    assert [request.body for request in script.requests] == [b"0123", b"456"]


def test_chunk_of_a_pipe_has_up_to_length_bytes(script, scripted_client, pipe_of):
    """A chunk of a pipe reads up to `length` bytes, and leaves the rest in the pipe."""
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
    """The first `length` bytes of a string or of bytes are sent."""
    scripted_client.upload_chunk(chunk, 3)
    assert script.requests[0].body == b"012"
