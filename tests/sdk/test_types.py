"""The types of responses, compared with the responses of the emulator."""

import io

import pytest

from dropbox import types
from fakebox import Fakebox


def changes_at_once(client):
    """A longpoll that needn't wait."""
    cursor = client.delta()["cursor"]
    client.put_file("/new.txt", "content")
    return client.longpoll_delta(cursor)


ANSWERS = {
    "account_info": (lambda c: c.account_info(), types.AccountInfo),
    "quota": (lambda c: c.account_info()["quota_info"], types.QuotaInfo),
    "file": (lambda c: c.metadata("/a/b.txt", include_media_info=True), types.Metadata),
    "folder": (lambda c: c.metadata("/a"), types.Metadata),
    "deleted": (lambda c: c.file_delete("/a/b.txt"), types.Metadata),
    "delta": (lambda c: c.delta(), types.Delta),
    "longpoll_delta": (changes_at_once, types.LongpollDelta),
    "share": (lambda c: c.share("/a/b.txt"), types.Link),
    "media": (lambda c: c.media("/a/b.txt"), types.Link),
    "copy_ref": (lambda c: c.create_copy_ref("/a/b.txt"), types.CopyRef),
    "chunk": (lambda c: c.upload_chunk(io.BytesIO(b"x"), 1), types.UploadedChunk),
}


@pytest.fixture(scope="module")
def box():
    """An emulator that waits for nobody."""
    with Fakebox(transport="inprocess") as box:
        yield box


@pytest.mark.parametrize("name", ANSWERS)
def test_type_has_every_field_of_its_response(name, box):
    """A field without a type is an error in typed programs."""
    ask, answer_type = ANSWERS[name]
    box.reset()
    client = box.client()
    client.put_file("/a/b.txt", "content")
    assert set(ask(client)) <= set(answer_type.__annotations__)
