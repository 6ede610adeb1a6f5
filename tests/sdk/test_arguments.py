"""What can be handed to the client in the place of a path or a file, and what can't."""

import codecs
import io
import tempfile

import pytest


def test_path_in_bytes_is_the_same_path(script, scripted_client):
    """Older programs have them."""
    scripted_client.metadata("/ü".encode())
    assert "/metadata/dropbox/%C3%BC" in script.requests[0].target


def test_no_path_is_refused_before_anything_is_sent(script, scripted_client):
    """Its name would be taken for a folder's."""
    with pytest.raises(TypeError, match="the path for metadata is None"):
        scripted_client.metadata(None)
    with pytest.raises(TypeError):
        scripted_client.file_create_folder(3)
    assert not script.requests


def test_put_of_nothing_is_refused_before_anything_is_sent(script, scripted_client):
    """It is no empty file."""
    with pytest.raises(TypeError, match="cannot upload NoneType"):
        scripted_client.put_file("/a", None, overwrite=True)
    assert not script.requests


def _opened_by_codecs(path, encoding):
    # What `codecs.open` does, which is on its way out of Python.
    codec = codecs.lookup(encoding)
    return codecs.StreamReaderWriter(path.open("rb"), codec.streamreader, codec.streamwriter)


@pytest.mark.parametrize("opened", [_opened_by_codecs, open], ids=["codecs", "open"])
def test_put_sends_a_text_file_as_utf_8(script, scripted_client, tmp_path, opened):
    """However it was opened, and from where it stands."""
    (tmp_path / "a.txt").write_text("één\nü", encoding="utf-8")
    with opened(tmp_path / "a.txt", encoding="utf-8") as file:
        assert file.readline() == "één\n"
        scripted_client.put_file("/a", file)
    assert script.requests[0].body == "ü".encode()


def test_put_sends_a_temporary_text_file_as_utf_8(script, scripted_client):
    """It is a file in a wrapper."""
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as file:
        file.write("ü")
        file.seek(0)
        scripted_client.put_file("/a", file)
    assert script.requests[0].body == "ü".encode()


def test_chunk_of_a_text_file_is_refused(script, scripted_client):
    """A part of a text isn't so many bytes."""
    with pytest.raises(TypeError, match="open it in binary mode"):
        scripted_client.upload_chunk(io.StringIO("0123"), 2)
    assert not script.requests
