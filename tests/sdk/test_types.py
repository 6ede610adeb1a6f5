"""The types of responses, compared with the responses of the emulator."""

import io

import pytest

from dropbox import types
from fakebox import Fakebox


def longpoll_after_a_change(client):
    """Return the response of a long poll after a change, which returns at once."""
    cursor = client.delta()["cursor"]
    client.put_file("/new.txt", "content")
    return client.longpoll_delta(cursor)


RESPONSES = {
    "account_info": (lambda c: c.account_info(), types.AccountInfo),
    "quota": (lambda c: c.account_info()["quota_info"], types.QuotaInfo),
    "file": (lambda c: c.metadata("/a/b.txt", include_media_info=True), types.Metadata),
    "folder": (lambda c: c.metadata("/a"), types.Metadata),
    "deleted": (lambda c: c.file_delete("/a/b.txt"), types.Metadata),
    "delta": (lambda c: c.delta(), types.Delta),
    "longpoll_delta": (longpoll_after_a_change, types.LongpollDelta),
    "share": (lambda c: c.share("/a/b.txt"), types.Link),
    "media": (lambda c: c.media("/a/b.txt"), types.Link),
    "copy_ref": (lambda c: c.create_copy_ref("/a/b.txt"), types.CopyRef),
    "chunk": (lambda c: c.upload_chunk(io.BytesIO(b"x"), 1), types.UploadedChunk),
}


@pytest.fixture(scope="module")
def box():
    """An in-process emulator."""
    with Fakebox(transport="inprocess") as box:
        yield box


@pytest.mark.parametrize("name", RESPONSES)
def test_type_has_every_field_of_its_response(name, box):
    """Each field of a response is declared in the type of the response."""
    call, response_type = RESPONSES[name]
    box.reset()
    client = box.client()
    client.put_file("/a/b.txt", "content")
    assert set(call(client)) <= set(response_type.__annotations__)
