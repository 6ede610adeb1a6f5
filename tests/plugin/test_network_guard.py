"""Tests of the network guard, which stops tests from connecting to the real Dropbox."""

from __future__ import annotations

import socket

import pytest

from fakebox.dropbox_hosts import is_dropbox_host
from fakebox.network_guard import Guard

pytest_plugins = ["pytester"]

CONNECT = """
import socket
import pytest

def test_reach(fakebox):
    socket.create_connection(("{host}", 443), timeout=0.01)
"""


@pytest.fixture
def offline(monkeypatch):
    """Makes name resolution fail for the real hosts, so that allowed connections fail as well."""
    original = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **options):
        if is_dropbox_host(host):
            raise OSError("no network here")
        return original(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


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
def test_guard_recognizes_dropbox_hosts(host):
    """The guard recognizes subdomains, upper case, a final dot and bytes."""
    assert is_dropbox_host(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "dropbox.com.example", "notdropbox.com", ""])
def test_guard_ignores_other_hosts(host):
    """The guard ignores other hosts, including names that look similar."""
    assert not is_dropbox_host(host)


def test_connection_to_the_real_service_fails_a_test(run, offline):
    """The error has the host, the line of the test, and the option that allows the connection."""
    result = run(CONNECT.format(host="api.dropbox.com"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*connects to api.dropbox.com*, in test_*.py:5;*allow_dropbox*--allow-dropbox*"]
    )


def test_guard_error_has_the_line_of_the_tested_app(run, offline, pytester):
    """The error has the app's line, not a library's, and works in another thread as well."""
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
    result.stdout.fnmatch_lines(["*connects to api.dropbox.com*, in app.py:4;*"])


def test_connection_fails_a_test_even_if_the_exception_is_caught(run, offline):
    """A test that catches the exception of the guard ends with an error."""
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


def test_connection_to_another_host_is_allowed(run):
    """A test can connect to a local server."""
    result = run(
        """
        import socket

        def test_local(fakebox):
            with socket.create_server(("127.0.0.1", 0)) as listener:
                socket.create_connection(listener.getsockname()).close()
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("source_of_setting", ["option", "marker", "ini"])
def test_connection_to_the_real_service_can_be_allowed(run, offline, pytester, source_of_setting):
    """An option, a marker or an ini setting lets a connection attempt reach the network."""
    source = CONNECT.format(host="api.dropbox.com")
    if source_of_setting == "marker":
        source = source.replace("def test", "@pytest.mark.allow_dropbox\ndef test")
    if source_of_setting == "ini":
        pytester.makeini("[pytest]\nfakebox_guard = false\n")
    result = run(source, *(["--allow-dropbox"] if source_of_setting == "option" else []))
    result.stdout.fnmatch_lines(["*OSError: no network here"])


def test_guard_restores_the_socket_functions(run):
    """After a test, `getaddrinfo` and `connect` are the original functions."""
    before = (socket.getaddrinfo, socket.socket.connect)
    run("def test_nothing(fakebox): pass")
    assert (socket.getaddrinfo, socket.socket.connect) == before


def test_guard_keeps_a_later_patch(monkeypatch):
    """The guard does not undo a patch of the same function that was made after its start."""

    def later_patch(*arguments):
        return []

    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    with Guard(lambda host: None):
        socket.getaddrinfo = later_patch
    assert socket.getaddrinfo is later_patch
