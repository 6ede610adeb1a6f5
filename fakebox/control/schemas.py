"""Schemas of the JSON of the control plane, in JSON Schema 2020-12 as OpenAPI 3.1 has it."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from fakebox import config
from fakebox.context import Options
from fakebox.core.accounts import AccountType
from fakebox.core.apps import Access
from fakebox.core.settings import Settings
from fakebox.middleware.faults import Fault
from fakebox.middleware.faults.fault import CHOICES, KINDS, LOWEST
from fakebox.middleware.faults.presets import PRESETS

Schema = dict[str, Any]
Types = tuple[type, ...]

TEXT: Types = (str,)
INTEGER: Types = (int,)
NUMBER: Types = (int, float)
BOOLEAN: Types = (bool,)
LIST: Types = (list,)
TEXT_OR_BOOLEAN: Types = (bool, str)

ACCOUNT_TYPES: tuple[str, ...] = get_args(AccountType)
APP_ACCESS: tuple[str, ...] = get_args(Access)
TOKEN_TYPES = ("oauth1", "bearer")

_NAMES: dict[type, str] = {
    str: "string",
    bytes: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
    Mapping: "object",
}


@dataclass(frozen=True)
class Field:
    """A field of a JSON object, or a parameter of a query.

    Attributes:
        name: the name.
        types: the Python types of its values.
        text: the description.
        required: whether it must be given.
        choices: the accepted values; empty for all.
        minimum: the lowest value; `None` for no limit.
    """

    name: str
    types: Types
    text: str
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None

    def schema(self) -> Schema:
        """The schema of a value."""
        return typed(self.types, self.text, self.choices, self.minimum)


def typed(
    types: Types, text: str, choices: tuple[object, ...] = (), minimum: int | None = None
) -> Schema:
    """The schema of a value of these types."""
    names = list(dict.fromkeys(_NAMES[kind] for kind in types if kind in _NAMES))
    if names == ["integer", "number"]:
        names = ["number"]
    schema: Schema = {"type": names[0] if len(names) == 1 else names}
    if "array" in names:
        schema["items"] = {"type": "string"} if names == ["array"] else {}
    if choices:
        schema["enum"] = list(choices)
    if minimum is not None:
        schema["minimum"] = minimum
    return {**schema, "description": text} if text else schema


def reference(name: str) -> Schema:
    """A reference to one of `COMPONENTS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Schema, text: str) -> Schema:
    """The schema of a list."""
    return {"type": "array", "items": items, "description": text}


def map_of(values: Schema, text: str) -> Schema:
    """The schema of an object with arbitrary names."""
    return {"type": "object", "additionalProperties": values, "description": text}


def nullable(types: Types, text: str) -> Schema:
    """The schema of a value of these types, or null."""
    schema = typed(types, text)
    return {**schema, "type": [schema["type"], "null"]}


def response(**properties: Schema | str | tuple[Types, str]) -> Schema:
    """The schema of an object that has all of these properties.

    Args:
        properties: the schema of each; a text is the description of a string, and a tuple has the
            types and the description.
    """
    schemas = {}
    for name, value in properties.items():
        if isinstance(value, str):
            schemas[name] = typed(TEXT, value)
        else:
            schemas[name] = typed(*value) if isinstance(value, tuple) else value
    return {"type": "object", "properties": schemas, "required": list(schemas)}


def object_of(fields: tuple[Field, ...] | list[Field]) -> Schema:
    """The schema of a body with these fields and no others."""
    schema: Schema = {
        "type": "object",
        "properties": {each.name: each.schema() for each in fields},
        "additionalProperties": False,
    }
    required = [each.name for each in fields if each.required]
    return {**schema, "required": required} if required else schema


def _texts(kind: type) -> dict[str, str]:
    """The descriptions of the attributes in the docstring of a class."""
    _, _, section = (inspect.getdoc(kind) or "").partition("\nAttributes:\n")
    found = re.findall(r"^    (\w[\w, ]*): (.*(?:\n {6,}.*)*)", section, re.MULTILINE)
    texts = {}
    for names, text in found:
        sentence = " ".join(text.split())
        for name in names.split(", "):
            texts[name] = sentence[:1].upper() + sentence[1:]
    return texts


def _fault() -> Schema:
    texts = _texts(Fault)
    properties: dict[str, Schema] = {
        "preset": typed(TEXT, "The name of a ready-made fault.", tuple(PRESETS))
    }
    for item in dataclasses.fields(Fault):
        if item.repr:
            name = item.name
            types = tuple(kind for kind in KINDS[name] if kind in _NAMES)
            minimum = LOWEST.get(name, 0) if set(types) & {int, float} else None
            schema = typed(types, texts.get(name, ""), CHOICES.get(name, ()), minimum)
            if name == "times":
                schema["type"] = [schema["type"], "null"]
            properties[name] = schema
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _settings() -> Schema:
    texts = {**_texts(Settings), **_texts(Options)}
    properties = {}
    for name, kind in sorted(config.TYPES.items()):
        if get_origin(kind) is Literal:
            choices = get_args(kind)
            properties[name] = typed((type(choices[0]),), texts.get(name, ""), choices)
        else:
            minimum = config.lowest(name) if kind is int else None
            properties[name] = typed((kind,), texts.get(name, ""), (), minimum)
    return {"type": "object", "properties": properties, "additionalProperties": False}


FAULTS: Schema = {
    "oneOf": [reference("Fault"), {"type": "array", "items": reference("Fault"), "minItems": 1}]
}
SETTINGS: Schema = reference("Settings")

_TEXTS: Schema = map_of({"type": "string"}, "")
_EXPIRY = nullable(INTEGER, "When it expires, in seconds since 1970; null if it does not.")

COMPONENTS: dict[str, Schema] = {
    "Error": {
        "type": "object",
        "properties": {
            "error": typed(TEXT, "What is wrong, and what is accepted, in one line."),
            "code": typed(TEXT, "The error of the emulated service that is the cause, if any."),
            "details": {"type": "object", "description": "The values of that error."},
        },
        "required": ["error"],
    },
    "Account": response(
        uid=(INTEGER, "The user id."),
        email="The e-mail address.",
        given_name="The first name of the owner.",
        surname="The last name of the owner.",
        display_name="The full name of the owner.",
        country="The country, in two letters.",
        locale="The language.",
        type=typed(TEXT, "The type of the account.", ACCOUNT_TYPES),
        auto_approve=(BOOLEAN, "Whether every app gets access without a page."),
        quota_bytes=(INTEGER, "The storage quota, in bytes."),
        used_bytes=(INTEGER, "The size of all files, in bytes."),
    ),
    "App": response(
        id=(INTEGER, "The number of the app."),
        key="The app key.",
        secret="The app secret.",
        name="The name, which is also that of its folder.",
        access=typed(TEXT, "The files that the app can access.", APP_ACCESS),
        auto_approve=(BOOLEAN, "Whether the app gets access without a page."),
        is_disabled=(BOOLEAN, "Whether requests of the app are rejected."),
        redirect_uris=(LIST, "The URIs that OAuth 2 may redirect to."),
        scopes=(LIST, "The scopes that its tokens may have."),
    ),
    "Token": {
        **response(
            token="The value.",
            type=typed(TEXT, "The type.", (*TOKEN_TYPES, "refresh")),
            app="The key of the app.",
            uid=(INTEGER, "The account."),
            scopes=(LIST, "The scopes; empty for an OAuth 1.0 token."),
        ),
    },
    "Clock": response(
        now_s=(NUMBER, "The time, in seconds since 1970."),
        now="The time in UTC, such as `2014-05-13T16:53:20Z`.",
        is_frozen=(BOOLEAN, "Whether the clock stands still."),
    ),
    "Settings": _settings(),
    "Fault": _fault(),
    "PlannedFault": response(
        id=(INTEGER, "The number of the fault."),
        fault=reference("Fault"),
        matched=(INTEGER, "The number of requests that have matched its conditions."),
        used=(INTEGER, "The number of requests that it was applied to."),
        is_consumed=(BOOLEAN, "Whether it was applied as often as planned."),
    ),
    "Usage": response(
        accounts=array(reference("Account"), "The accounts."),
        requests=(INTEGER, "The number of requests."),
        by_endpoint=map_of({"type": "integer"}, "The number of requests to each endpoint."),
        by_status=map_of({"type": "integer"}, "The number of responses with each status."),
        faults=(INTEGER, "The number of faults."),
        unconsumed_faults=(INTEGER, "The number of faults that are not consumed."),
    ),
    "Request": response(
        number=(INTEGER, "The number of the request, from 1."),
        began_s=(NUMBER, "When it began, in seconds since 1970 of the emulated clock."),
        method="The method.",
        api_version=nullable(INTEGER, "1 or 2; null for a web page."),
        endpoint="The documented endpoint, such as `files_put`.",
        path="The file or folder of the request; empty if there is none.",
        paths=(LIST, "All files and folders of the request."),
        described="The path and the arguments, in one line.",
        url="The whole URL, with masked credentials.",
        http_version="The version of HTTP: `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.",
        params={**_TEXTS, "description": "The parameters of query and form."},
        query={**_TEXTS, "description": "The parameters of the query."},
        form={**_TEXTS, "description": "The parameters of the form."},
        arguments={"type": "object", "description": "The arguments by name."},
        headers={**_TEXTS, "description": "The headers of the request."},
        request_bytes=(INTEGER, "The Content-Length of the request."),
        request_text="The form or the JSON in the body.",
        status=nullable(INTEGER, "The status of the response; null if there is none yet."),
        response_headers={**_TEXTS, "description": "The headers of the response."},
        response_bytes=(INTEGER, "The bytes of the response's body that were sent."),
        response_text="The first 16 KiB of the response if it is text.",
        duration_s=nullable(NUMBER, "The seconds of real time; null until it ends."),
        fault="The fault or limit that was applied; empty for none.",
        unknown_credential="The kind of the credential that is unknown; empty for none.",
    ),
}
COMPONENTS["Token"]["properties"] |= {
    "secret": nullable(TEXT, "The secret of an OAuth 1.0 token."),
    "access": typed(TEXT, "The files that it gives access to.", APP_ACCESS),
    "expires_at_s": _EXPIRY,
    "refresh_token": nullable(TEXT, "The refresh token that was created with it."),
    "needs_secret": typed(BOOLEAN, "Whether a refresh token needs the secret of the app."),
}
