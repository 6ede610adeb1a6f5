"""The pages name only modules, classes, files and tox environments that exist."""

from __future__ import annotations

import configparser
import pkgutil
import re
from pathlib import Path

import pytest

from fakebox import Fakebox

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_CODE = re.compile(r"^```(?:\{code-block\} )?(?!\{)\w+$.*?^```$", re.MULTILINE | re.DOTALL)
_DOTTED = re.compile(r"\b(?:bench|conformance|dropbox|fakebox)(?:\.[A-Za-z_]\w*)+")
_FILE = re.compile(r"`((?:\.ci|bench|changelog\.d|conformance|docs|examples|tests)/[\w./-]*)`")
# Endings of host names and files.
_OTHERS = re.compile(r"\.(?:attr|cache|com|example|md|org|yml)$")


def is_there(dotted: str) -> bool:
    """Return whether a module, a name in a module, or a fixture attribute with this name exists."""
    if hasattr(Fakebox, dotted.removeprefix("fakebox.")):
        return True
    # `bench` and `conformance` are not installed, so their modules are found as files.
    if dotted.startswith(("bench.", "conformance.")):
        path = ROOT / dotted.replace(".", "/")
        return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
    # Of the official SDK, which is not installed beside the SDK of fakebox.
    if dotted == "dropbox.Dropbox":
        return True
    try:
        pkgutil.resolve_name(dotted)
    except (AttributeError, ImportError):
        return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_names_only_what_exists(page: Path) -> None:
    """Every name outside the code blocks exists; other tests run the code blocks."""
    text = page.read_text(encoding="utf-8")
    prose = _CODE.sub("", text)
    dotted = {name for name in _DOTTED.findall(prose) if not _OTHERS.search(name)}
    assert [name for name in sorted(dotted) if not is_there(name)] == []
    assert [name for name in _FILE.findall(prose) if not (ROOT / name).exists()] == []
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    named = {each for names in re.findall(r"tox -e ([\w,-]+)", text) for each in names.split(",")}
    assert [each for each in sorted(named) if f"testenv:{each}" not in tox] == []
