"""Tests of the conversion of documentation pages to shell scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import blocks_for, blocks_of, output_pattern, script_of


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Returns a page with a saved file, a command, a program and its output."""
    path = tmp_path / "page.md"
    path.write_text(
        "```{code-block} python\n:caption: own.py\n\nX = 1\n```\n"
        "Then:\n\n```sh\necho hello\n```\n"
        "```python\nimport own\nprint(own.X)\n```\n"
        "```text\n1\n```\n"
    )
    return path


def test_blocks_of_returns_every_block_with_its_line(page: Path) -> None:
    """`blocks_of` returns the blocks in order, with language, caption and line."""
    found = [(block.language, block.caption, block.line) for block in blocks_of(page)]
    assert found == [
        ("python", "own.py", 1),
        ("sh", None, 8),
        ("python", None, 11),
        ("text", None, 15),
    ]


def test_script_of_saves_a_block_with_a_caption(page: Path, tmp_path: Path) -> None:
    """A block with a caption is saved to a file and is not run."""
    script = script_of(blocks_of(page), tmp_path)
    assert (tmp_path / "own.py").read_text() == "X = 1\n"
    assert "own.py" not in script


def test_script_of_keeps_the_order_of_blocks(page: Path, tmp_path: Path) -> None:
    """The script writes the location of each block before its commands, in order."""
    script = script_of(blocks_of(page), tmp_path)
    assert script.index("page.md:8") < script.index("echo hello") < script.index("page.md:11")


def test_output_pattern_matches_any_text_for_an_ellipsis() -> None:
    """Three dots match any text, including line breaks, and other text matches exactly."""
    pattern = output_pattern("a ... c\n")
    assert pattern.fullmatch("a\nb c\n") is None
    assert pattern.fullmatch("a 1\n2 c\n")


def test_blocks_for_leaves_out_blocks_with_another_sdk(tmp_path: Path) -> None:
    """A block is left out with its output, also if it uses the SDK by a saved file."""
    page = tmp_path / "page.md"
    page.write_text(
        "```{code-block} python\n:caption: app.py\n\nimport dropbox\n```\n"
        "```python\nfrom app import upload\n```\n"
        "```text\nuploaded\n```\n"
        "```python\ndef test_upload(dropbox_client): ...\n```\n"
        "```sh\ntrue\n```\n"
    )
    blocks = blocks_of(page)
    app, test_of_app, output, test_of_client, command = blocks
    assert blocks_for(blocks, "official") == [app, test_of_app, output, command]
    assert blocks_for(blocks, "fakebox") == [app, test_of_client, command]


def test_script_of_runs_consecutive_tests_in_one_process(tmp_path: Path) -> None:
    """Tests before a command run before it, and tests after it run after it."""
    page = tmp_path / "page.md"
    test = "```python\ndef test_it(): ...\n```\n"
    page.write_text(f"{test}```json\n1\n```\n{test}```sh\ntrue\n```\n{test}")
    script = script_of(blocks_of(page), tmp_path)
    first = script.index("pytest -q test_block_0.py test_block_2.py\n")
    assert first < script.index("true") < script.index("pytest -q test_block_4.py\n")
