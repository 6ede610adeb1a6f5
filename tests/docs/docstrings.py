"""Find the public objects of modules, and run the examples in their docstrings."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType

_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# Functions that a class gets from its base classes or decorators have no docstring of their own.
_CALLABLE_TYPES = (FunctionType, classmethod, staticmethod, property)


@dataclass(frozen=True)
class PublicObject:
    """A public class, function, method or property.

    Attributes:
        name: the name under which the documentation shows it, such as `dropbox.client.X.y`.
        value: the object.
    """

    name: str
    value: object

    @property
    def docstring(self) -> str:
        """The docstring, without indentation."""
        return inspect.getdoc(self.value) or ""

    @property
    def has_example(self) -> bool:
        """Whether the docstring has a section `Example:` with at least one statement."""
        _, heading, section = self.docstring.partition("\nExample:\n")
        return bool(heading) and bool(doctest.DocTestParser().get_examples(section))

    def run_examples(self, names: dict[str, object]) -> str:
        """Run the examples.

        Args:
            names: the names that the examples can use without importing them.

        Returns:
            What differs between the expected and the actual output; empty if nothing does.
        """
        report: list[str] = []
        runner = doctest.DocTestRunner(verbose=False, optionflags=_FLAGS)
        parser = doctest.DocTestParser()
        test = parser.get_doctest(self.docstring, dict(names), self.name, self.name, 0)
        runner.run(test, out=report.append)
        return "".join(report)


def public_objects(module: ModuleType, **excluded: set[str]) -> Iterator[PublicObject]:
    """Find the public objects of a module: classes with their public members, and functions.

    Args:
        module: the module. Its public names are those in `__all__`; without `__all__`, those that
            it defines itself and that do not begin with an underscore.
        excluded: the members of a class to leave out, by the name of the class.

    Yields:
        The objects, in the order of their names. A member that a class inherits belongs to the
        class, unless the base class is in another package.
    """
    for name in sorted(_public_names(module)):
        value = getattr(module, name)
        if not isinstance(value, (type, FunctionType)):
            continue
        yield PublicObject(f"{module.__name__}.{name}", value)
        if isinstance(value, type):
            for member, function in sorted(_members(value, module).items()):
                if member not in excluded.get(name, ()):
                    yield PublicObject(f"{module.__name__}.{name}.{member}", function)


def _public_names(module: ModuleType) -> list[str]:
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]


def _members(cls: type, module: ModuleType) -> dict[str, object]:
    package = module.__name__.partition(".")[0]
    members: dict[str, object] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.partition(".")[0] == package:
            found = vars(base).items()
            members |= {key: value for key, value in found if isinstance(value, _CALLABLE_TYPES)}
    return {
        name: getattr(value, "__func__", value)
        for name, value in members.items()
        if not name.startswith("_")
    }
