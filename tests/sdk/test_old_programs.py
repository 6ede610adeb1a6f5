"""Forms that programs for the original releases use."""

from __future__ import annotations

import copy
import io

import pytest

from dropbox.client import DropboxClient
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.rest import RESTClientObject
from dropbox.session import DropboxSession, OAuthToken
from fakebox import Fakebox


@pytest.fixture
def box():
    """A new emulator."""
    with Fakebox() as started:
        yield started


@pytest.fixture
def client(box, monkeypatch):
    """A client of the emulator."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", box.url)
    session = DropboxSession("fakebox-app-key", "fakebox-app-secret", "dropbox")
    session.set_token("fakebox-token", "fakebox-token-secret")
    return DropboxClient(session)


def test_session_may_be_made_without_an_access_type(client):
    """The access type is `auto` by default, as in later releases."""
    session = DropboxSession("fakebox-app-key", "fakebox-app-secret")
    session.set_token("fakebox-token", "fakebox-token-secret")
    assert (session.access_type, session.root) == ("auto", "auto")
    assert DropboxClient(session).put_file("/a.txt", b"x")["path"] == "/a.txt"
    assert DropboxSession.from_dict(session.to_dict()).access_type == "auto"


def test_token_is_a_tuple():
    """A token is the documented tuple of key and secret; its `repr` has no secret."""
    token = OAuthToken("key", "secret")
    assert isinstance(token, tuple)
    assert "%s|%s" % token == "key|secret"  # noqa: UP031 -- as old programs write it
    assert (token == ("key", "secret"), token[1], len(token)) == (True, "secret", 2)
    assert "secret'" not in repr(token)
    assert "secret'" not in f"{token}"
    assert repr([token]) == "[OAuthToken(key='key', secret='***')]"


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_session_and_client_can_be_copied(client, duplicate):
    """A copy of a session or a client is linked, and independent of the original."""
    session = duplicate(client.session)
    assert DropboxClient(session).account_info()["email"] == "user@fakebox.example"
    session.unlink()
    assert client.session.is_linked()
    other = duplicate(DropboxClient(client.session, RESTClientObject()))
    assert other.account_info()["email"] == "user@fakebox.example"
    oauth2 = duplicate(DropboxOAuth2Session("fakebox-bearer-token"))
    assert DropboxClient(oauth2).account_info()["email"] == "user@fakebox.example"


def test_response_has_the_attributes_of_the_standard_library(client):
    """The response of a download has the attributes of `http.client.HTTPResponse`."""
    client.put_file("/a.txt", b"Hello")
    with client.get_file("/a.txt") as response:
        assert (response.version, response.length, response.getcode()) == (11, 5, 200)
        assert response.msg["content-length"] == response.info()["Content-Length"] == "5"
        assert response.read(2) == b"He"
        assert response.length == 3
        assert isinstance(response.fileno(), int)


def test_chunk_without_a_length_is_the_rest_of_the_file(client):
    """`upload_chunk` without a length uploads the file from its position to its end."""
    file = io.BytesIO(b"0123456789")
    file.seek(2)
    first = client.upload_chunk(file)
    assert first["offset"] == 8
    second = client.upload_chunk(b"ab", offset=8, upload_id=first["upload_id"])
    assert client.commit_chunked_upload("/a", second["upload_id"])["bytes"] == 10
    assert client.get_file("/a").read() == b"23456789ab"


def test_chunk_of_a_pipe_without_a_length_is_its_rest(client, pipe_of):
    """A file that cannot seek is read to its end."""
    assert client.upload_chunk(pipe_of(b"0123"))["offset"] == 4


@pytest.mark.parametrize("length", [-1, True, 1.5, "4"])
def test_chunk_with_an_invalid_length_is_rejected(client, box, length):
    """A length that is not a number of bytes is a `ValueError`, and nothing is sent."""
    with pytest.raises(ValueError, match="length must be at least 0 bytes, not"):
        client.upload_chunk(b"0123", length)
    assert not box.requests


@pytest.mark.parametrize(
    "path", ["/auto/z.bin", "auto/z.bin", "/dropbox/z", "/sandbox/a/z", "/auto"]
)
def test_commit_to_a_path_with_a_root_is_rejected(client, box, path):
    """Release 2.2.0 takes the root in the path; here it is an error, and nothing is stored."""
    upload_id = client.upload_chunk(b"x")["upload_id"]
    with pytest.raises(ValueError, match="full_path must not begin with a root"):
        client.commit_chunked_upload(path, upload_id)
    assert box.tree() == []


@pytest.mark.parametrize("path", ["/Auto/z.bin", "/automatic/z", "/a/dropbox/z"])
def test_commit_to_another_path_is_accepted(client, path):
    """Only the roots themselves are rejected."""
    upload_id = client.upload_chunk(b"x")["upload_id"]
    assert client.commit_chunked_upload(path, upload_id)["path"] == path


def test_uploader_commits_into_a_folder_with_the_name_of_a_root(client):
    """A chunked upload can be stored in a folder that has the name of a root."""
    uploader = client.get_chunked_uploader(io.BytesIO(b"x"), 1)
    uploader.upload_chunked()
    assert uploader.finish("/dropbox/z.bin")["path"] == "/dropbox/z.bin"


@pytest.mark.parametrize(
    "file", [io.StringIO("abc"), b"abc", None, 3], ids=["text", "bytes", "None", "int"]
)
def test_uploader_of_anything_but_a_binary_file_is_rejected(client, box, file):
    """A text file, or no file, is a `TypeError` with the accepted type, and nothing is sent."""
    with pytest.raises(TypeError, match="file_obj must be a binary file"):
        client.get_chunked_uploader(file, 3)
    assert not box.requests


@pytest.mark.parametrize("length", [-1, None, "3", True])
def test_uploader_with_an_invalid_length_is_rejected(client, length):
    """A length that is not a number of bytes is a `ValueError`."""
    with pytest.raises(ValueError, match="length must be at least 0 bytes, not"):
        client.get_chunked_uploader(io.BytesIO(b"abc"), length)
