"""What the double costs a test: `python -m bench.double [--quick] [--json FILE]`.

Beside moto's S3, if that is installed (`pip install 'moto[s3,server]'`).
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from importlib.util import find_spec

import urllib3

from bench.options import Options, alone
from bench.rows import Row, missing
from bench.timing import compare, limit
from fakebox import Fakebox

CONTENT = b"x" * 1024
FILES = 100
_FRESH = "fresh world, put 1 KB, get, teardown; in process"
_RESET = f"reset with {FILES} files"
_FIXTURE = "server: start, first request, stop"


def double(options: Options) -> list[Row]:
    """What every test pays."""
    # It would log every request.
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
        compare(_FRESH, fresh_world, mocked_s3, whose="moto", bar=0.1, rounds=rounds, calls=5),
        compare(_FIXTURE, start_and_stop, moto_starts_and_stops, whose="moto", bar=1, rounds=3),
    ]


def fresh_world() -> None:
    """A test of its own: a Dropbox, a file put and fetched, and all of it gone."""
    with Fakebox("inprocess") as box:
        client = box.client()
        client.put_file("/a.bin", CONTENT)
        client.get_file("/a.bin").read()


def kept_client() -> list[Row]:
    """Putting 1 KB and getting it back, again and again."""
    with Fakebox("inprocess") as box:
        client = box.client()

        def put_and_get() -> None:
            client.put_file("/a.bin", CONTENT, overwrite=True)
            client.get_file("/a.bin").read()

        return [limit("put 1 KB + get, in process", put_and_get, bar_s=1e-3, calls=300)]


def reset() -> list[Row]:
    """Back to a fresh world; what fills it up again isn't counted."""
    with Fakebox("inprocess") as box:

        def fill() -> None:
            for number in range(FILES):
                box.write(f"/{number}", CONTENT)

        return [limit(_RESET, box.reset, bar_s=1.5e-3, rounds=21, before=fill)]


def start_and_stop() -> None:
    """A server of one's own, from its start over its first request to its stop."""
    with Fakebox() as box, urllib3.PoolManager() as pool:
        pool.request("GET", f"{box.url}/_fakebox/health")


def mocked_s3() -> None:
    """The same as `fresh_world`, of another double for another service."""
    import boto3
    from moto import mock_aws

    os.environ.update(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="a.bin", Body=CONTENT)
        client.get_object(Bucket="bucket", Key="a.bin")["Body"].read()


def moto_starts_and_stops() -> None:
    """The same as `start_and_stop`."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with urllib3.PoolManager() as pool, suppress(urllib3.exceptions.HTTPError):
        pool.request("GET", "http://{}:{}".format(*server.get_host_and_port()))
    server.stop()


if __name__ == "__main__":
    raise SystemExit(alone(double, __doc__))
