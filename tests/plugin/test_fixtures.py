"""Tests of the pytest fixtures, run as tests of another project."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def test_fakebox_fixture_is_empty_for_each_test(run):
    """A test does not see the files of the previous test, though both use the same server."""
    result = run(
        """
        import pytest

        urls = set()

        @pytest.mark.parametrize("turn", range(3))
        def test_fresh(fakebox, turn):
            urls.add(fakebox.url)
            assert fakebox.tree() == [] and len(urls) == 1
            fakebox.write("/a.txt", b"hello")
        """
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize("source_of_setting", ["option", "ini"])
def test_transport_can_be_set_to_inprocess(run, pytester, source_of_setting):
    """An option or an ini setting makes the emulator run in process, without a socket."""
    if source_of_setting == "ini":
        pytester.makeini("[pytest]\nfakebox_transport = inprocess\n")
    result = run(
        """
        def test_no_socket(fakebox):
            assert fakebox.url == "http://fakebox.localhost"
        """,
        *(["--fakebox-transport=inprocess"] if source_of_setting == "option" else []),
    )
    result.assert_outcomes(passed=1)


def test_invalid_transport_setting_is_a_usage_error(run, pytester):
    """An invalid transport in the ini file ends the run with one line and a usage error."""
    pytester.makeini("[pytest]\nfakebox_transport = udp\n")
    result = run("def test_nothing(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*fakebox_transport must be 'http' or 'inprocess', not 'udp'*"])


def test_parallel_workers_have_separate_emulators(run):
    """With pytest-xdist, each worker has a separate server on a free port."""
    pytest.importorskip("xdist")
    result = run(
        """
        import pytest
        import urllib3

        BEARER = {"Authorization": "Bearer fakebox-bearer-token"}

        @pytest.mark.parametrize("turn", range(6))
        def test_alone(fakebox, turn):
            url = f"{fakebox.url}/1/files_put/dropbox/same.txt"
            urllib3.request("PUT", url, body=b"%d" % turn, headers=BEARER, timeout=60)
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
                self.box.write("/a.txt", b"hello")
                self.assertEqual(self.box.tree(), ["/a.txt"])
        """
    )
    result.assert_outcomes(passed=1)


def test_report_of_a_failed_test_lists_the_requests(run):
    """The report lists the requests, without the token."""
    result = run(
        """
        import urllib3

        BEARER = {"Authorization": "Bearer fakebox-bearer-token"}

        def test_wrong(fakebox):
            url = f"{fakebox.url}/1/files_put/dropbox/a.txt"
            urllib3.request("PUT", url, body=b"hello", headers=BEARER, timeout=60)
            assert fakebox.tree() == []
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*fakebox requests*", "*PUT files_put /a.txt*-> 200"])
    report = result.stdout.str().partition("fakebox requests")[2]
    assert "fakebox-bearer-token" not in report


def test_report_of_a_passed_test_lists_no_requests(run):
    """The report of a test that passes is empty."""
    result = run(
        """
        import urllib3

        def test_right(fakebox):
            assert urllib3.request("GET", f"{fakebox.url}/1/account/info", timeout=60).status == 401
        """
    )
    result.assert_outcomes(passed=1)
    assert "fakebox requests" not in result.stdout.str()


def test_failed_assertion_shows_the_line_of_the_test(run):
    """The traceback of a failed assertion has the line of the test, and no line of fakebox."""
    result = run(
        """
        def test_requests(fakebox):
            fakebox.requests.assert_made("delta")

        def test_faults(fakebox):
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
        import urllib3

        def account_info(box):
            url = f"{box.url}/1/account/info"
            return urllib3.request("GET", url, retries=False, timeout=60).status

        def test_down(fakebox):
            fakebox.stop()
            with pytest.raises(urllib3.exceptions.HTTPError):
                account_info(fakebox)

        def test_up(fakebox):
            assert account_info(fakebox) == 401
        """
    )
    result.assert_outcomes(passed=2)
