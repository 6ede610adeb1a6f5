"""Types of paths and files that the client accepts or rejects."""

import codecs
import io
import tempfile

import pytest


def test_path_may_be_bytes(script, scripted_client):
    """Bytes in a path are decoded as UTF-8."""
    scripted_client.metadata("/ü".encode())
    assert "/metadata/dropbox/%C3%BC" in script.requests[0].target


def test_path_that_is_none_is_rejected_without_a_request(script, scripted_client):
    """A path that is not a string is a `TypeError`, and nothing is sent."""
    with pytest.raises(TypeError, match="the path for metadata must be a str, not None"):
        scripted_client.metadata(None)
    with pytest.raises(TypeError):
        scripted_client.file_create_folder(3)
    assert not script.requests


def test_put_of_none_is_rejected_without_a_request(script, scripted_client):
    """`None` is not an empty file; it is a `TypeError`."""
    with pytest.raises(TypeError, match="must be bytes, str, a path or a file, not NoneType"):
        scripted_client.put_file("/a", None, overwrite=True)
    assert not script.requests


def _opened_by_codecs(path, encoding):
    # `codecs.open` does the same, but newer versions of Python deprecate it.
    codec = codecs.lookup(encoding)
    return codecs.StreamReaderWriter(path.open("rb"), codec.streamreader, codec.streamwriter)


@pytest.mark.parametrize("opened", [_opened_by_codecs, open], ids=["codecs", "open"])
def test_put_sends_a_text_file_as_utf_8(script, scripted_client, tmp_path, opened):
    """The text after the current position is sent, for files of `open` and of `codecs`."""
    (tmp_path / "a.txt").write_text("één\nü", encoding="utf-8")
    with opened(tmp_path / "a.txt", encoding="utf-8") as file:
        assert file.readline() == "één\n"
        scripted_client.put_file("/a", file)
    assert script.requests[0].body == "ü".encode()


def test_put_sends_a_temporary_text_file_as_utf_8(script, scripted_client):
    """A `NamedTemporaryFile` of text is sent as UTF-8, although it is not an `io.TextIOBase`."""
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as file:
        file.write("ü")
        file.seek(0)
        scripted_client.put_file("/a", file)
    assert script.requests[0].body == "ü".encode()


def test_chunk_of_a_text_file_is_rejected(script, scripted_client):
    """A chunk of text has no known number of bytes, so it is a `TypeError`."""
    with pytest.raises(TypeError, match="open it in binary mode"):
        scripted_client.upload_chunk(io.StringIO("0123"), 2)
    assert not script.requests


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("from_path", lambda c: c.file_copy(None, "/b")),
        ("to_path", lambda c: c.file_move("/a", None)),
        ("path", lambda c: c.file_delete(None)),
        ("path", lambda c: c.file_create_folder(None)),
        ("from_copy_ref", lambda c: c.add_copy_ref(None, "/b")),
        ("query", lambda c: c.search("/", None)),
        ("rev", lambda c: c.restore("/a", None)),
        ("rev_limit", lambda c: c.revisions("/a", None)),
        ("upload_id", lambda c: c.commit_chunked_upload("/a", None)),
        ("cursor", lambda c: c.longpoll_delta(None)),
        ("size", lambda c: c.thumbnail("/a", None)),
    ],
    ids=[
        "copy",
        "move",
        "delete",
        "create_folder",
        "add_copy_ref",
        "search",
        "restore",
        "revisions",
        "commit",
        "longpoll",
        "thumbnail",
    ],
)
def test_none_for_a_required_argument_is_rejected(script, scripted_client, name, call):
    """`None` is not sent as the text `None`, which may be the name of a file."""
    with pytest.raises(TypeError, match=f"{name} must not be None"):
        call(scripted_client)
    assert not script.requests
