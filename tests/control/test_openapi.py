"""`openapi.json`: a valid description of every route, whose examples are sent to the routes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

import pytest
import urllib3
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from fakebox import Fakebox
from fakebox.control.app import create_control
from fakebox.control.openapi import describe
from fakebox.control.operations import OPERATIONS, Operation, Rejected
from tests.raw_http import V1

Send = Callable[..., urllib3.BaseHTTPResponse]
DOCUMENT = describe(create_control())
RULES = sorted(create_control().url_map.iter_rules(), key=lambda rule: rule.rule)
ROUTES = [
    (method, rule.rule, rule.endpoint)
    for rule in RULES
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
]
REJECTED = [
    pytest.param(method, path, rejected, id=f"{method} {path} {number}")
    for method, path, endpoint in ROUTES
    for number, rejected in enumerate(OPERATIONS[endpoint].rejected)
]
# Pages have forms instead of JSON; the tests of the dashboard send them.
EXAMPLES = [
    pytest.param(method, path, OPERATIONS[endpoint], id=f"{method} {path}")
    for method, path, endpoint in ROUTES
    # A server without TLS has no CA; tests of the command line request it.
    if (not path.startswith("/page/") or method == "GET") and path != "/ca.pem"
]


@pytest.fixture
def filled(box: Fakebox, send: Send) -> Send:
    """A function that sends a request to an emulator in which the objects of the examples exist."""
    box.write("/a.txt", "hello")
    V1(box.url).get("/account/info")
    box.faults.add(endpoint="delta", status=503, times=None)
    box.faults.add(endpoint="metadata", preset="too_many_requests")
    send("POST", "/snapshots")
    send("GET", "/clock", headers={"X-Fakebox-Namespace": "billing"})
    return send


@pytest.fixture
def send(box: Fakebox) -> Send:
    """A function that sends a request to the control plane."""

    def send(method: str, path: str, body: Any = None, **options: Any) -> urllib3.BaseHTTPResponse:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        url = f"{box.url}/_fakebox{path}"
        return urllib3.request(method, url, body=data, retries=False, redirect=False, **options)

    return send


def target(rule: str, values: Any = None, query: Any = None) -> str:
    """The path of a request, with the examples of its parameters."""
    path = describe_path(rule)
    parameters = next(iter(DOCUMENT["paths"][path].values()))["parameters"]
    examples = {item["name"]: item["example"] for item in parameters if item.get("in") == "path"}
    for name, value in {**examples, **(values or {})}.items():
        path = path.replace(f"{{{name}}}", quote(str(value)))
    return f"{path}?{urlencode(query)}" if query else path


def describe_path(rule: str) -> str:
    """The path of a rule in the document."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def schema_of(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with the components that it refers to."""
    return {**schema, "components": DOCUMENT["components"]}


def test_document_is_valid() -> None:
    """A validator of OpenAPI accepts the document, with its schemas and examples."""
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_document_is_returned(send: Send) -> None:
    """The route returns the document as JSON."""
    response = send("GET", "/openapi.json")
    assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
    assert response.json() == json.loads(json.dumps(DOCUMENT))


def test_document_has_every_route_and_no_other() -> None:
    """Every method of every path of the application is described."""
    documented = {
        (method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item
    }
    assert documented == {(method, describe_path(path)) for method, path, _ in ROUTES}
    assert {endpoint for _, _, endpoint in ROUTES} == OPERATIONS.keys()


def test_every_field_and_response_has_a_description() -> None:
    """No field of a body or a response is without a description."""
    missing = []

    def visit(place: str, schema: Any) -> None:
        for name, value in schema.get("properties", {}).items():
            if not value.get("description") and "$ref" not in value:
                missing.append(f"{place}.{name}")
            visit(f"{place}.{name}", value)

    for name, schema in DOCUMENT["components"]["schemas"].items():
        visit(name, schema)
    assert missing == []


@pytest.mark.parametrize(("method", "path", "operation"), EXAMPLES)
def test_example_has_the_documented_response(
    filled: Send, box: Fakebox, method: str, path: str, operation: Operation
) -> None:
    """The example of an operation is accepted, and the response has the documented schema."""
    body = operation.example
    if body == {"request_token": "REQUEST_TOKEN"}:
        pairs = parse_qs(V1(box.url, "", "").post("/oauth/request_token").data.decode())
        body = {"request_token": pairs["oauth_token"][0]}
    response = filled(method, target(path), body)
    assert response.status == operation.status, response.data
    if operation.response is None:
        assert response.data == b""
    elif operation.response_type == "application/json":
        Draft202012Validator(schema_of(operation.response)).validate(response.json())
    elif not path.startswith("/static"):
        expected = {"application/octet-stream": "text/plain"}
        kind = expected.get(operation.response_type, operation.response_type)
        assert response.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize(("method", "path", "rejected"), REJECTED)
def test_rejected_example_has_the_documented_error(
    filled: Send, method: str, path: str, rejected: Rejected
) -> None:
    """The example of an error has its status and its text."""
    response = filled(method, target(path, rejected.path, rejected.query), rejected.body)
    error = response.json()
    assert (response.status, error["error"]) == (rejected.status, rejected.text)
    Draft202012Validator(schema_of(DOCUMENT["components"]["schemas"]["Error"])).validate(error)


@pytest.mark.parametrize(
    "endpoint", [name for name, operation in OPERATIONS.items() if operation.fields]
)
def test_examples_match_the_schema_of_the_body(endpoint: str) -> None:
    """The example of a body is valid by its own schema, and an unknown field is not."""
    from fakebox.control.schemas import object_of

    operation = OPERATIONS[endpoint]
    validator = Draft202012Validator(object_of(list(operation.fields)))
    validator.validate(operation.example)
    assert not validator.is_valid({**operation.example, "colour": "red"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Fault", {"endpoint": "delta", "status": 503}),
        ("Fault", {"preset": "bad_gateway", "times": None}),
        ("Settings", {"quota_status": 507, "read_only": True}),
    ],
    ids=["fault", "preset", "settings"],
)
def test_value_matches_its_schema(name: str, value: dict[str, Any]) -> None:
    """Faults and settings have schemas that reject unknown names."""
    validator = Draft202012Validator(schema_of(DOCUMENT["components"]["schemas"][name]))
    validator.validate(value)
    assert not validator.is_valid({**value, "colour": "red"})


def test_schema_of_settings_has_every_setting(send: Send) -> None:
    """The schema has the names of all settings."""
    documented = DOCUMENT["components"]["schemas"]["Settings"]["properties"]
    assert documented.keys() == send("GET", "/settings").json().keys()
