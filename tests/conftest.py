"""Options and settings of all tests.

No result depends on how fast the machine is. `HYPOTHESIS_PROFILE=thorough` generates many more
examples than the default.
"""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A slow machine is no failure, and examples of a test may share the world of its fixtures.
shared = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Few examples for each run: tox runs the tests with several interpreters, with random examples.
settings.register_profile("fakebox", shared, max_examples=30)
settings.register_profile("thorough", shared, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fakebox"))

# A shell starts programs in the background with SIGINT ignored, and the programs that they start
# inherit it. Tests send it to such programs.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
# The tests that need the SDK of fakebox. All others use the emulator over HTTP and by its Python
# interface, and also pass with the official SDK or without an SDK.
WITH_SDK = frozenset(
    TESTS / name
    for name in (
        "browser",
        "conformance",
        "demo",
        "docs",
        "examples",
        "mutants",
        "packaging",
        "plugin/test_dropbox_client.py",
        "remote/test_clients.py",
        "sdk",
        "testing/sdk",
        "typing",
    )
)
# The tests of the official SDK with the emulator.
OFFICIAL = TESTS / "official"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of `tox -e coexist`."""
    parser.addoption(
        "--official-sdk",
        action="store_true",
        help="run the tests of the emulator that need no SDK, and those with the official SDK",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Check that the SDK is the official SDK if the option `--official-sdk` is set."""
    if config.getoption("official_sdk") and not _is_official():
        raise pytest.UsageError("--official-sdk: the package 'dropbox' is not the official SDK")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests that need the SDK that is not installed."""
    if config.getoption("official_sdk"):
        is_left_out = collection_path in WITH_SDK
    else:
        is_left_out = collection_path == OFFICIAL
    return True if is_left_out else None


def _is_official() -> bool:
    try:
        # The SDK of fakebox has no module of this name.
        return find_spec("dropbox.dropbox_client") is not None
    except ImportError:
        return False
