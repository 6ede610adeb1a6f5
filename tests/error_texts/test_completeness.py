"""The tables have every error text that the code makes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import fakebox as package
from tests.error_texts.texts import TEXTS

SOURCE = Path(package.__file__).parent

# The exceptions with such texts, and the folders and files that raise them.
EVERYWHERE = {
    "ArgumentTypeError",
    "CertificateError",
    "CommandError",
    "DirectoryError",
    "InvalidFault",
    "InvalidRedirectUri",
    "InvalidSetting",
    "NamespaceError",
    "ResourceNotFound",
    "UnknownEndpoint",
    "UsageError",
}
RAISED_IN = {
    "control": {"BadRequest", "_error"},
    "core/clock.py": {"ValueError"},
    "client_connection.py": {"ValueError"},
    "core/scopes.py": {"InvalidScope"},
    "credentials.py": {"ValueError"},
    "middleware/faults": {"TypeError"},
    "middleware/rate_limit.py": {"ValueError"},
    "control/consent.py": {"ValueError"},
    "testing/emulator.py": {"UnknownAccount", "ValueError"},
    "testing/fakebox.py": {"RuntimeError", "ValueError"},
    "testing/remote": {
        "AdminTokenError",
        "EmulatorUnreachable",
        "NotAnEmulator",
        "NotSupportedRemotely",
        "ValueError",
    },
    "testing/server.py": {"RuntimeError"},
    "world_form": {"ValueError", "WorldFormError"},
}


def error_texts(source: str, names: set[str]) -> Iterator[tuple[int, str]]:
    """Find the calls that make errors with a separate text.

    Args:
        source: the source of a module.
        names: the names of the exceptions or functions.

    Yields:
        The line of a call, and a pattern for its text.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names:
            text = node.args[-1]
            # These are the texts of other errors.
            if ast.unparse(text) not in ("str(error)", "error", "*error.mistakes"):
                yield node.lineno, text_pattern(text)


def text_pattern(expression: ast.expr) -> str:
    """Return a pattern for the texts of a string or an f-string.

    If the expression is not a string, the pattern matches no text.
    """
    parts = expression.values if isinstance(expression, ast.JoinedStr) else [expression]
    texts = [str(part.value) if isinstance(part, ast.Constant) else "" for part in parts]
    return "".join(re.escape(text) or ".*" for text in texts) if any(texts) else "(?!)"


def uncovered_sites(names: set[str], path: Path) -> list[str]:
    """Return the calls in a module whose text is in no table, as lines for an editor."""
    return [
        f"{path.relative_to(SOURCE.parent)}:{line}"
        for line, pattern in error_texts(path.read_text(encoding="utf-8"), names)
        if not any(re.search(pattern, text) for text in TEXTS)
    ]


def modules() -> Iterator[tuple[set[str], Path]]:
    """Find all modules, with the names of the exceptions to look for."""
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).as_posix()
        own = [names for prefix, names in RAISED_IN.items() if place.startswith(prefix)]
        yield EVERYWHERE.union(*own), path


def test_every_error_text_is_in_a_table() -> None:
    """Each call that makes an error with a separate text has a row in a table."""
    missing = [site for names, path in modules() for site in uncovered_sites(names, path)]
    assert missing == []


def test_error_texts_are_found_in_source() -> None:
    """The pattern of an expression without a string matches no text, except for `str(error)`."""
    source = (
        "raise CommandError('no value')\n"
        "raise CommandError(f'{name} must be {kind!r}')\n"
        "raise cli.CommandError(text)\n"
        "raise CommandError(str(error))\n"
        "raise OtherError('no value')\n"
    )
    patterns = [r"no\ value", r".*\ must\ be\ .*", "(?!)"]
    assert list(error_texts(source, {"CommandError"})) == list(enumerate(patterns, 1))


def test_error_texts_are_one_line() -> None:
    """No text has a line break, or ends with a full stop."""
    assert [text for text in TEXTS if "\n" in text or re.search(r"[^.]\.$", text)] == []
