"""Tests of `Fakebox`: start and stop, clients, files, settings, snapshots and the clock."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3

from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse, RESTSocketError
from dropbox.session import DropboxSession
from fakebox import Fakebox
from fakebox.config import InvalidSetting
from fakebox.core import defaults
from fakebox.core.errors import DataDirectoryError, NotFound
from fakebox.directory_sync import DirectoryError
from fakebox.testing import FakeboxServer

FORK = """
import os
from fakebox import Fakebox

with Fakebox() as box:
    client, children = box.client(), []
    for name in ("one", "two"):
        client.put_file(name, name.encode())
    for name in ("one", "two"):
        children.append(os.fork())
        if not children[-1]:
            for _ in range(200):
                assert client.get_file(name).read() == name.encode()
            os._exit(0)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
"""


def test_client_is_linked_to_the_default_account(box):
    """`box.client()` returns a client that can read and write the default account's files."""
    client = box.client()
    client.put_file("/hello.txt", b"hello")
    assert client.get_file("/hello.txt").read() == b"hello"
    assert client.account_info()["email"] == "user@fakebox.example"


def test_env_configures_a_session_and_client(monkeypatch):
    """With `box.env()` set, the documented constructors need no extra arguments."""
    with Fakebox() as box:
        for name, value in box.env().items():
            monkeypatch.setenv(name, value)
        session = DropboxSession("fakebox-app-key", "fakebox-app-secret", "dropbox")
        session.set_token("fakebox-token", "fakebox-token-secret")
        assert DropboxClient(session).account_info()["uid"] == 1
        assert box.endpoint == box.url == box.env()["DROPBOX_ENDPOINT_URL"]


def test_env_raises_for_an_inprocess_emulator(quick):
    """`env` raises for an in-process emulator, as other processes cannot reach it."""
    with pytest.raises(RuntimeError, match="in-process"):
        quick.env()


def test_unknown_transport_raises():
    """An unknown transport raises an error that lists the accepted ones."""
    with pytest.raises(ValueError, match="'http' or 'inprocess', not 'htpp'"):
        Fakebox("htpp")


@pytest.fixture(params=["http", "inprocess", "shared"])
def stopped(request):
    """Returns a stopped emulator and a client created before the stop, for each transport."""
    with FakeboxServer() as server:
        box = Fakebox(server if request.param == "shared" else request.param).start()
        client = box.client()
        client.account_info()
        box.stop()
        yield box, client


def test_client_raises_a_socket_error_when_its_emulator_is_stopped(stopped):
    """A request to a stopped emulator raises `RESTSocketError`."""
    with pytest.raises(RESTSocketError):
        stopped[1].put_file("/a", b"x")


def test_stopped_emulator_raises_when_used(stopped):
    """Methods of a stopped emulator raise, but its recorded requests can still be read."""
    box, _ = stopped
    for method in (box.tree, box.client, box.reset, box.start, box.snapshot):
        with pytest.raises(RuntimeError, match=r"this Fakebox is stopped .*make another"):
            method()
    assert box.requests[-1].endpoint == "account/info"
    box.stop()


@pytest.mark.parametrize("target", ["/1/account/info", "/2/users/get_current_account"])
def test_request_during_a_stop_logs_no_error(target, caplog, monkeypatch):
    """A request that fails because the emulator stops meanwhile logs nothing."""
    request_started, stopped = threading.Event(), threading.Event()
    workers = []
    # With short limits, `stop` returns before the request ends. Then the thread ends soon.
    monkeypatch.setattr("fakebox.server.acceptor._STOP_LIMIT_S", 0.05)
    monkeypatch.setattr("fakebox.server.thread_pool._IDLE_S", 0.05)

    def slow_get(account_id):
        workers.append(threading.current_thread())
        request_started.set()
        # The transaction of the request keeps the world open until then.
        stopped.wait(0.5)
        return original_get(account_id)

    with Fakebox() as box:
        original_get = box.world.accounts.get
        monkeypatch.setattr(box.world.accounts, "get", slow_get)
        with socket.create_connection(("127.0.0.1", urlsplit(box.url).port)) as client:
            client.sendall(
                f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                f"Authorization: Bearer {defaults.BEARER_TOKEN}\r\n\r\n".encode()
            )
            assert request_started.wait(10)
            box.stop()
    stopped.set()
    for worker in workers:
        worker.join(20)
    assert caplog.messages == []


@pytest.mark.parametrize("transport", ["http", "inprocess"])
def test_stop_does_not_wait_for_a_long_transaction(transport, monkeypatch, caplog):
    """`stop` returns while the transaction of a request continues, and logs nothing."""
    began, stopped, ended = threading.Event(), threading.Event(), threading.Event()

    def slow_get(account_id):
        began.set()
        stopped.wait(20)
        ended.set()
        return original_get(account_id)

    with Fakebox(transport) as box:
        original_get = box.world.accounts.get
        monkeypatch.setattr(box.world.accounts, "get", slow_get)
        client = box.client()

        def request():
            with contextlib.suppress(RESTSocketError, ErrorResponse):
                client.account_info()

        thread = threading.Thread(target=request)
        thread.start()
        assert began.wait(20)
        box.stop()
        assert not ended.is_set()
        stopped.set()
        thread.join(20)
    assert ended.wait(20)
    assert caplog.messages == []


def test_start_raises_when_already_started():
    """A second `start` raises, and the emulator continues to work."""
    with Fakebox() as box:
        with pytest.raises(RuntimeError, match="this Fakebox is started already"):
            box.start()
        box.client().account_info()


def test_emulator_raises_when_used_over_http_before_its_start():
    """Before the start, files can be written, but the URL, client and environment raise."""
    box = Fakebox()
    box.write("/a", b"x")
    for method in (lambda: box.url, box.client, box.env):
        with pytest.raises(RuntimeError, match="start this Fakebox first"):
            method()
    box.stop()


def test_namespaces_are_deleted_when_an_emulator_stops():
    """On a shared server, a namespace of the next emulator starts empty."""
    with FakeboxServer() as server:
        paths = []
        for _ in range(2):
            with Fakebox(server) as box:
                client = box.client()
                client.session.set_token("mine~fakebox-token", "fakebox-token-secret")
                paths.append(client.put_file("/a", b"x")["path"])
        assert paths == ["/a", "/a"]


def test_stop_before_start_does_not_affect_a_shared_server():
    """Stopping an emulator that never started does not stop another one on the same server."""
    with FakeboxServer() as server, Fakebox(server) as box:
        Fakebox(server).stop()
        box.client().account_info()


def test_stop_frees_the_port():
    """The port of a stopped emulator can be bound again at once."""
    with Fakebox() as box:
        port = int(box.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_port_argument_sets_the_port():
    """An emulator with a `port` argument uses that port in its URL."""
    with Fakebox() as box:
        port = int(box.url.rpartition(":")[2])
    with Fakebox(port=port) as box:
        assert box.url == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("account", "access_type", "root"),
    [
        ("user@fakebox.example", "dropbox", "dropbox"),
        ("user@fakebox.example", "app_folder", "app_folder"),
        ("other@fakebox.example", "dropbox", "dropbox"),
        ("other@fakebox.example", "app_folder", "app_folder"),
    ],
)
def test_client_is_linked_to_the_given_account_and_access_type(box, account, access_type, root):
    """`box.client` accepts an account and an access type, with or without a default token."""
    client = box.client(account, access_type)
    client.put_file("/mine.txt", b"")
    assert client.metadata("/mine.txt")["root"] == root
    assert client.account_info()["email"] == account


def test_added_account_and_app_can_be_linked(quick):
    """A client for an added account and an added app writes to the folder of the app."""
    account = quick.add_account("ann@fakebox.example", given_name="Ann", quota_bytes=1000)
    app = quick.add_app("Notebook", "app_folder")
    client = quick.client(account.email, "app_folder", app=app)
    client.put_file("/note.txt", b"milk")
    assert quick.tree(account.email) == ["/Apps/", "/Apps/Notebook/", "/Apps/Notebook/note.txt"]


def test_added_bearer_token_is_accepted(box):
    """A bearer token of `add_token` authorizes a request to the same account."""
    token = box.add_token(bearer=True)
    headers = {"Authorization": f"Bearer {token.token}"}
    session = box.session()
    url = session.build_url(session.API_HOST, "/account/info")
    assert session.rest_client.GET(url, headers)["uid"] == 1


def test_allow_authorizes_a_request_token(box):
    """`box.allow` replaces the authorization page in the OAuth 1.0 flow."""
    session = box.session(linked=False)
    request_token = session.obtain_request_token()
    box.allow(request_token.key, "other@fakebox.example")
    session.obtain_access_token(request_token)
    assert DropboxClient(session, session.rest_client).account_info()["uid"] == 2


def test_unknown_account_raises(quick):
    """An unknown account raises an error that names `add_account`."""
    with pytest.raises(LookupError, match=r"nobody@example\.com.*add_account"):
        quick.read("/a.txt", account="nobody@example.com")


def test_write_and_read_access_files_without_requests(quick):
    """`write` creates missing folders, and neither `write` nor `read` records a request."""
    quick.write("/deep/er/a.txt", "text")
    assert quick.client().metadata("/deep/er/a.txt")["bytes"] == 4
    assert quick.read("/deep/er/a.txt") == b"text"
    assert len(quick.requests) == 1


def test_read_raises_for_a_missing_file(quick):
    """`read` raises `NotFound` for a missing file."""
    with pytest.raises(NotFound):
        quick.read("/a.txt")


def test_diff_lists_changes_after_a_seed(quick, tmp_path):
    """After `seed`, `diff` is empty; later it lists added, missing and changed files."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    (tmp_path / "empty").mkdir()
    quick.seed(tmp_path)
    assert quick.tree() == ["/b.txt", "/empty/", "/sub/", "/sub/a.txt"]
    assert not quick.diff(tmp_path)
    quick.write("/b.txt", "changed")
    quick.write("/new.txt", "new")
    (tmp_path / "missing.txt").write_text("m")
    assert str(quick.diff(tmp_path)) == "+ /new.txt\n- /missing.txt\n! /b.txt"


def test_seed_and_diff_compare_names_in_their_composed_form(quick, tmp_path):
    """A directory with decomposed names, as on macOS, equals the account that it seeds."""
    (tmp_path / "cafe\u0301").mkdir()
    (tmp_path / "cafe\u0301" / "E\u0301.txt").write_text("a")
    quick.seed(tmp_path)
    assert quick.tree() == ["/caf\u00e9/", "/caf\u00e9/\u00c9.txt"]
    assert not quick.diff(tmp_path)
    assert quick.read("/cafe\u0301/e\u0301.txt") == b"a"


def test_seed_stores_names_with_emoji_and_control_characters(quick, tmp_path):
    """Names of the file system that Dropbox stores are copied; a difference is one line."""
    (tmp_path / "\U0001f60a\n.txt").write_text("a")
    quick.seed(tmp_path)
    assert not quick.diff(tmp_path)
    (tmp_path / "\U0001f60a\n.txt").write_text("b")
    assert str(quick.diff(tmp_path)) == "! /\U0001f60a\\n.txt"


def test_log_shows_a_name_with_a_line_break_in_one_line():
    """The representation of a logged request has no line breaks."""
    with Fakebox() as box:
        box.write("/two\nlines", "x")
        response = urllib3.request(
            "POST",
            f"{box.url}/2/files/get_metadata",
            json={"path": "/two\nlines"},
            headers={"Authorization": "Bearer fakebox-bearer-token"},
        )
        assert response.status == 200
        assert repr(box.requests[-1]) == "POST files/get_metadata /two?lines -> 200"


@pytest.mark.parametrize(
    ("first", "second"), [("A.txt", "a.txt"), ("Caf\u00e9", "CAFE\u0301"), ("d/A", "D/b")]
)
def test_seed_raises_for_two_names_that_are_one(quick, tmp_path, first, second):
    """Two paths that differ only by case or by composition are rejected, and nothing is stored."""
    for path in (first, second):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("the file system ignores case")
    with pytest.raises(ValueError, match="are one path in a Dropbox, which ignores case"):
        quick.seed(tmp_path)
    assert quick.tree() == []


def test_seed_and_diff_ignore_excluded_files(quick, tmp_path):
    """`seed` and `diff` ignore a `.DS_Store` file, as the desktop client does."""
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    quick.seed(tmp_path)
    assert quick.tree() == ["/a"]
    assert not quick.diff(tmp_path)


def test_seed_raises_for_a_missing_directory(quick, tmp_path):
    """`seed` raises an error that contains the path of a missing directory."""
    with pytest.raises(DirectoryError, match="nowhere is not a directory"):
        quick.seed(tmp_path / "nowhere")


def test_restore_returns_to_a_snapshot(box):
    """A snapshot can be restored twice: later files disappear, and deleted files return."""
    box.write("/kept.txt", "kept")
    snapshot = box.snapshot()
    for _ in range(2):
        box.client().file_delete("/kept.txt")
        box.write("/later.txt", "later")
        box.restore(snapshot)
        assert box.tree() == ["/kept.txt"]
        assert box.read("/kept.txt") == b"kept"


def test_restore_loads_a_saved_snapshot(quick, tmp_path):
    """Another emulator can restore a snapshot from its file."""
    quick.write("/big.bin", b"x" * 300_000)
    quick.snapshot().save(tmp_path / "world.zip")
    with Fakebox("inprocess") as other:
        other.restore(tmp_path / "world.zip")
        assert other.read("/big.bin") == b"x" * 300_000


def test_restore_raises_for_an_invalid_snapshot(quick, tmp_path):
    """An invalid snapshot file raises an error, and the files stay unchanged."""
    quick.write("/a.txt", "a")
    (tmp_path / "no.zip").write_text("nonsense")
    with pytest.raises(DataDirectoryError, match="snapshot"):
        quick.restore(tmp_path / "no.zip")
    assert quick.tree() == ["/a.txt"]


def test_reset_returns_to_the_initial_state(box):
    """`reset` restores files, faults, limits, settings, clock and requests."""
    box.write("/a.txt", "a")
    box.faults.add(status=500, times=None)
    box.limit_rate(1, 60)
    box.configure(read_only=True)
    box.clock.advance(1000)
    box.reset()
    box.client().put_file("/b.txt", b"")
    assert box.tree() == ["/b.txt"]
    assert len(box.requests) == 1


def test_data_argument_keeps_files(tmp_path):
    """A second emulator with the same data directory has the files of the first one."""
    with Fakebox("inprocess", data=tmp_path) as box:
        box.client().put_file("/a.txt", b"kept")
    with Fakebox("inprocess", data=tmp_path) as box:
        assert box.read("/a.txt") == b"kept"


def test_random_seed_repeats_tokens(tmp_path):
    """Two emulators with the same random seed create the same token."""
    tokens = set()
    for _ in range(2):
        with Fakebox("inprocess", random_seed=7) as box:
            tokens.add(box.add_token().token)
    assert len(tokens) == 1


def test_seed_raises_for_an_unreadable_directory(quick):
    """`seed` raises for a directory without read permission, instead of adding no files."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0)
    try:
        with _unprivileged(), pytest.raises(DirectoryError, match="is not a directory that can be"):
            quick.seed(directory)
    finally:
        directory.rmdir()


@contextlib.contextmanager
def _unprivileged():
    # Root can read every directory, so the effective user is changed.
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_random_seed_repeats_no_value_when_data_is_reopened(tmp_path):
    """With a random seed, a reopened data directory does not repeat links or tokens."""
    links, tokens = [], []
    for name in ("/a", "/b"):
        with Fakebox("inprocess", data=tmp_path, random_seed=7) as box:
            box.client().put_file(name, b"x")
            links.append(box.client().share(name)["url"])
            tokens.append(box.add_token().token)
    assert len({urlsplit(link).path for link in links}) == 2
    assert len(set(tokens)) == 2


def test_upload_above_the_quota_is_rejected(box):
    """An upload above the quota of `set_quota` gets 503, and the account shows the quota."""
    box.set_quota(10)
    with pytest.raises(ErrorResponse) as raised:
        box.client().put_file("/a.txt", b"x" * 11)
    assert raised.value.status == 503
    assert box.client().account_info()["quota_info"]["quota"] == 10


def test_quota_status_setting_changes_the_status(quick):
    """The `quota_status` setting 507 is the status of the service since 2015."""
    quick.configure(quota_status=507)
    quick.set_quota(1)
    with pytest.raises(ErrorResponse) as raised:
        quick.client().put_file("/a.txt", b"xx")
    assert raised.value.status == 507


def test_read_only_setting_rejects_changes(quick):
    """With `read_only`, a delete is rejected and files can still be read."""
    quick.write("/a.txt", "a")
    quick.configure(read_only=True)
    with pytest.raises(ErrorResponse):
        quick.client().file_delete("/a.txt")
    assert quick.client().get_file("/a.txt").read() == b"a"


def test_delta_page_size_setting_limits_a_page(quick):
    """The `delta_page_size` setting limits the number of entries of a delta page."""
    quick.configure(delta_page_size=2)
    for number in range(5):
        quick.write(f"/{number}.txt", "")
    sizes = [len(page["entries"]) for page in quick.client().iter_delta()]
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reed_only": True}, "unknown setting 'reed_only'; accepted: auth, code_lifetime_s"),
        ({"read_only": 1}, "read_only must be of type bool, not int"),
        ({"quota_status": 500}, "quota_status must be one of 503, 507, not 500"),
        ({"delta_page_size": 0}, "delta_page_size must be at least 1, not 0"),
        ({"longpoll_backoff_s": -1}, "longpoll_backoff_s must be at least 0, not -1"),
    ],
)
def test_configure_raises_for_an_invalid_setting(quick, changes, message):
    """An invalid setting raises an error that says what is accepted."""
    with pytest.raises(InvalidSetting, match=message):
        quick.configure(**changes)


def test_clock_controls_timestamps_and_expiry(quick):
    """Modification times and the expiry of links depend on the emulator's clock."""
    client = quick.client()
    quick.clock.freeze()
    quick.clock.set(1_350_000_000)
    quick.write("/a.txt", "a")
    assert client.metadata("/a.txt")["modified"] == "Fri, 12 Oct 2012 00:00:00 +0000"
    link = client.media("/a.txt")["url"]
    get = quick.session().rest_client.GET
    assert get(link, raw_response=True).read() == b"a"
    quick.clock.advance(5 * 60 * 60)
    with pytest.raises(ErrorResponse) as raised:
        get(link, raw_response=True)
    assert raised.value.status == 410


def test_shared_server_serves_emulators_one_after_another():
    """Two emulators that use a shared server in turn have separate files and the same URL."""
    with FakeboxServer() as server:
        with Fakebox(server) as first:
            first.client().put_file("/a.txt", b"")
        with Fakebox(server) as second:
            assert second.client().metadata("/")["contents"] == []
            assert second.url == server.url


def test_shared_server_rejects_a_second_emulator():
    """A second emulator on a shared server raises, as their requests cannot be distinguished."""
    with FakeboxServer() as server, Fakebox(server), pytest.raises(RuntimeError, match="another"):
        Fakebox(server).start()


def test_urls_in_responses_have_the_host_of_the_request():
    """A URL in a response has the `Host` header of the request, not the server address."""
    with Fakebox() as box:
        box.write("/a.txt", "a")
        response = urllib3.request(
            "GET",
            f"{box.url}/1/shares/dropbox/a.txt?short_url=false",
            headers={"Host": "dropbox.test:99", "Authorization": "Bearer fakebox-bearer-token"},
        )
        assert response.json()["url"].startswith("http://dropbox.test:99/s/")


def test_repr_shows_no_secret():
    """The repr of an emulator and of its requests contains no secret."""
    with Fakebox("inprocess") as box:
        box.client().account_info()
        text = f"{box!r} {box.requests!r} {box.requests} {box.requests[0].headers}"
        assert "secret" not in text


def test_client_ignores_proxies_of_the_environment(monkeypatch):
    """A client of the emulator connects directly, although `http_proxy` is set."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with Fakebox() as box:
        assert box.client().account_info()["uid"] == 1


def test_client_works_in_forked_processes():
    """Two forked processes that share a client receive their own responses."""
    # Without coverage: if a thread holds its lock during the fork, the child waits forever.
    without_coverage = {name: text for name, text in os.environ.items() if name[:9] != "COVERAGE_"}
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=60, env=without_coverage)


def test_control_plane_works_without_a_socket(quick):
    """The control plane is part of the application, not of the server."""
    quick.write("/a.txt", b"hello")
    assert quick.session().rest_client.POST(f"{quick.url}/_fakebox/reset") == {}
    assert quick.tree() == []
