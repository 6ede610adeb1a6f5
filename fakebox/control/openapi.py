"""`openapi.json`: a description of the control plane in OpenAPI 3.1, made from its routes."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app

from fakebox.control.operations import JSON, OPERATIONS, Operation
from fakebox.control.schemas import COMPONENTS, Schema, object_of, reference

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue
    from werkzeug.routing import Rule

blueprint: Blueprint = Blueprint("openapi", __name__)

_VARIABLE = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")
_PARAMETERS: dict[str, tuple[Schema, str, object]] = {
    "uid": ({"type": "integer", "minimum": 1}, "The user id of an account.", 1),
    "path": ({"type": "string"}, "The path of a file or folder, without the first slash.", "a.txt"),
    "key": ({"type": "string"}, "The key of an app.", "fakebox-app-key"),
    "token": ({"type": "string"}, "A token.", "fakebox-bearer-token"),
    "number": ({"type": "string", "pattern": "^[0-9]+$"}, "The id of the object.", "1"),
    "name": ({"type": "string"}, "The name of a namespace.", "billing"),
    "filename": ({"type": "string"}, "The name of a file.", "dashboard.css"),
}
_NAMESPACE: Schema = {
    "name": "X-Fakebox-Namespace",
    "in": "header",
    "description": "The namespace; the default one without it. It is created on first use.",
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,39}$"},
}
_ERRORS = {
    400: "The request is not valid.",
    401: "The admin token is missing or wrong.",
    403: "The request is from a web page of another origin, or not for this machine.",
    404: "The object does not exist.",
}


@blueprint.get("/openapi.json")
def document() -> ResponseReturnValue:
    """Return a description of the control plane, in OpenAPI 3.1."""
    return describe(current_app)


@cache
def describe(app: Flask) -> dict[str, Any]:
    """The description of an application of the control plane.

    Args:
        app: the application. Each of its views must be in `OPERATIONS`.
    """
    paths: dict[str, dict[str, Any]] = {}
    seen: set[str] = set()
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        path = _VARIABLE.sub(r"{\g<name>}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(rule, method, seen)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "fakebox control plane",
            "summary": "Controls an emulator of the Dropbox API.",
            "version": version("fakebox"),
        },
        "servers": [{"url": "/_fakebox"}],
        "security": [{}, {"adminToken": []}],
        "paths": paths,
        "components": {
            "schemas": COMPONENTS,
            "parameters": {"Namespace": _NAMESPACE},
            "responses": {str(status): _error_response(text) for status, text in _ERRORS.items()},
            "securitySchemes": {"adminToken": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(rule: Rule, method: str, seen: set[str]) -> dict[str, Any]:
    operation = OPERATIONS[rule.endpoint]
    described: dict[str, Any] = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": _unique(rule.endpoint.replace(".", "_"), seen),
        "parameters": [
            *(_path_parameter(name) for name in sorted(rule.arguments) if f"{name}>" in rule.rule),
            *(
                {"name": item.name, "in": "query", "schema": item.schema()}
                for item in operation.query
            ),
            {"$ref": "#/components/parameters/Namespace"},
        ],
        "responses": _responses(operation),
    }
    if (body := _body(operation)) and method != "GET":
        described["requestBody"] = body
    return described


def _unique(name: str, seen: set[str]) -> str:
    """The name, with a number if a view has several paths."""
    number = 1
    unique = name
    while unique in seen:
        number += 1
        unique = f"{name}_{number}"
    seen.add(unique)
    return unique


def _path_parameter(name: str) -> dict[str, Any]:
    schema, text, example = _PARAMETERS[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": text,
        "schema": schema,
        "example": str(example) if schema["type"] == "string" else example,
    }


def _body(operation: Operation) -> dict[str, Any] | None:
    schema = object_of(list(operation.fields)) if operation.fields else operation.body
    if schema is None:
        return None
    content: dict[str, Any] = {"schema": schema}
    if operation.example is not None and operation.media_type == JSON:
        content["example"] = operation.example
    is_required = any(item.required for item in operation.fields)
    return {"required": is_required, "content": {operation.media_type: content}}


def _responses(operation: Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "The request has succeeded."}
    if operation.response is not None:
        success["content"] = {operation.response_type: {"schema": operation.response}}
    responses = {str(operation.status): success}
    statuses = {401, 403} | {example.status for example in operation.rejected}
    for status in sorted(statuses):
        examples = [each for each in operation.rejected if each.status == status]
        responses[str(status)] = (
            _error_response(_ERRORS[status], [each.text for each in examples])
            if examples
            else {"$ref": f"#/components/responses/{status}"}
        )
    return responses


def _error_response(text: str, examples: list[str] | None = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": reference("Error")}
    if examples:
        content["examples"] = {
            f"example{number}": {"value": {"error": example}}
            for number, example in enumerate(examples, 1)
        }
    return {"description": text, "content": {JSON: content}}
