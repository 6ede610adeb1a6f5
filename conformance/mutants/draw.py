"""Draw mutants of the emulator and the SDK with Cosmic Ray, the same ones in every run.

A place in the code is drawn by a hash of the code around it, not by its number. So a change of the
code replaces the mutants of the lines that changed, and leaves the others.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cosmic_ray.ast import Visitor, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from parso.tree import NodeOrLeaf

PACKAGES = ("fakebox/v1", "fakebox/v2", "fakebox/auth", "fakebox/http", "dropbox")
SEED = "2026"
# The operators that need arguments.
WITH_ARGUMENTS = ("core/VariableInserter", "core/VariableReplacer")
# The operators that change the `|` of a type.
UNIONS = {name for name in operator_names() if name.startswith("core/ReplaceBinaryOperator_BitOr_")}
# Decorators that only a type checker reads.
FOR_TYPES = {"final", "overload", "override"}

Position = tuple[int, int]
Change = tuple[str, int]


@dataclass(frozen=True)
class Drawn:
    """A mutant that was drawn.

    Attributes:
        package: the package of the file.
        path: the file.
        function: the qualified name of the function or class, or `module`.
        operator: the operator of Cosmic Ray.
        before: the line without the mutation.
        after: the line with it, or the lines that replace it.
        number: counts the mutants of one operator on equal lines of the function.
        code: the whole file with the mutation.
    """

    package: str
    path: str
    function: str
    operator: str
    before: str
    after: str
    number: int
    code: str

    @property
    def name(self) -> str:
        """The name of the mutant in the output and in the list of survivors."""
        count = f" ({self.number})" if self.number else ""
        return f"{self.path} {self.function}: {self.before} -> {self.after}{count}"


def draw(root: Path, package: str, count: int) -> list[Drawn]:
    """Draw mutants of a package.

    Args:
        root: the folder that contains the packages.
        package: one of `PACKAGES`.
        count: the number of mutants, each at a different place.

    Returns:
        The mutants, always the same for the same code.
    """
    places = [
        (rank(path.relative_to(root).as_posix(), place.key), path, place)
        for path in sorted((root / package).rglob("*.py"))
        for place in _places(path)
    ]
    ordered = sorted(places, key=lambda entry: entry[0])
    mutants = (_mutant(root, package, path, place) for _, path, place in ordered)
    return list(islice((mutant for mutant in mutants if is_code(mutant.code)), count))


def rank(*parts: object) -> str:
    """Return the text that orders places and operators for the draw."""
    return hashlib.sha256("\0".join((SEED, *map(str, parts))).encode()).hexdigest()


def is_code(text: str) -> bool:
    """Report whether a text can be compiled; some operators also match `**` and `*` in calls."""
    try:
        compile(text, "mutant", "exec")
    except SyntaxError:
        return False
    return True


@dataclass(frozen=True)
class _Place:
    """A position in a file that operators can change."""

    key: str
    function: str
    line: str
    number: int
    changes: tuple[Change, ...]


def _places(path: Path) -> Iterator[_Place]:
    """Find the places of a file that operators can change, without those that only types use."""
    code = path.read_text(encoding="utf-8")
    tree = ast.parse(code)
    ignored = list(_parts(tree, _only_for_types))
    annotations = list(_parts(tree, _annotations))
    lines = code.splitlines()
    finder = _Finder()
    finder.walk(get_ast(code))
    seen: Counter[str] = Counter()
    for start in sorted(finder.changes):
        names = {name for name, _ in finder.changes[start]}
        if _within(start, ignored) or (names <= UNIONS and _within(start, annotations)):
            continue
        line = lines[start[0] - 1]
        function = _function(tree, start[0])
        same = f"{function} {line.strip()} {start[1] - len(line) + len(line.lstrip())}"
        seen[same] += 1
        number = seen[same] - 1
        changes = tuple(finder.changes[start])
        yield _Place(f"{same} {number}", function, line.strip(), number, changes)


class _Finder(Visitor):
    """Collects the changes that operators can make, by position.

    Attributes:
        changes: for each position the operators that apply to it, each with the number of the
            position among those of the operator in the file.
    """

    def __init__(self) -> None:
        self.changes: dict[Position, list[Change]] = {}
        self._counts: Counter[str] = Counter()

    def visit(self, node: NodeOrLeaf) -> NodeOrLeaf:
        """Store the changes that operators can make in a node; return the node unchanged."""
        for name, operator in _operators():
            for start, _ in operator.mutation_positions(node):
                change = (name, self._counts[name])
                self.changes.setdefault(tuple(start), []).append(change)
                self._counts[name] += 1
        return node


@cache
def _operators() -> tuple[tuple[str, object], ...]:
    """Return the operators that need no arguments, each with its name."""
    names = (name for name in operator_names() if name not in WITH_ARGUMENTS)
    return tuple((name, get_operator(name)()) for name in names)


def _parts(
    tree: ast.AST, select: Callable[[ast.AST], Iterable[ast.expr | ast.stmt | None]]
) -> Iterator[tuple[Position, Position]]:
    """Find the first and the last position of the selected parts of a module."""
    for node in ast.walk(tree):
        for part in filter(None, select(node)):
            assert part.end_lineno is not None
            assert part.end_col_offset is not None
            yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)


def _only_for_types(node: ast.AST) -> Iterable[ast.expr | ast.stmt]:
    """Return the parts of a node that only a type checker reads."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return [node]
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return [each for each in decorators if ast.unparse(each) in FOR_TYPES]


def _annotations(node: ast.AST) -> Iterable[ast.expr | None]:
    """Return the annotations in a node. The emulator reads those of arguments of API v2."""
    if isinstance(node, (ast.AnnAssign, ast.arg)):
        return [node.annotation]
    return [node.returns] if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else []


def _within(start: Position, parts: Iterable[tuple[Position, Position]]) -> bool:
    return any(first <= start < last for first, last in parts)


def _function(tree: ast.AST, line: int) -> str:
    """Return the qualified name of the innermost function or class at a line."""
    names = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and _first_line(node) <= line <= (node.end_lineno or 0)
    ]
    return ".".join(names) or "module"


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _mutant(root: Path, package: str, path: Path, place: _Place) -> Drawn:
    """Apply one of the operators to a place."""
    operator, occurrence = min(place.changes, key=lambda each: rank(path.name, place.key, each[0]))
    code = path.read_text(encoding="utf-8")
    changed = mutate_code(code, get_operator(operator)(), occurrence)
    assert changed is not None
    return Drawn(
        package=package,
        path=path.relative_to(root).as_posix(),
        function=place.function,
        operator=operator,
        before=place.line,
        after=_after(code, changed),
        number=place.number,
        code=changed,
    )


def _after(before: str, after: str) -> str:
    """Return the lines that a mutation changed, joined."""
    old = before.splitlines()
    new = after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return " / ".join(line.strip() for line in new) or "nothing"
