"""The scheduled workflow of the live run is off without secrets, and keeps its report."""

from __future__ import annotations

import re

import pytest

from tests.conformance.conftest import ROOT

yaml = pytest.importorskip("yaml")
PATH = ROOT / ".github" / "workflows" / "conformance.yml"


@pytest.fixture
def job():
    """The job of the workflow."""
    (found,) = yaml.safe_load(PATH.read_text(encoding="utf-8"))["jobs"].values()
    return found


def test_workflow_is_off_without_the_secret(job):
    """Each step except the notice needs the refresh token, which is not set at first."""
    assert job["env"] == {"IS_ON": "${{ secrets.DROPBOX_REFRESH_TOKEN != '' }}"}
    first, *others = job["steps"]
    assert first["if"] == "env.IS_ON == 'false'"
    assert all("env.IS_ON == 'true'" in step["if"] for step in others)


def test_only_the_run_has_the_credentials(job):
    """No action and no installation has the secrets in its environment."""
    steps = [step for step in job["steps"] if "secrets." in str(step)]
    assert [step["run"].partition(" ")[0] for step in steps] == ["tox"]
    assert "secrets." not in steps[0]["run"]


def test_report_is_kept_after_the_time_limit(job):
    """The report is an artifact, even if the job has failed or was cancelled."""
    last = job["steps"][-1]
    assert last["uses"].startswith("actions/upload-artifact@")
    assert last["if"].startswith("always() && ")
    assert last["with"]["path"] == "build/conformance"


def test_variables_of_the_run_are_passed_by_tox(job):
    """The environments of tox that run live cases pass all variables of the step."""
    (step,) = [step for step in job["steps"] if step.get("run", "").startswith("tox")]
    names = step["run"].rpartition(" ")[2].split(",")
    text = (ROOT / "tox.ini").read_text(encoding="utf-8")
    assert all(f"[testenv:{name}]" in text for name in names)
    passed = re.search(r"pass_env =\n((?:    .+\n)+)", text)
    assert passed
    patterns = [line.strip().replace("*", ".*") for line in passed[1].splitlines()]
    assert all(any(re.fullmatch(each, name) for each in patterns) for name in step["env"])
