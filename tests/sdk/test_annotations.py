"""Annotations of the SDK at run time: programs such as dependency injectors evaluate them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing

import pytest

import dropbox

MODULES = [
    name for _, name, _ in pkgutil.walk_packages(dropbox.__path__, "dropbox.") if "._" not in name
]


def _callables(module):
    for owner_name, owner in vars(module).items():
        if owner_name.startswith("_") or getattr(owner, "__module__", None) != module.__name__:
            continue
        yield owner_name, owner
        if inspect.isclass(owner):
            for name, member in inspect.getmembers(owner):
                if not name.startswith("_") and callable(member):
                    yield f"{owner_name}.{name}", member
                if isinstance(member, property):
                    yield f"{owner_name}.{name}", member.fget
            yield f"{owner_name}.__init__", owner.__init__


@pytest.mark.parametrize("name", MODULES)
def test_annotations_of_every_public_callable_resolve(name):
    """`typing.get_type_hints` works for each public function, class and method."""
    module = importlib.import_module(name)
    for where, public in _callables(module):
        if inspect.isroutine(public) or inspect.isclass(public):
            assert isinstance(typing.get_type_hints(public), dict), where
