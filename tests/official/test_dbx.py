"""The fixture `dbx`, a client of the official SDK, run as tests of another project."""

from __future__ import annotations

import pytest

# Imported here, because pytester unloads the modules that an inner run has imported.
import fakebox.testing  # noqa: F401
from tests.docs.fixtures import OFFICIAL, fixture_examples

pytest_plugins = ["pytester"]

UPLOAD = """
import dropbox

def test_upload(fakebox, dbx):
    assert isinstance(dbx, dropbox.Dropbox)
    assert dbx.files_upload(b"hello", "/a.txt").size == 5
    assert fakebox.read("/a.txt") == b"hello"
    fakebox.requests.assert_made("files/upload", path="/a.txt", times=1)
"""


@pytest.mark.parametrize("setting", ["fakebox_intercept = false", "fakebox_transport = inprocess"])
def test_dbx_fixture_is_linked(pytester, setting):
    """The client sends requests to the emulator of the test, whatever the settings."""
    pytester.makepyfile(UPLOAD)
    pytester.makeini(f"[pytest]\n{setting}\n")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_dbx_fixture_works_without_sockets(pytester):
    """A project with no option but `--disable-socket` can use the client and its own clients."""
    pytester.makepyfile(
        UPLOAD
        + """
import pytest
import pytest_socket
import requests

def test_own_client(fakebox):
    dropbox.Dropbox("fakebox-bearer-token").files_upload(b"hello", "/a.txt")
    assert fakebox.tree() == ["/a.txt"]

def test_real_host(fakebox):
    with pytest.raises(pytest_socket.SocketBlockedError):
        requests.get("https://www.example.com/")
"""
    )
    result = pytester.runpytest_subprocess("--disable-socket")
    result.assert_outcomes(passed=3)


def test_dbx_fixture_is_new_for_each_test(pytester):
    """A test does not see the files of the previous one."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("turn", range(2))
        def test_fresh(dbx, turn):
            assert dbx.files_list_folder("").entries == []
            dbx.files_upload(b"hello", "/a.txt")
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


@pytest.mark.parametrize("name", sorted(OFFICIAL))
def test_example_of_the_fixture_runs(pytester, name):
    """The example in the docstring of the fixture is a test, and it passes."""
    pytester.makepyfile(fixture_examples()[name])
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
