"""Identifiers and file names use the usual terms of the field."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("fakebox", "dropbox")
# The private word, and the term that replaced it.
REPLACED = {
    "asked": "request or args",
    "befall": "apply_fault",
    "bury": "write_tombstone",
    "dismiss": "shut_down",
    "forget": "clear, remove or delete",
    "ground": "WorldContext",
    "grave": "deleted_ancestor",
    "hang": "reparent",
    "headed": "default_headers",
    "heir": "successor",
    "identities": "file_ids",
    "inheritance": "node_writes",
    "inprocess": "wsgi_transport",
    "kill": "mark_deleted",
    "knob": "setting",
    "knobs": "config",
    "lend": "attach",
    "masking": "log_redaction",
    "outcomes": "transfer",
    "patience": "timeout",
    "plant": "insert_copies",
    "refusal": "error",
    "refusals": "errors",
    "refuse": "reject or raise",
    "relocations": "copy_move",
    "remembered": "RowCache",
    "seal": "sign",
    "spot": "ResolvedPath",
    "sweep": "collect_garbage",
    "tidy": "delete_expired",
    "told": "payload",
    "twin": "copied",
    "twins": "copies",
    "uproot": "delete_rows",
    "wish": "request_token or options",
}
# Names of the standard library, in the modules that use them.
STANDARD = {"fakebox/cli/exec_process.py": {"kill"}}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def files():
    """Return the modules of both packages."""
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def words_of(name):
    """Return the words of an identifier or a file name, in lower case."""
    return {word.lower() for word in _WORDS.findall(name)}


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_uses_the_terms_of_the_field(path):
    """No identifier or file name contains a replaced word; prose is not checked."""
    source = io.StringIO(path.read_text(encoding="utf-8"))
    names = {
        token.string
        for token in tokenize.generate_tokens(source.readline)
        if token.type == tokenize.NAME
    }
    names -= STANDARD.get(path.relative_to(ROOT).as_posix(), set())
    found = {
        f"{name} (use {REPLACED[word]})"
        for name in {*names, *path.relative_to(ROOT).parts}
        for word in words_of(name) & REPLACED.keys()
    }
    assert found == set()
