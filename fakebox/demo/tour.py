"""The tour: a chapter for each part of the documented API."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse, RESTSocketError
from fakebox.core import defaults
from fakebox.demo.report import CheckFailed, Report
from fakebox.testing import Fakebox

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGE_BYTES = 64 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_WIDTH, _HEIGHT = 640, 427
_WELCOME = """\
A tour of the Dropbox Core API. The SDK sends HTTP requests with real files to an
emulator in memory, at {url}.
On the left are the calls, on the right their results; every result is checked.
"""
_NEXT = """\
Next steps:
  fakebox serve             an emulator for any program; it prints how to connect
  pytest                    with the fixture `dropbox_client`: a new emulator for each test
"""


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """The files that the tour uploads.

    Attributes:
        text: a text of some kilobytes.
        photo: a JPEG picture.
        large: 64 MiB of random bytes.
    """

    text: Path
    photo: Path
    large: Path


@dataclass(frozen=True, slots=True)
class Tour:
    """The report, the emulator, the client and the files of all chapters."""

    report: Report
    box: Fakebox
    client: DropboxClient
    files: SampleFiles


def run(out: TextIO = sys.stdout) -> int:
    """Run the tour.

    Returns:
        0 if all results are as documented, else 1.
    """
    chapters = (_files, _conflicts, _folders, _changes, _links, _pictures, _outages, _large)
    report = Report(out, 1 + len(chapters))
    try:
        with tempfile.TemporaryDirectory(prefix="fakebox-demo-") as folder, Fakebox() as box:
            files = _make_files(Path(folder))
            out.write(_WELCOME.format(url=box.url))
            tour = Tour(report, box, _link(report, box), files)
            for chapter in chapters:
                chapter(tour)
    except (CheckFailed, ErrorResponse, RESTSocketError) as error:
        out.write(f"\nFAILED  {error}\n")
        return 1
    out.write(f"\n{report.checked} results checked, all as documented.\n\n{_NEXT}")
    return 0


def _link(report: Report, box: Fakebox) -> DropboxClient:
    report.chapter(
        "Linking an account (OAuth 1.0)",
        "The app requests a token, the user allows it on a page, the app exchanges it.",
    )
    session = box.session()
    session.unlink()
    token = session.obtain_request_token()
    report.step("session.obtain_request_token()", token.key)
    report.step("session.build_authorize_url(token)", session.build_authorize_url(token))
    _expect_error(report, "obtain_access_token() before Allow", 401, session.obtain_access_token)
    box.allow(token.key)
    session.obtain_access_token()
    report.step("obtain_access_token() after Allow", session.is_linked())
    client = DropboxClient(session, session.rest_client)
    report.step("client.account_info()", client.account_info()["display_name"])
    url, _, _ = client.request("/account/info", method="GET")
    report.step("client.request('/account/info')", url.startswith(box.url))
    return client


def _files(tour: Tour) -> None:
    report, client = tour.report, tour.client
    report.chapter(
        "Files",
        "Names keep their case, and are found in any case.",
    )
    content = tour.files.text.read_bytes()
    with tour.files.text.open("rb") as file:
        stored = client.put_file("/Papers/schema.sql", file)
    size = len(content)
    shown = f"{size} bytes, revision {stored.get('rev')}"
    report.step("put_file('/Papers/schema.sql', file)", stored["bytes"], expected=size, shown=shown)
    response, metadata = client.get_file_and_metadata("/papers/SCHEMA.SQL")
    with response:
        report.step(
            "get_file_and_metadata(), in another case",
            response.read() == content,
            shown="the same bytes",
        )
    report.step("... its path", metadata["path"], expected="/Papers/schema.sql")
    with client.get_file("/Papers/schema.sql", start=0, length=2) as part:
        report.step("get_file(start=0, length=2)", part.read(), expected=content[:2])
    listing = client.metadata("/Papers")
    report.step("metadata('/Papers')", [entry["path"] for entry in listing.get("contents", [])])
    unchanged = listing.get("hash")
    _expect_error(
        report, "metadata(hash=...)", 304, lambda: client.metadata("/Papers", hash=unchanged)
    )
    _expect_error(report, "metadata(file_limit=1)", 406, lambda: _list_two_files(client))
    _expect_error(report, "get_file('/nothing')", 404, lambda: client.get_file("/nothing"))
    found = [entry["path"] for entry in client.search("/", "sche sql")]
    report.step("search('/', 'sche sql')", found, expected=["/Papers/schema.sql"])


def _list_two_files(client: DropboxClient) -> object:
    client.put_file("/Papers/second.txt", "2")
    return client.metadata("/Papers", file_limit=1)


def _conflicts(tour: Tour) -> None:
    report, client = tour.report, tour.client
    report.chapter(
        "Conflicts and revisions",
        "Conflicting writes get other names, and deleted files can be restored.",
    )
    first_rev = client.put_file("/todo.txt", "first").get("rev", "")
    renamed = client.put_file("/todo.txt", "other")["path"]
    report.step("put_file() onto it, overwrite=False", renamed, expected="/todo (1).txt")
    second = client.put_file("/todo.txt", "second", parent_rev=first_rev)
    report.step("put_file(parent_rev=current)", second["path"], expected="/todo.txt")
    spun_off = client.put_file("/todo.txt", "late", parent_rev=first_rev)["path"]
    report.step("put_file(parent_rev=stale)", spun_off)
    revisions = [entry.get("rev") for entry in client.revisions("/todo.txt")]
    report.step("revisions()", revisions, expected=[second.get("rev"), first_rev])
    client.file_delete("/todo.txt")
    _expect_error(
        report, "get_file() after file_delete()", 404, lambda: client.get_file("/todo.txt")
    )
    client.restore("/todo.txt", first_rev)
    with client.get_file("/todo.txt") as response:
        report.step("restore(rev)", response.read(), expected=b"first")


def _folders(tour: Tour) -> None:
    report, client = tour.report, tour.client
    report.chapter(
        "Folders",
        "Folders are copied, moved and deleted with all entries.",
    )
    created = client.file_create_folder("/Photos/2012")["path"]
    report.step("file_create_folder('/Photos/2012')", created, expected="/Photos/2012")
    _expect_error(report, "... once more", 403, lambda: client.file_create_folder("/Photos/2012"))
    copied = client.file_copy("/Papers", "/Backup")["path"]
    report.step("file_copy('/Papers', '/Backup')", copied, expected="/Backup")
    moved = client.file_move("/Backup", "/Archive/2012")["path"]
    report.step("file_move('/Backup', '/Archive/2012')", moved, expected="/Archive/2012")
    gone = client.metadata("/Backup").get("is_deleted")
    report.step("metadata('/Backup')['is_deleted']", gone)


def _changes(tour: Tour) -> None:
    report, client = tour.report, tour.client
    report.chapter(
        "Changes",
        "A cursor returns the changes since it was made; a long poll waits for them.",
    )
    page = client.delta()
    report.step("delta()", f"{len(page['entries'])} entries, reset={page['reset']}")
    client.file_delete("/Archive")
    entries = client.delta(page["cursor"])["entries"]
    report.step("delta(cursor) after a deletion", entries, expected=[["/archive", None]])
    news = client.longpoll_delta(page["cursor"])
    report.step("longpoll_delta(cursor)", news, expected={"changes": True})


def _links(tour: Tour) -> None:
    report, client = tour.report, tour.client
    report.chapter(
        "Links and copy references",
        "A link works without credentials; a copy reference copies a file to another account.",
    )
    report.step("share('/todo.txt')", client.share("/todo.txt")["url"])
    report.step("media('/todo.txt')", client.media("/todo.txt")["expires"])
    reference = client.create_copy_ref("/todo.txt")["copy_ref"]
    other = tour.box.client(account=defaults.OTHER.email)
    path = other.add_copy_ref(reference, "/from a friend.txt")["path"]
    report.step("add_copy_ref(), by another account", path, expected="/from a friend.txt")


def _pictures(tour: Tour) -> None:
    report, client = tour.report, tour.client
    from PIL import Image

    report.chapter(
        "Pictures",
        "Thumbnails are made from the stored picture.",
    )
    client.put_file("/Photos/2012/photo.jpg", tour.files.photo)
    response, metadata = client.thumbnail_and_metadata("/Photos/2012/photo.jpg", size="large")
    with response:
        size = Image.open(io.BytesIO(response.read())).size
    report.step("thumbnail(size='large')", size, expected=(128, 85))
    report.step("... its metadata", metadata.get("mime_type"), expected="image/jpeg")
    client.put_file("/broken.jpg", tour.files.photo.read_bytes()[:500])
    _expect_error(
        report, "thumbnail() of half a JPEG", 415, lambda: client.thumbnail("/broken.jpg")
    )


def _outages(tour: Tour) -> None:
    report, client, faults = tour.report, tour.client, tour.box.faults
    report.chapter("Faults", "A test plans which errors occur, and when.")
    faults.add(endpoint="files_put", status=503)
    _expect_error(
        report, "put_file() during an outage", 503, lambda: client.put_file("/a.txt", "a")
    )
    stored = client.put_file("/a.txt", "a")["path"]
    report.step("put_file() once more", stored, expected="/a.txt")
    faults.add(endpoint="metadata", reset="before_read")
    known = client.metadata("/a.txt")["bytes"]
    report.step("metadata(), its connection reset", known, expected=1, shown="retried")
    report.step("faults.unconsumed()", faults.unconsumed(), expected=[], shown="none is left")


def _large(tour: Tour) -> None:
    report, client = tour.report, tour.client
    report.chapter(
        "64 MiB, in chunks",
        "Interrupted uploads are resumed; an upload over quota is rejected.",
    )
    with tour.files.large.open("rb") as file:
        uploader = client.get_chunked_uploader(file, _LARGE_BYTES)
        uploader.upload_chunked(progress=lambda *far: report.progress("uploading", *far))
        stored = uploader.finish("/large.bin")
    report.step("upload_chunked(), finish('/large.bin')", stored["size"], expected="64 MB")
    back = tour.files.large.with_name("back.bin")
    client.download("/large.bin", back, progress=lambda *far: report.progress("downloading", *far))
    report.step(
        "download('/large.bin')", _digest(back) == _digest(tour.files.large), shown="the same bytes"
    )
    tour.box.set_quota(_LARGE_BYTES)
    _expect_error(
        report, "put_file() over quota", 503, lambda: client.put_file("/more", "x" * 10_000)
    )
    used = json.dumps(client.account_info()["quota_info"])
    report.step("account_info()['quota_info']", used)


def _expect_error(report: Report, call: str, status: int, attempt: Callable[[], object]) -> None:
    try:
        outcome = attempt()
    except ErrorResponse as error:
        report.step(call, error.status, expected=status, shown=f"rejected, {error}")
    else:
        raise CheckFailed(f"{call}: {outcome!r}, expected status {status}")


# --- files ---------------------------------------------------------------------------------


def _make_files(folder: Path) -> SampleFiles:
    made = SampleFiles(folder / "schema.sql", folder / "photo.jpg", folder / "large.bin")
    made.text.write_bytes(resources.files("fakebox.core").joinpath("schema.sql").read_bytes())
    _paint(made.photo)
    with made.large.open("wb") as file:
        for _ in range(_LARGE_BYTES // _BLOCK_BYTES):
            file.write(os.urandom(_BLOCK_BYTES))
    return made


def _digest(path: Path) -> str:
    result = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            result.update(block)
    return result.hexdigest()


def _paint(path: Path) -> None:
    from PIL import Image

    sky = Image.linear_gradient("L").resize((_WIDTH, _HEIGHT))
    sea = Image.radial_gradient("L").resize((_WIDTH, _HEIGHT))
    Image.merge("RGB", (sea, sky, sky.rotate(180))).save(path, "JPEG", quality=90)
