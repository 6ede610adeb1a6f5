"""Requests of unchanged clients to the real host names."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import subprocess
import sys
import textwrap

import flask
import pytest
import urllib3

from fakebox import Fakebox, Fault

httpx = pytest.importorskip("httpx")
aiohttp = pytest.importorskip("aiohttp")
requests = pytest.importorskip("requests")

API = "https://api.dropboxapi.com/2"
ACCOUNT = f"{API}/users/get_current_account"
BEARER = {"Authorization": "Bearer fakebox-bearer-token"}
JSON = {**BEARER, "Content-Type": "application/json"}


def test_upload_is_stored_in_the_emulator(box, library):
    """A file that a client uploads is in the emulator's account."""
    assert library.upload("/a.txt", b"hello").status == 200
    assert box.read("/a.txt") == b"hello"


def test_download_returns_the_file_of_the_emulator(box, library):
    """A client downloads a file that the test has written."""
    box.write("/a.txt", bytes(range(256)) * 4)
    assert library.download("/a.txt").body == bytes(range(256)) * 4


def test_large_upload_is_streamed_to_the_emulator(box, library):
    """An upload that is larger than every buffer arrives whole."""
    blocks = [bytes([number]) * 100_000 for number in range(50)]
    assert library.upload("/large", iter(blocks)).status == 200
    assert box.read("/large") == b"".join(blocks)


def test_large_download_arrives_whole(box, library):
    """A download that is larger than every buffer arrives whole."""
    content = b"0123456789abcdef" * 300_000
    box.write("/large", content)
    assert library.download("/large").body == content


def test_large_body_of_bytes_arrives_whole(box, library):
    """A body that is sent in one piece may be larger than the buffer."""
    content = bytes(3_000_000)
    if library.name == "aiohttp":
        pytest.skip("aiohttp warns of large bodies of bytes")
    assert library.upload("/large", content).status == 200
    assert len(box.read("/large")) == len(content)


def test_request_is_in_the_journal_with_its_host(box, library):
    """The journal has the URL that the client has used."""
    library.account()
    assert box.requests[-1].url == ACCOUNT


def test_no_descriptor_is_opened_for_a_synchronous_client(box):
    """A request of urllib3 opens no socket, and needs none."""
    urllib3.request("POST", ACCOUNT, headers=BEARER, retries=False)
    assert len(box.requests) == 1


@pytest.mark.parametrize(
    "host", ["api.dropbox.com", "uc123.dl.dropboxusercontent.com", "DB.TT", "www.dropbox.com."]
)
def test_every_host_below_the_domains_is_intercepted(box, library, host):
    """The hosts are those of the four domains and all names below them, in any spelling."""
    if library.name == "aiohttp" and host.endswith("."):
        pytest.skip("aiohttp removes the dot")
    assert library.send("GET", f"https://{host}/none").status == 404
    assert len(box.requests) == 1


def test_plain_http_is_intercepted(box, library):
    """A request by http reaches the emulator as one by https does."""
    assert library.send("GET", "http://www.dropbox.com/none").status == 404
    assert len(box.requests) == 1


def test_other_hosts_are_not_intercepted(box, library):
    """A request for another host is sent as before."""
    with Fakebox() as other:
        assert library.send("GET", f"{other.url}/none").status == 404
        assert len(other.requests) == 1
    assert len(box.requests) == 0


def test_head_response_has_no_body(box, library):
    """A response to HEAD has a length and no body."""
    box.write("/a.txt", b"hello")
    reply = library.send("HEAD", "https://www.dropbox.com/1/account/info", headers=BEARER)
    assert reply.body == b""


def test_response_of_unknown_length_is_read_to_its_end(box, library):
    """A fault's body in chunks of the emulator arrives whole."""
    box.faults.add(status=409, body={"error_summary": "x" * 10_000})
    assert len(library.account().body) > 10_000


def test_204_ends_without_a_body(box, library):
    """A response of status 204 has no body, and the next request works."""
    box.faults.add(status=204, body=b"")
    assert (library.account().status, library.account().status) == (204, 200)


def test_gzip_is_decoded(box, library):
    """A response with a Content-Encoding is decoded by the client."""
    box.faults.add(status=200, body=gzip.compress(b"decoded"), headers={"Content-Encoding": "gzip"})
    assert library.account().body == b"decoded"


def test_cookies_are_stored_and_sent_by_the_client(box):
    """A client's cookie jar works as over a socket."""
    box.faults.add(status=200, body=b"", headers={"Set-Cookie": "a=1; Path=/"})
    with requests.Session() as session:
        session.get("https://www.dropbox.com/")
        assert session.get("https://www.dropbox.com/").request.headers["Cookie"] == "a=1"
    box.faults.add(status=200, body=b"", headers={"Set-Cookie": "b=2; Path=/"})
    with httpx.Client() as client:
        client.get("https://www.dropbox.com/")
        assert client.get("https://www.dropbox.com/").request.headers["Cookie"] == "b=2"


@pytest.mark.parametrize("name", ["urllib3", "requests", "httpx"])
def test_redirect_across_hosts_is_followed_by_the_client(box, name):
    """A redirect to another of Dropbox's hosts stays in the emulator, without the token."""
    box.faults.add(status=307, body=b"", headers={"Location": "https://www.dropbox.com/none"})
    if name == "urllib3":
        status = urllib3.request("POST", ACCOUNT, headers=BEARER).status
    elif name == "requests":
        status = requests.post(ACCOUNT, headers=BEARER).status_code
    else:
        status = httpx.post(ACCOUNT, headers=BEARER, follow_redirects=True).status_code
    assert status == 404
    assert [entry.url for entry in box.requests] == [ACCOUNT, "https://www.dropbox.com/none"]


def test_retries_of_urllib3_apply(box):
    """The client repeats a request as its own policy says."""
    box.faults.add(status=503, times=2)
    policy = urllib3.Retry(3, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
    assert urllib3.request("POST", ACCOUNT, headers=BEARER, retries=policy).status == 200
    assert [entry.status for entry in box.requests] == [503, 503, 200]


def test_retries_of_a_mounted_adapter_apply(box):
    """The policy of an adapter that was mounted on a session applies."""
    box.faults.add(reset="before_read", times=1)
    policy = urllib3.Retry(2, allowed_methods=None, backoff_factor=0)
    with requests.Session() as session:
        session.mount("https://", requests.adapters.HTTPAdapter(max_retries=policy))
        assert session.post(ACCOUNT, headers=BEARER).status_code == 200


def test_proxies_of_the_client_are_not_used(box, library, monkeypatch):
    """A proxy in the environment does not get a request for Dropbox."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://proxy.invalid:3128")
    assert library.account().status == 200


def test_proxy_manager_of_urllib3_is_not_used(box):
    """A client that was made for a proxy reaches the emulator, by http and https."""
    with urllib3.ProxyManager("http://proxy.invalid:3128", retries=False) as pool:
        assert pool.request("GET", "http://www.dropbox.com/none").status == 404
        assert pool.request("GET", "https://www.dropbox.com/none").status == 404


def test_unverified_requests_do_not_warn(box, recwarn):
    """A client with `verify=False` reaches the emulator, and nothing warns."""
    assert requests.post(ACCOUNT, headers=BEARER, verify=False).status_code == 200
    assert httpx.post(ACCOUNT, headers=BEARER, verify=False).status_code == 200
    assert not recwarn.list


def test_client_from_before_is_intercepted(emulator):
    """Clients that were made before the interception began reach the emulator."""
    pool, session, client = urllib3.PoolManager(), requests.Session(), httpx.Client()
    with pool, session, client, emulator.intercept():
        assert pool.request("POST", ACCOUNT, headers=BEARER).status == 200
        assert session.post(ACCOUNT, headers=BEARER).status_code == 200
        assert client.post(ACCOUNT, headers=BEARER).status_code == 200


def test_asynchronous_clients_from_before_are_intercepted(emulator):
    """Asynchronous clients that were made before the interception began reach the emulator."""

    async def main():
        async with httpx.AsyncClient() as client, aiohttp.ClientSession() as session:
            with emulator.intercept():
                assert (await client.post(ACCOUNT, headers=BEARER)).status_code == 200
                async with session.post(ACCOUNT, headers=JSON, data=b"null") as reply:
                    assert reply.status == 200

    asyncio.run(main())


def test_client_uses_one_connection_for_several_worlds(guard):
    """A client that outlives an emulator reaches the next one, not the connection of the last."""
    with requests.Session() as session, httpx.Client() as client:
        for number in range(3):
            with Fakebox("inprocess") as box, box.intercept():
                box.write(f"/{number}", b"")
                for send in (session.post, client.post):
                    reply = send(f"{API}/files/list_folder", headers=BEARER, json={"path": ""})
                    assert [entry["name"] for entry in reply.json()["entries"]] == [str(number)]


def test_response_is_streamed_in_pieces(box):
    """A client may read the beginning of a response before the rest."""
    box.write("/large", bytes(3_000_000))
    headers = {**BEARER, "Dropbox-API-Arg": '{"path": "/large"}'}
    url = "https://content.dropboxapi.com/2/files/download"
    with requests.post(url, headers=headers, stream=True) as reply:
        assert len(next(reply.iter_content(1000))) == 1000
    with httpx.stream("POST", url, headers=headers) as reply:
        assert next(reply.iter_bytes(1000)) == bytes(1000)
    assert box.requests[-1].status == 200


def test_file_is_uploaded_from_a_file_object(box):
    """An open file is a body, as over a socket."""
    headers = {
        **BEARER,
        "Dropbox-API-Arg": json.dumps({"path": "/f"}),
        "Content-Type": "application/octet-stream",
    }
    url = "https://content.dropboxapi.com/2/files/upload"
    assert requests.post(url, headers=headers, data=io.BytesIO(b"abc")).status_code == 200
    assert box.read("/f") == b"abc"


def test_expect_100_continue_is_answered(box, library):
    """A request that expects `100 Continue` gets it, and then its response."""
    if library.name == "aiohttp":
        pytest.skip("aiohttp has an argument of its own for it")
    headers = {
        **BEARER,
        "Expect": "100-continue",
        "Dropbox-API-Arg": json.dumps({"path": "/a"}),
        "Content-Type": "application/octet-stream",
    }
    url = "https://content.dropboxapi.com/2/files/upload"
    assert library.send("POST", url, headers=headers, body=b"abc").status == 200
    assert box.read("/a") == b"abc"


def test_aiohttp_waits_for_100_continue(box):
    """Aiohttp sends a body with `expect100` after the emulator has asked for it."""

    async def main():
        headers = {
            **BEARER,
            "Dropbox-API-Arg": json.dumps({"path": "/a"}),
            "Content-Type": "application/octet-stream",
        }
        url = "https://content.dropboxapi.com/2/files/upload"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, headers=headers, data=b"abc", expect100=True) as reply,
        ):
            assert reply.status == 200

    asyncio.run(main())
    assert box.read("/a") == b"abc"


def test_asynchronous_requests_do_not_block_the_loop(box):
    """A slow response of one request delays neither another request nor the event loop."""
    box.faults.add(endpoint="users/get_current_account", latency_s=60)

    async def main():
        async with httpx.AsyncClient(timeout=None) as client, aiohttp.ClientSession() as session:
            slow = [
                asyncio.create_task(client.post(ACCOUNT, headers=BEARER)),
            ]
            await asyncio.sleep(0)
            async with session.get("https://www.dropbox.com/none") as reply:
                assert reply.status == 404
            assert not slow[0].done()
            slow[0].cancel()
            await asyncio.gather(*slow, return_exceptions=True)

    asyncio.run(main())


def test_httpx_works_in_trio(box):
    """The asynchronous client of httpx reaches the emulator in an event loop of trio."""
    trio = pytest.importorskip("trio")

    async def main():
        async with httpx.AsyncClient() as client:
            return (await client.post(ACCOUNT, headers=BEARER)).status_code

    assert trio.run(main) == 200


def test_library_that_is_imported_later_is_intercepted():
    """A library that is imported during an interception is patched then, and restored later."""
    program = """
        import sys
        from fakebox import Fakebox

        assert not {"httpx", "httpcore", "aiohttp", "requests"} & set(sys.modules)
        with Fakebox("inprocess") as box, box.intercept():
            assert not {"httpx", "httpcore", "aiohttp", "requests"} & set(sys.modules)
            import asyncio, aiohttp, httpcore, httpx, requests

            url = "https://api.dropboxapi.com/2/none"
            requests.post(url)
            httpx.post(url)

            async def main():
                async with httpx.AsyncClient() as client, aiohttp.ClientSession() as session:
                    await client.post(url)
                    async with session.post(url):
                        pass

            asyncio.run(main())
            assert len(box.requests) == 4
        for owner, name in (
            (httpcore.ConnectionPool, "handle_request"),
            (httpcore.AsyncConnectionPool, "handle_async_request"),
            (aiohttp.TCPConnector, "connect"),
        ):
            assert not hasattr(getattr(owner, name), "__wrapped__")
        assert "fakebox" not in repr(aiohttp.__spec__.loader)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


def test_library_is_imported_by_a_thread_while_interceptions_begin():
    """A thread that imports a library does not block one that begins interceptions."""
    program = """
        import importlib, sys, threading
        from fakebox import Fakebox

        box = Fakebox("inprocess").start()
        for _ in range(5):
            for name in [name for name in sys.modules if name.partition(".")[0] == "httpcore"]:
                del sys.modules[name]
            thread = threading.Thread(target=importlib.import_module, args=("httpcore",))
            thread.start()
            while thread.is_alive():
                with box.intercept():
                    pass
            thread.join()
            with box.intercept():
                assert hasattr(sys.modules["httpcore"].ConnectionPool, "handle_request")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, timeout=60)


def test_libraries_that_are_missing_cost_nothing():
    """Without httpx, aiohttp and requests, urllib3 is intercepted."""
    program = """
        import sys

        sys.modules.update(dict.fromkeys(("httpx", "httpcore", "aiohttp", "requests")))
        import urllib3
        from fakebox import Fakebox

        with Fakebox("inprocess") as box, box.intercept():
            urllib3.request("POST", "https://api.dropboxapi.com/2/none")
            assert len(box.requests) == 1
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


def test_import_of_fakebox_imports_no_client():
    """`import fakebox`, and an emulator, import no client library but urllib3."""
    program = """
        import sys
        from fakebox import Fakebox, Fault, mock_dropbox

        with Fakebox() as box:
            box.write("/a", b"x")
        assert not {"httpx", "httpcore", "aiohttp", "requests", "dropbox"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


def test_fault_is_planned_for_an_intercepted_request(box, library):
    """A planned fault happens to an intercepted request."""
    box.faults.add(Fault(endpoint="users/get_current_account", status=500))
    assert library.account().status == 500
    box.faults.assert_consumed()


def test_journal_is_complete_when_the_response_is(box):
    """With the last byte of a response, the emulator has finished the request."""
    with urllib3.PoolManager() as pool:
        reply = pool.request("POST", ACCOUNT, headers=BEARER)
        entry = box.requests[-1]
        assert (entry.status, entry.response_bytes) == (200, len(reply.data))


def test_response_that_is_not_read_to_its_end_is_closed(box):
    """A client that closes a response early leaves no open request in the emulator."""
    box.write("/large", bytes(3_000_000))
    headers = {**BEARER, "Dropbox-API-Arg": '{"path": "/large"}'}
    url = "https://content.dropboxapi.com/2/files/download"
    with requests.post(url, headers=headers, stream=True) as reply:
        next(reply.iter_content(10))
    assert box.requests[-1].response_bytes < 3_000_000
    assert requests.post(ACCOUNT, headers=BEARER).status_code == 200


def test_tested_program_may_be_a_flask_application(box):
    """A view of a Flask application that sends requests keeps its own request and context."""
    app = flask.Flask("tested")

    @app.route("/mine")
    def mine():
        flask.g.value = "kept"
        status = requests.post(ACCOUNT, headers=BEARER).status_code
        return f"{status} {flask.request.path} {flask.g.value} {flask.current_app.name}"

    assert app.test_client().get("/mine").text == "200 /mine kept tested"
