"""Run every case of the official SDK against the emulator, and the live service with a token.

The package of the official SDK has the name of this project's SDK, so this folder is collected only
where the official SDK is installed. Run it with `--confcutdir=conformance/official`, because the
`conftest.py` above imports this project's SDK.
"""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager
from importlib.util import find_spec
from types import SimpleNamespace
from zlib import crc32

import pytest

from conformance import report

TOKEN, REFRESH_TOKEN = "DROPBOX_ACCESS_TOKEN", "DROPBOX_REFRESH_TOKEN"
KEY, SECRET = "DROPBOX_APP_KEY", "DROPBOX_APP_SECRET"
EMULATOR = "fake official"
OUTCOMES = report.Outcomes()


def _is_official() -> bool:
    try:
        # This project's SDK has no module of this name.
        return find_spec("dropbox.dropbox_client") is not None
    except ImportError:
        return False


collect_ignore_glob = [] if _is_official() else ["test_*.py"]


def pytest_configure(config):
    """Register the markers."""
    config.addinivalue_line("markers", "checks(*ids): the statements that a case checks")
    config.addinivalue_line("markers", "not_live(why): the case cannot run on the live service")
    config.addinivalue_line("markers", "unmet(why): the emulator does not meet the statement yet")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Use no workers for the live service, because its cases share one account."""
    return 0 if any(map(os.environ.get, (TOKEN, REFRESH_TOKEN))) else None


def pytest_generate_tests(metafunc):
    """Run a case once for each target."""
    if "client" in metafunc.fixturenames:
        is_live = any(map(os.environ.get, (TOKEN, REFRESH_TOKEN)))
        metafunc.parametrize("client", [EMULATOR, *(["live"] if is_live else [])], indirect=True)


def pytest_collection_modifyitems(items):
    """Let live cases connect, and expect cases to fail that the emulator does not meet yet."""
    for item in items:
        target = item.callspec.params.get("client") if hasattr(item, "callspec") else None
        if target == "live":
            item.add_marker(pytest.mark.enable_socket)
        marker = item.get_closest_marker("unmet")
        if marker and target == EMULATOR:
            item.add_marker(pytest.mark.xfail(reason=marker.args[0], strict=True))


@pytest.fixture(scope="session")
def live_client():
    """Open the live service with a new folder, which is deleted afterwards."""
    import dropbox

    names = ("app_key", KEY), ("app_secret", SECRET), ("oauth2_refresh_token", REFRESH_TOKEN)
    options = {name: os.environ.get(variable) for name, variable in names}
    folder = f"/fakebox-conformance-{uuid.uuid4().hex[:12]}"
    with dropbox.Dropbox(os.environ.get(TOKEN), timeout=60, **options) as client:
        client.files_create_folder_v2(folder)
        yield client, folder
        client.files_delete_v2(folder)


@pytest.fixture
def client(request):
    """The official SDK's client of the case's target."""
    if request.param == "live":
        marker = request.node.get_closest_marker("not_live")
        if marker:
            pytest.skip(f"not applicable: {marker.args[0]}")
        yield request.getfixturevalue("live_client")[0]
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
        path = f"{request.getfixturevalue('live_client')[1]}/{crc32(request.node.name.encode()):x}"
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


def _strict_serializers():
    """Return the SDK's decoder, which also rejects unknown fields and tags of responses."""
    from dropbox import stone_serializers

    def decode(data_type, obj, **options):
        return stone_serializers.json_compat_obj_decode(
            data_type, obj, **{**options, "strict": True}
        )

    return SimpleNamespace(**{**vars(stone_serializers), "json_compat_obj_decode": decode})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Store the outcome of each statement on each target."""
    test_report = yield
    marker = item.get_closest_marker("checks")
    if marker and (test_report.when == "call" or test_report.outcome != "passed"):
        outcome = "xfailed" if hasattr(test_report, "wasxfail") else test_report.outcome
        target = item.callspec.params["client"]
        item.user_properties.append(("statements", [item.name, list(marker.args), target, outcome]))
    test_report.user_properties = (
        list(item.user_properties) if test_report.when == "teardown" else []
    )
    return test_report


def pytest_runtest_logreport(report):
    """Collect a report when a case has ended."""
    if report.when == "teardown":
        OUTCOMES.add(report.user_properties)


def pytest_terminal_summary(terminalreporter, config):
    """Print a line for each target, and write the report's files."""
    if hasattr(config, "workerinput") or not OUTCOMES.by_statement:
        return
    terminalreporter.section("documented statements")
    for line in OUTCOMES.lines():
        terminalreporter.write_line(line)
    OUTCOMES.write(report.folder() / "official")
