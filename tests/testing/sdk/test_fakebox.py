"""The double as a test's author meets it: to start, to link, to fill, to look into."""

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


def test_author_gets_a_linked_client(box):
    """One line, and the ready-made user's files are there to work with."""
    client = box.client()
    client.put_file("/hello.txt", b"hello")
    assert client.get_file("/hello.txt").read() == b"hello"
    assert client.account_info()["email"] == "user@fakebox.example"


def test_author_points_a_program_at_it_by_the_environment(monkeypatch):
    """The documented constructors need no argument of their own."""
    with Fakebox() as box:
        for name, value in box.env().items():
            monkeypatch.setenv(name, value)
        session = DropboxSession("fakebox-app-key", "fakebox-app-secret", "dropbox")
        session.set_token("fakebox-token", "fakebox-token-secret")
        assert DropboxClient(session).account_info()["uid"] == 1
        assert box.endpoint == box.url == box.env()["DROPBOX_ENDPOINT_URL"]


def test_inprocess_double_has_no_environment_to_give(quick):
    """Nobody else could reach it, and the error says so."""
    with pytest.raises(RuntimeError, match="in-process"):
        quick.env()


def test_author_mistypes_the_transport():
    """At once, and with what there is."""
    with pytest.raises(ValueError, match="'http' or 'inprocess', not 'htpp'"):
        Fakebox("htpp")


@pytest.fixture(params=["http", "inprocess", "shared"])
def stopped(request):
    """A double that was stopped, by each of its transports, and a client from before."""
    with FakeboxServer() as server:
        box = Fakebox(server if request.param == "shared" else request.param).start()
        client = box.client()
        client.account_info()
        box.stop()
        yield box, client


def test_client_finds_nobody_when_its_double_is_stopped(stopped):
    """As of a service that is down."""
    with pytest.raises(RESTSocketError):
        stopped[1].put_file("/a", b"x")


def test_stopped_double_says_so_to_its_author(stopped):
    """Whatever is asked of it; what was requested can still be read."""
    box, _ = stopped
    for use in (box.tree, box.client, box.reset, box.start, box.snapshot):
        with pytest.raises(RuntimeError, match=r"this Fakebox is stopped .*make another"):
            use()
    assert box.requests[-1].endpoint == "account/info"
    box.stop()


@pytest.mark.parametrize("call", ["/1/account/info", "/2/users/get_current_account"])
def test_request_under_way_when_a_double_stops_leaves_nothing_in_the_log(call, caplog, monkeypatch):
    """Its client is gone and its files are, so it fails; that is nobody's fault."""
    under_way, stopped = threading.Event(), threading.Event()

    def slow(account_id):
        under_way.set()
        stopped.wait(10)
        return find(account_id)

    before = set(threading.enumerate())
    with Fakebox() as box:
        find = box.world.accounts.get
        monkeypatch.setattr(box.world.accounts, "get", slow)
        with socket.create_connection(("127.0.0.1", urlsplit(box.url).port)) as client:
            client.sendall(
                f"POST {call} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                f"Authorization: Bearer {defaults.BEARER_TOKEN}\r\n\r\n".encode()
            )
            assert under_way.wait(10)
            workers = set(threading.enumerate()) - before
            box.stop()
    stopped.set()
    for worker in workers:
        worker.join(20)
    assert caplog.messages == []


def test_author_starts_a_double_twice():
    """The first server would be lost."""
    with Fakebox() as box:
        with pytest.raises(RuntimeError, match="this Fakebox is started already"):
            box.start()
        box.client().account_info()


def test_author_forgets_to_start_a_double():
    """It may be filled, but it is nowhere yet."""
    box = Fakebox()
    box.write("/a", b"x")
    for use in (lambda: box.url, box.client, box.env):
        with pytest.raises(RuntimeError, match="start this Fakebox first"):
            use()
    box.stop()


def test_namespace_of_one_double_is_gone_with_it():
    """On a shared server, the next one's begins with nothing."""
    with FakeboxServer() as server:
        payload = []
        for _ in range(2):
            with Fakebox(server) as box:
                client = box.client()
                client.session.set_token("mine~fakebox-token", "fakebox-token-secret")
                payload.append(client.put_file("/a", b"x")["path"])
        assert payload == ["/a", "/a"]


def test_double_that_never_started_takes_nothing_from_who_shares_its_server():
    """It has nothing to give back."""
    with FakeboxServer() as server, Fakebox(server) as box:
        Fakebox(server).stop()
        box.client().account_info()


def test_double_lets_go_of_its_port_when_it_stops():
    """Another one may have it at once."""
    with Fakebox() as box:
        port = int(box.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_author_chooses_the_port():
    """For a program that can only be told once."""
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
def test_author_links_any_account_by_either_access_type(box, account, access_type, root):
    """With a ready-made token, or one that is made for it."""
    client = box.client(account, access_type)
    client.put_file("/mine.txt", b"")
    assert client.metadata("/mine.txt")["root"] == root
    assert client.account_info()["email"] == account


def test_author_makes_an_account_an_app_and_a_token_in_one_call_each(quick):
    """And they work together."""
    account = quick.add_account("ann@fakebox.example", given_name="Ann", quota_bytes=1000)
    app = quick.add_app("Notebook", "app_folder")
    client = quick.client(account.email, "app_folder", app=app)
    client.put_file("/note.txt", b"milk")
    assert quick.tree(account.email) == ["/Apps/", "/Apps/Notebook/", "/Apps/Notebook/note.txt"]


def test_author_makes_a_bearer_token(box):
    """An OAuth 2 client is a client of the same Dropbox."""
    token = box.add_token(bearer=True)
    headers = {"Authorization": f"Bearer {token.token}"}
    session = box.session()
    url = session.build_url(session.API_HOST, "/account/info")
    assert session.rest_client.GET(url, headers)["uid"] == 1


def test_author_allows_a_request_token_without_a_browser(box):
    """The whole OAuth 1.0 dance, with nobody at a page."""
    session = box.session(linked=False)
    request_token = session.obtain_request_token()
    box.allow(request_token.key, "other@fakebox.example")
    session.obtain_access_token(request_token)
    assert DropboxClient(session, session.rest_client).account_info()["uid"] == 2


def test_author_names_an_account_that_is_not_there(quick):
    """The error says what would make it."""
    with pytest.raises(LookupError, match=r"nobody@example\.com.*add_account"):
        quick.read("/a.txt", account="nobody@example.com")


def test_author_writes_and_reads_past_the_api(quick):
    """What a test puts there, a client finds; missing folders are made."""
    quick.write("/deep/er/a.txt", "text")
    assert quick.client().metadata("/deep/er/a.txt")["bytes"] == 4
    assert quick.read("/deep/er/a.txt") == b"text"
    assert len(quick.requests) == 1


def test_author_reads_what_is_not_there(quick):
    """As an exception, not as nothing."""
    with pytest.raises(NotFound):
        quick.read("/a.txt")


def test_author_fills_it_from_a_directory_and_compares(quick, tmp_path):
    """What came in unchanged makes no difference; what changed is named."""
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


def test_author_seeds_without_what_is_never_stored(quick, tmp_path):
    """As the desktop client left it behind."""
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    quick.seed(tmp_path)
    assert quick.tree() == ["/a"]
    assert not quick.diff(tmp_path)


def test_author_seeds_from_what_is_no_directory(quick, tmp_path):
    """One line that names it."""
    with pytest.raises(DirectoryError, match="nowhere is not a directory"):
        quick.seed(tmp_path / "nowhere")


def test_author_goes_back_to_a_snapshot(box):
    """As often as wanted; later files are gone, and deleted ones are back."""
    box.write("/kept.txt", "kept")
    taken = box.snapshot()
    for _ in range(2):
        box.client().file_delete("/kept.txt")
        box.write("/later.txt", "later")
        box.restore(taken)
        assert box.tree() == ["/kept.txt"]
        assert box.read("/kept.txt") == b"kept"


def test_author_keeps_a_snapshot_in_a_file(quick, tmp_path):
    """Another double holds what the first one held."""
    quick.write("/big.bin", b"x" * 300_000)
    quick.snapshot().save(tmp_path / "world.zip")
    with Fakebox("inprocess") as other:
        other.restore(tmp_path / "world.zip")
        assert other.read("/big.bin") == b"x" * 300_000


def test_author_restores_what_is_no_snapshot(quick, tmp_path):
    """It says so, and everything stays as it was."""
    quick.write("/a.txt", "a")
    (tmp_path / "no.zip").write_text("nonsense")
    with pytest.raises(DataDirectoryError, match="snapshot"):
        quick.restore(tmp_path / "no.zip")
    assert quick.tree() == ["/a.txt"]


def test_author_resets_it(box):
    """Files, faults, limits, settings, clock and requests are as new."""
    box.write("/a.txt", "a")
    box.faults.add(status=500, times=None)
    box.limit_rate(1, 60)
    box.configure(read_only=True)
    box.clock.advance(1000)
    box.reset()
    box.client().put_file("/b.txt", b"")
    assert box.tree() == ["/b.txt"]
    assert len(box.requests) == 1


def test_author_keeps_a_double_in_a_directory(tmp_path):
    """A second one goes on where the first one stopped."""
    with Fakebox("inprocess", data=tmp_path) as box:
        box.client().put_file("/a.txt", b"kept")
    with Fakebox("inprocess", data=tmp_path) as box:
        assert box.read("/a.txt") == b"kept"


def test_author_repeats_every_token(tmp_path):
    """With a seed the second run draws what the first one drew."""
    drawn = set()
    for _ in range(2):
        with Fakebox("inprocess", random_seed=7) as box:
            drawn.add(box.add_token().token)
    assert len(drawn) == 1


def test_folder_that_may_not_be_read_is_no_empty_one(quick):
    """An account without files would be a surprise."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0)
    try:
        with _as_somebody(), pytest.raises(DirectoryError, match="is not a directory that can be"):
            quick.seed(directory)
    finally:
        directory.rmdir()


@contextlib.contextmanager
def _as_somebody():
    # Root may read everything.
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_seeded_dropbox_draws_nothing_twice_when_it_is_opened_again(tmp_path):
    """An old link would lead to another file."""
    links, tokens = [], []
    for name in ("/a", "/b"):
        with Fakebox("inprocess", data=tmp_path, random_seed=7) as box:
            box.client().put_file(name, b"x")
            links.append(box.client().share(name)["url"])
            tokens.append(box.add_token().token)
    assert len({urlsplit(link).path for link in links}) == 2
    assert len(set(tokens)) == 2


def test_author_gives_an_account_little_room(box):
    """An upload beyond it is refused as the service did."""
    box.set_quota(10)
    with pytest.raises(ErrorResponse) as refused:
        box.client().put_file("/a.txt", b"x" * 11)
    assert refused.value.status == 503
    assert box.client().account_info()["quota_info"]["quota"] == 10


def test_author_has_the_later_quota_status(quick):
    """As the service answered from 2015 on."""
    quick.configure(quota_status=507)
    quick.set_quota(1)
    with pytest.raises(ErrorResponse) as refused:
        quick.client().put_file("/a.txt", b"xx")
    assert refused.value.status == 507


def test_author_makes_it_read_only(quick):
    """Nothing changes any more, and everything may still be read."""
    quick.write("/a.txt", "a")
    quick.configure(read_only=True)
    with pytest.raises(ErrorResponse):
        quick.client().file_delete("/a.txt")
    assert quick.client().get_file("/a.txt").read() == b"a"


def test_author_makes_pages_of_changes_small(quick):
    """So that a test of paging needs no thousand files."""
    quick.configure(delta_page_size=2)
    for number in range(5):
        quick.write(f"/{number}.txt", "")
    sizes = [len(page["entries"]) for page in quick.client().iter_delta()]
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"reed_only": True}, "no setting 'reed_only'; there are auth, code_lifetime_s"),
        ({"read_only": 1}, "read_only is of type bool, not int"),
        ({"quota_status": 500}, "quota_status is one of 503, 507, not 500"),
        ({"delta_page_size": 0}, "delta_page_size is at least 1"),
        ({"longpoll_backoff_s": -1}, "longpoll_backoff_s is at least 0"),
    ],
)
def test_author_turns_a_knob_that_is_not_there(quick, changes, complaint):
    """The error names what there is."""
    with pytest.raises(InvalidSetting, match=complaint):
        quick.configure(**changes)


def test_author_moves_the_clock(quick):
    """What expires does, and what is modified says so."""
    client = quick.client()
    quick.clock.freeze()
    quick.clock.set(1_350_000_000)
    quick.write("/a.txt", "a")
    assert client.metadata("/a.txt")["modified"] == "Fri, 12 Oct 2012 00:00:00 +0000"
    link = client.media("/a.txt")["url"]
    visit = quick.session().rest_client.GET
    assert visit(link, raw_response=True).read() == b"a"
    quick.clock.advance(5 * 60 * 60)
    with pytest.raises(ErrorResponse) as expired:
        visit(link, raw_response=True)
    assert expired.value.status == 404


def test_shared_server_takes_one_double_after_the_other():
    """Each has a world of its own, at the same address."""
    with FakeboxServer() as server:
        with Fakebox(server) as first:
            first.client().put_file("/a.txt", b"")
        with Fakebox(server) as second:
            assert second.client().metadata("/")["contents"] == []
            assert second.url == server.url


def test_shared_server_takes_no_two_doubles_at_once():
    """Their requests could not be told apart."""
    with FakeboxServer() as server, Fakebox(server), pytest.raises(RuntimeError, match="another"):
        Fakebox(server).start()


def test_urls_in_answers_lead_to_the_host_that_was_asked():
    """Whatever address the server is bound to, a client behind a name gets that name back."""
    with Fakebox() as box:
        box.write("/a.txt", "a")
        answer = urllib3.request(
            "GET",
            f"{box.url}/1/shares/dropbox/a.txt?short_url=false",
            headers={"Host": "dropbox.test:99", "Authorization": "Bearer fakebox-bearer-token"},
        )
        assert answer.json()["url"].startswith("http://dropbox.test:99/s/")


def test_double_shows_no_secret():
    """Neither it nor what it holds."""
    with Fakebox("inprocess") as box:
        box.client().account_info()
        shown = f"{box!r} {box.requests!r} {box.requests} {box.requests[0].headers}"
        assert "secret" not in shown


def test_double_is_reached_past_the_proxies_of_the_environment(monkeypatch):
    """A proxy would look for it on another machine."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with Fakebox() as box:
        assert box.client().account_info()["uid"] == 1


def test_forked_processes_use_the_client_that_they_came_with():
    """Each gets its own answers."""
    # Not measured: a thread may have coverage's lock, which nobody gives back in a forked process.
    unmeasured = {name: text for name, text in os.environ.items() if name[:9] != "COVERAGE_"}
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=60, env=unmeasured)


def test_control_plane_is_reached_without_a_socket(quick):
    """It is a part of the application, not of the server."""
    quick.write("/a.txt", b"hello")
    assert quick.session().rest_client.POST(f"{quick.url}/_fakebox/reset") == {}
    assert quick.tree() == []
