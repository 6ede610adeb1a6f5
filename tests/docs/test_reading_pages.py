"""How pages are read into programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import blocks_of, output_pattern, script_of


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page with a saved file, a command, a program, and what that prints."""
    path = tmp_path / "page.md"
    path.write_text(
        "```{code-block} python\n:caption: own.py\n\nX = 1\n```\n"
        "Then:\n\n```sh\necho hello\n```\n"
        "```python\nimport own\nprint(own.X)\n```\n"
        "```text\n1\n```\n"
    )
    return path


def test_reader_finds_every_block_with_its_place(page: Path) -> None:
    """Blocks come in order, with language, caption and line."""
    found = [(block.language, block.caption, block.line) for block in blocks_of(page)]
    assert found == [
        ("python", "own.py", 1),
        ("sh", None, 8),
        ("python", None, 11),
        ("text", None, 15),
    ]


def test_script_saves_what_has_a_caption(page: Path, tmp_path: Path) -> None:
    """A captioned block becomes a file and isn't run."""
    script = script_of(blocks_of(page), tmp_path)
    assert (tmp_path / "own.py").read_text() == "X = 1\n"
    assert "own.py" not in script


def test_script_runs_commands_and_programs_in_order(page: Path, tmp_path: Path) -> None:
    """What runs is marked with its place, one after the other."""
    script = script_of(blocks_of(page), tmp_path)
    assert script.index("page.md:8") < script.index("echo hello") < script.index("page.md:11")


def test_output_matches_around_an_ellipsis() -> None:
    """Three dots stand for anything, lines included; the rest has to be there."""
    pattern = output_pattern("a ... c\n")
    assert pattern.fullmatch("a\nb c\n") is None
    assert pattern.fullmatch("a 1\n2 c\n")
