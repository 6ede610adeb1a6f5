"""A live run waits for the service, and leaves nothing in the account."""

from __future__ import annotations

import base64
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
    assert result.report["notes"][0].startswith("1 of ")
    assert_untouched()


def test_run_that_cannot_start_fails(run, box, assert_untouched):
    """A run that cannot start prints why in one line, and fails."""
    box.set_quota(1000)
    result = run()
    assert (result.status, result.lines) == (
        1,
        ["live: not run, the account has 988 bytes free, and a run needs 67108864"],
    )
    assert result.lines[0] in result.report["notes"]
    assert result.lines[0] in (run.report / "report.html").read_text(encoding="utf-8")
    assert_untouched()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_deletes_its_folder(run, box, assert_untouched, number):
    """A run that is interrupted by Ctrl-C, or is terminated, deletes its folder."""

    def interrupt(_):
        run.process.send_signal(number)
        return "interrupted"

    box.faults.add(Fault(endpoint="users/get_current_account", nth=2, status=500, body=interrupt))
    result = run("test_files.py")
    assert result.status == pytest.ExitCode.INTERRUPTED
    assert result.outcomes() == {}
    assert "interrupted: the remaining cases were not run" in result.report["notes"]
    assert_untouched()


def test_run_that_is_interrupted_while_it_starts_deletes_its_folder(run, box, assert_untouched):
    """An interruption before the response to the new folder leaves no folder."""

    def interrupt(_):
        box.write("/scratch/file", b"")
        run.process.send_signal(signal.SIGINT)
        return "interrupted"

    route = "files/create_folder_v2"
    box.faults.add(Fault(endpoint=route, status=500, body=interrupt))
    result = run(CONFORMANCE_FOLDER="/scratch")
    assert result.status == pytest.ExitCode.INTERRUPTED
    assert result.output.strip() == "Exit: live: interrupted before the first case"
    assert_untouched()


def test_folder_whose_response_is_lost_is_deleted(run, box, assert_untouched):
    """A run whose new folder exists, but has no response, does not start and deletes it."""
    box.faults.add(Fault(endpoint="files/create_folder_v2", reset="after_applied"))
    result = run()
    assert result.status == pytest.ExitCode.TESTS_FAILED
    (line,) = result.lines
    assert line.startswith("live: not run, no connection: ")
    assert_untouched()


def test_line_of_a_run_of_all_cases_is_printed_once(run, box):
    """The folder with the cases of the official SDK adds no summary and no report."""
    box.set_quota(1000)
    result = run("test_files.py::test_account_info", "official")
    assert len(result.lines) == 1
    assert not (run.report / "official").exists()


def test_interrupted_clean_up_is_reported(run, box):
    """A folder that is left because Ctrl-C interrupted the clean-up is named."""

    def interrupt(_):
        run.process.send_signal(signal.SIGINT)
        return "interrupted"

    fault = {"status": 429, "retry_after_s": 300}
    box.faults.add(Fault(endpoint="files/delete_v2", nth=2, body=interrupt, **fault))
    result = run(CONFORMANCE_FOLDER="/scratch")
    assert result.status != 0
    assert "live: /scratch could not be deleted, please delete it: interrupted" in result.lines


def test_output_of_failed_cases_has_no_credentials(run, box):
    """Tracebacks of live cases have no token, key or secret."""
    box.faults.add(
        Fault(endpoint="sharing/get_shared_link_file", status=400, body="broken", times=None)
    )
    box.faults.add(Fault(endpoint="files/list_revisions", reset="before_read", times=None))
    app = {"DROPBOX_APP_KEY": defaults.APP_KEY, "DROPBOX_APP_SECRET": defaults.APP_SECRET}
    cases = (
        "v2/test_sharing.py::test_content_of_a_link",
        "v2/test_requests.py::test_range_of_another_route",
    )
    result = run(*cases, **app)
    assert "5 failed" in result.output
    pair = base64.b64encode(f"{defaults.APP_KEY}:{defaults.APP_SECRET}".encode()).decode()
    private = [defaults.BEARER_TOKEN, defaults.APP_SECRET, pair]
    assert [word for word in private if word in result.output] == []


def test_target_that_does_not_exist_is_reported(run, assert_untouched):
    """A misspelled target is an error of usage, and not a run without cases."""
    result = run(PUT, CONFORMANCE_TARGETS="fake, lvie")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert "CONFORMANCE_TARGETS must be some of " in result.output
    assert "not lvie" in result.output
    assert_untouched()


def test_blanks_between_targets_are_ignored(run):
    """The names of targets may have blanks around them."""
    result = run(PUT, CONFORMANCE_TARGETS="fake, live")
    assert result.report["statements"]["put_file-string"] == {"fake": "passed", "live": "passed"}


def test_report_that_cannot_be_written_is_reported(run, tmp_path, assert_untouched):
    """A folder for the report that cannot be created is named in one line, after the outcomes."""
    (tmp_path / "file").write_bytes(b"")
    result = run(CONFORMANCE_REPORT=str(tmp_path / "file" / "folder"))
    assert "the report was not written: " in result.output
    assert result.lines == ["live: 1 passed"]
    assert "Traceback" not in result.output
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
    assert result.status == pytest.ExitCode.TESTS_FAILED


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


def test_case_with_the_name_of_a_passed_case_is_repeated(run):
    """A resumed run repeats a case that has the name of a passed case in another file."""
    run("test_operations.py::test_create_folder")
    result = run("v2/test_operations.py::test_create_folder", CONFORMANCE_RESUME="1")
    assert "skipped" not in result.output


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
