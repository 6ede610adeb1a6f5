"""Runs somebody else's tests, with the plugin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

# Loaded once: what an inner run imports first, pytester forgets with it.
import fakebox.testing  # noqa: F401


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Runs a test file in a directory of its own, undisturbed by this project's own plugins."""

    def run_tests(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        alone = ("-p", "no:randomly", "-p", "no:socket")
        return pytester.runpytest(*alone, *options)

    return run_tests
