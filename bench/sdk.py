"""Cost of the SDK compared with urllib3 alone: `python -m bench.sdk [--quick] [--json FILE]`."""

from __future__ import annotations

import io
import ssl
import tracemalloc
from urllib.parse import urlencode

import urllib3

from bench.memory import MEBIBYTE
from bench.options import Options, run_section
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
# Rounds differ by up to 25 %, depending on how often client and server wait for each other.
TRANSFER_ROUNDS = 24


def tls_calls() -> list[Row]:
    """Compare a call on a reused connection with a call on a new TLS connection."""
    authority = Authority()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]

    def context() -> ssl.SSLContext:
        # Clients that verify certificates also load the default roots.
        made = ssl.create_default_context()
        made.load_verify_locations(cadata=authority.ca_pem)
        return made

    with Server(app, tls=authority.server_context()) as server:
        kept = RESTClientObject(urllib3.PoolManager(ssl_context=context()))

        def fresh() -> None:
            with urllib3.PoolManager(ssl_context=context()) as pool:
                pool.request("GET", server.url).json()

        name = "SDK small call over TLS, time"
        peer = "a new connection for each"
        return [compare(name, lambda: kept.GET(server.url), fresh, peer=peer, bar=1 / 8, calls=50)]


def small_calls(box: Fakebox) -> list[Row]:
    """Compare a metadata call of the SDK with the same signed request sent by urllib3."""
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
    return [compare(name, ours, bare, peer="urllib3, same signature", bar=1.25, calls=200)]


def transfers(url: str, size_bytes: int) -> list[Row]:
    """Compare a large upload and download of the SDK with urllib3 at its fastest block size."""
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
        response = pool.request("GET", url, headers=headers, preload_content=False)
        while response.read(BLOCK_BYTES):
            pass
        response.release_conn()

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
            peer="urllib3",
            bar=1 / 0.9,
            rounds=TRANSFER_ROUNDS,
        )
        for what, ours, bare in (
            ("SDK put_file", put_ours, put_bare),
            ("SDK get_file", get_ours, get_bare),
        )
    ]


def extra_memory(url: str, size_bytes: int) -> Row:
    """Measure the increase of this process's peak memory in an upload and a download."""
    client = client_of(url)
    tracemalloc.start()
    client.put_file("/memory", Zeros(size_bytes), overwrite=True)
    with client.get_file("/memory") as response:
        while response.read(BLOCK_BYTES):
            pass
    peak = tracemalloc.get_traced_memory()[1] / MEBIBYTE
    tracemalloc.stop()
    what = f"{size_bytes // MEBIBYTE} MiB up and down: additional memory of the SDK"
    bar = f"<= {EXTRA_MEBIBYTES} MiB"
    return Row(what, f"{peak:.1f} MiB", "", None, bar, peak <= EXTRA_MEBIBYTES)


def client_of(url: str) -> DropboxClient:
    """Return a client that uses `url` as its content server."""
    session = DropboxSession("key", "secret", "dropbox")
    session.API_CONTENT_HOST = url
    return DropboxClient(session)


class Zeros(io.RawIOBase):
    """A file object that yields zeros without storing them.

    Args:
        size_bytes: its size.
    """

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._position = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Set the position to an offset, or to the end."""
        self._position = offset if whence == 0 else self._size_bytes
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return the next zeros."""
        block = bytes(min(size, self._size_bytes - self._position))
        self._position += len(block)
        return block


def sdk(options: Options) -> list[Row]:
    """Run all comparisons of the SDK with urllib3."""
    rows = tls_calls()
    with Fakebox() as box:
        rows += small_calls(box)
    size_bytes = (256 if options.quick else 1024) * MEBIBYTE
    with zeros_server(size_bytes) as url:
        rows += transfers(url, size_bytes)
        rows.append(extra_memory(url, size_bytes))
    return rows


if __name__ == "__main__":
    raise SystemExit(run_section(sdk, __doc__))
