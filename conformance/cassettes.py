"""Recorded exchanges, and the differences between two recordings.

A cassette is a JSON file named after its case. It holds the version of the API, and a list of
exchanges in the form that `exchanges.Recorder` writes. Two recordings of different versions have
nothing in common, so only recordings of the same version are compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# These values differ in each run; only their types are compared.
VOLATILE = frozenset(
    {
        "client_modified",
        "client_mtime",
        "cursor",
        "expires",
        "hash",
        "modified",
        "rev",
        "revision",
        "server_modified",
    }
)
KEPT = Path(__file__).with_name("cassettes")


def path_of(case: str, folder: Path = KEPT) -> Path:
    """Return the path of a case's cassette."""
    return folder / (re.sub(r"\W+", "-", case).strip("-") + ".json")


def save(case: str, api: str, exchanges: list[dict[str, Any]], folder: Path) -> None:
    """Write the exchanges of a case over a version of the API, `v1` or `v2`."""
    folder.mkdir(parents=True, exist_ok=True)
    cassette = {"api": api, "exchanges": exchanges}
    text = json.dumps(cassette, indent=1, ensure_ascii=False, sort_keys=True)
    path_of(case, folder).write_text(text + "\n", encoding="utf-8")


def load(case: str, api: str, folder: Path = KEPT) -> list[dict[str, Any]] | None:
    """Read the exchanges of a case; return `None` if it has no cassette of this version."""
    path = path_of(case, folder)
    if not path.exists():
        return None
    cassette = json.loads(path.read_text(encoding="utf-8"))
    return cassette["exchanges"] if cassette["api"] == api else None


def differences(kept: list[dict[str, Any]], seen: list[dict[str, Any]]) -> list[str]:
    """Return all differences, one per line. Differences of structure and type come first."""
    structure: list[str] = []
    values: list[str] = []
    if len(kept) != len(seen):
        structure.append(f"{len(kept)} exchanges were recorded, now there are {len(seen)}")
    for number, (old, new) in enumerate(zip(kept, seen, strict=False), 1):
        where = f"{number}. {old['request']['method']} {old['request']['call']}"
        for is_structural, text in _compared(old["response"], new["response"], where):
            (structure if is_structural else values).append(text)
    return structure + values


def structural(kept: list[dict[str, Any]], seen: list[dict[str, Any]]) -> list[str]:
    """Return the differences of structure, type and status."""
    return [
        text
        for text in differences(kept, seen)
        if ".status:" in text or not text.endswith(" is the value now")
    ]


def _compared(old: Any, new: Any, where: str) -> Iterator[tuple[bool, str]]:
    if type(old) is not type(new):
        yield True, f"{where}: was {type(old).__name__}, now {type(new).__name__}"
    elif isinstance(old, dict):
        yield from _fields(old, new, where)
    elif isinstance(old, list):
        if len(old) != len(new):
            yield True, f"{where}: had {len(old)} items, now {len(new)}"
        for number, (first, second) in enumerate(zip(old, new, strict=False)):
            yield from _compared(first, second, f"{where}[{number}]")
    elif not _is_same(old, new, where.rpartition(".")[2]):
        yield where.endswith(".status"), f"{where}: {old!r} was recorded, {new!r} is the value now"


def _is_same(old: Any, new: Any, name: str) -> bool:
    if name == "error_summary":
        # The service varies the number of dots at the end.
        return str(old).rstrip(".") == str(new).rstrip(".")
    return name in VOLATILE or old == new


def _fields(old: dict[str, Any], new: dict[str, Any], where: str) -> Iterator[tuple[bool, str]]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield True, f"{where}.{name}: is missing"
        elif name not in old:
            yield True, f"{where}.{name}: is new"
        else:
            yield from _compared(old[name], new[name], f"{where}.{name}")
