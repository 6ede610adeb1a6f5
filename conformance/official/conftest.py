"""Run every case of the official SDK against the emulator, and the live service with a token.

The package of the official SDK has the name of this project's SDK, so this folder is collected only
where the official SDK is installed. Run it with `--confcutdir=conformance/official`, because the
`conftest.py` above imports this project's SDK.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib.util import find_spec
from types import SimpleNamespace
from zlib import crc32

import pytest

from conformance import account, report, suite

EMULATOR = "fake official"
SUITE = suite.Suite()


def _is_official() -> bool:
    try:
        # This project's SDK has no module of this name.
        return find_spec("dropbox.dropbox_client") is not None
    except ImportError:
        return False


collect_ignore_glob = [] if _is_official() else ["test_*.py"]


def pytest_configure(config):
    """Register the markers, and start the run on the live service."""
    config.addinivalue_line("markers", "checks(*ids): the statements that a case checks")
    config.addinivalue_line("markers", "not_live(why): the case cannot run on the live service")
    config.addinivalue_line("markers", "unmet(why): the emulator does not meet the statement yet")
    if _is_official():
        SUITE.start(config, _live_run)


def _live_run():
    from conformance.official.live import LiveRun

    return LiveRun()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Use no workers for the live service, because its cases share one account."""
    return 0 if account.is_wanted() else None


def pytest_generate_tests(metafunc):
    """Run a case once for each target."""
    if "client" in metafunc.fixturenames:
        names = [EMULATOR, *(["live"] if suite.is_live() else [])]
        metafunc.parametrize("client", suite.selected(*names), indirect=True)


def pytest_collection_modifyitems(items):
    """Let live cases connect, and expect cases to fail that the emulator does not meet yet."""
    items[:] = [item for item in items if suite.params(item).get("client", EMULATOR)]
    for item in items:
        target = suite.params(item).get("client")
        if target == "live":
            item.add_marker(pytest.mark.enable_socket)
        marker = item.get_closest_marker("unmet")
        if marker and (target == EMULATOR or os.environ.get("CONFORMANCE_REHEARSAL")):
            item.add_marker(pytest.mark.xfail(reason=marker.args[0], strict=True))


@pytest.fixture(scope="session")
def live_client():
    """Open the live service once."""
    from conformance.official.live import open_client

    with open_client() as client:
        yield client


@pytest.fixture
def client(request):
    """The official SDK's client of the case's target."""
    if request.param == "live":
        marker = request.node.get_closest_marker("not_live")
        if marker:
            pytest.skip(f"not applicable: {marker.args[0]}")
        report.skip_if_passed_before(request.node)
        yield request.getfixturevalue("live_client")
        return
    monkeypatch = request.getfixturevalue("monkeypatch")
    monkeypatch.setattr("dropbox.dropbox_client.stone_serializers", _strict_serializers())
    with _emulator() as (opened, box):
        opened.box = box
        yield opened


@pytest.fixture
def folder(request, client):
    """The path of a new folder for the case."""
    path = "/conformance"
    if not hasattr(client, "box"):
        path = f"{suite.run_folder()}/{crc32(request.node.name.encode()):x}"
    client.files_create_folder_v2(path)
    return path


@contextmanager
def _emulator():
    import dropbox
    from fakebox import Fakebox
    from fakebox.core import defaults

    app = {"app_key": defaults.APP_KEY, "app_secret": defaults.APP_SECRET}
    with (
        Fakebox("inprocess") as box,
        box.intercept(),
        dropbox.Dropbox(defaults.BEARER_TOKEN, **app) as opened,
    ):
        yield opened, box


# A field of recorded responses that the specification does not have.
_UNPUBLISHED = "preview_type"


def _strict_serializers():
    """Return the SDK's decoder, which also rejects unknown fields and tags of responses."""
    from dropbox import stone_serializers

    def decode(data_type, obj, **options):
        return stone_serializers.json_compat_obj_decode(
            data_type, _published(obj), **{**options, "strict": True}
        )

    return SimpleNamespace(**{**vars(stone_serializers), "json_compat_obj_decode": decode})


def _published(obj):
    """Return a decoded JSON value without the field that the specification does not have."""
    if isinstance(obj, dict):
        return {name: _published(value) for name, value in obj.items() if name != _UNPUBLISHED}
    return [_published(item) for item in obj] if isinstance(obj, list) else obj


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Report a failure on the live service as not applicable if the account is the reason."""
    try:
        return (yield)
    except Exception as error:
        limits = account.limits_in(f"{error!r}")
        if limits and suite.params(pyfuncitem).get("client") == "live":
            pytest.skip(f"not applicable: {limits[-1]}")
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Store the outcome of each statement on each target."""
    test_report = yield
    SUITE.note(item, test_report, suite.params(item).get("client"))
    return test_report


def pytest_runtest_logreport(report):
    """Collect a report when a case has ended."""
    SUITE.add(report)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    """Delete the folder of the live run, and fail a run that could not start."""
    SUITE.finish(session)


def pytest_terminal_summary(terminalreporter, config):
    """Print a line for each target, and write the report's files."""
    SUITE.summarize(terminalreporter, config, report.folder() / "official")


def pytest_unconfigure():
    """Delete the folder of a live run that ended before its first case."""
    SUITE.stop()
