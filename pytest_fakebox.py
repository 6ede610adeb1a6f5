"""The pytest entry point: fetches the plugin where the `server` extra is installed.

pytest loads it at every start, wanted or not, so it stands outside the `fakebox` package,
imports next to nothing, and never stops a run: without the extra its fixtures exist and
fail, naming the extra, only in the tests that ask for them. The plugin itself is
`fakebox.pytest_plugin`.
"""

from __future__ import annotations

from typing import NoReturn

import pytest

try:
    import fakebox as _fakebox  # noqa: F401  (only whether it may be imported)
except ImportError as missing:
    _REASON = str(missing)

    def _refuse() -> NoReturn:
        pytest.fail(_REASON, pytrace=False)

    @pytest.fixture(name="fakebox")
    def fakebox() -> NoReturn:
        """Fail: the `server` extra is not installed."""
        _refuse()

    @pytest.fixture
    def dropbox_client() -> NoReturn:
        """Fail: the `server` extra is not installed."""
        _refuse()

    @pytest.fixture(scope="session")
    def fakebox_server() -> NoReturn:
        """Fail: the `server` extra is not installed."""
        _refuse()
else:
    pytest_plugins = ["fakebox.pytest_plugin"]
