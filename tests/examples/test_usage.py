"""Examples that are started without their arguments."""

from __future__ import annotations

import pytest

from tests.examples.conftest import Run


@pytest.mark.parametrize("name", ["copy_between_accounts.py", "search_cache.py", "dbx.py"])
def test_example_without_arguments_prints_its_usage(run_example: Run, name: str) -> None:
    """An example without its arguments prints its usage instead of a traceback."""
    process = run_example(name)
    assert process.returncode != 0
    assert name in process.stderr
    assert "Traceback" not in process.stderr
