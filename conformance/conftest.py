"""Runs every case against its targets, and gathers the outcomes for the report.

With credentials in the environment the live service is a target too. `CONFORMANCE_RECORD` names a
folder for cassettes of the live run, `CONFORMANCE_CASSETTES` one whose cassettes the emulator's
answers are compared with, `CONFORMANCE_RESUME` leaves live cases out that held in the last run.
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
# The others send version 1's own requests, or sign them.
BY_V2 = ("test_arguments", "test_files", "test_operations")


def pytest_configure(config):
    """Make the markers known, and ask once whether there is a live service."""
    config.addinivalue_line("markers", "checks(*ids): the statements that a case checks")
    config.addinivalue_line("markers", "version_1(why): version 2 of the API has no equal")
    config.addinivalue_line("markers", "emulator: needs the emulator's clock, quota or faults")
    if not hasattr(config, "workerinput"):
        # Workers inherit the word.
        os.environ[NOT_LIVE] = (targets.live_is_wanted() and targets.why_not_live()) or ""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One at a time on the live service, where cases share the account."""
    return 1 if targets.live_is_wanted() else None


def pytest_generate_tests(metafunc):
    """One run of a case for each target."""
    if "target" in metafunc.fixturenames:
        is_live = targets.live_is_wanted() and not os.environ.get(NOT_LIVE)
        by_v2 = ["fake v2"] if metafunc.module.__name__.rpartition(".")[2] in BY_V2 else []
        live = ["live"] if is_live and (by_v2 or not targets.live_is_v2()) else []
        metafunc.parametrize("target", ["fake", *by_v2, *live], indirect=True)


@pytest.fixture(scope="session")
def live_target():
    """The live service, opened once for a worker's run."""
    yield from targets.live()


@pytest.fixture
def target(request):
    """What the case runs against."""
    if request.param == "fake":
        yield from _kept(request, targets.fake())
        return
    why = request.node.get_closest_marker("version_1")
    if why and (request.param == "fake v2" or targets.live_is_v2()):
        pytest.skip(f"not applicable: {why.args[0]}")
    if request.param == "fake v2":
        yield from _kept(request, targets.fake_by_v2())
        return
    if request.node.get_closest_marker("emulator"):
        pytest.skip("not applicable: needs the emulator's clock, quota or faults")
    if os.environ.get("CONFORMANCE_RESUME") and report.held_before(request.node.name):
        request.node.user_properties.append(("resumed", True))
        pytest.skip("held in the run that this one resumes")
    live = request.getfixturevalue("live_target")
    live.recorder.exchanges.clear()
    live.recorder.folder = f"{live.folder}/{crc32(request.node.name.encode()):08x}"
    yield from _kept(request, iter([replace(live, folder=live.recorder.folder)]))


def _kept(request, opened):
    """A target; afterwards its exchanges are kept and compared."""
    used = next(opened)
    yield used
    exchanges = used.recorder.exchanges
    case = request.node.nodeid.rpartition("/")[2].replace(f"[{used.name}", "[")
    request.node.user_properties.append(("exchanges", exchanges[-2:]))
    if used.name == "live" and (folder := os.environ.get("CONFORMANCE_RECORD")):
        cassettes.save(case, exchanges, Path(folder))
    if used.name == "fake" and (folder := os.environ.get("CONFORMANCE_CASSETTES")):
        kept = cassettes.load(case, Path(folder))
        found = cassettes.differences(kept, exchanges) if kept is not None else []
        request.node.user_properties.append(("differences", [f"{case}: {text}" for text in found]))
    for _ in opened:
        pass


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Remember how each statement fared on each target."""
    made = yield
    marker = item.get_closest_marker("checks")
    if marker and (made.when == "call" or made.outcome != "passed"):
        target = item.callspec.params.get("target", "") if hasattr(item, "callspec") else ""
        is_resumed = ("resumed", True) in item.user_properties
        outcome = "passed" if is_resumed else made.outcome
        item.user_properties.append(
            ("statements", [item.name, list(marker.args), target or "sdk", outcome])
        )
    made.user_properties = list(item.user_properties) if made.when == "teardown" else []
    return made


def pytest_runtest_logreport(report):
    """Collect what the workers report, once a case is over."""
    if report.when == "teardown":
        OUTCOMES.add(report.user_properties)


def pytest_terminal_summary(terminalreporter, config):
    """A line for each target, a line for each difference, and the report's files."""
    if hasattr(config, "workerinput") or not OUTCOMES.by_statement:
        return
    terminalreporter.section("documented statements")
    lines = [*OUTCOMES.lines(), *filter(None, [os.environ.get(NOT_LIVE)])]
    for line in lines:
        terminalreporter.write_line(line)
    OUTCOMES.write(report.folder())


def pytest_sessionfinish(session):
    """A live run that was wanted and couldn't be made is no success."""
    if os.environ.get(NOT_LIVE) and not hasattr(session.config, "workerinput"):
        session.exitstatus = 1
