"""The error texts of `Fakebox`, `Fault`, `connect`, declared worlds and the plugin of pytest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fakebox as package
from fakebox import Fakebox, Fault
from fakebox.middleware.faults import InvalidFault
from fakebox.testing import FakeboxServer
from tests.error_texts.texts import (
    CALLS,
    CONNECT,
    FAULTS,
    FILES,
    PLUGIN,
    SERVER_IN_USE,
    WORLD_FILES,
    WORLDS,
    matches,
)

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(("fields", "text"), FAULTS)
def test_invalid_fault_has_the_text(fields: dict[str, Any], text: str) -> None:
    """A fault that is not valid raises `InvalidFault`, which is a `ValueError`."""
    with pytest.raises(InvalidFault) as caught:
        Fault.of(fields)
    assert (isinstance(caught.value, ValueError), str(caught.value)) == (True, text)


@pytest.mark.parametrize(("call", "kind", "text"), CALLS)
def test_fakebox_raises_an_exception_with_the_text(
    call: Callable[[Fakebox], object], kind: type[Exception], text: str
) -> None:
    """Arguments that are not valid, and calls at the wrong time, raise exceptions."""
    with Fakebox("inprocess") as box, pytest.raises(kind) as caught:
        call(box)
    assert str(caught.value) == text


@pytest.mark.parametrize(("arguments", "text"), CONNECT, ids=range(len(CONNECT)))
def test_connect_raises_an_exception_with_the_text(arguments: dict[str, Any], text: str) -> None:
    """Arguments of `connect` that are not valid raise ValueError, without credentials."""
    with pytest.raises(ValueError, match=r".") as caught:
        package.connect(**arguments)
    assert matches(text, str(caught.value)), str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(("world", "text"), [*WORLDS, *WORLD_FILES])
def test_declared_world_with_a_mistake_has_the_text(world: Any, text: str) -> None:
    """A declared world with one mistake raises ValueError with one line."""
    for name, content in FILES.items():
        Path(name).write_text(content)
    with pytest.raises(ValueError, match=r".") as caught:
        Fakebox("inprocess", world=world)
    assert matches(text, str(caught.value)), str(caught.value)


def test_server_in_use_raises_an_exception_with_the_text() -> None:
    """A second `Fakebox` cannot use a server at the same time."""
    with FakeboxServer() as server, Fakebox(server), pytest.raises(RuntimeError) as caught:
        Fakebox(server).start()
    assert str(caught.value) == SERVER_IN_USE


@pytest.mark.parametrize(("source", "ini", "text"), PLUGIN)
def test_plugin_prints_the_text(
    pytester: pytest.Pytester, source: str, ini: str, text: str
) -> None:
    """The text is one line of the output of pytest."""
    pytester.makepyfile(source)
    pytester.makeini(f"[pytest]\n{ini}\n")
    result = pytester.runpytest("-p", "no:randomly", "-p", "no:socket")
    lines = [*result.outlines, *result.errlines]
    assert any(matches(text, line) for line in lines), lines
