"""Tests of the fixture `dropbox_client`, a client of the SDK, run as tests of another project."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def test_dropbox_client_fixture_is_linked(run):
    """The `dropbox_client` fixture is a client that can upload a file."""
    result = run(
        """
        def test_upload(dropbox_client):
            assert dropbox_client.put_file("/a.txt", b"hello")["bytes"] == 5
        """
    )
    result.assert_outcomes(passed=1)


def test_fakebox_fixture_configures_an_app_by_environment(run):
    """With `fakebox.env()` set, an app that creates its own client uses the emulator."""
    result = run(
        """
        from dropbox.client import DropboxClient
        from dropbox.session import DropboxSession

        def test_app(fakebox, monkeypatch):
            for name, value in fakebox.env().items():
                monkeypatch.setenv(name, value)
            session = DropboxSession("fakebox-app-key", "fakebox-app-secret", "dropbox")
            session.set_token("fakebox-token", "fakebox-token-secret")
            assert DropboxClient(session).account_info()["uid"] == 1
        """
    )
    result.assert_outcomes(passed=1)


def test_fixture_fails_with_one_line_when_the_sdk_cannot_be_imported(run):
    """The report of the test is one line, without the exceptions that led to it."""
    result = run(
        """
        import sys

        import pytest

        @pytest.fixture(autouse=True)
        def no_sdk(monkeypatch):
            monkeypatch.setitem(sys.modules, "dropbox.client", None)

        def test_client(dropbox_client):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    lines = result.outlines
    (title,) = (line for line in lines if "ERROR at setup of test_client" in line)
    assert lines[lines.index(title) + 1].startswith(
        "the fixture dropbox_client needs fakebox-sdk: "
    )
    assert lines[lines.index(title) + 2].startswith("====")


@pytest.mark.parametrize("source_of_setting", ["option", "ini"])
def test_client_works_without_a_socket(run, pytester, source_of_setting):
    """The client of an emulator that runs in process sends its requests without a socket."""
    if source_of_setting == "ini":
        pytester.makeini("[pytest]\nfakebox_transport = inprocess\n")
    result = run(
        """
        def test_no_socket(fakebox, dropbox_client):
            assert fakebox.url == "http://fakebox.localhost"
            dropbox_client.put_file("/a.txt", b"hello")
            assert fakebox.read("/a.txt") == b"hello"
        """,
        *(["--fakebox-transport=inprocess"] if source_of_setting == "option" else []),
    )
    result.assert_outcomes(passed=1)


def test_report_of_a_failed_test_lists_the_requests_of_the_client(run):
    """The report lists the requests of the client, without secrets."""
    result = run(
        """
        def test_wrong(dropbox_client):
            dropbox_client.put_file("/a.txt", b"hello")
            assert dropbox_client.metadata("/")["contents"] == []
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*fakebox requests*", "*PUT files_put /a.txt*-> 200", "*GET metadata /*-> 200"]
    )
    assert "fakebox-app-secret" not in result.stdout.str()


def test_client_of_a_stopped_emulator_raises_a_socket_error(run):
    """After `stop`, requests of the client fail, and the client of the next test works."""
    result = run(
        """
        import pytest
        from dropbox.rest import RESTSocketError

        def test_down(fakebox, dropbox_client):
            fakebox.stop()
            with pytest.raises(RESTSocketError):
                dropbox_client.account_info()

        def test_up(dropbox_client):
            dropbox_client.account_info()
        """
    )
    result.assert_outcomes(passed=2)


def test_dropbox_client_fixture_fails_with_one_line_when_the_sdk_has_another_version(
    run, monkeypatch
):
    """The error has no traceback, and a test without the client passes."""
    monkeypatch.setattr("dropbox.rest.SDK_VERSION", "0.0.9")
    result = run(
        """
        def test_with_a_client(dropbox_client):
            pass

        def test_without(fakebox):
            pass
        """
    )
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["*the fixture dropbox_client needs fakebox-sdk: *0.0.9 is inst*"])
    assert "Traceback" not in result.stdout.str()


def test_client_of_the_fixture_needs_no_socket_before_the_url_is_used(run):
    """Clients send requests in memory, and by a socket if the URL was used before."""
    result = run(
        """
        def test_client(fakebox):
            client = fakebox.client()
            assert client.session.API_HOST == "http://fakebox.localhost"
            client.account_info()
            assert fakebox.url.startswith("http://127.0.0.1:")
            fakebox.client().account_info()
            client.account_info()
            assert len(fakebox.requests) == 3
        """
    )
    result.assert_outcomes(passed=1)
