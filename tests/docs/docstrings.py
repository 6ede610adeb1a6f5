"""Find the public objects of modules, and run the examples in their docstrings."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import FunctionType, MappingProxyType, ModuleType

_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_MEMBER_TYPES = (FunctionType, classmethod, staticmethod, property)


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
            The differences between the expected and the actual output; empty without differences.
        """
        report: list[str] = []
        runner = doctest.DocTestRunner(verbose=False, optionflags=_FLAGS)
        parser = doctest.DocTestParser()
        test = parser.get_doctest(self.docstring, dict(names), self.name, self.name, 0)
        runner.run(test, out=report.append)
        return "".join(report)


def objects_of_module(
    module: ModuleType, excluded: Mapping[str, set[str]] = MappingProxyType({})
) -> Iterator[PublicObject]:
    """Find the public objects of a module: classes with their public members, and functions.

    Args:
        module: the module. Its public names are in `__all__`. Without `__all__`, they are the
            names that it defines without a leading underscore.
        excluded: the members of a class to leave out, by the name of the class.

    Yields:
        The objects, in the order of their names.
    """
    for name in sorted(_public_names(module)):
        value = getattr(module, name)
        if isinstance(value, type):
            yield from objects_of_class(value, module.__name__, excluded.get(name, set()))
        elif isinstance(value, FunctionType):
            yield PublicObject(f"{module.__name__}.{name}", value)


def objects_of_class(
    cls: type, module_name: str, excluded: AbstractSet[str] = frozenset()
) -> Iterator[PublicObject]:
    """Find a class and its public members.

    Args:
        cls: the class.
        module_name: the module from which programs import it.
        excluded: the names of members to leave out.

    Yields:
        The class, and its members in the order of their names. A member that the class inherits is
        included unless the base class is in another package.
    """
    yield PublicObject(f"{module_name}.{cls.__name__}", cls)
    for member, value in sorted(_members(cls, module_name.partition(".")[0]).items()):
        if member not in excluded:
            yield PublicObject(f"{module_name}.{cls.__name__}.{member}", value)


def _public_names(module: ModuleType) -> list[str]:
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]


def _members(cls: type, package: str) -> dict[str, object]:
    members: dict[str, object] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.partition(".")[0] == package:
            found = vars(base).items()
            members |= {key: value for key, value in found if isinstance(value, _MEMBER_TYPES)}
    return {
        name: getattr(value, "__func__", value)
        for name, value in members.items()
        if not name.startswith("_")
    }
