"""Uploads with a lost request or response: the file is stored once."""

import io
from contextlib import closing

import pytest
import urllib3
from urllib3.exceptions import ProtocolError

from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse, RESTClientObject, RESTSocketError
from dropbox.retry import RetryPolicy
from dropbox.transfer import SINGLE_UPLOAD_BYTES
from fakebox import Fakebox

CONTENT = b"0123456789"
LARGE = bytes(SINGLE_UPLOAD_BYTES + 1)


class LossyPool(urllib3.PoolManager):
    """A pool that loses requests, or their responses.

    Args:
        lost: a value for each request to `call`, in order. `before`: the server does not receive
            the request. `after`: the client does not receive the response.
    """

    def __init__(self, call, lost):
        super().__init__()
        self.call = call
        self.lost = list(lost)

    def urlopen(self, method, url, **options):  # noqa: D102
        moment = self.lost.pop(0) if self.lost and f"/{self.call}" in url else None
        if moment == "before":
            raise ProtocolError("lost")
        response = super().urlopen(method, url, **options)
        if moment == "after":
            response.drain_conn()
            raise ProtocolError("lost")
        return response


@pytest.fixture
def box():
    """A new emulator."""
    with Fakebox() as box:
        yield box


@pytest.fixture
def lossy(box):
    """Makes clients whose `LossyPool` loses the requests to a call, or the responses."""
    pools = []

    def make(call, *lost, attempts=3):
        pools.append(LossyPool(call, lost))
        policy = RetryPolicy(attempts=attempts, backoff_s=0.001)
        return DropboxClient(box.session(), RESTClientObject(pools[-1]), retries=policy)

    yield make
    for pool in pools:
        pool.clear()


def contents(box):
    """Return the contents of all files, by their paths."""
    client = box.client()
    found = {}
    for entry in client.metadata("/")["contents"]:
        with closing(client.get_file(entry["path"])) as file:
            found[entry["path"]] = file.read()
    return found


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("overwrite", [True, False])
def test_small_upload_stores_one_file(box, lossy, moment, overwrite):
    """A small upload stores one file if its request or its response is lost."""
    client = lossy("files_put", moment)
    metadata = client.upload(io.BytesIO(CONTENT), "/file.txt", overwrite=overwrite)
    assert metadata["path"] == "/file.txt"
    assert contents(box) == {"/file.txt": CONTENT}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_small_upload_to_the_path_of_a_deleted_file_stores_one_file(box, lossy, moment):
    """A deleted file at the path is not a conflict."""
    box.client().put_file("/file.txt", "old")
    box.client().file_delete("/file.txt")
    lossy("files_put", moment).upload(io.BytesIO(CONTENT), "/file.txt")
    assert contents(box) == {"/file.txt": CONTENT}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_small_upload_into_a_new_folder_stores_one_file(box, lossy, moment):
    """An upload into a new folder stores one file, even if the lost request made the folder."""
    lossy("files_put", moment).upload(io.BytesIO(CONTENT), "/new/file.txt")
    assert box.tree() == ["/new/", "/new/file.txt"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_small_upload_with_parent_rev_stores_no_conflicted_copy(box, lossy, moment):
    """An upload with `parent_rev` replaces that revision once."""
    rev = box.client().put_file("/file.txt", "old")["rev"]
    lossy("files_put", moment).upload(io.BytesIO(CONTENT), "/file.txt", parent_rev=rev)
    assert contents(box) == {"/file.txt": CONTENT}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("present", [b"other", CONTENT[:5], CONTENT + b"more", CONTENT[:-1] + b"x"])
def test_small_upload_beside_another_file_is_an_error_when_its_response_is_lost(
    box, lossy, present, moment
):
    """An upload that may be stored under another name is not sent again."""
    rev = box.client().put_file("/file.txt", present)["rev"]
    with pytest.raises(RESTSocketError) as caught:
        lossy("files_put", moment).upload(io.BytesIO(CONTENT), "/file.txt")
    expected = f"a file of {len(present)} bytes, rev {rev}, is at /file.txt; its content differs"
    assert caught.value.detail == expected
    assert str(caught.value).endswith(expected)
    stored = {"/file (1).txt": CONTENT} if moment == "after" else {}
    assert contents(box) == {"/file.txt": present, **stored}


def test_small_upload_succeeds_if_an_equal_file_is_at_its_path(box, lossy):
    """A lost upload succeeds if a file with the same content is at its path."""
    rev = box.client().put_file("/file.txt", CONTENT)["rev"]
    metadata = lossy("files_put", "before").upload(io.BytesIO(CONTENT), "/file.txt")
    assert metadata["rev"] == rev
    assert contents(box) == {"/file.txt": CONTENT}


def test_small_upload_to_the_path_of_a_folder_is_an_error_when_its_response_is_lost(box, lossy):
    """The error reports that a folder is at the path."""
    box.client().file_create_folder("/file.txt")
    with pytest.raises(RESTSocketError, match=r"a folder is at /file\.txt"):
        lossy("files_put", "before").upload(io.BytesIO(CONTENT), "/file.txt")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_small_upload_on_an_old_revision_is_an_error_when_its_response_is_lost(box, lossy, moment):
    """An upload with an old `parent_rev` leaves the newer file unchanged."""
    rev = box.client().put_file("/file.txt", "old")["rev"]
    box.client().put_file("/file.txt", "newer", parent_rev=rev)
    with pytest.raises(RESTSocketError, match="its content differs"):
        lossy("files_put", moment).upload(io.BytesIO(CONTENT), "/file.txt", parent_rev=rev)
    stored = contents(box)
    assert stored.pop("/file.txt") == b"newer"
    assert list(stored.values()) == ([CONTENT] if moment == "after" else [])


def test_small_upload_is_an_error_if_its_path_cannot_be_read(box, lossy):
    """An upload raises an error with status 401 if the following metadata request gets 401."""
    client = lossy("files_put", "before")
    box.world.tokens.revoke(box.client().session.token.key)
    with pytest.raises(ErrorResponse) as caught:
        client.upload(io.BytesIO(CONTENT), "/file.txt")
    assert caught.value.status == 401


def test_small_upload_is_not_sent_again_with_a_policy_of_one_attempt(lossy):
    """An upload with a policy of one attempt sends one request."""
    with pytest.raises(RESTSocketError):
        lossy("files_put", "before", attempts=1).upload(io.BytesIO(CONTENT), "/file.txt")


@pytest.mark.parametrize("lost", [["before"], ["after"], ["before", "after"]], ids="-".join)
@pytest.mark.parametrize("overwrite", [True, False])
def test_large_upload_is_committed_once(box, lossy, lost, overwrite):
    """An upload in chunks succeeds after a lost commit, and the file is stored once."""
    if overwrite:
        box.client().put_file("/file.bin", "old")
    client = lossy("commit_chunked_upload", *lost)
    metadata = client.upload(io.BytesIO(LARGE), "/file.bin", overwrite=overwrite)
    assert metadata["bytes"] == len(LARGE)
    assert contents(box) == {"/file.bin": LARGE}
    assert metadata["path"] == "/file.bin"


def test_large_upload_that_another_client_moved_is_an_error(box, lossy):
    """An upload whose file was moved to another path is an error."""
    client = lossy("commit_chunked_upload", "after")

    def move(_):
        box.client().file_move("/file.bin", "/file-moved.bin")

    client.retries = RetryPolicy(sleep=move)
    with pytest.raises(ErrorResponse, match=r"nothing is at /file\.bin") as caught:
        client.upload(io.BytesIO(LARGE), "/file.bin")
    assert caught.value.status == 400


def test_large_upload_with_a_rejected_commit_is_an_error(box, lossy):
    """A commit that the server rejected is not sent again."""
    with pytest.raises(ErrorResponse) as caught:
        lossy("commit_chunked_upload").upload(io.BytesIO(LARGE), "/a/../b")
    assert caught.value.status == 400


def test_upload_of_a_pipe_is_copied_first(box, pipe_of):
    """A pipe, which cannot seek, is uploaded completely."""
    assert box.client().upload(pipe_of(CONTENT), "/file.txt")["bytes"] == len(CONTENT)
