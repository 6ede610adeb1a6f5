"""Uploads with a lost response succeed only if the file is stored, in both API versions."""

import io
import random
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropbox.client import DropboxClient
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.rest import ErrorResponse, RESTClientObject, RESTSocketError, SizeChangedError
from dropbox.retry import RetryPolicy
from dropbox.transfer import SINGLE_UPLOAD_BYTES, VERIFIED_BYTES
from fakebox import Fakebox, Fault
from fakebox.core.defaults import BEARER_TOKEN

LARGE_BYTES = SINGLE_UPLOAD_BYTES + 1024 * 1024
COMMITS = {"v1": "commit_chunked_upload", "v2": "files/upload_session/finish"}
PUTS = {"v1": "files_put", "v2": "files/upload"}
WITHOUT_WAITS = RetryPolicy(sleep=lambda _: None)


@pytest.fixture
def box():
    """A new emulator on a real socket."""
    with Fakebox() as started:
        yield started


@pytest.fixture
def link():
    """Makes clients of an emulator, by the version of the API that they use."""
    opened = []

    def make(box, api):
        rest_client = RESTClientObject()
        opened.append(rest_client)
        session = box.session()
        if api == "v2":
            session = DropboxOAuth2Session(BEARER_TOKEN, api="v2")
            for name in ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST"):
                setattr(session, name, box.url)
        return DropboxClient(session, rest_client, retries=WITHOUT_WAITS)

    yield make
    for rest_client in opened:
        rest_client.close()


def content_of(size, seed=1):
    """Return random bytes."""
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize("first", [{"retry_after_s": 0}, {}], ids=["not executed", "unknown"])
def test_upload_with_a_lost_response_does_not_succeed_because_of_an_old_file(box, link, api, first):
    """An old file of the same size does not count as the upload."""
    old, new = content_of(LARGE_BYTES), content_of(LARGE_BYTES, seed=2)
    box.write("/big.bin", old)
    box.write("/other.bin", new)
    box.faults.plan(COMMITS[api], Fault(status=503, **first), Fault(status=400))
    with pytest.raises(ErrorResponse) as caught:
        link(box, api).upload(io.BytesIO(new), "/big.bin", overwrite=True)
    assert caught.value.status == 400
    rev = link(box, api).metadata("/big.bin")["rev"]
    expected = f"a file of {LARGE_BYTES} bytes, rev {rev}, is at /big.bin; its content differs"
    assert caught.value.detail == expected
    assert expected in str(caught.value)
    assert box.read("/big.bin") == old


def test_upload_too_large_to_read_back_is_not_verified_over_version_1(box, link):
    """An upload above 16 MiB cannot be verified over version 1, which has no content hash."""
    content = bytes(VERIFIED_BYTES + 1)
    box.write("/big.bin", content)
    box.faults.plan(COMMITS["v1"], Fault(status=500), Fault(status=400))
    with pytest.raises(ErrorResponse, match="its content was not verified"):
        link(box, "v1").upload(io.BytesIO(content), "/big.bin", overwrite=True)


def test_upload_of_any_size_is_verified_over_version_2(box, link):
    """An upload is verified by its content hash over version 2."""
    content = bytes(VERIFIED_BYTES + 1)
    box.write("/big.bin", content)
    box.faults.plan(COMMITS["v2"], Fault(status=500), Fault(status=400))
    metadata = link(box, "v2").upload(io.BytesIO(content), "/big.bin", overwrite=True)
    assert metadata["path"] == "/big.bin"


@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize("size", [10, LARGE_BYTES])
def test_upload_is_sent_again_after_a_503_with_retry_after(box, link, api, size):
    """An upload in one request or in chunks is repeated after a 503 with `Retry-After`."""
    box.faults.add(endpoint=(PUTS if size == 10 else COMMITS)[api], status=503, retry_after_s=0)
    link(box, api).upload(io.BytesIO(content_of(size)), "/a")
    assert box.read("/a") == content_of(size)
    box.faults.assert_consumed()


def test_upload_that_is_rejected_sends_no_other_request(box, link):
    """A rejected upload raises the error without a request for the metadata."""
    box.faults.add(endpoint="files_put", status=507)
    with pytest.raises(ErrorResponse) as caught:
        link(box, "v1").upload(io.BytesIO(b"x"), "/a")
    assert (caught.value.status, caught.value.detail) == (507, None)
    assert [request.endpoint for request in box.requests] == ["files_put"]


def test_upload_is_not_sent_again_if_an_earlier_attempt_may_be_stored(box, link):
    """An upload that may be stored under another name is not sent again."""
    box.write("/a", b"old")
    box.faults.plan("files_put", Fault(status=429, retry_after_s=0), Fault(status=500))
    with pytest.raises(ErrorResponse, match="a file of 3 bytes"):
        link(box, "v1").upload(io.BytesIO(b"new"), "/a")
    assert box.tree() == ["/a"]


def test_upload_ends_if_another_file_appears_while_its_result_is_unknown(box, link):
    """An upload is not sent again if a file appears after an attempt with an unknown result."""
    client = link(box, "v1")
    client.retries = RetryPolicy(sleep=lambda _: box.write("/a", "other"))
    box.faults.plan("files_put", Fault(status=500), Fault(status=429, retry_after_s=0))
    with pytest.raises(ErrorResponse, match="a file of 5 bytes") as caught:
        client.upload(io.BytesIO(b"new"), "/a")
    assert caught.value.status == 429
    assert box.tree() == ["/a"]


@pytest.mark.parametrize("size", [10, LARGE_BYTES])
def test_upload_with_a_malformed_response_is_verified(box, link, size):
    """After a response 200 without JSON, the upload succeeds only if the file is at the path."""
    client = link(box, "v1")
    content = content_of(size)
    endpoint = PUTS["v1"] if size == 10 else COMMITS["v1"]
    box.faults.add(endpoint=endpoint, status=200, body="<html>")
    with pytest.raises(ErrorResponse, match="nothing is at /a"):
        client.upload(io.BytesIO(content), "/a")
    box.write("/a", content)
    box.faults.add(endpoint=endpoint, status=200, body="<html>")
    assert client.upload(io.BytesIO(content), "/a")["bytes"] == size


def test_chunk_whose_response_is_lost_is_not_stored_twice(box, link):
    """A chunk with a lost response is stored once."""
    box.faults.plan(
        "chunked_upload", Fault(no_fault=True), Fault(reset="after_applied"), Fault(no_fault=True)
    )
    content = content_of(LARGE_BYTES)
    link(box, "v1").upload(io.BytesIO(content), "/a", chunk_size=4 * 1024 * 1024)
    assert box.read("/a") == content


def test_upload_reports_that_its_path_cannot_be_read(box, link):
    """The error of the upload is raised, with the error of the metadata in its text."""
    box.faults.add(endpoint="files_put", status=502)
    box.faults.add(endpoint="metadata", status=410)
    with pytest.raises(ErrorResponse, match=r"the state of /a is unknown: \[410\]") as caught:
        link(box, "v1").upload(io.BytesIO(b"x"), "/a")
    assert caught.value.status == 502


def test_upload_ends_if_its_chunks_fail_in_all_attempts(box, link):
    """An upload raises the error after one chunk has failed in every attempt of the policy."""
    box.faults.add(endpoint="chunked_upload", status=500, times=9)
    with pytest.raises(ErrorResponse):
        link(box, "v1").upload(io.BytesIO(bytes(LARGE_BYTES)), "/a")
    assert [request.endpoint for request in box.requests] == ["chunked_upload"] * 3


@pytest.mark.parametrize(("change", "what"), [(1, "grew"), (-1, "shrank")])
def test_upload_in_chunks_of_a_file_that_changes_its_size_is_an_error(
    box, link, tmp_path, change, what
):
    """A file that changes its size during an upload in chunks is not stored."""
    path = tmp_path / "file"
    path.write_bytes(bytes(LARGE_BYTES))

    def progress(sent, total):
        if sent == total:
            with path.open("r+b") as file:
                file.truncate(LARGE_BYTES + change)

    with pytest.raises(SizeChangedError, match=what):
        link(box, "v1").upload(path, "/a", progress=progress)
    assert box.tree() == []


@pytest.mark.parametrize("times", [1, 9])
def test_download_checks_the_content_hash(script, tmp_path, times):
    """A download with a wrong content hash is repeated, and at last raises an error."""
    metadata = (
        '{"name": "a", "path_display": "/a", "rev": "0123456789", "size": 1, "content_hash": '
        '"bf5d3affb73efd2ec6c36ad3112dd933efed63c4e1cbffcfa88e2759c144f2d8",'
        '"server_modified": "2020-01-01T00:00:00Z", "client_modified": "2020-01-01T00:00:00Z"}'
    )
    for number in range(times + 1):
        script.respond(b"b" if number < times else b"a", Dropbox_API_Result=metadata)
    session = DropboxOAuth2Session("a-token", api="v2")
    session.API_CONTENT_HOST = script.url
    with closing(RESTClientObject()) as rest_client:
        client = DropboxClient(session, rest_client, retries=WITHOUT_WAITS)
        if times == 1:
            client.download("/a", tmp_path / "a")
            assert (tmp_path / "a").read_bytes() == b"a"
        else:
            with pytest.raises(RESTSocketError, match="content hash"):
                client.download("/a", tmp_path / "a")


FAULTS = st.lists(
    st.one_of(
        st.builds(Fault, status=st.sampled_from([400, 429, 500, 503, 507])),
        st.builds(Fault, status=st.sampled_from([429, 503]), retry_after_s=st.just(0)),
        st.builds(Fault, reset=st.sampled_from(["before_read", "after_applied"])),
        st.builds(Fault, cut_after_bytes=st.integers(0, 40)),
        st.just(Fault(no_fault=True)),
    ),
    max_size=4,
)


@given(
    api=st.sampled_from(["v1", "v2"]),
    size=st.sampled_from([10, LARGE_BYTES]),
    faults=FAULTS,
    beside=st.sampled_from(["nothing", "other", "equal"]),
    mode=st.sampled_from(["add", "overwrite", "parent_rev"]),
)
@settings(max_examples=40)
def test_upload_succeeds_only_if_the_stored_file_equals_its_source(
    link, api, size, faults, beside, mode
):
    """For any faults, an upload succeeds only if the stored content equals the source."""
    content = content_of(size)
    with Fakebox() as box:
        options = {"overwrite": mode == "overwrite"}
        if beside != "nothing":
            box.write("/a", content if beside == "equal" else bytes(size))
            if mode == "parent_rev":
                options["parent_rev"] = box.client().metadata("/a")["rev"]
        if faults:
            box.faults.plan((PUTS if size == 10 else COMMITS)[api], *faults)
        try:
            metadata = link(box, api).upload(io.BytesIO(content), "/a", **options)
        except (ErrorResponse, RESTSocketError):
            assert any(not fault.no_fault for fault in faults)
        else:
            assert box.read(metadata["path"]) == content
        assert len(box.tree()) <= 2
        if beside == "nothing":
            assert len(box.tree()) <= 1
