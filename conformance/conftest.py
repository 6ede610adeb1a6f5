"""Run every case against its targets and collect the outcomes for the report.

The live service is a target if the environment has credentials. `CONFORMANCE_RECORD` names a folder
to write the live run's cassettes to. `CONFORMANCE_CASSETTES` names a folder whose cassettes are
compared with the emulator's responses. `CONFORMANCE_RESUME` skips live cases that passed in the
previous run. `CONFORMANCE_TARGETS` names the only targets to use, separated by commas.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import pytest

from conformance import account, cassettes, live, report, targets
from dropbox.rest import RESTClient, RESTClientObject

NOT_LIVE = "CONFORMANCE_NOT_LIVE"
RUN_FOLDER = "CONFORMANCE_RUN_FOLDER"
FAKES = {"fake": targets.fake, "fake v2": targets.fake_by_v2}
LIVE_RUN = pytest.StashKey[live.LiveRun]()
LINES = pytest.StashKey[list[str]]()
OUTCOMES = report.Outcomes()
# The other modules send requests that exist in version 1 only.
BY_V2 = ("test_arguments", "test_files", "test_operations", "test_recording")


def pytest_configure(config):
    """Register the markers, and start the run on the live service."""
    config.addinivalue_line("markers", "checks(*ids): the statements that a case checks")
    config.addinivalue_line("markers", "version_1(why): version 2 of the API has no equivalent")
    config.addinivalue_line("markers", "emulator: needs the emulator's clock, quota or faults")
    config.addinivalue_line("markers", "unmet(why): the emulator does not meet the statement yet")
    config.stash[LINES] = []
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    # Workers inherit the variables.
    os.environ.pop(NOT_LIVE, None)
    if account.is_wanted():
        run = config.stash[LIVE_RUN] = live.LiveRun()
        try:
            config.stash[LINES] += run.start()
        except account.NotLive as error:
            os.environ[NOT_LIVE] = f"live: not run, {error}"
        os.environ[RUN_FOLDER] = run.folder


@pytest.fixture(autouse=True)
def _bypass_proxies_for_emulators(monkeypatch):
    # A proxy that leads to the live service does not lead to the emulators of the cases.
    kept = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    monkeypatch.setenv("no_proxy", ",".join(filter(None, [kept, "127.0.0.1,localhost"])))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Use no workers for the live service, because its cases share one account."""
    return 0 if account.is_wanted() else None


def pytest_generate_tests(metafunc):
    """Run a case once for each target."""
    if "target" in metafunc.fixturenames:
        by_v2 = metafunc.module.__name__.rpartition(".")[2] in BY_V2
        names = ["fake", *(["fake v2"] if by_v2 else [])]
        if account.is_wanted() and not os.environ.get(NOT_LIVE) and (by_v2 or not live.is_v2()):
            names.append("live")
        only = os.environ.get(account.TARGETS, "").split(",")
        names = [name for name in names if only == [""] or name in only]
        metafunc.parametrize("target", names or [None], indirect=True)


def pytest_collection_modifyitems(items):
    """Prepare the cases for their targets.

    Cases without a target are removed. Live cases may connect to other machines. Cases fail as
    expected if the emulator does not meet the statement yet.
    """
    items[:] = [
        item for item in items if all(_params(item).get(name, "sdk") for name in ("target", "api"))
    ]
    for item in items:
        if "live" in _params(item).values():
            item.add_marker(pytest.mark.enable_socket)
        marker, target = item.get_closest_marker("unmet"), _target(item)
        if marker and target and (target != "live" or live.is_rehearsal()):
            # Another exception would be a mistake in the case.
            raises = (AssertionError, KeyError)
            item.add_marker(pytest.mark.xfail(reason=marker.args[0], strict=True, raises=raises))


def _params(item):
    return item.callspec.params if hasattr(item, "callspec") else {}


def _target(item):
    # Raw cases of version 2 have their own fixture.
    return _params(item).get("target") or _params(item).get("api")


@pytest.fixture(scope="session")
def live_target():
    """Open the live service once per worker."""
    yield from targets.of_live_run(os.environ[RUN_FOLDER])


@pytest.fixture
def target(request, monkeypatch):
    """Open the target of the case."""
    if request.param == "fake":
        yield from _recorded(request, targets.fake())
        return
    why = request.node.get_closest_marker("version_1")
    if why and (request.param == "fake v2" or live.is_v2()):
        pytest.skip(f"not applicable: {why.args[0]}")
    if request.param == "fake v2":
        yield from _recorded(request, targets.fake_by_v2())
        return
    if request.node.get_closest_marker("emulator"):
        pytest.skip("not applicable: needs the emulator's clock, quota or faults")
    report.skip_if_passed_before(request.node)
    whole = request.getfixturevalue("live_target")
    live.require_valid_token(whole.connections)
    monkeypatch.setattr(RESTClient, "IMPL", RESTClientObject(whole.connections))
    folder = f"{os.environ[RUN_FOLDER]}/{crc32(request.node.nodeid.encode()):08x}"
    yield from _recorded(request, iter([targets.in_folder(whole, folder)]))


def _recorded(request, opened):
    """Yield a target; afterwards save and compare its exchanges."""
    opened_target = next(opened)
    yield opened_target
    exchanges = opened_target.recorder.exchanges
    case = request.node.nodeid.rpartition("/")[2].replace(f"[{opened_target.name}", "[")
    request.node.user_properties.append(("exchanges", exchanges[-2:]))
    if opened_target.name == "live" and (folder := os.environ.get("CONFORMANCE_RECORD")):
        cassettes.save(case, opened_target.api, exchanges, Path(folder))
    if opened_target.box and (folder := os.environ.get("CONFORMANCE_CASSETTES")):
        recorded = cassettes.load(case, opened_target.api, Path(folder))
        found = cassettes.differences(recorded, exchanges) if recorded is not None else []
        request.node.user_properties.append(("differences", [f"{case}: {text}" for text in found]))
    for _ in opened:
        pass


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Report a failure as not applicable if the account is the reason."""
    try:
        return (yield)
    except Exception:
        # Cases of version 2 have their own fixture.
        opened = pyfuncitem.funcargs.get("target") or pyfuncitem.funcargs.get("api")
        limits = getattr(getattr(opened, "connections", None), "limits", [])
        if limits and not opened.box:
            pytest.skip(f"not applicable: {limits[-1]}")
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Store the outcome of each statement on each target."""
    test_report = yield
    marker = item.get_closest_marker("checks")
    if marker and (test_report.when == "call" or test_report.outcome != "passed"):
        target = _target(item) or "sdk"
        item.user_properties.append(
            ("statements", [item.name, list(marker.args), target, _outcome(item, test_report)])
        )
    test_report.user_properties = (
        list(item.user_properties) if test_report.when == "teardown" else []
    )
    return test_report


def _outcome(item, test_report):
    if ("resumed", True) in item.user_properties:
        return "passed"
    is_expected = test_report.outcome == "skipped" and hasattr(test_report, "wasxfail")
    return "xfailed" if is_expected else test_report.outcome


def pytest_runtest_logreport(report):
    """Collect a worker's report when a case has ended."""
    if report.when == "teardown":
        OUTCOMES.add(report.user_properties)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    """Delete the folder of the live run, and fail a run that could not start."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    if config.stash.get(LIVE_RUN, None):
        config.stash[LINES] += filter(None, [config.stash[LIVE_RUN].stop()])
    if os.environ.get(NOT_LIVE):
        config.stash[LINES].append(os.environ[NOT_LIVE])
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    """Print a line per target and per difference, and write the report's files."""
    lines = config.stash[LINES]
    if hasattr(config, "workerinput") or not (OUTCOMES.by_statement or lines):
        return
    terminalreporter.section("documented statements")
    for line in [*OUTCOMES.lines(), *lines]:
        terminalreporter.write_line(line)
    OUTCOMES.write(report.folder())


def pytest_unconfigure(config):
    """Delete the folder of a live run that ended before its first case."""
    with suppress(KeyError):
        config.stash[LIVE_RUN].stop()
