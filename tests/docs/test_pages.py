"""Tests that the code blocks of the README and the documentation run unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import blocks_for, blocks_of
from tests.docs.run_pages import PAGES, RUNNABLE, page_name, run_blocks

SHOWN = {"bash", "console", "html", "javascript", "http", "ini", "json", "text", "toml", "yaml"}


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_code_blocks_of_a_page_run(page: Path, tmp_path: Path) -> None:
    """The blocks of a page, run in order, succeed and print the documented output.

    Those with the official SDK run in `tests/official`.
    """
    run_blocks(blocks_for(blocks_of(page), "fakebox"), tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_code_blocks_of_a_page_have_a_known_language(page: Path) -> None:
    """The language of every block is known: it is run, or only displayed."""
    unknown = [
        block.location for block in blocks_of(page) if block.language not in RUNNABLE | SHOWN
    ]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_each_code_block_needs_at_most_one_sdk(page: Path) -> None:
    """No block needs both packages named `dropbox`, because it could not run."""
    assert [block.location for block in blocks_of(page) if len(block.sdks) > 1] == []
