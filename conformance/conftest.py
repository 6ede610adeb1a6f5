"""Run every case against its targets and collect the outcomes for the report.

The live service is a target if the environment has credentials. `CONFORMANCE_RECORD` names a folder
to write the live run's cassettes to. `CONFORMANCE_CASSETTES` names a folder whose cassettes are
compared with the emulator's responses. `CONFORMANCE_RESUME` skips live cases that passed in the
previous run. `CONFORMANCE_TARGETS` names the only targets to use, separated by commas.
"""

from __future__ import annotations

import os
from pathlib import Path
from zlib import crc32

import pytest

from conformance import account, cassettes, live, report, suite, targets
from conformance.inventory import BY_V2
from dropbox.rest import RESTClient, RESTClientObject

SUITE = suite.Suite()


def pytest_configure(config):
    """Register the markers, and start the run on the live service."""
    config.addinivalue_line("markers", "checks(*ids): the statements that a case checks")
    config.addinivalue_line("markers", "version_1(why): version 2 of the API has no equivalent")
    config.addinivalue_line("markers", "emulator: needs the emulator's clock, quota or faults")
    config.addinivalue_line("markers", "unmet(why): the emulator does not meet the statement yet")
    SUITE.start(config, live.LiveRun)


@pytest.fixture(autouse=True)
def _bypass_proxies_for_emulators(monkeypatch):
    # The proxy of the environment cannot reach the emulators of the cases.
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
        if suite.is_live() and (by_v2 or not live.is_v2()):
            names.append("live")
        metafunc.parametrize("target", suite.selected(*names), indirect=True)


def pytest_collection_modifyitems(items):
    """Prepare the cases for their targets.

    Cases without a target are removed. Live cases may connect to other machines. Cases fail as
    expected if the emulator does not meet the statement yet.
    """
    items[:] = [
        item
        for item in items
        if all(suite.params(item).get(name, "sdk") for name in ("target", "api"))
    ]
    for item in items:
        if "live" in suite.params(item).values():
            item.add_marker(pytest.mark.enable_socket)
        marker, target = item.get_closest_marker("unmet"), _target(item)
        if marker and target and (target != "live" or live.is_rehearsal()):
            # Another exception would be a mistake in the case.
            raises = (AssertionError, KeyError)
            item.add_marker(pytest.mark.xfail(reason=marker.args[0], strict=True, raises=raises))


def _target(item):
    # Raw cases of version 2 have their own fixture.
    return suite.params(item).get("target") or suite.params(item).get("api")


@pytest.fixture(scope="session")
def live_target():
    """Open the live service once per worker."""
    yield from targets.of_live_run(suite.run_folder())


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
    folder = f"{suite.run_folder()}/{crc32(request.node.nodeid.encode()):08x}"
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
    SUITE.note(item, test_report, _target(item) or "sdk")
    return test_report


def pytest_runtest_logreport(report):
    """Collect a worker's report when a case has ended."""
    SUITE.add(report)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    """Delete the folder of the live run, and fail a run that could not start."""
    SUITE.finish(session)


def pytest_terminal_summary(terminalreporter, config):
    """Print a line per target and per difference, and write the report's files."""
    SUITE.summarize(terminalreporter, config, report.folder())


def pytest_unconfigure():
    """Delete the folder of a live run that ended before its first case."""
    SUITE.stop()
