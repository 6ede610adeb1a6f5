"""The reference of the control plane has every operation, field, example and error."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from fakebox.control.app import create_control
from fakebox.control.openapi import describe
from tests.docs.tables import ROOT


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> str:
    """The generated part of the page."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT / "docs" / "_ext")])
    from control_plane import markdown  # type: ignore[import-not-found]

    text: str = markdown()
    return text


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """The operations of the OpenAPI description."""
    paths = describe(create_control())["paths"]
    return [
        (method.upper(), path, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
    ]


def test_page_has_every_operation(page: str) -> None:
    """The heading of an operation is its method and path, followed by its summary."""
    for method, path, operation in operations():
        assert f"### `{method} /_fakebox{path}`\n\n{operation['summary']}\n" in page


def test_page_has_every_field_with_its_type(page: str) -> None:
    """Each object is a table of fields, types and descriptions."""
    for schema in describe(create_control())["components"]["schemas"].values():
        for name, value in schema["properties"].items():
            assert f"| `{name}` | " in page
            assert value.get("description", "") in page
    assert "| `quota_bytes` | integer, at least 0 | The storage quota, in bytes. |" in page
    assert "| `email` | string | Required. The e-mail address. |" in page


def test_page_has_every_example_and_error(page: str) -> None:
    """Examples of bodies are JSON, and errors have their status and text."""
    for _, _, operation in operations():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if "example" in content:
                assert json.dumps(content["example"], indent=2) in page
    assert "- 400: `email is missing or empty`" in page
    assert "- 404: `there is no account 99`" in page
