"""Run every case of version 2 against the emulator, and against the live service with a token."""

from __future__ import annotations

import uuid
from dataclasses import replace
from zlib import crc32

import pytest

from conformance import live, report, suite
from conformance.v2.api import of_emulator, of_live_run

EMULATOR = "fake v2"


def pytest_configure(config):
    """Register the marker."""
    config.addinivalue_line("markers", "not_live(why): the case cannot run on the live service")


def pytest_generate_tests(metafunc):
    """Run a case once for each target."""
    if "api" in metafunc.fixturenames:
        names = [EMULATOR, *(["live"] if suite.is_live() and live.is_v2() else [])]
        metafunc.parametrize("api", suite.selected(*names), indirect=True)


@pytest.fixture(scope="session")
def live_api():
    """Open the live service once per worker."""
    yield from of_live_run(f"{suite.run_folder()}/{uuid.uuid4().hex[:12]}")


@pytest.fixture
def api(request):
    """Open the target of the case."""
    if request.param == EMULATOR:
        for opened in of_emulator():
            yield opened
            request.node.user_properties.append(("exchanges", opened.exchanges[-2:]))
        return
    marker = request.node.get_closest_marker("not_live")
    if marker:
        pytest.skip(f"not applicable: {marker.args[0]}")
    report.skip_if_passed_before(request.node)
    whole = request.getfixturevalue("live_api")
    live.require_valid_token(whole.connections)
    whole.connections.limits.clear()
    folder = f"{whole.folder}/{crc32(request.node.name.encode()):08x}"
    opened = replace(whole, folder=folder, exchanges=[])
    opened.ok("files/create_folder_v2", {"path": folder})
    yield opened
    request.node.user_properties.append(("exchanges", opened.exchanges[-2:]))


@pytest.fixture
def app(api):
    """The value of an Authorization header with the key and secret of the token's app."""
    from base64 import b64encode

    if not all(api.app):
        pytest.skip("not applicable: needs DROPBOX_APP_KEY and DROPBOX_APP_SECRET")
    return "Basic " + b64encode(":".join(api.app).encode()).decode()
