"""The code blocks of the documentation that use the official SDK run unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import blocks_for, blocks_of
from tests.docs.run_pages import PAGES, page_name, run_blocks

WITH_OFFICIAL = [
    page for page in PAGES if any("official" in block.sdks for block in blocks_of(page))
]


@pytest.mark.parametrize("page", WITH_OFFICIAL, ids=page_name)
def test_code_blocks_of_a_page_run_with_the_official_sdk(page: Path, tmp_path: Path) -> None:
    """The blocks of a page, run in order, succeed and print the documented output."""
    run_blocks(blocks_for(blocks_of(page), "official"), tmp_path)
