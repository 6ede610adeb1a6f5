"""Interception by the fixture `fakebox`, and its settings."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

pytest_plugins = ["pytester"]

ACCOUNT = """
import urllib3

URL = "https://api.dropboxapi.com/2/users/get_current_account"
BEARER = {"Authorization": "Bearer fakebox-bearer-token"}

def account():
    return urllib3.request("POST", URL, headers=BEARER, retries=False).status
"""


def source(test):
    """Return a test file that sends requests with an unchanged client."""
    return ACCOUNT + textwrap.dedent(test)


def test_fixture_intercepts_requests(run):
    """A test with the fixture needs no URL of the emulator."""
    result = run(
        source(
            """
            def test_app(fakebox):
                assert account() == 200
                assert len(fakebox.requests) == 1
            """
        )
    )
    result.assert_outcomes(passed=1)


def test_interception_ends_with_the_test(run):
    """After the test the methods of the libraries are what they were."""
    result = run(
        source(
            """
            def test_first(fakebox):
                assert hasattr(urllib3.HTTPConnectionPool.urlopen, "__wrapped__")

            def test_second():
                assert not hasattr(urllib3.HTTPConnectionPool.urlopen, "__wrapped__")
            """
        )
    )
    result.assert_outcomes(passed=2)


def test_author_turns_interception_off(run, pytester):
    """With the setting, requests to the real hosts are rejected by the guard."""
    pytester.makeini("[pytest]\nfakebox_intercept = false\n")
    result = run(source("def test_app(fakebox): account()"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*this test connects to api.dropboxapi.com*"])


@pytest.mark.parametrize("transport", ["http", "inprocess"])
def test_fixture_works_without_sockets(pytester, transport):
    """Under `pytest --disable-socket` the fixture works, and so do clients of the real hosts."""
    pytest.importorskip("pytest_socket")
    pytester.makepyfile(
        source(
            """
            import pytest
            import socket

            def test_app(fakebox):
                assert account() == 200
                fakebox.write("/a", b"x")
                with pytest.raises(Exception, match="socket"):
                    socket.socket()
            """
        )
    )
    options = ("--disable-socket", f"--fakebox-transport={transport}")
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)


def test_socket_is_opened_by_the_url(run):
    """The server listens as soon as a test uses its URL, and serves the same world."""
    result = run(
        source(
            """
            import threading

            # Servers of other tests may run in the same process.
            OTHERS = set(threading.enumerate())

            def test_before(fakebox):
                assert account() == 200
                started = set(threading.enumerate()) - OTHERS
                assert not [t for t in started if t.name == "fakebox watch"]

            def test_url(fakebox):
                url = fakebox.env()["DROPBOX_ENDPOINT_URL"]
                assert urllib3.request("POST", f"{url}/2/none").status == 400
                assert account() == 200
                assert len(fakebox.requests) == 2
            """
        )
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("kind", ["function", "unittest"])
def test_autouse_gives_every_test_an_emulator(run, pytester, kind):
    """With the setting, tests that do not name the fixture are intercepted."""
    pytester.makeini("[pytest]\nfakebox_autouse = true\n")
    function = "def test_app(): assert account() == 200"
    case = """
    import unittest

    class AppTest(unittest.TestCase):
        def test_app(self):
            assert account() == 200
    """
    result = run(source(function if kind == "function" else case))
    result.assert_outcomes(passed=1)


def test_guard_of_all_tests_rejects_without_the_fixture(run, pytester):
    """With `fakebox_guard = all` no test may reach the real service."""
    pytester.makeini("[pytest]\nfakebox_guard = all\n")
    result = run(
        source(
            """
            import pytest

            def test_app():
                account()

            def test_with_fixture(fakebox):
                assert account() == 200

            @pytest.mark.allow_dropbox
            def test_allowed(monkeypatch):
                import socket

                def fail(*arguments, **options):
                    raise OSError("no network")

                monkeypatch.setattr(socket, "getaddrinfo", fail)
                with pytest.raises(urllib3.exceptions.HTTPError):
                    account()
            """
        )
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*this test connects to api.dropboxapi.com*"])


@pytest.mark.parametrize("value", ["maybe", "2"])
def test_wrong_guard_is_rejected_in_one_line(run, pytester, value):
    """A wrong value of the setting is an error with the accepted values."""
    pytester.makeini(f"[pytest]\nfakebox_guard = {value}\n")
    result = run("def test_nothing(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    expected = f"*fakebox_guard must be true, all or false, not '{value}'*"
    result.stderr.fnmatch_lines([expected])


def test_plugin_starts_without_flask(pytester):
    """Pytest starts without importing Flask, urllib3, or any client library."""
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            loaded = {"flask", "urllib3", "requests", "httpx", "aiohttp", "dropbox"}
            assert not loaded & set(sys.modules)
        """
    )
    # Plugins of other packages may import what they like.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "fakebox.pytest_plugin"]
    result = subprocess.run(command, cwd=pytester.path, env=environment, check=False)
    assert result.returncode == 0


def test_asynchronous_tests_of_pytest_asyncio_are_intercepted(pytester):
    """A coroutine function that pytest-asyncio runs reaches the emulator of its fixture."""
    pytest.importorskip("pytest_asyncio")
    pytest.importorskip("httpx")
    pytester.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    pytester.makepyfile(
        """
        import httpx
        import pytest
        from fakebox import mock_dropbox

        URL = "https://api.dropboxapi.com/2/none"

        async def post():
            async with httpx.AsyncClient() as client:
                return (await client.post(URL)).status_code

        async def test_fixture(fakebox):
            assert await post() == 400
            assert len(fakebox.requests) == 1

        @mock_dropbox
        async def test_decorated(fakebox):
            assert await post() == 400
            assert len(fakebox.requests) == 1

        @pytest.fixture
        async def posted(fakebox):
            yield await post()
            await post()

        async def test_async_fixture(posted, fakebox):
            assert (posted, len(fakebox.requests)) == (400, 1)
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=3)
