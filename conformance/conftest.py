"""Run every case against its targets and collect the outcomes for the report.

The live service is a target if the environment has credentials. `CONFORMANCE_RECORD` names a folder
to write the live run's cassettes to. `CONFORMANCE_CASSETTES` names a folder whose cassettes are
compared with the emulator's responses. `CONFORMANCE_RESUME` skips live cases that passed in the
previous run.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest

from conformance import cassettes, report, targets

NOT_LIVE = "CONFORMANCE_NOT_LIVE"
OUTCOMES = report.Outcomes()
# The other modules send requests that exist in version 1 only.
BY_V2 = ("test_arguments", "test_files", "test_operations")


def pytest_configure(config):
    """Register the markers, and check once whether the live service can be reached."""
    config.addinivalue_line("markers", "checks(*ids): the statements that a case checks")
    config.addinivalue_line("markers", "version_1(why): version 2 of the API has no equivalent")
    config.addinivalue_line("markers", "emulator: needs the emulator's clock, quota or faults")
    if not hasattr(config, "workerinput"):
        # Workers inherit the variable.
        os.environ[NOT_LIVE] = (targets.live_is_wanted() and targets.why_not_live()) or ""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Use one worker for the live service, because its cases share one account."""
    return 1 if targets.live_is_wanted() else None


def pytest_generate_tests(metafunc):
    """Run a case once for each target."""
    if "target" in metafunc.fixturenames:
        is_live = targets.live_is_wanted() and not os.environ.get(NOT_LIVE)
        by_v2 = ["fake v2"] if metafunc.module.__name__.rpartition(".")[2] in BY_V2 else []
        live = ["live"] if is_live and (by_v2 or not targets.live_is_v2()) else []
        metafunc.parametrize("target", ["fake", *by_v2, *live], indirect=True)


@pytest.fixture(scope="session")
def live_target():
    """Open the live service once per worker."""
    yield from targets.live()


@pytest.fixture
def target(request):
    """Open the target of the case."""
    if request.param == "fake":
        yield from _recorded(request, targets.fake())
        return
    why = request.node.get_closest_marker("version_1")
    if why and (request.param == "fake v2" or targets.live_is_v2()):
        pytest.skip(f"not applicable: {why.args[0]}")
    if request.param == "fake v2":
        yield from _recorded(request, targets.fake_by_v2())
        return
    if request.node.get_closest_marker("emulator"):
        pytest.skip("not applicable: needs the emulator's clock, quota or faults")
    if os.environ.get("CONFORMANCE_RESUME") and report.passed_before(request.node.name):
        request.node.user_properties.append(("resumed", True))
        pytest.skip("passed in the previous run")
    live = request.getfixturevalue("live_target")
    live.recorder.exchanges.clear()
    live.recorder.folder = f"{live.folder}/{crc32(request.node.name.encode()):08x}"
    yield from _recorded(request, iter([replace(live, folder=live.recorder.folder)]))


def _recorded(request, opened):
    """Yield a target; afterwards save and compare its exchanges."""
    opened_target = next(opened)
    yield opened_target
    exchanges = opened_target.recorder.exchanges
    case = request.node.nodeid.rpartition("/")[2].replace(f"[{opened_target.name}", "[")
    request.node.user_properties.append(("exchanges", exchanges[-2:]))
    if opened_target.name == "live" and (folder := os.environ.get("CONFORMANCE_RECORD")):
        cassettes.save(case, exchanges, Path(folder))
    if opened_target.name == "fake" and (folder := os.environ.get("CONFORMANCE_CASSETTES")):
        recorded = cassettes.load(case, Path(folder))
        found = cassettes.differences(recorded, exchanges) if recorded is not None else []
        request.node.user_properties.append(("differences", [f"{case}: {text}" for text in found]))
    for _ in opened:
        pass


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Store the outcome of each statement on each target."""
    test_report = yield
    marker = item.get_closest_marker("checks")
    if marker and (test_report.when == "call" or test_report.outcome != "passed"):
        params = item.callspec.params if hasattr(item, "callspec") else {}
        target = params.get("target") or params.get("api")
        is_resumed = ("resumed", True) in item.user_properties
        outcome = "passed" if is_resumed else test_report.outcome
        outcome = "xfailed" if hasattr(test_report, "wasxfail") else outcome
        item.user_properties.append(
            ("statements", [item.name, list(marker.args), target or "sdk", outcome])
        )
    test_report.user_properties = (
        list(item.user_properties) if test_report.when == "teardown" else []
    )
    return test_report


def pytest_runtest_logreport(report):
    """Collect a worker's report when a case has ended."""
    if report.when == "teardown":
        OUTCOMES.add(report.user_properties)


def pytest_terminal_summary(terminalreporter, config):
    """Print a line per target and per difference, and write the report's files."""
    if hasattr(config, "workerinput") or not OUTCOMES.by_statement:
        return
    terminalreporter.section("documented statements")
    lines = [*OUTCOMES.lines(), *filter(None, [os.environ.get(NOT_LIVE)])]
    for line in lines:
        terminalreporter.write_line(line)
    OUTCOMES.write(report.folder())


def pytest_sessionfinish(session):
    """Fail the run if a live run was requested but could not start."""
    if os.environ.get(NOT_LIVE) and not hasattr(session.config, "workerinput"):
        session.exitstatus = 1
