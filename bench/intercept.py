"""A test with an intercepted client, beside one with a `responses` stub of the same requests.

Each call uploads and downloads 1 KB, with a fresh emulator or with fresh stubs. Neither side waits
for anything, so the time is that of the processor in this thread. The fastest round of each side
counts, because other programs of a busy machine slow down the side with more code more.

python -m bench.intercept [--quick] [--json FILE]
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from importlib.util import find_spec

from bench.options import Options, run_section
from bench.rows import Row, missing
from bench.timing import compare
from fakebox import Fakebox

RATIO = 3.0
# Many short rounds: other programs of the machine affect both sides of a round.
_ROUNDS = 8
_CALLS = 5
_URL = "https://content.dropboxapi.com/2/files"
_TOKEN = "fakebox-bearer-token"
_CONTENT = bytes(1024)
_METADATA = {
    "name": "a.txt",
    "path_lower": "/a.txt",
    "path_display": "/a.txt",
    "id": "id:AAAAAAAAAAAAAAAAAAAAAA",
    "client_modified": "2015-05-12T15:50:38Z",
    "server_modified": "2015-05-12T15:50:38Z",
    "rev": "015000000000000000000",
    "size": len(_CONTENT),
    "is_downloadable": True,
    "content_hash": "0" * 64,
}


def intercepts(options: Options) -> list[Row]:
    """Measure an upload and a download with the official SDK, or else with requests."""
    client = "official SDK" if find_spec("dropbox.dropbox_client") else "requests"
    what = f"{client}, upload and download 1 KB, fresh emulator"
    if not find_spec("responses"):
        return [missing(what, f"<= {RATIO:.3g}", "responses")]
    calls = _sdk_calls() if client == "official SDK" else _requests_calls()
    shared = Fakebox("inprocess").start()

    def on_shared() -> None:
        with shared.intercept():
            calls()

    def on_fresh() -> None:
        with Fakebox("inprocess") as box, box.intercept():
            calls()

    def on_stubs() -> None:
        _stubbed(calls)

    measured = [(what, on_fresh), (what.replace("fresh", "shared"), on_shared)]
    rows = [
        compare(
            name,
            ours,
            on_stubs,
            peer="responses",
            bar=RATIO,
            rounds=options.rounds * _ROUNDS,
            calls=_CALLS,
            clock=time.thread_time,
            fastest=True,
        )
        for name, ours in measured
    ]
    shared.stop()
    return rows


def _sdk_calls() -> Callable[[], None]:
    import dropbox

    client = dropbox.Dropbox(_TOKEN)  # type: ignore[attr-defined]

    def calls() -> None:
        client.files_upload(_CONTENT, "/a.txt", dropbox.files.WriteMode.overwrite)  # type: ignore[attr-defined]
        assert client.files_download("/a.txt")[1].content == _CONTENT

    return calls


def _requests_calls() -> Callable[[], None]:
    import requests

    session = requests.Session()
    arguments = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": "application/octet-stream"}
    upload = {**arguments, "Dropbox-API-Arg": json.dumps({"path": "/a.txt", "mode": "overwrite"})}
    download = {**arguments, "Dropbox-API-Arg": json.dumps({"path": "/a.txt"})}

    def calls() -> None:
        assert session.post(f"{_URL}/upload", headers=upload, data=_CONTENT).json()["size"] == 1024
        assert session.post(f"{_URL}/download", headers=download).content == _CONTENT

    return calls


def _stubbed(calls: Callable[[], None]) -> None:
    import responses

    metadata = json.dumps(_METADATA)
    with responses.RequestsMock() as stubs:
        stubs.post(f"{_URL}/upload", json=_METADATA)
        stubs.post(f"{_URL}/download", body=_CONTENT, headers={"Dropbox-API-Result": metadata})
        calls()


if __name__ == "__main__":
    raise SystemExit(run_section(intercepts, __doc__))
