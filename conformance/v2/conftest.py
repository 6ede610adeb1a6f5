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
        only = os.environ.get("CONFORMANCE_TARGETS", "").split(",")
        names = [EMULATOR, *(["live"] if is_live else [])]
        names = [name for name in names if only == [""] or name in only]
        # A case without a target is removed.
        metafunc.parametrize("api", names or [None], indirect=True)


def pytest_collection_modifyitems(items):
    """Prepare the cases for their targets.

    Live cases may connect to other machines. Cases fail as expected if the emulator does not meet
    the statement yet.
    """
    is_rehearsal = bool(os.environ.get("CONFORMANCE_REHEARSAL") or os.environ.get(targets.URL))
    for item in items:
        target = item.callspec.params.get("api") if hasattr(item, "callspec") else None
        if target == "live":
            item.add_marker(pytest.mark.enable_socket)
        marker = item.get_closest_marker("unmet")
        if marker and target and (target == EMULATOR or is_rehearsal):
            # Another exception would be a mistake in the case.
            raises = (AssertionError, KeyError)
            item.add_marker(pytest.mark.xfail(reason=marker.args[0], strict=True, raises=raises))


@pytest.fixture(scope="session")
def live_api():
    """Open the live service once per worker."""
    parent = os.environ.get("CONFORMANCE_RUN_FOLDER", "")
    yield from targets.live(f"{parent}/fakebox-conformance-{uuid.uuid4().hex[:12]}")


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


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Report a failure as not applicable if the account is the reason."""
    try:
        return (yield)
    except Exception:
        opened = pyfuncitem.funcargs.get("api")
        limits = opened.connections.limits if opened and opened.is_live else []
        if limits:
            pytest.skip(f"not applicable: {limits[-1]}")
        raise
