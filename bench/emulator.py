"""Cost of the emulator in a test: `python -m bench.emulator [--quick] [--json FILE]`.

Compared with moto's S3 if it is installed (`pip install 'moto[s3,server]'`).
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from importlib.util import find_spec

import urllib3

from bench.options import Options, run_section
from bench.rows import Row, missing
from bench.timing import compare, limit
from fakebox import Fakebox

CONTENT = b"x" * 1024
FILES = 100
_FRESH = "new world, put 1 KB, get, teardown; in process"
_RESET = f"reset with {FILES} files"
_FIXTURE = "server: start, first request, stop"


def emulator(options: Options) -> list[Row]:
    """Measure the time that each test spends on the emulator."""
    # Without this, moto's server logs every request.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    rows = [
        limit(_FRESH, fresh_world, bar_s=1.5e-3, calls=50),
        *kept_client(),
        *reset(),
        limit(_FIXTURE, start_and_stop, bar_s=20e-3, calls=20),
    ]
    if not find_spec("moto"):
        return [*rows, missing(_FRESH, "<= 0.1", "moto"), missing(_FIXTURE, "<= 1", "moto")]
    rounds = options.rounds
    return [
        *rows,
        compare(_FRESH, fresh_world, mocked_s3, peer="moto", bar=0.1, rounds=rounds, calls=5),
        compare(_FIXTURE, start_and_stop, moto_starts_and_stops, peer="moto", bar=1, rounds=3),
    ]


def fresh_world() -> None:
    """Start an emulator, upload and download a file, and stop the emulator."""
    with Fakebox("inprocess") as box:
        client = box.client()
        client.put_file("/a.bin", CONTENT)
        client.get_file("/a.bin").read()


def kept_client() -> list[Row]:
    """Measure an upload and a download of 1 KB with one client."""
    with Fakebox("inprocess") as box:
        client = box.client()

        def put_and_get() -> None:
            client.put_file("/a.bin", CONTENT, overwrite=True)
            client.get_file("/a.bin").read()

        return [limit("put 1 KB + get, in process", put_and_get, bar_s=1e-3, calls=300)]


def reset() -> list[Row]:
    """Measure a reset; creating the files before it is not measured."""
    with Fakebox("inprocess") as box:

        def fill() -> None:
            for number in range(FILES):
                box.write(f"/{number}", CONTENT)

        return [limit(_RESET, box.reset, bar_s=1.5e-3, rounds=21, before=fill)]


def start_and_stop() -> None:
    """Start a server, send one request, and stop it."""
    with Fakebox() as box, urllib3.PoolManager() as pool:
        pool.request("GET", f"{box.url}/_fakebox/health")


def mocked_s3() -> None:
    """Do the same work as `fresh_world` with moto instead of the emulator."""
    import boto3
    from moto import mock_aws

    os.environ.update(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="a.bin", Body=CONTENT)
        client.get_object(Bucket="bucket", Key="a.bin")["Body"].read()


def moto_starts_and_stops() -> None:
    """Do the same work as `start_and_stop` with moto's server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with urllib3.PoolManager() as pool, suppress(urllib3.exceptions.HTTPError):
        pool.request("GET", "http://{}:{}".format(*server.get_host_and_port()))
    server.stop()


if __name__ == "__main__":
    raise SystemExit(run_section(emulator, __doc__))
