"""The tour itself: a chapter for each part of the documented API."""

from __future__ import annotations

import io
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse, RESTSocketError
from fakebox.core import defaults
from fakebox.demo.files import LARGE_BYTES, Luggage, digest, pack
from fakebox.demo.stage import CheckFailed, Stage
from fakebox.testing import Fakebox

if TYPE_CHECKING:
    from collections.abc import Callable

_WELCOME = """\
A tour of the Dropbox Core API. An emulated Dropbox was started in memory, at
{url}, and the SDK talks to it over HTTP with real files.
On the left is what it is asked, on the right what it answers; every answer is checked.
"""
_NEXT = """\
Next, on your own:
  fakebox serve             an emulator to point any program at; it says how
  pytest                    with the fixture `dropbox_client`, a fresh one for every test
"""


@dataclass(frozen=True, slots=True)
class Trip:
    """What every chapter needs."""

    stage: Stage
    box: Fakebox
    client: DropboxClient
    luggage: Luggage


def run(out: TextIO = sys.stdout) -> int:
    """Take the tour.

    Returns:
        0 if every answer was as documented, else 1.
    """
    chapters = (_files, _conflicts, _folders, _changes, _links, _pictures, _outages, _large)
    stage = Stage(out, 1 + len(chapters))
    try:
        with tempfile.TemporaryDirectory(prefix="fakebox-demo-") as folder, Fakebox() as box:
            luggage = pack(Path(folder))
            out.write(_WELCOME.format(url=box.url))
            trip = Trip(stage, box, _link(stage, box), luggage)
            for chapter in chapters:
                chapter(trip)
    except (CheckFailed, ErrorResponse, RESTSocketError) as error:
        out.write(f"\nFAILED  {error}\n")
        return 1
    out.write(f"\n{stage.checked} answers checked, all as documented.\n\n{_NEXT}")
    return 0


def _link(stage: Stage, box: Fakebox) -> DropboxClient:
    stage.chapter(
        "Linking an account (OAuth 1.0)",
        "An app asks for a token, its user allows it on a page, the app takes it from there.",
    )
    session = box.session()
    session.unlink()
    token = session.obtain_request_token()
    stage.step("session.obtain_request_token()", token.key)
    stage.step("session.build_authorize_url(token)", session.build_authorize_url(token))
    _refused(stage, "obtain_access_token() before Allow", 401, session.obtain_access_token)
    box.allow(token.key)
    session.obtain_access_token()
    stage.step("obtain_access_token() after Allow", session.is_linked())
    client = DropboxClient(session, session.rest_client)
    stage.step("client.account_info()", client.account_info()["display_name"])
    url, _, _ = client.request("/account/info", method="GET")
    stage.step("client.request('/account/info')", url.startswith(box.url))
    return client


def _files(trip: Trip) -> None:
    stage, client = trip.stage, trip.client
    stage.chapter(
        "Files",
        "A name keeps its capitals, and is found in any others.",
    )
    content = trip.luggage.text.read_bytes()
    with trip.luggage.text.open("rb") as file:
        stored = client.put_file("/Papers/schema.sql", file)
    size = len(content)
    shown = f"{size} bytes, revision {stored['rev']}"
    stage.step("put_file('/Papers/schema.sql', file)", stored["bytes"], expected=size, shown=shown)
    response, metadata = client.get_file_and_metadata("/papers/SCHEMA.SQL")
    with response:
        stage.step(
            "get_file_and_metadata(), in another case",
            response.read() == content,
            shown="the same bytes",
        )
    stage.step("... its path", metadata["path"], expected="/Papers/schema.sql")
    with client.get_file("/Papers/schema.sql", start=0, length=2) as part:
        stage.step("get_file(start=0, length=2)", part.read(), expected=content[:2])
    listing = client.metadata("/Papers")
    stage.step("metadata('/Papers')", [entry["path"] for entry in listing["contents"]])
    unchanged = listing["hash"]
    _refused(stage, "metadata(hash=...)", 304, lambda: client.metadata("/Papers", hash=unchanged))
    _refused(stage, "metadata(file_limit=1)", 406, lambda: _crowd(client))
    _refused(stage, "get_file('/nothing')", 404, lambda: client.get_file("/nothing"))
    found = [entry["path"] for entry in client.search("/", "sche sql")]
    stage.step("search('/', 'sche sql')", found, expected=["/Papers/schema.sql"])


def _crowd(client: DropboxClient) -> Any:
    client.put_file("/Papers/second.txt", "2")
    return client.metadata("/Papers", file_limit=1)


def _conflicts(trip: Trip) -> None:
    stage, client = trip.stage, trip.client
    stage.chapter(
        "Conflicts and revisions",
        "Nothing is overwritten by mistake, and what was deleted comes back.",
    )
    first = client.put_file("/todo.txt", "first")
    renamed = client.put_file("/todo.txt", "other")["path"]
    stage.step("put_file() onto it, overwrite=False", renamed, expected="/todo (1).txt")
    second = client.put_file("/todo.txt", "second", parent_rev=first["rev"])
    stage.step("put_file(parent_rev=current)", second["path"], expected="/todo.txt")
    spun_off = client.put_file("/todo.txt", "late", parent_rev=first["rev"])["path"]
    stage.step("put_file(parent_rev=stale)", spun_off)
    revisions = [entry["rev"] for entry in client.revisions("/todo.txt")]
    stage.step("revisions()", revisions, expected=[second["rev"], first["rev"]])
    client.file_delete("/todo.txt")
    _refused(stage, "get_file() after file_delete()", 404, lambda: client.get_file("/todo.txt"))
    client.restore("/todo.txt", first["rev"])
    with client.get_file("/todo.txt") as response:
        stage.step("restore(rev)", response.read(), expected=b"first")


def _folders(trip: Trip) -> None:
    stage, client = trip.stage, trip.client
    stage.chapter(
        "Folders",
        "Copied, moved and deleted as a whole.",
    )
    created = client.file_create_folder("/Photos/2012")["path"]
    stage.step("file_create_folder('/Photos/2012')", created, expected="/Photos/2012")
    _refused(stage, "... once more", 403, lambda: client.file_create_folder("/Photos/2012"))
    copied = client.file_copy("/Papers", "/Backup")["path"]
    stage.step("file_copy('/Papers', '/Backup')", copied, expected="/Backup")
    moved = client.file_move("/Backup", "/Archive/2012")["path"]
    stage.step("file_move('/Backup', '/Archive/2012')", moved, expected="/Archive/2012")
    gone = client.metadata("/Backup")["is_deleted"]
    stage.step("metadata('/Backup')['is_deleted']", gone)


def _changes(trip: Trip) -> None:
    stage, client = trip.stage, trip.client
    stage.chapter(
        "Changes",
        "An app keeps up by a cursor, and hears at once when there is news.",
    )
    page = client.delta()
    stage.step("delta()", f"{len(page['entries'])} entries, reset={page['reset']}")
    client.file_delete("/Archive")
    entries = client.delta(page["cursor"])["entries"]
    stage.step("delta(cursor) after a deletion", entries, expected=[["/archive", None]])
    news = client.longpoll_delta(page["cursor"])
    stage.step("longpoll_delta(cursor)", news, expected={"changes": True})


def _links(trip: Trip) -> None:
    stage, client = trip.stage, trip.client
    stage.chapter(
        "Links and copy references",
        "Anybody may open a link; a reference carries a file to another account.",
    )
    stage.step("share('/todo.txt')", client.share("/todo.txt")["url"])
    stage.step("media('/todo.txt')", client.media("/todo.txt")["expires"])
    reference = client.create_copy_ref("/todo.txt")["copy_ref"]
    other = trip.box.client(account=defaults.OTHER.email)
    path = other.add_copy_ref(reference, "/from a friend.txt")["path"]
    stage.step("add_copy_ref(), by another account", path, expected="/from a friend.txt")


def _pictures(trip: Trip) -> None:
    stage, client = trip.stage, trip.client
    from PIL import Image

    stage.chapter(
        "Pictures",
        "Thumbnails come from the picture itself.",
    )
    client.put_file("/Photos/2012/photo.jpg", trip.luggage.photo)
    response, metadata = client.thumbnail_and_metadata("/Photos/2012/photo.jpg", size="large")
    with response:
        size = Image.open(io.BytesIO(response.read())).size
    stage.step("thumbnail(size='large')", size, expected=(128, 85))
    stage.step("... its metadata", metadata["mime_type"], expected="image/jpeg")
    client.put_file("/broken.jpg", trip.luggage.photo.read_bytes()[:500])
    _refused(stage, "thumbnail() of half a JPEG", 415, lambda: client.thumbnail("/broken.jpg"))


def _outages(trip: Trip) -> None:
    stage, client, faults = trip.stage, trip.client, trip.box.faults
    stage.chapter("Outages, on purpose", "Whatever can go wrong does so when a test plans it.")
    faults.add(endpoint="files_put", status=503)
    _refused(stage, "put_file() while it is down", 503, lambda: client.put_file("/a.txt", "a"))
    stored = client.put_file("/a.txt", "a")["path"]
    stage.step("put_file() once more", stored, expected="/a.txt")
    faults.add(endpoint="metadata", reset="before_read")
    known = client.metadata("/a.txt")["bytes"]
    stage.step("metadata(), its connection reset", known, expected=1, shown="asked again by itself")
    stage.step("faults.unconsumed()", faults.unconsumed(), expected=[], shown="none is left")


def _large(trip: Trip) -> None:
    stage, client = trip.stage, trip.client
    stage.chapter(
        "64 MiB, in chunks",
        "What breaks off is taken up again; an account that is full says so.",
    )
    with trip.luggage.large.open("rb") as file:
        uploader = client.get_chunked_uploader(file, LARGE_BYTES)
        uploader.upload_chunked(progress=lambda *far: stage.progress("uploading", *far))
        stored = uploader.finish("/large.bin")
    stage.step("upload_chunked(), finish('/large.bin')", stored["size"], expected="64 MB")
    back = trip.luggage.large.with_name("back.bin")
    client.download("/large.bin", back, progress=lambda *far: stage.progress("downloading", *far))
    stage.step(
        "download('/large.bin')", digest(back) == digest(trip.luggage.large), shown="the same bytes"
    )
    trip.box.set_quota(LARGE_BYTES)
    _refused(stage, "put_file() over quota", 503, lambda: client.put_file("/more", "x" * 10_000))
    used = json.dumps(client.account_info()["quota_info"])
    stage.step("account_info()['quota_info']", used)


def _refused(stage: Stage, call: str, status: int, attempt: Callable[[], Any]) -> None:
    try:
        outcome = attempt()
    except ErrorResponse as error:
        stage.step(call, error.status, expected=status, shown=f"refused, {error}")
    else:
        raise CheckFailed(f"{call}: {outcome!r}, expected status {status}")
