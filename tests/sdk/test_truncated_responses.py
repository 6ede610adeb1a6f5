"""Responses that are truncated at any position: each is a `RESTSocketError`."""

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
def client_receiving(script, scripted_client):
    """Makes a client that receives these bytes and then the end of the connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    responses = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(responses[0])

    thread = threading.Thread(target=serve)
    thread.start()
    session = scripted_client.session
    session.API_HOST = session.API_CONTENT_HOST = f"http://127.0.0.1:{listener.getsockname()[1]}"
    rest_client = RESTClientObject()
    scripted_client.rest_client = rest_client
    scripted_client.retries = NEVER

    def make(response):
        responses[:] = [response]
        return scripted_client

    yield make
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    rest_client.close()


def test_truncated_json_response_is_a_socket_error(client_receiving):
    """Truncated JSON is neither an empty result nor an error of the service."""
    for end in range(len(JSON)):
        with pytest.raises(RESTSocketError):
            client_receiving(JSON[:end]).account_info()


def test_truncated_download_is_a_socket_error(client_receiving):
    """A truncated download is neither an empty file nor a shorter one."""
    for end in range(len(FILE)):
        with pytest.raises(RESTSocketError):
            client_receiving(FILE[:end]).get_file("/file").read()


def test_download_truncated_within_its_metadata_is_a_socket_error(client_receiving):
    """Incomplete metadata in a header means that the connection was lost."""
    for end in range(FILE.index(b"\r\nDate")):
        with pytest.raises(RESTSocketError):
            client_receiving(FILE[:end]).get_file_and_metadata("/file")


def test_complete_download_without_metadata_is_an_error_response(client_receiving):
    """A complete download without metadata is a malformed response."""
    with pytest.raises(ErrorResponse) as caught:
        client_receiving(FILE.replace(b"x-dropbox-metadata", b"x-other")).get_file_and_metadata(
            "/file"
        )
    assert caught.value.status == 200


def test_response_that_ends_with_its_connection_is_read_to_its_end(client_receiving):
    """A response of HTTP/1.0 without a length ends with its connection."""
    client = client_receiving(b"HTTP/1.0 200 OK\r\n\r\nfile")
    with client.get_file("/file") as response:
        assert response.read() == b"file"
        assert response.read() == b""


def test_truncated_error_is_a_socket_error(client_receiving):
    """An error status with a truncated response is a `RESTSocketError`."""
    with pytest.raises(RESTSocketError):
        client_receiving(b"HTTP/1.1 400 Bad Request\r\nDate:").account_info()


def test_response_304_needs_no_body(client_receiving):
    """A response with status 304 is complete without a body."""
    with pytest.raises(ErrorResponse) as caught:
        client_receiving(b"HTTP/1.1 304 Not Modified\r\n\r\n").metadata("/", hash="0" * 32)
    assert caught.value.status == 304


def test_log_of_truncated_headers_has_no_credentials(client_receiving, caplog):
    """Credentials in the log messages of urllib3 are redacted."""
    with pytest.raises(RESTSocketError):
        client_receiving(JSON[: JSON.index(b"gth:")]).account_info()
    assert "urllib3.connection" in {record.name for record in caplog.records}
    assert "token-secret" not in caplog.text
    assert "oauth_signature=***" in caplog.text


def test_bytes_before_the_end_of_a_connection_are_returned(client_receiving):
    """A read returns the bytes that arrived; the next one raises, so a download can continue."""
    body = bytes(100_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"
    with client_receiving(head + body).get_file("/file") as response:
        assert response.read(512 * 1024) == body
        with pytest.raises(RESTSocketError):
            response.read(512 * 1024)
