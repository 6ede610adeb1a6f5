"""The fixtures, as somebody else's tests use them."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def test_author_starts_every_test_with_nothing(run):
    """What one test stored is not there for the next, on the same server."""
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


@pytest.mark.parametrize("way", ["option", "ini"])
def test_author_leaves_the_socket_out(run, pytester, way):
    """By an option for a run, or by a setting for the project."""
    if way == "ini":
        pytester.makeini("[pytest]\nfakebox_transport = inprocess\n")
    result = run(
        """
        def test_no_socket(fakebox):
            assert fakebox.url == "http://fakebox.localhost"
        """,
        *(["--fakebox-transport=inprocess"] if way == "option" else []),
    )
    result.assert_outcomes(passed=1)


def test_author_learns_of_a_wrong_setting_in_one_line(run, pytester):
    """Rather than in a traceback of every test."""
    pytester.makeini("[pytest]\nfakebox_transport = pigeon\n")
    result = run("def test_nothing(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*fakebox_transport is 'http' or 'inprocess', not 'pigeon'*"])


def test_author_runs_tests_in_parallel(run):
    """Every worker has a server of its own, on a free port."""
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
                self.box.write("/a.txt", b"hello")
                self.assertEqual(self.box.tree(), ["/a.txt"])
        """
    )
    result.assert_outcomes(passed=1)


def test_author_sees_what_was_requested_when_a_test_fails(run):
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


def test_author_sees_nothing_of_it_when_tests_pass(run):
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
    """The next test has an emulator that serves."""
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
