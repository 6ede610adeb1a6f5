"""The guard between a test and the real Dropbox."""

from __future__ import annotations

import socket

import pytest

from fakebox.dropbox_hosts import is_dropbox_host
from fakebox.network_guard import Guard

pytest_plugins = ["pytester"]

REACH = """
import socket
import pytest

def test_reach(fakebox):
    socket.create_connection(("{host}", 443), timeout=0.01)
"""


@pytest.fixture
def offline(monkeypatch):
    """A network that doesn't know the real hosts, so that what is allowed goes nowhere either."""
    look_up = socket.getaddrinfo

    def look_up_others(host, *arguments, **options):
        if is_dropbox_host(host):
            raise OSError("no network here")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_others)


@pytest.mark.parametrize(
    "host",
    [
        "api.dropbox.com",
        "API-CONTENT.dropbox.com.",
        "content.dropboxapi.com",
        "db.tt",
        b"dropbox.com",
    ],
)
def test_guard_knows_the_real_hosts(host):
    """In any spelling that leads there."""
    assert is_dropbox_host(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "dropbox.com.example", "notdropbox.com", ""])
def test_guard_lets_other_hosts_be(host):
    """Whatever their names look like."""
    assert not is_dropbox_host(host)


def test_test_fails_when_it_reaches_for_the_real_service(run, offline):
    """With a line that says where it does, and how to allow it."""
    result = run(REACH.format(host="api.dropbox.com"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*reaches for api.dropbox.com*, in test_*.py:5;*allow_dropbox*--allow-dropbox*"]
    )


def test_test_that_reaches_by_its_app_is_told_of_the_apps_line(run, offline, pytester):
    """In whatever thread that runs; libraries' lines are none of the author's."""
    pytester.makepyfile(
        app="import urllib3\n\ndef sync():\n    urllib3.request('GET', 'https://api.dropbox.com')\n"
    )
    result = run(
        """
        import threading
        import app

        def test_sync(fakebox):
            def sync():
                try:
                    app.sync()
                except BaseException:
                    pass

            thread = threading.Thread(target=sync)
            thread.start()
            thread.join()
        """,
        "-o",
        "fakebox_intercept=false",
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*reaches for api.dropbox.com*, in app.py:4;*"])


def test_test_fails_when_its_app_swallows_the_refusal(run, offline):
    """Code that catches everything doesn't hide that it would have been the real service."""
    result = run(
        """
        import socket

        def test_swallow(fakebox):
            try:
                socket.create_connection(("www.dropbox.com", 443))
            except BaseException:
                pass
        """
    )
    result.assert_outcomes(passed=1, errors=1)


def test_test_may_reach_other_hosts(run):
    """Its own server, for one."""
    result = run(
        """
        import socket

        def test_local(fakebox):
            with socket.create_server(("127.0.0.1", 0)) as listener:
                socket.create_connection(listener.getsockname()).close()
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("way", ["option", "marker", "ini"])
def test_author_may_allow_it(run, offline, pytester, way):
    """For a run, for a test, or for the project; then it is the network that has the last word."""
    source = REACH.format(host="api.dropbox.com")
    if way == "marker":
        source = source.replace("def test", "@pytest.mark.allow_dropbox\ndef test")
    if way == "ini":
        pytester.makeini("[pytest]\nfakebox_guard = false\n")
    result = run(source, *(["--allow-dropbox"] if way == "option" else []))
    result.stdout.fnmatch_lines(["*OSError: no network here"])


def test_guard_is_gone_with_the_test(run):
    """What it put in the way is taken away again."""
    before = (socket.getaddrinfo, socket.socket.connect)
    run("def test_nothing(fakebox): pass")
    assert (socket.getaddrinfo, socket.socket.connect) == before


def test_guard_leaves_in_place_what_came_after_it(monkeypatch):
    """Another tool that patches the same function meanwhile isn't undone."""

    def newer(*arguments):
        return []

    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    with Guard(lambda host: None):
        socket.getaddrinfo = newer
    assert socket.getaddrinfo is newer
