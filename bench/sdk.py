"""What the SDK adds to bare urllib3: `python -m bench.sdk [--json FILE] [--megabytes N]`."""

from __future__ import annotations

import argparse
import io
import ssl
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import urllib3

from bench.timing import Ratio, compare, report
from dropbox import signing
from dropbox.client import DropboxClient
from dropbox.rest import RESTClientObject
from dropbox.session import DropboxSession
from fakebox import Fakebox
from fakebox.server import Server
from fakebox.tls import Authority

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BLOCK_BYTES = 512 * 1024
MEBIBYTE = 1024 * 1024


def imports() -> list[Ratio]:
    """`import dropbox` against `import urllib3`, in fresh processes."""

    def run(statement: str) -> None:
        subprocess.run([sys.executable, "-c", statement], check=True)

    return [
        compare(
            "import dropbox / import urllib3, whole processes",
            lambda: run("import dropbox"),
            lambda: run("import urllib3"),
            bar=1.3,
            rounds=9,
        )
    ]


def tls_calls() -> list[Ratio]:
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

        name = "small call over TLS, kept / new connection each"
        return [compare(name, lambda: kept.GET(server.url), fresh, bar=1 / 8, calls=50)]


def small_calls(box: Fakebox) -> list[Ratio]:
    """A metadata call through the SDK, against the same signed request by urllib3 alone."""
    client = box.client()
    client.put_file("/a.txt", b"x" * 1024)
    pool = urllib3.PoolManager()
    session = client.session
    url = f"{box.url}/1/metadata/dropbox/a.txt"

    def bare() -> None:
        params = {"list": "false", "include_deleted": "False"}
        params.update(signing.plaintext(session.consumer_creds, session.token))
        pool.request("GET", f"{url}?{urlencode(params)}").json()

    def ours() -> None:
        client.metadata("/a.txt", list=False)

    return [compare("small call, SDK / urllib3 signed alike", ours, bare, bar=1.25, calls=200)]


def sink_and_source(size_bytes: int) -> WSGIApplication:
    """A server that takes any upload and sends zeros, so that the client alone is measured."""
    block = bytes(BLOCK_BYTES)

    def app(environ, start_response):
        if environ["REQUEST_METHOD"] == "PUT":
            while environ["wsgi.input"].read(BLOCK_BYTES):
                pass
            start_response("200 OK", [("Content-Length", "2")])
            return [b"{}"]
        start_response("200 OK", [("Content-Length", str(size_bytes))])
        return (block for _ in range(size_bytes // BLOCK_BYTES))

    return app


def transfers(url: str, size_bytes: int) -> list[Ratio]:
    """A large upload and download through the SDK, against urllib3 at its best block size."""
    session = DropboxSession("key", "secret", "dropbox")
    session.API_CONTENT_HOST = url
    client = DropboxClient(session)
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

    put_ours()
    label = f"{size_bytes // MEBIBYTE} MiB"
    return [
        compare(f"put_file {label}, SDK / urllib3", put_ours, put_bare, bar=1 / 0.9, rounds=5),
        compare(f"get_file {label}, SDK / urllib3", get_ours, get_bare, bar=1 / 0.9, rounds=5),
    ]


def extra_memory(client: DropboxClient, size_bytes: int) -> float:
    """How many MiB a transfer both ways adds to this process at its peak, server included."""
    tracemalloc.start()
    client.put_file("/memory", Zeros(size_bytes), overwrite=True)
    with client.get_file("/memory") as response:
        while response.read(BLOCK_BYTES):
            pass
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak_bytes / MEBIBYTE


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


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where to keep the raw data")
    parser.add_argument("--megabytes", type=int, default=1024, help="the size of a large file")
    options = parser.parse_args()
    ratios = imports() + tls_calls()
    with Fakebox() as box:
        ratios += small_calls(box)
        peak = extra_memory(box.client(), 64 * MEBIBYTE)
    size_bytes = options.megabytes * MEBIBYTE
    with Server(sink_and_source(size_bytes)) as server:
        ratios += transfers(server.url, size_bytes)
    sys.stdout.write(f"extra memory of a 64 MiB transfer both ways: {peak:.1f} MiB (bar: 16)\n")
    return report(ratios, options.json)


if __name__ == "__main__":
    sys.exit(main())
