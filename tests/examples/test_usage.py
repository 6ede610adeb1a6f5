"""Examples that are started without what they need."""

from __future__ import annotations

import pytest

from tests.examples.conftest import Run


@pytest.mark.parametrize("name", ["copy_between_accounts.py", "search_cache.py", "dbx.py"])
def test_example_shows_its_usage_when_started_without_words(run_example: Run, name: str) -> None:
    """Instead of a traceback."""
    answer = run_example(name)
    assert answer.returncode != 0
    assert name in answer.stderr
    assert "Traceback" not in answer.stderr
