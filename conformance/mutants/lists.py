"""The mutants that are tried: listed ones and drawn ones, and the list of survivors."""

from __future__ import annotations

from pathlib import Path

from conformance.inventory import tomllib
from conformance.mutants.draw import PACKAGES, draw
from conformance.mutants.trials import Mutant, MutantError

ROOT = Path(__file__).parents[2]


def listed() -> list[Mutant]:
    """Read the mutants that are listed.

    Raises:
        MutantError: the text to replace does not occur exactly once.
    """
    text = Path(__file__).with_name("listed.toml").read_text(encoding="utf-8")
    return [
        Mutant(
            name,
            entry["file"],
            mutated(entry["file"], entry["replace"], entry["by"]),
            tests=tuple(entry.get("tests", ())),
        )
        for name, entry in tomllib.loads(text).items()
    ]


def mutated(path: str, old: str, new: str) -> str:
    """Replace a text that occurs once in a file, and return the changed code."""
    code = (ROOT / path).read_text(encoding="utf-8")
    if (count := code.count(old)) != 1:
        raise MutantError(f"{path} has {old!r} {count} times, expected once")
    return code.replace(old, new)


def drawn(each: int, packages: list[str] | None = None) -> list[Mutant]:
    """Draw mutants in each package, or in those given."""
    return [
        Mutant(mutant.name, mutant.path, mutant.code, package)
        for package in packages or PACKAGES
        for mutant in draw(ROOT, package, each)
    ]


def survivors() -> dict[str, str]:
    """Read the drawn mutants that have no effect on any response, each with the reason."""
    text = Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8")
    entries: dict[str, str] = tomllib.loads(text)
    return entries
