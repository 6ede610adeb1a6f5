"""Tests of the pytest fixtures, run as tests of another project."""

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


def test_fakebox_fixture_is_empty_for_each_test(run):
    """A test does not see the files of the previous test, though both use the same server."""
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


@pytest.mark.parametrize("source_of_setting", ["option", "ini"])
def test_transport_can_be_set_to_inprocess(run, pytester, source_of_setting):
    """An option or an ini setting makes the emulator run in process, without a socket."""
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


def test_invalid_transport_setting_is_a_usage_error(run, pytester):
    """An invalid transport in the ini file ends the run with one line and a usage error."""
    pytester.makeini("[pytest]\nfakebox_transport = pigeon\n")
    result = run("def test_nothing(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*fakebox_transport must be 'http' or 'inprocess', not 'pigeon'*"])


def test_parallel_workers_have_separate_emulators(run):
    """With pytest-xdist, each worker has a separate server on a free port."""
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


def test_unittest_case_can_use_the_fixture(run):
    """A `unittest.TestCase` can use `fakebox` in an autouse fixture of the class."""
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


def test_report_of_a_failed_test_lists_the_requests(run):
    """The report lists the requests, without the token."""
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


def test_report_of_a_passed_test_lists_no_requests(run):
    """The report of a test that passes is empty."""
    result = run("def test_right(dropbox_client): dropbox_client.account_info()")
    assert "fakebox requests" not in result.stdout.str()


def test_failed_assertion_shows_the_line_of_the_test(run):
    """The traceback of a failed assertion has the line of the test, and none of fakebox."""
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
    output = result.stdout.str()
    assert '>       fakebox.requests.assert_made("delta")' in output
    assert ">       fakebox.faults.assert_consumed()" in output
    assert "middleware" not in output


def test_fakebox_fixture_can_be_stopped_in_a_test(run):
    """After `stop`, requests of the test fail, and the next test has a running emulator."""
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
