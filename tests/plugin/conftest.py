"""Fixture that runs the tests of another project with the plugin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

# Imported here, because pytester unloads the modules that an inner run has imported.
import fakebox.testing  # noqa: F401


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Returns a function that runs a test file in a new directory, without other plugins."""

    def run_tests(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        alone = ("-p", "no:randomly", "-p", "no:socket")
        return pytester.runpytest(*alone, *options)

    return run_tests
