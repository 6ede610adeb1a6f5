"""The fixtures, as somebody else's tests use them."""

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


def test_author_starts_every_test_with_nothing(run):
    """What one test stored is not there for the next, on the same server."""
    result = run(
        """
        import pytest

        urls = set()

        @pytest.mark.parametrize("turn", range(3))
        def test_fresh(fakebox, dropbox_client, turn):
            urls.add(fakebox.url)
            assert fakebox.tree() == [] and len(urls) == 1
            dropbox_client.put_file("/a.txt", b"hello")
        """
    )
    result.assert_outcomes(passed=3)


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


def test_author_learns_of_a_wrong_setting_in_one_line(run, pytester):
    """Rather than in a traceback of every test."""
    pytester.makeini("[pytest]\nfakebox_transport = pigeon\n")
    result = run("def test_nothing(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*fakebox_transport must be 'http' or 'inprocess', not 'pigeon'*"])


def test_author_runs_tests_in_parallel(run):
    """Every worker has a server of its own, on a free port."""
    pytest.importorskip("xdist")
    result = run(
        """
        import pytest

        @pytest.mark.parametrize("turn", range(6))
        def test_alone(fakebox, dropbox_client, turn):
            dropbox_client.put_file("/same.txt", b"%d" % turn)
            assert fakebox.read("/same.txt") == b"%d" % turn
            assert len(fakebox.requests) == 1
        """,
        "-n2",
    )
    result.assert_outcomes(passed=6)


def test_author_of_unittest_cases_uses_it_too(run):
    """As a fixture that the class asks for."""
    result = run(
        """
        import unittest
        import pytest

        class UploadTest(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def dropbox(self, fakebox):
                self.box = fakebox

            def test_upload(self):
                self.box.client().put_file("/a.txt", b"hello")
                self.assertEqual(self.box.tree(), ["/a.txt"])
        """
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


def test_author_sees_nothing_of_it_when_tests_pass(run):
    """Silence is the report of success."""
    result = run("def test_right(dropbox_client): dropbox_client.account_info()")
    assert "fakebox requests" not in result.stdout.str()


def test_failed_assertion_shows_the_line_of_the_test(run):
    """And none of fakebox's own."""
    result = run(
        """
        def test_asked(fakebox):
            fakebox.requests.assert_made("delta")

        def test_went_wrong(fakebox):
            fakebox.faults.add(status=500)
            fakebox.faults.assert_consumed()
        """
    )
    result.assert_outcomes(failed=2)
    shown = result.stdout.str()
    assert '>       fakebox.requests.assert_made("delta")' in shown
    assert ">       fakebox.faults.assert_consumed()" in shown
    assert "middleware" not in shown


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
