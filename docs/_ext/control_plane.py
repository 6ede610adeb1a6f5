"""The reference of the control plane in Markdown, made from its OpenAPI description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fakebox.control.app import create_control
from fakebox.control.openapi import describe

_GROUPS = {
    "state": "State",
    "accounts": "Accounts, files, apps and tokens",
    "behavior": "Faults, clock, settings and the rate limit",
    "requests": "Journal",
    "dashboard": "Pages",
}


def markdown() -> str:
    """The operations in their groups, and the objects of bodies and responses."""
    return "\n".join(_lines(describe(create_control())))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    operations = [
        (method.upper(), f"{document['servers'][0]['url']}{path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    for tag, title in _GROUPS.items():
        yield f"## {title}\n"
        for method, path, operation in operations:
            if tag in operation["tags"]:
                yield from _operation(method, path, operation)
    yield "## Objects\n"
    for name, schema in document["components"]["schemas"].items():
        yield f"### {name}\n"
        yield from _table(schema)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### `{method} {path}`\n"
    yield f"{operation['summary']}\n"
    parameters = [item for item in operation["parameters"] if item.get("in") == "query"]
    if parameters:
        yield "Parameters of the query:\n"
        yield from _table({"properties": {item["name"]: item["schema"] for item in parameters}})
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield from _body(media_type, content)
    for status, response in operation["responses"].items():
        yield from _response(status, response)
    yield ""


def _body(media_type: str, content: dict[str, Any]) -> Iterator[str]:
    schema = content["schema"]
    if "properties" in schema:
        yield "Fields of the JSON object in the body:\n"
        yield from _table(schema)
    else:
        yield f"Body: {_type(schema)} (`{media_type}`)\n"
    if "example" in content:
        yield f"```json\n{json.dumps(content['example'], indent=2)}\n```\n"


def _response(status: str, response: dict[str, Any]) -> Iterator[str]:
    if "$ref" in response:
        # Every operation has these errors.
        return
    content = response.get("content", {})
    for media_type, described in content.items():
        if examples := described.get("examples"):
            for example in examples.values():
                yield f"- {status}: `{example['value']['error']}`"
        elif properties := described["schema"].get("properties"):
            yield f"Response: {status} with these fields:\n"
            yield from _table({"properties": properties})
        else:
            yield f"Response: {status}, {_type(described['schema'])} (`{media_type}`)\n"
    if not content:
        yield f"Response: {status} without a body\n"


def _table(schema: dict[str, Any]) -> Iterator[str]:
    required = schema.get("required", []) if schema.get("additionalProperties") is False else []
    yield "| field | type | |\n| --- | --- | --- |"
    for name, value in schema["properties"].items():
        text = value.get("description", "")
        needed = "Required. " if name in required else ""
        yield f"| `{name}` | {_type(value)} | {needed}{text} |"
    yield ""


def _type(schema: dict[str, Any]) -> str:
    """The type of a value in words, with its choices and its lowest value."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "oneOf" in schema:
        return " or ".join(_type(each) for each in schema["oneOf"])
    kind = schema.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else kind
    if schema.get("format") == "binary":
        words = "the content of a file"
    if kind == "array" and schema.get("items"):
        words = f"list of {_type(schema['items'])}"
    if "enum" in schema:
        words += ": " + ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("minimum") is not None:
        words += f", at least {schema['minimum']}"
    return words
