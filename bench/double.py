"""What the double costs a test: `python -m bench.double [--json FILE]`.

Beside moto's server for S3, if that is installed (`pip install 'moto[s3,server]'`).
"""

from __future__ import annotations

import argparse
import logging
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import urllib3
from flask import Flask

from bench.timing import Ratio, compare, report
from dropbox.client import DropboxClient
from fakebox import Fakebox
from fakebox.core import defaults
from fakebox.double import FakeboxServer
from fakebox.server import Server

CONTENT = b"x" * 1024
HEADERS = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}


def inprocess() -> list[Ratio]:
    """Putting 1 KB and getting it back without a socket, against a millisecond."""
    with Fakebox("inprocess") as box:
        client: DropboxClient = box.client()

        def put_and_get() -> None:
            client.put_file("/a.bin", CONTENT, overwrite=True)
            client.get_file("/a.bin").read()

        timed = compare("in-process put and get / 1 ms", put_and_get, int, bar=1, calls=300)
    rounds = [(ours_s, 1e-3) for ours_s, _ in timed.rounds]
    return [replace(timed, theirs_s=1e-3, ratio=timed.ours_s / 1e-3, rounds=rounds)]


def bare_flask() -> list[Ratio]:
    """A small call over a socket, against a Flask view that does nothing."""
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: CONTENT)
    with Fakebox() as box, Server(app) as server, urllib3.PoolManager() as pool:
        url = f"{box.url}/1/account/info"
        return [
            compare(
                "account/info over a socket / bare Flask view",
                lambda: pool.request("GET", url, headers=HEADERS),
                lambda: pool.request("GET", server.url),
                bar=1 / 0.6,
                calls=300,
            )
        ]


def start_and_stop() -> None:
    """A server of one's own, from its start over its first request to its stop."""
    with Fakebox() as box, urllib3.PoolManager() as pool:
        pool.request("GET", f"{box.url}/_fakebox/health")


def fixtures() -> list[Ratio]:
    """What every test pays with the plugin, against a millisecond; and a server, against 20."""
    with FakeboxServer() as server:

        def fresh() -> None:
            with Fakebox(server):
                pass

        world = compare("fresh world on the shared server / 1 ms", fresh, int, bar=1, calls=100)
    start = compare("start, first request, stop / 20 ms", start_and_stop, int, bar=1, calls=20)
    return [
        replace(world, theirs_s=1e-3, ratio=world.ours_s / 1e-3),
        replace(start, theirs_s=20e-3, ratio=start.ours_s / 20e-3),
    ]


def beside_moto() -> list[Ratio]:
    """The same things, of another double for another service."""
    from moto.server import ThreadedMotoServer

    with ExitStack() as stack:
        moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        moto.start()
        stack.callback(moto.stop)
        moto_url = "http://{}:{}".format(*moto.get_host_and_port())
        server = stack.enter_context(FakeboxServer())
        pool = stack.enter_context(urllib3.PoolManager())
        pool.request("PUT", f"{moto_url}/bucket")
        box = stack.enter_context(Fakebox())
        numbers = iter(range(10**9))
        put, get = f"{box.url}/1/files_put/dropbox", f"{box.url}/1/files/dropbox/a.bin"
        box.write("/a.bin", CONTENT)
        pool.request("PUT", f"{moto_url}/bucket/a.bin", body=CONTENT)

        def fresh() -> None:
            with Fakebox(server):
                pass

        def moto_starts_and_stops() -> None:
            other = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
            other.start()
            with urllib3.PoolManager() as fresh_pool:
                fresh_pool.request("GET", "http://{}:{}".format(*other.get_host_and_port()))
            other.stop()

        return [
            compare(
                "download 1 KB / moto's S3",
                lambda: pool.request("GET", get, headers=HEADERS),
                lambda: pool.request("GET", f"{moto_url}/bucket/a.bin"),
                bar=1,
                calls=100,
            ),
            compare(
                "upload 1 KB / moto's S3",
                lambda: pool.request("PUT", f"{put}/{next(numbers)}", CONTENT, headers=HEADERS),
                lambda: pool.request("PUT", f"{moto_url}/bucket/{next(numbers)}", CONTENT),
                bar=1,
                calls=100,
            ),
            compare(
                "fresh world for a test / moto's reset",
                fresh,
                lambda: pool.request("POST", f"{moto_url}/moto-api/reset"),
                bar=1,
                calls=20,
            ),
            compare(
                "start, first request, stop / moto's server",
                start_and_stop,
                moto_starts_and_stops,
                bar=1,
                rounds=5,
            ),
        ]


def main() -> int:
    """Measure, print, and fail if a bar is missed."""
    # It would log every request.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path, help="where to keep the raw data")
    asked = parser.parse_args()
    ratios = [*inprocess(), *bare_flask(), *fixtures()]
    if find_spec("moto"):
        ratios += beside_moto()
    return report(ratios, asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
