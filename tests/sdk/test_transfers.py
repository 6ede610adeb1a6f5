"""Uploads and downloads of any size, over connections that are closed early."""

import hashlib
import io
import random
from contextlib import closing, contextmanager
from itertools import chain, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse, RESTClientObject, RESTSocketError
from dropbox.retry import RetryPolicy
from fakebox import Fakebox

SIZE_BYTES = 9 * 1024 * 1024
RETRIES = RetryPolicy(attempts=30, backoff_s=0.001)


@pytest.fixture
def box():
    """A new emulator on a real socket."""
    with Fakebox() as box:
        yield box


@pytest.fixture
def client_of(box):
    """Makes linked clients that send all requests to a URL."""
    opened = []

    def make(url, retries=RETRIES):
        rest_client = RESTClientObject()
        opened.append(rest_client)
        session = box.session()
        session.API_HOST = session.API_CONTENT_HOST = url
        return DropboxClient(session, rest_client, retries=retries)

    yield make
    for rest_client in opened:
        rest_client.close()


@pytest.fixture(scope="session")
def content_of():
    """Makes a number of random bytes."""
    return random.Random(6).randbytes


@pytest.fixture(scope="session")
def client_over(cutting_proxy):
    """Makes clients with many attempts, over connections that are closed early."""

    @contextmanager
    def make(box, cuts):
        rest_client = RESTClientObject()
        with cutting_proxy(box.url, cuts) as proxy, closing(rest_client):
            session = box.session()
            session.API_HOST = session.API_CONTENT_HOST = proxy.url
            yield DropboxClient(session, rest_client, retries=RETRIES)

    return make


@pytest.fixture
def content():
    """Random bytes."""
    return random.Random(5).randbytes(SIZE_BYTES)


def test_upload_of_a_small_file_is_one_request(box, tmp_path):
    """A small file is uploaded completely."""
    (tmp_path / "small").write_bytes(b"small")
    assert box.client().upload(tmp_path / "small", "/small")["bytes"] == 5
    with box.client().get_file("/small") as response:
        assert response.read() == b"small"


def test_upload_of_a_large_file_is_sent_in_chunks(box, content, tmp_path):
    """The stored file equals the source, and progress ends at the total."""
    (tmp_path / "large").write_bytes(content)
    steps = []
    metadata = box.client().upload(
        str(tmp_path / "large"), "/large", progress=lambda *step: steps.append(step)
    )
    assert metadata["bytes"] == SIZE_BYTES
    assert steps[-1] == (SIZE_BYTES, SIZE_BYTES)


def test_upload_reads_a_file_from_its_current_position(box):
    """Bytes before the position are not sent."""
    file = io.BytesIO(b"0123456789")
    file.seek(7)
    assert box.client().upload(file, "/rest")["bytes"] == 3


@pytest.mark.parametrize("seed", range(3))
def test_upload_over_a_connection_that_breaks_stores_the_source(
    box, client_of, cutting_proxy, content, seed
):
    """An upload continues after each connection that is closed at a random position."""
    shares = random.Random(seed)
    cuts = iter([shares.randrange(200_000, 6_000_000) for _ in range(6)])
    with cutting_proxy(box.url, cuts) as proxy:
        client_of(proxy.url).upload(io.BytesIO(content), "/large", chunk_size=1024 * 1024)
        assert proxy.cuts
    with box.client().get_file("/large") as response:
        assert hashlib.sha256(response.read()).digest() == hashlib.sha256(content).digest()


@given(
    size=st.sampled_from([0, 10, 5_000, 300_000, SIZE_BYTES]),
    cuts=st.lists(st.one_of(st.integers(1, 2_000), st.integers(1, 2_000_000)), max_size=5),
    overwrite=st.booleans(),
    beside=st.booleans(),
)
@settings(max_examples=40)
def test_upload_over_a_connection_that_breaks_stores_one_file(
    content_of, client_over, size, cuts, overwrite, beside
):
    """An upload stores one file, or raises an error if the result is unknown."""
    content = content_of(size)
    with Fakebox() as box, client_over(box, iter(cuts)) as client:
        if beside:
            box.write("/file.bin", b"other")
        metadata = None
        try:
            metadata = client.upload(
                io.BytesIO(content), "/file.bin", overwrite=overwrite, chunk_size=1024 * 1024
            )
        except (ErrorResponse, RESTSocketError) as error:
            detail = error.detail
        if metadata is None:
            assert (beside, overwrite) == (True, False)
            assert "is at /file.bin" in detail
            assert box.read("/file.bin") == b"other"
            assert len(box.tree()) <= 2
        else:
            assert box.read(metadata["path"]) == content
            assert len(box.tree()) == 1 + (beside and not overwrite)


@pytest.mark.parametrize("seed", range(3))
def test_download_over_a_connection_that_breaks_is_complete(
    box, client_of, cutting_proxy, content, seed, tmp_path
):
    """A download continues after each closed connection, and is complete."""
    box.client().put_file("/large", content)
    shares = random.Random(seed)
    cuts = iter([shares.randrange(200_000, 4_000_000) for _ in range(6)])
    with cutting_proxy(box.url, cuts) as proxy:
        metadata = client_of(proxy.url).download("/large", tmp_path / "large")
        assert proxy.cuts
    assert (tmp_path / "large").read_bytes() == content
    assert metadata["bytes"] == SIZE_BYTES


def test_download_that_fails_leaves_the_old_file(box, client_of, cutting_proxy, content, tmp_path):
    """A failed download leaves the local file unchanged, and no partial file."""
    target = tmp_path / "file"
    target.write_bytes(b"old")
    box.client().put_file("/large", content)
    few_attempts = RetryPolicy(attempts=2, backoff_s=0.001)
    with (
        cutting_proxy(box.url, chain([100_000], repeat(0))) as proxy,
        pytest.raises(RESTSocketError),
    ):
        client_of(proxy.url, few_attempts).download("/large", target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_download_of_a_missing_file_is_an_error(box, tmp_path):
    """A download of a missing file raises status 404 and leaves no local file."""
    with pytest.raises(ErrorResponse) as caught:
        box.client().download("/missing", tmp_path / "file")
    assert caught.value.status == 404
    assert list(tmp_path.iterdir()) == []


def test_download_keeps_the_permissions_of_the_file_it_replaces(box, tmp_path):
    """The local file has the permissions of the file that it replaces."""
    box.client().put_file("/script", "new")
    target = tmp_path / "script"
    target.write_text("old")
    target.chmod(0o750)
    box.client().download("/script", target)
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o750)


def test_download_starts_again_if_the_server_ignores_the_range(script, scripted_client, tmp_path):
    """After a response 200 to a Range, the download starts again with the whole file."""
    metadata = '{"path": "/a", "bytes": 8, "rev": "1"}'
    script.respond(b"wrong", x_dropbox_metadata=metadata)
    script.respond(b"01234567")
    scripted_client.download("/a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"01234567"
    assert script.requests[1].headers["Range"] == "bytes=5-"


def test_download_reports_progress(box, tmp_path):
    """`progress` gets the bytes received and the total."""
    box.client().put_file("/a", b"x" * 1_200_000)
    steps = []
    box.client().download("/a", tmp_path / "a", progress=lambda *step: steps.append(step))
    assert steps[-1] == (1_200_000, 1_200_000)
    assert len(steps) > 1


def test_upload_raises_the_last_error(box, client_of, cutting_proxy, content):
    """An upload that fails in all attempts raises the error of the last one."""
    few_attempts = RetryPolicy(attempts=2, backoff_s=0.001)
    with cutting_proxy(box.url, repeat(1000)) as proxy, pytest.raises(RESTSocketError):
        client_of(proxy.url, few_attempts).upload(io.BytesIO(content), "/large")


def test_walk_yields_everything_below_a_folder(box):
    """`walk` yields a folder before its contents."""
    client = box.client()
    client.put_file("/a/b/c.txt", "1")
    client.put_file("/a/d.txt", "2")
    assert [entry["path"] for entry in client.walk("/a")] == ["/a/b", "/a/b/c.txt", "/a/d.txt"]


def test_delta_pages_end_when_there_are_no_more(box):
    """`iter_delta` ends with the last page, and its cursor returns later changes."""
    client = box.client()
    client.put_file("/a.txt", "1")
    pages = list(client.iter_delta())
    assert [entry[0] for page in pages for entry in page["entries"]] == ["/a.txt"]
    client.file_delete("/a.txt")
    (page,) = client.iter_delta(pages[-1]["cursor"])
    assert page["entries"] == [["/a.txt", None]]


def test_delta_pages_continue_while_there_are_more(script, scripted_client):
    """Each request has the cursor of the page before."""
    script.respond('{"entries": [], "reset": true, "cursor": "one", "has_more": true}')
    script.respond('{"entries": [], "reset": false, "cursor": "two", "has_more": false}')
    assert [page["cursor"] for page in scripted_client.iter_delta()] == ["one", "two"]
    assert b"cursor=one" in script.requests[1].body


def test_threads_share_one_client(box):
    """Sixteen threads use one client and its pool without an error."""
    from concurrent.futures import ThreadPoolExecutor

    client = box.client()
    client.put_file("/a.txt", "shared")

    def read(_):
        with client.get_file("/a.txt") as response:
            return response.read()

    with ThreadPoolExecutor(16) as threads:
        responses = set(threads.map(read, range(400)))
    assert responses == {b"shared"}


def test_client_uses_and_disables_an_oauth2_token(box):
    """An OAuth 2 token made from an OAuth 1.0 token works until it is disabled."""
    token = box.client().create_oauth2_access_token()
    with closing(RESTClientObject()) as rest_client:
        client = DropboxClient(token, rest_client)
        client.session.API_HOST = box.url
        assert client.account_info()["uid"] == 1
        client.disable_access_token()
        with pytest.raises(ErrorResponse) as caught:
            client.account_info()
    assert caught.value.status == 401


def test_read_returns_as_many_bytes_as_requested(box):
    """A read of several blocks returns them together."""
    content = random.Random(8).randbytes(3 * 1024 * 1024 + 5)
    box.write("/a.bin", content)
    with box.client().get_file("/a.bin") as response:
        assert response.read(2 * 1024 * 1024 + 5) == content[: 2 * 1024 * 1024 + 5]
        assert response.read() == content[2 * 1024 * 1024 + 5 :]


def test_download_works_with_the_responses_of_another_transport(box, tmp_path):
    """A `rest_client` of the caller may wrap responses in a class of its own."""

    class Wrapped:
        def __init__(self, response):
            self._response = response

        def __getattr__(self, name):
            return getattr(self._response, name)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._response.close()

    class Transport(RESTClientObject):
        def GET(self, *args, **options):
            return Wrapped(super().GET(*args, **options))

    content = b"content of a file"
    box.write("/a.txt", content)
    with closing(Transport()) as rest_client:
        session = box.session()
        client = DropboxClient(session, rest_client, retries=RETRIES)
        client.download("/a.txt", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes() == content
