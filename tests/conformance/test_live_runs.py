"""A live run waits for the service, and leaves nothing in the account."""

from __future__ import annotations

import json
import signal

import pytest

from conformance import account
from fakebox import Fakebox, Fault
from fakebox.core import defaults

REFRESH = {"DROPBOX_ACCESS_TOKEN": None, "DROPBOX_APP_KEY": defaults.APP_KEY}
# A case that sends the request with the fault, and a case that does not.
SHARE, PUT = "test_operations.py::test_share", "test_files.py::test_put_file_of_a_string"


def refresh_token(box):
    """Return a refresh token of the first account."""
    return box.add_token(refresh=True).refresh_token


def test_live_cases_run_and_leave_nothing(run, assert_untouched):
    """Live cases run in a folder that is deleted afterwards."""
    result = run(PUT)
    assert (result.status, result.outcomes()) == (0, {"put_file-string": "passed"})
    assert result.lines == ["live: 1 passed"]
    assert_untouched()


def test_run_that_cannot_start_fails(run, box, assert_untouched):
    """A run that cannot start prints why in one line, and fails."""
    box.set_quota(1000)
    result = run()
    assert (result.status, result.lines) == (
        1,
        ["live: not run, the account has 988 bytes free, and a run needs 16777216"],
    )
    assert_untouched()


def test_interrupted_run_deletes_its_folder(run, box, assert_untouched):
    """A run that is interrupted by Ctrl-C deletes its folder."""

    def interrupt(_):
        run.process.send_signal(signal.SIGINT)
        return "interrupted"

    box.faults.add(Fault(endpoint="users/get_current_account", nth=2, status=500, body=interrupt))
    result = run("test_files.py")
    assert result.status == pytest.ExitCode.INTERRUPTED
    assert_untouched()


def test_folder_of_a_killed_run_is_reported(run, box, assert_untouched):
    """The folder of a run that was killed is reported by the next run, and not deleted."""

    def kill(_):
        run.process.kill()
        return "killed"

    box.faults.add(Fault(endpoint="users/get_current_account", nth=2, status=500, body=kill))
    assert run("test_files.py").status == -signal.SIGKILL
    (left,) = [path for path in box.tree() if path.count("/") == 2 and "conformance" in path]
    box.write(f"{left}kept.txt", b"kept")
    result = run()
    path = left.rstrip("/")
    assert f"live: {path} is left from an interrupted run; please delete it" in result.lines
    assert result.status == 0
    assert box.read(f"{left}kept.txt") == b"kept"
    box.client().file_delete(path)
    assert_untouched()


def test_clean_up_waits_for_the_rate_limit(run, box, assert_untouched):
    """The clean-up at the end is repeated after a rate limit."""
    box.faults.add(Fault(endpoint="files/delete_v2", nth=2, no_fault=True))
    box.faults.add(Fault(endpoint="files/delete_v2", status=429, retry_after_s=0, times=3))
    assert run().status == 0
    assert [entry.status for entry in box.requests.find("files/delete_v2")].count(429) == 3
    assert_untouched()


def test_folder_that_cannot_be_deleted_is_reported(run, box):
    """A folder that the service does not delete is named, for the user to delete it."""
    box.faults.add(Fault(endpoint="files/delete_v2", nth=2, status=500, body="broken", times=None))
    result = run(CONFORMANCE_FOLDER="/scratch")
    assert result.lines[-1].startswith(
        "live: /scratch could not be deleted, please delete it: [500]"
    )


def test_expired_token_is_renewed_during_a_run(run, box, assert_untouched):
    """A token that expires during a run is renewed, and the request is repeated."""
    box.faults.add(Fault(endpoint="files/upload", expired_token=True, times=2))
    token = refresh_token(box)
    variables = {**REFRESH, "DROPBOX_APP_SECRET": defaults.APP_SECRET}
    result = run(PUT, **variables, DROPBOX_REFRESH_TOKEN=token)
    assert (result.status, result.outcomes()) == (0, {"put_file-string": "passed"})
    assert len(box.requests.find("/oauth2/token")) >= 3
    assert_untouched()


def test_token_that_expires_without_renewal_is_reported(run, box):
    """The cases after the expiry of a token that cannot be renewed fail with one line."""
    box.faults.add(Fault(endpoint="files/upload", nth=1, expired_token=True))
    result = run(PUT, "test_files.py::test_account_info")
    assert result.status == 1
    assert account.EXPIRED in result.output


def test_expired_token_fails_raw_cases_with_one_line(run, box):
    """Raw cases after the expiry of a token that cannot be renewed fail with one line too."""
    box.faults.add(Fault(endpoint="files/upload", nth=1, expired_token=True))
    result = run("v2/test_files.py::test_form_of_a_rev", "v2/test_files.py::test_decomposed_name")
    assert result.status == 1
    assert account.EXPIRED in result.output


def test_interrupted_run_of_raw_cases_deletes_its_folder(run, box, assert_untouched):
    """A run of raw cases that is interrupted by Ctrl-C deletes its folder."""

    def interrupt(_):
        run.process.send_signal(signal.SIGINT)
        return "interrupted"

    box.faults.add(Fault(endpoint="files/upload", nth=2, status=500, body=interrupt))
    result = run("v2/test_files.py")
    assert result.status == pytest.ExitCode.INTERRUPTED
    assert_untouched()


def test_limit_of_the_account_is_not_a_failure(run, box, assert_untouched):
    """A case that the account cannot run is reported as not applicable."""
    error = {".tag": "email_not_verified"}
    body = {"error_summary": "email_not_verified/..", "error": error}
    route = "sharing/create_shared_link_with_settings"
    box.faults.add(Fault(endpoint=route, status=409, body=body, times=None))
    result = run(SHARE, PUT)
    assert result.status == 0
    assert result.outcomes() == {
        "put_file-string": "passed",
        "share-a-day": "skipped",
        "share-link": "skipped",
    }
    assert "the e-mail address of the account is not verified" in result.output
    assert_untouched()


def test_live_cases_may_reach_other_machines(run, tmp_path):
    """Live cases may connect to an address that the other tests may not."""
    with Fakebox(host="127.0.0.3") as far:
        result = run(PUT, CONFORMANCE_LIVE_URL=far.url)
    assert (result.status, result.outcomes()) == (0, {"put_file-string": "passed"})


def test_emulators_are_reached_without_the_proxy(run):
    """Cases on the emulator do not use the proxy that leads to the live service."""
    variables = {"HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    nothing = {"CONFORMANCE_LIVE_URL": None, "DROPBOX_ACCESS_TOKEN": None}
    cases = ("test_rest.py", "test_operations.py::test_share")
    result = run(*cases, CONFORMANCE_TARGETS="fake", **variables, **nothing)
    assert result.status == 0


def test_passed_cases_are_not_repeated(run, box):
    """A resumed run leaves out the live cases that have passed."""
    run(PUT)
    before = len(box.requests.find("files/upload"))
    result = run(PUT, CONFORMANCE_RESUME="1")
    assert result.outcomes() == {"put_file-string": "passed"}
    assert len(box.requests.find("files/upload")) == before


def test_recording_is_compared_with_the_same_version(run, tmp_path):
    """The recording of a live run over version 2 equals the emulator's responses over version 2."""
    cassettes = tmp_path / "cassettes"
    cases = ("test_files.py", "test_operations.py")
    run(*cases, CONFORMANCE_RECORD=str(cassettes))
    recorded = [json.loads(path.read_text(encoding="utf-8")) for path in cassettes.iterdir()]
    assert {cassette["api"] for cassette in recorded} == {"v2"}
    compared = {
        "CONFORMANCE_CASSETTES": str(cassettes),
        "CONFORMANCE_TARGETS": "fake v2",
        "CONFORMANCE_LIVE_URL": None,
        "DROPBOX_ACCESS_TOKEN": None,
    }
    result = run(*cases, **compared)
    assert result.status == 0
    assert result.report["cassettes"] == []
