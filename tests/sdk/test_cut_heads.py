"""Answers whose head is cut: no answer at all, whatever of it has come."""

import socket
import threading

import pytest

from dropbox.rest import ErrorResponse, RESTClientObject, RESTSocketError
from dropbox.retry import NEVER

METADATA = b'{"path": "/file", "bytes": 4}'
FILE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
    b"x-dropbox-metadata: " + METADATA + b"\r\nDate: Fri, 06 Apr 2012 05:49:09 GMT\r\n\r\nfile"
)
JSON = (
    b"HTTP/1.1 200 OK\r\nDate: Fri, 06 Apr 2012 05:49:09 GMT\r\n"
    b"Content-Type: application/json\r\nContent-Length: 29\r\n\r\n" + METADATA
)


@pytest.fixture
def say(script, scripted_client):
    """Makes a client that gets these bytes for an answer, and then the end of the connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    answers = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answers[0])

    thread = threading.Thread(target=serve)
    thread.start()
    session = scripted_client.session
    session.API_HOST = session.API_CONTENT_HOST = f"http://127.0.0.1:{listener.getsockname()[1]}"
    rest_client = RESTClientObject()
    scripted_client.rest_client = rest_client
    scripted_client.retries = NEVER

    def make(answer):
        answers[:] = [answer]
        return scripted_client

    yield make
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    rest_client.close()


def test_json_call_cut_anywhere_is_no_answer(say):
    """Neither an empty success nor the service's error."""
    for end in range(len(JSON)):
        with pytest.raises(RESTSocketError):
            say(JSON[:end]).account_info()


def test_download_cut_anywhere_is_no_file(say):
    """Nothing is taken for an empty file, and what came isn't taken for all of it."""
    for end in range(len(FILE)):
        with pytest.raises(RESTSocketError):
            say(FILE[:end]).get_file("/file").read()


def test_metadata_of_a_download_cut_anywhere_is_no_malformed_metadata(say):
    """What is missing was lost on the way, not left out by the service."""
    for end in range(FILE.index(b"\r\nDate")):
        with pytest.raises(RESTSocketError):
            say(FILE[:end]).get_file_and_metadata("/file")


def test_download_that_is_whole_but_without_metadata_is_the_services_error(say):
    """The connection is whole, so the service has left it out."""
    with pytest.raises(ErrorResponse) as caught:
        say(FILE.replace(b"x-dropbox-metadata", b"x-other")).get_file_and_metadata("/file")
    assert caught.value.status == 200


def test_answer_that_ends_with_its_connection_is_read_to_its_end(say):
    """A server of HTTP/1.0 needs to tell no length."""
    client = say(b"HTTP/1.0 200 OK\r\n\r\nfile")
    with client.get_file("/file") as response:
        assert response.read() == b"file"
        assert response.read() == b""


def test_error_that_is_cut_is_no_answer(say):
    """What the service would have said of it may matter: where a chunk goes, say."""
    with pytest.raises(RESTSocketError):
        say(b"HTTP/1.1 400 Bad Request\r\nDate:").account_info()


def test_unchanged_folder_needs_no_body(say):
    """A 304 ends with its head."""
    with pytest.raises(ErrorResponse) as caught:
        say(b"HTTP/1.1 304 Not Modified\r\n\r\n").metadata("/", hash="0" * 32)
    assert caught.value.status == 304


def test_log_of_a_cut_head_has_no_credentials(say, caplog):
    """What urllib3 has to say of it is masked as all else."""
    with pytest.raises(RESTSocketError):
        say(JSON[: JSON.index(b"gth:")]).account_info()
    assert "urllib3.connection" in {record.name for record in caplog.records}
    assert "token-secret" not in caplog.text
    assert "oauth_signature=***" in caplog.text
