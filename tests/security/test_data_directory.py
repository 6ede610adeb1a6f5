"""Data directories that are damaged, foreign, or not to be written, and blobs that were changed."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.core.errors import ContentDamaged, DataDirectoryError, JobNotFound
from fakebox.core.files import ADD, WriteMode
from fakebox.core.upload_sessions import PIECE_BYTES
from fakebox.core.world import World
from fakebox.directory_sync import whole
from tests.command_line import run_here

BEARER = {"Authorization": "Bearer fakebox-bearer-token"}
CONTENT = b"the bytes of a file"


def serve(*arguments):
    """`fakebox serve`, for a start that is to fail."""
    return run_here("serve", "--port", "0", *arguments)


def assert_one_line(done, reason):
    """It ended with status 2 and one line that says why."""
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert reason in done.stderr


@pytest.fixture
def data(tmp_path):
    """A directory that holds one file."""
    directory = tmp_path / "data"
    world = World(directory)
    world.files.upload(whole(1), "/kept.txt", [CONTENT])
    world.close()
    return directory


def everything(directory):
    """The bytes of every file below a directory."""
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("ALTER TABLE job DROP COLUMN app_id", "storage format is 3"),
        ("PRAGMA user_version = 1", "storage format is 1"),
        ("CREATE TABLE more (x)", "accepts only 3"),
        ("UPDATE entry SET content = '../../world.sqlite3' WHERE content NOT NULL", "hexadecimal"),
    ],
)
def test_directory_of_another_format_is_refused_and_stays_as_it_was(data, statement, reason):
    """The line names what was found and what is accepted."""
    db = sqlite3.connect(data / "world.sqlite3")
    db.execute(statement)
    db.commit()
    db.close()
    before = everything(data)
    assert_one_line(serve("--data", data), reason)
    assert everything(data) == before


def test_database_of_another_program_is_refused_and_stays_as_it_was(tmp_path):
    """Not even its journal mode is changed."""
    db = sqlite3.connect(tmp_path / "world.sqlite3")
    db.execute("CREATE TABLE other (x)")
    db.close()
    before = everything(tmp_path)
    assert_one_line(serve("--data", tmp_path), "not a database of fakebox")
    assert everything(tmp_path) == before


def test_database_that_was_cut_to_nothing_is_refused(data):
    """An empty file isn't taken for a new directory."""
    (data / "world.sqlite3").write_bytes(b"")
    assert_one_line(serve("--data", data), "world.sqlite3 is empty")


def test_database_that_is_missing_beside_contents_is_refused(data):
    """The contents would be removed as nobody's."""
    (data / "world.sqlite3").unlink()
    before = everything(data)
    assert_one_line(serve("--data", data), "world.sqlite3 is missing")
    assert everything(data) == before


@pytest.mark.parametrize("name", ["world.sqlite3", "content"])
def test_symbolic_link_in_the_directory_is_refused(data, tmp_path, name):
    """Nothing outside the directory is used."""
    (data / name).rename(tmp_path / "elsewhere")
    (data / name).symlink_to(tmp_path / "elsewhere")
    assert_one_line(serve("--data", data), f"{name} is a symbolic link")


def test_read_only_directory_is_called_read_only(data, monkeypatch):
    """Not damaged."""
    if os.geteuid():
        data.chmod(0o500)
        (data / "world.sqlite3").chmod(0o400)
        with pytest.raises(DataDirectoryError, match="read-only"):
            World(data)
        data.chmod(0o700)
    else:
        # Permissions don't bind root, so a file system is mounted, in a namespace of its own.
        script = (
            f"mount -t tmpfs -o ro none '{data}' && exec \"$0\" -m fakebox serve --data '{data}'"
        )
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, sys.executable],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
        )
        if "unshare" in done.stderr or "mount:" in done.stderr:
            pytest.skip("no file system can be mounted here")
        assert_one_line(done, "is read-only")


def test_namespaces_fit_into_the_descriptor_limit(tmp_path):
    """Those that were not used for the longest time have their files closed."""
    program = (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "from pathlib import Path\n"
        "from fakebox.directory_sync import whole\n"
        "from fakebox.namespaces import Namespaces\n"
        "names = Namespaces(Path(sys.argv[1]))\n"
        "for number in range(20):\n"
        "    names.named(f'n{number}').world.files.upload(whole(1), '/f', [b'%d' % number])\n"
        "for number in range(20):\n"
        "    with names.named(f'n{number}').world.files.open(whole(1), '/f')[1] as file:\n"
        "        assert file.read() == b'%d' % number\n"
        "assert len(os.listdir('/proc/self/fd')) < 32\n"
        "names.close()\n"
    )
    subprocess.run(
        [sys.executable, "-c", program, tmp_path],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=True,
    )


def test_lack_of_descriptors_is_not_called_damage(data):
    """The line names the limit."""
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from fakebox.core.world import World\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "files = []\n"
        "try:\n"
        "    while True: files.append(open('/dev/null'))\n"
        "except OSError: pass\n"
        "try: World(Path(sys.argv[1]))\n"
        "except Exception as error: reason = str(error)\n"
        "files.clear()\n"
        "print(reason)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, data],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "no file descriptors left; its limit is 64" in done.stdout


# --- contents -----------------------------------------------------------------------------------


def blob(directory):
    """The file of the only content."""
    (path,) = (directory / "content").glob("??/*")
    return path


@pytest.mark.parametrize("damage", [b"", CONTENT[:-1], bytes(len(CONTENT))])
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-3"}], ids=["whole", "range"])
def test_damaged_content_is_an_error_until_it_is_uploaded_again(data, damage, headers):
    """No byte of it is served; the same upload repairs it."""
    blob(data).write_bytes(damage)
    with Fakebox(data=data) as box, urllib3.PoolManager(retries=False) as pool:
        url = f"{box.url}/1/files/dropbox/kept.txt"

        def received():
            try:
                response = pool.request("GET", url, headers={**BEARER, **headers})
            except urllib3.exceptions.HTTPError:
                return None
            return response.data if response.status < 300 else None

        assert received() is None
        box.write("/again.txt", CONTENT)
        assert received() == CONTENT[:4] if headers else CONTENT


def test_content_that_is_damaged_while_it_is_served_is_an_error(data):
    """It is verified again when the file has changed."""
    world = World(data)
    for damaged in (False, True):
        if damaged:
            blob(data).write_bytes(bytes(len(CONTENT)))
            os.utime(blob(data), ns=(1, 1))
        with world.files.open(whole(1), "/kept.txt")[1] as file:
            if damaged:
                with pytest.raises(ContentDamaged, match="do not match its hash"):
                    file.read(1)
            else:
                assert file.read() == CONTENT
    world.close()


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_content_that_is_no_regular_file_is_an_error(data, kind):
    """A link isn't followed, and a named pipe keeps nobody waiting."""
    path = blob(data)
    path.unlink()
    if kind == "link":
        path.symlink_to("/etc/hostname")
    else:
        os.mkfifo(path)
    world = World(data)
    with pytest.raises(ContentDamaged):
        world.files.open(whole(1), "/kept.txt")
    world.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_upload_is_on_the_disk_before_it_is_acknowledged(tmp_path, monkeypatch, chunked):
    """The content's file and its directory are synchronised by then."""
    world, synced, fsync = World(tmp_path), [], os.fsync

    def note(descriptor):
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    if chunked:
        upload = world.upload_sessions.append(whole(1), [CONTENT])
        world.upload_sessions.commit(whole(1), upload.id, "/f", ADD)
    else:
        world.files.upload(whole(1), "/f", [CONTENT])
    path = blob(tmp_path)
    assert {path.stat().st_ino, path.parent.stat().st_ino} <= set(synced)
    world.close()


def test_pieces_that_overlap_become_one_content(tmp_path):
    """A short piece within a long one doesn't end it."""
    world = World()
    scope = whole(1)
    upload = world.upload_sessions.begin(scope, parallel=True)
    world.upload_sessions.put_piece(scope, [b"a" * 3 * PIECE_BYTES], upload.id, 0)
    world.upload_sessions.put_piece(scope, [b"b" * PIECE_BYTES], upload.id, PIECE_BYTES)
    world.upload_sessions.put_piece(scope, [b"end"], upload.id, 3 * PIECE_BYTES, closes=True)
    world.upload_sessions.commit(scope, upload.id, "/f", WriteMode())
    with world.files.open(scope, "/f")[1] as file:
        parts = (b"a" * PIECE_BYTES, b"b" * PIECE_BYTES, b"a" * PIECE_BYTES, b"end")
        assert file.read() == b"".join(parts)
    world.close()


# --- results of jobs ----------------------------------------------------------------------------


@pytest.mark.parametrize("access", ["app_folder", "other account", "other app"])
def test_job_is_unknown_to_every_other_caller(access):
    """Its result belongs to the account, the app and the root that started it."""
    world = World()
    tokens, apps = world.tokens, world.apps
    mine = tokens.scope(tokens.find("fakebox-token"))
    others = {
        "app_folder": tokens.scope(tokens.find("fakebox-sandbox-token")),
        "other account": type(mine)(2, mine.app_id),
        "other app": type(mine)(1, apps.create("other", access="dropbox").id),
    }
    job = world.async_jobs.add(mine, "delete_batch", [])
    fetch = world.fetches.save(mine, "/f", "unknown")
    assert world.async_jobs.results(mine, "delete_batch", job) == []
    assert world.fetches.find(mine, fetch.id) == fetch
    with pytest.raises(JobNotFound):
        world.async_jobs.results(others[access], "delete_batch", job)
    with pytest.raises(JobNotFound):
        world.fetches.find(others[access], fetch.id)
    world.close()


# --- seeds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["fifo", "socket", "device", "loop", "circle", "nowhere"])
def test_seed_with_an_entry_that_can_not_be_stored_is_refused(tmp_path, kind):
    """One line names the entry, and nothing is stored."""
    seed = tmp_path / "seed"
    seed.mkdir()
    (seed / "a.txt").write_bytes(b"a")
    entry = seed / "odd"
    if kind == "fifo":
        os.mkfifo(entry)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(entry))
    else:
        targets = {"device": "/dev/null", "loop": "odd", "circle": ".", "nowhere": "missing"}
        entry.symlink_to(targets[kind])
    assert_one_line(serve("--seed", seed), "odd")
    with Fakebox(transport="inprocess") as box:
        for call in (box.seed, box.diff):
            with pytest.raises(ValueError, match="odd"):
                call(seed)
        assert box.tree() == []


def test_seed_follows_symbolic_links_and_diff_agrees(tmp_path):
    """A link to a directory stands for what is in it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_bytes(b"a")
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "link").symlink_to(tmp_path / "real")
    with Fakebox(transport="inprocess") as box:
        box.seed(tmp_path / "seed")
        assert box.tree() == ["/link/", "/link/a.txt"]
        assert not box.diff(tmp_path / "seed")


def test_a_symbolic_link_in_place_of_a_folder_of_contents_is_refused(data, tmp_path):
    """The contents would be read from, and written to, a place outside the directory."""
    shard = next(each for each in (data / "content").iterdir() if len(each.name) == 2)
    shard.rename(tmp_path / "elsewhere")
    shard.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    before = everything(tmp_path / "elsewhere")
    assert_one_line(serve("--data", data), f"content/{shard.name} is a symbolic link")
    assert everything(tmp_path / "elsewhere") == before
