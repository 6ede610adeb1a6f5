"""What the SDK adds to bare urllib3: `python -m bench.sdk [--quick] [--json FILE]`."""

from __future__ import annotations

import io
import ssl
import tracemalloc
from urllib.parse import urlencode

import urllib3

from bench.memory import MEBIBYTE
from bench.options import Options, alone
from bench.rows import Row
from bench.servers import zeros_server
from bench.timing import compare
from dropbox import oauth1
from dropbox.client import DropboxClient
from dropbox.rest import RESTClientObject
from dropbox.session import DropboxSession
from fakebox import Fakebox
from fakebox.server import Server
from fakebox.tls import Authority

BLOCK_BYTES = 512 * 1024
EXTRA_MEBIBYTES = 16
# A round takes a quarter more or less, by how often both ends wait for each other.
TRANSFER_ROUNDS = 24


def tls_calls() -> list[Row]:
    """A call on the SDK's kept connection, against a new TLS connection for each."""
    authority = Authority()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]

    def context() -> ssl.SSLContext:
        # Clients that verify load the usual roots as well.
        made = ssl.create_default_context()
        made.load_verify_locations(cadata=authority.ca_pem)
        return made

    with Server(app, tls=authority.server_context()) as server:
        kept = RESTClientObject(urllib3.PoolManager(ssl_context=context()))

        def fresh() -> None:
            with urllib3.PoolManager(ssl_context=context()) as pool:
                pool.request("GET", server.url).json()

        name = "SDK small call over TLS, time"
        whose = "new connection each"
        return [
            compare(name, lambda: kept.GET(server.url), fresh, whose=whose, bar=1 / 8, calls=50)
        ]


def small_calls(box: Fakebox) -> list[Row]:
    """A metadata call through the SDK, against the same signed request by urllib3 alone."""
    client = box.client()
    client.put_file("/a.txt", b"x" * 1024)
    pool = urllib3.PoolManager()
    session = client.session
    url = f"{box.url}/1/metadata/dropbox/a.txt"

    def bare() -> None:
        params = {"list": "false", "include_deleted": "False"}
        params.update(oauth1.plaintext(session.consumer_creds, session.token))
        pool.request("GET", f"{url}?{urlencode(params)}").json()

    def ours() -> None:
        client.metadata("/a.txt", list=False)

    name = "SDK small call, time"
    return [compare(name, ours, bare, whose="urllib3 signed alike", bar=1.25, calls=200)]


def transfers(url: str, size_bytes: int) -> list[Row]:
    """A large upload and download through the SDK, against urllib3 at its best block size."""
    client = client_of(url)
    data = bytes(size_bytes)
    pool = urllib3.PoolManager(blocksize=BLOCK_BYTES)

    def put_bare() -> None:
        source = io.BytesIO(data)
        params = {"overwrite": True}
        url, _, headers = client.request("/files_put/dropbox/big", params, "PUT", True)
        headers["Content-Length"] = str(size_bytes)
        pool.request("PUT", url, body=iter(lambda: source.read(BLOCK_BYTES), b""), headers=headers)

    def put_ours() -> None:
        client.put_file("/big", io.BytesIO(data), overwrite=True)

    def get_bare() -> None:
        url, _, headers = client.request("/files/dropbox/big", {}, "GET", True)
        answer = pool.request("GET", url, headers=headers, preload_content=False)
        while answer.read(BLOCK_BYTES):
            pass
        answer.release_conn()

    def get_ours() -> None:
        with client.get_file("/big") as response:
            while response.read(BLOCK_BYTES):
                pass

    label = f"{size_bytes // MEBIBYTE} MiB"
    return [
        compare(
            f"{what} {label}, time",
            ours,
            bare,
            whose="urllib3",
            bar=1 / 0.9,
            rounds=TRANSFER_ROUNDS,
        )
        for what, ours, bare in (
            ("SDK put_file", put_ours, put_bare),
            ("SDK get_file", get_ours, get_bare),
        )
    ]


def extra_memory(url: str, size_bytes: int) -> Row:
    """How much a transfer both ways adds to this process at its peak."""
    client = client_of(url)
    tracemalloc.start()
    client.put_file("/memory", Zeros(size_bytes), overwrite=True)
    with client.get_file("/memory") as response:
        while response.read(BLOCK_BYTES):
            pass
    peak = tracemalloc.get_traced_memory()[1] / MEBIBYTE
    tracemalloc.stop()
    what = f"{size_bytes // MEBIBYTE} MiB both ways: extra memory of the SDK"
    bar = f"<= {EXTRA_MEBIBYTES} MiB"
    return Row(what, f"{peak:.1f} MiB", "", None, bar, peak <= EXTRA_MEBIBYTES)


def client_of(url: str) -> DropboxClient:
    """A client whose content comes from there."""
    session = DropboxSession("key", "secret", "dropbox")
    session.API_CONTENT_HOST = url
    return DropboxClient(session)


class Zeros(io.RawIOBase):
    """A file of zeros that takes no memory.

    Args:
        size_bytes: how long it is.
    """

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._position = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to an offset, or to the end."""
        self._position = offset if whence == 0 else self._size_bytes
        return self._position

    def tell(self) -> int:
        """Where it stands."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """The next zeros."""
        block = bytes(min(size, self._size_bytes - self._position))
        self._position += len(block)
        return block


def sdk(options: Options) -> list[Row]:
    """Everything, each against urllib3 doing the same."""
    rows = tls_calls()
    with Fakebox() as box:
        rows += small_calls(box)
    size_bytes = (256 if options.quick else 1024) * MEBIBYTE
    with zeros_server(size_bytes) as url:
        rows += transfers(url, size_bytes)
        rows.append(extra_memory(url, size_bytes))
    return rows


if __name__ == "__main__":
    raise SystemExit(alone(sdk, __doc__))
