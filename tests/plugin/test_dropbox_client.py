"""The fixture `dropbox_client`, a client of the SDK, as somebody else's tests use it."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def test_author_gets_a_linked_client(run):
    """One name in a test's arguments is all that it takes."""
    result = run(
        """
        def test_upload(dropbox_client):
            assert dropbox_client.put_file("/a.txt", b"hello")["bytes"] == 5
        """
    )
    result.assert_outcomes(passed=1)


def test_author_points_a_program_at_it_by_the_environment(run):
    """An app that makes its own client needs no change."""
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


@pytest.mark.parametrize("way", ["option", "ini"])
def test_author_leaves_the_socket_out(run, pytester, way):
    """By an option for a run, or by a setting for the project."""
    if way == "ini":
        pytester.makeini("[pytest]\nfakebox_transport = inprocess\n")
    result = run(
        """
        def test_no_socket(fakebox, dropbox_client):
            assert fakebox.url == "http://fakebox.localhost"
            dropbox_client.put_file("/a.txt", b"hello")
            assert fakebox.read("/a.txt") == b"hello"
        """,
        *(["--fakebox-transport=inprocess"] if way == "option" else []),
    )
    result.assert_outcomes(passed=1)


def test_author_sees_what_was_requested_when_a_test_fails(run):
    """In the report, with no secret in it."""
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


def test_fixture_that_a_test_stops_is_a_service_that_is_down(run):
    """The next test has its own again."""
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


def test_author_reads_one_line_when_the_sdk_has_another_version(run, monkeypatch):
    """The test fails without a traceback; one that needs no client passes."""
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
