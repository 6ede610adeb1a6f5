"""Tests of damaged, unknown and read-only data directories, and of changed content files."""

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
    """Runs `fakebox serve` with arguments that make its start fail."""
    return run_here("serve", "--port", "0", *arguments)


def assert_one_line(done, reason):
    """Asserts that a command ended with status 2 and one line that contains the reason."""
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert reason in done.stderr


@pytest.fixture
def data(tmp_path):
    """Returns a data directory with one stored file."""
    directory = tmp_path / "data"
    world = World(directory)
    world.files.upload(whole(1), "/kept.txt", [CONTENT])
    world.close()
    return directory


def file_contents(directory):
    """Returns the content of every file below a directory, by path."""
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("ALTER TABLE job DROP COLUMN app_id", "storage format is 4"),
        ("PRAGMA user_version = 1", "storage format is 1"),
        ("CREATE TABLE more (x)", "accepts only 4"),
        ("UPDATE entry SET content = '../../world.sqlite3' WHERE content NOT NULL", "hexadecimal"),
        ("UPDATE account SET type = 'gold' WHERE id = 2", "account of an unknown type"),
        ("UPDATE entry SET name = 'a\\b' WHERE name <> ''", "no file can have the name"),
        ("UPDATE entry SET name = 'e\u0301' WHERE name <> ''", "no file can have the name"),
        ("UPDATE entry SET folded = 'x' WHERE name <> ''", "is stored as 'x' in lower case"),
        (
            "INSERT INTO link VALUES (1, 'x', 'y', 'share', 1, 1, 0, 0, 'all', NULL, 1, NULL)",
            "link with an unknown audience",
        ),
    ],
)
def test_directory_of_another_format_is_rejected_and_unchanged(data, statement, reason):
    """The error for a database of another format names the difference; no file is changed."""
    db = sqlite3.connect(data / "world.sqlite3")
    db.execute(statement)
    db.commit()
    db.close()
    before = file_contents(data)
    assert_one_line(serve("--data", data), reason)
    assert file_contents(data) == before


def test_database_of_another_program_is_rejected_and_unchanged(tmp_path):
    """The database of another program is rejected, and its journal mode stays unchanged."""
    db = sqlite3.connect(tmp_path / "world.sqlite3")
    db.execute("CREATE TABLE other (x)")
    db.close()
    before = file_contents(tmp_path)
    assert_one_line(serve("--data", tmp_path), "not a database of fakebox")
    assert file_contents(tmp_path) == before


def test_empty_database_file_is_rejected(data):
    """An empty database file is an error, and no new database is created in its place."""
    (data / "world.sqlite3").write_bytes(b"")
    assert_one_line(serve("--data", data), "world.sqlite3 is empty")


def test_missing_database_next_to_content_files_is_rejected(data):
    """Content files without a database are an error, and they are not deleted."""
    (data / "world.sqlite3").unlink()
    before = file_contents(data)
    assert_one_line(serve("--data", data), "world.sqlite3 is missing")
    assert file_contents(data) == before


@pytest.mark.parametrize("name", ["world.sqlite3", "content"])
def test_symbolic_link_in_the_data_directory_is_rejected(data, tmp_path, name):
    """A database or a content directory that is a symbolic link is rejected."""
    (data / name).rename(tmp_path / "elsewhere")
    (data / name).symlink_to(tmp_path / "elsewhere")
    assert_one_line(serve("--data", data), f"{name} is a symbolic link")


def test_read_only_directory_is_reported_as_read_only(data, monkeypatch):
    """The error says that the directory is read-only, and does not report damage."""
    if os.geteuid():
        data.chmod(0o500)
        (data / "world.sqlite3").chmod(0o400)
        with pytest.raises(DataDirectoryError, match="read-only"):
            World(data)
        data.chmod(0o700)
    else:
        # Root ignores permissions, so a read-only file system is mounted in a new mount namespace.
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


def test_many_namespaces_stay_below_the_descriptor_limit(tmp_path):
    """The files of the least recently used namespaces are closed and can be opened again."""
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


def test_lack_of_descriptors_is_not_reported_as_damage(data):
    """Without free file descriptors, the error has the descriptor limit."""
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


# --- content files ------------------------------------------------------------------------------


def blob(directory):
    """Returns the path of the only content file."""
    (path,) = (directory / "content").glob("??/*")
    return path


@pytest.mark.parametrize("damage", [b"", CONTENT[:-1], bytes(len(CONTENT))])
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-3"}], ids=["whole", "range"])
def test_damaged_content_is_not_served_until_uploaded_again(data, damage, headers):
    """A download of damaged content fails, until an upload of the same content repairs it."""
    blob(data).write_bytes(damage)
    with Fakebox(data=data) as box, urllib3.PoolManager(retries=False) as pool:
        url = f"{box.url}/1/files/dropbox/kept.txt"

        def download():
            try:
                response = pool.request("GET", url, headers={**BEARER, **headers})
            except urllib3.exceptions.HTTPError:
                return None
            return response.data if response.status < 300 else None

        assert download() is None
        box.write("/again.txt", CONTENT)
        assert download() == CONTENT[:4] if headers else CONTENT


def test_content_changed_after_its_first_read_raises(data):
    """A content file that has changed since its last check is checked again."""
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
def test_content_that_is_not_a_regular_file_raises(data, kind):
    """A link in place of a content file is not followed, and a named pipe does not block."""
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
def test_upload_is_synchronized_to_disk(tmp_path, monkeypatch, chunked):
    """The upload calls `fsync` for the content file and for its directory."""
    world, synced, fsync = World(tmp_path), [], os.fsync

    def record_fsync(descriptor):
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record_fsync)
    if chunked:
        upload = world.upload_sessions.append(whole(1), [CONTENT])
        world.upload_sessions.commit(whole(1), upload.id, "/f", ADD)
    else:
        world.files.upload(whole(1), "/f", [CONTENT])
    path = blob(tmp_path)
    assert {path.stat().st_ino, path.parent.stat().st_ino} <= set(synced)
    world.close()


def test_overlapping_pieces_are_joined(tmp_path):
    """A shorter piece at a stored offset does not shorten the longer piece that contains it."""
    world = World()
    scope = whole(1)
    upload = world.upload_sessions.begin(scope, parallel=True)
    parts = (b"a" * PIECE_BYTES, b"b" * PIECE_BYTES, b"a" * PIECE_BYTES, b"end")
    world.upload_sessions.put_piece(scope, parts[:3], upload.id, 0)
    for number in (0, 1):
        start = number * PIECE_BYTES
        world.upload_sessions.put_piece(scope, [parts[number]], upload.id, start)
    world.upload_sessions.put_piece(scope, [b"end"], upload.id, 3 * PIECE_BYTES, closes=True)
    world.upload_sessions.commit(scope, upload.id, "/f", WriteMode())
    with world.files.open(scope, "/f")[1] as file:
        assert file.read() == b"".join(parts)
    world.close()


# --- results of jobs ----------------------------------------------------------------------------


@pytest.mark.parametrize("access", ["app_folder", "other account", "other app"])
def test_job_is_unknown_to_other_callers(access):
    """Only the account, app and root that started a job can read its result."""
    world = World()
    tokens, apps = world.tokens, world.apps
    owner = tokens.scope(tokens.find("fakebox-token"))
    others = {
        "app_folder": tokens.scope(tokens.find("fakebox-sandbox-token")),
        "other account": type(owner)(2, owner.app_id),
        "other app": type(owner)(1, apps.create("other", access="dropbox").id),
    }
    job = world.async_jobs.add(owner, "delete_batch", [])
    fetch = world.fetches.save(owner, "/f", "unknown")
    assert world.async_jobs.results(owner, "delete_batch", job) == []
    assert world.fetches.find(owner, fetch.id) == fetch
    with pytest.raises(JobNotFound):
        world.async_jobs.results(others[access], "delete_batch", job)
    with pytest.raises(JobNotFound):
        world.fetches.find(others[access], fetch.id)
    world.close()


# --- seeds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["fifo", "socket", "device", "loop", "circle", "nowhere"])
def test_seed_with_an_unsupported_entry_is_rejected(tmp_path, kind):
    """A seed with a special file or an invalid link is rejected, and no file is stored."""
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


def test_seed_and_diff_follow_symbolic_links(tmp_path):
    """A link to a directory is read as a directory by `seed` and by `diff`."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_bytes(b"a")
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "link").symlink_to(tmp_path / "real")
    with Fakebox(transport="inprocess") as box:
        box.seed(tmp_path / "seed")
        assert box.tree() == ["/link/", "/link/a.txt"]
        assert not box.diff(tmp_path / "seed")


def test_symbolic_link_in_the_content_directory_is_rejected(data, tmp_path):
    """A content subdirectory that is a symbolic link is rejected, and its target is unchanged."""
    shard = next(path for path in (data / "content").iterdir() if len(path.name) == 2)
    shard.rename(tmp_path / "elsewhere")
    shard.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    before = file_contents(tmp_path / "elsewhere")
    assert_one_line(serve("--data", data), f"content/{shard.name} is a symbolic link")
    assert file_contents(tmp_path / "elsewhere") == before
