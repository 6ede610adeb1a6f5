"""Run every case of version 2 against the emulator, and against the live service with a token."""

from __future__ import annotations

import os
import uuid
from dataclasses import replace
from zlib import crc32

import pytest

from conformance.v2 import api as targets

NOT_LIVE = "CONFORMANCE_NOT_LIVE"
EMULATOR = "fake v2"


def pytest_configure(config):
    """Register the markers."""
    config.addinivalue_line("markers", "not_live(why): the case cannot run on the live service")
    config.addinivalue_line("markers", "unmet(why): the emulator does not meet the statement yet")


def pytest_generate_tests(metafunc):
    """Run a case once for each target."""
    if "api" in metafunc.fixturenames:
        is_live = targets.live_is_wanted() and not os.environ.get(NOT_LIVE)
        metafunc.parametrize("api", [EMULATOR, *(["live"] if is_live else [])], indirect=True)


def pytest_collection_modifyitems(items):
    """Expect cases to fail where the emulator does not meet a statement yet."""
    for item in items:
        marker = item.get_closest_marker("unmet")
        params = item.callspec.params if hasattr(item, "callspec") else {}
        is_emulator = params.get("api") == EMULATOR or os.environ.get("CONFORMANCE_LIVE_URL")
        if marker and is_emulator:
            # Another exception would be a mistake in the case.
            raises = (AssertionError, KeyError)
            item.add_marker(pytest.mark.xfail(reason=marker.args[0], strict=True, raises=raises))


@pytest.fixture(scope="session")
def live_api():
    """Open the live service once per worker."""
    yield from targets.live(f"/fakebox-conformance-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def api(request):
    """Open the target of the case."""
    if request.param == EMULATOR:
        for opened in targets.fake():
            yield opened
            request.node.user_properties.append(("exchanges", opened.exchanges[-2:]))
        return
    marker = request.node.get_closest_marker("not_live")
    if marker:
        pytest.skip(f"not applicable: {marker.args[0]}")
    whole = request.getfixturevalue("live_api")
    folder = f"{whole.folder}/{crc32(request.node.name.encode()):08x}"
    opened = replace(whole, folder=folder, exchanges=[])
    opened.ok("files/create_folder_v2", {"path": folder})
    yield opened
    request.node.user_properties.append(("exchanges", opened.exchanges[-2:]))


@pytest.fixture
def app(api):
    """The value of an Authorization header with the key and secret of the token's app."""
    from base64 import b64encode

    if api.app is None:
        pytest.skip("not applicable: needs DROPBOX_APP_KEY and DROPBOX_APP_SECRET")
    return "Basic " + b64encode(":".join(api.app).encode()).decode()
