"""Tests of the draw of mutants. They need Cosmic Ray, which only `tox -e mutants` installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("cosmic_ray")

from conformance.mutants.draw import draw, is_code

if TYPE_CHECKING:
    from pathlib import Path

CODE = '''
def first(a: int | None) -> int | str:
    """Return 1 + 1."""
    return a + 1 if a is not None else 7


def second(b):
    return first(b) == first(b) + 2
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Returns a folder with a package of one module."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text(CODE, encoding="utf-8")
    return tmp_path


def test_draw_is_repeatable(root: Path) -> None:
    """The same code leads to the same mutants."""
    assert draw(root, "package", 3) == draw(root, "package", 3)


def test_drawn_mutants_are_valid_code_with_one_change(root: Path) -> None:
    """A mutant can be compiled, and one line of it differs."""
    for mutant in draw(root, "package", 100):
        assert is_code(mutant.code)
        lines = zip(CODE.splitlines(), mutant.code.splitlines(), strict=True)
        assert sum(before != after for before, after in lines) == 1


def test_annotations_and_docstrings_are_not_changed(root: Path) -> None:
    """A mutant changes neither a type nor a docstring."""
    lines = [mutant.before for mutant in draw(root, "package", 100)]
    assert lines
    assert not [line for line in lines if line.startswith(("def ", '"'))]


def test_change_of_a_function_leaves_the_mutants_of_others(root: Path) -> None:
    """New lines above a function do not change which of its mutants are drawn first."""
    before = [each.name for each in draw(root, "package", 100) if each.function == "second"]
    changed = CODE.replace("    return a + 1", "    a = a or 3\n    return a + 1")
    (root / "package" / "module.py").write_text(changed, encoding="utf-8")
    after = [each.name for each in draw(root, "package", 100) if each.function == "second"]
    assert before == after


def test_folder_of_the_project_does_not_change_the_draw(root: Path, tmp_path: Path) -> None:
    """The mutants do not depend on the folder of the checkout."""
    moved = root.rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
    names = [each.name for each in draw(moved, "package", 3)]
    moved.rename(root)
    assert names == [each.name for each in draw(root, "package", 3)]
