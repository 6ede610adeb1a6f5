"""The routes and arguments that the conformance suite lists, compared with the official SDK.

The SDK's modules are generated from the published specification of the API.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

import dropbox

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DATA = Path(__file__).parents[2] / "conformance" / "v2"
ROUTES = tomllib.loads((DATA / "routes.toml").read_text(encoding="utf-8"))
ARGUMENTS = json.loads((DATA / "arguments.json").read_text(encoding="utf-8"))
# The version that the lists were compared with. An earlier one has fewer fields, and a later one
# may have more.
COMPARED_VERSION = (12, 2, 4)
INSTALLED_VERSION = tuple(map(int, dropbox.__version__.split(".")[:3]))
pytestmark = pytest.mark.skipif(
    INSTALLED_VERSION < COMPARED_VERSION, reason="the installed SDK is older than the lists"
)
# Fields that have cases or tests of their own, because most of their values are rejected.
WITH_CASES = {"include_property_groups", "property_groups", "shared_link"}


def route_of(name: str):
    """Return the route of the SDK with a name such as `files/copy_v2`."""
    namespace, _, rest = name.partition("/")
    routes = importlib.import_module(f"dropbox.{namespace}").ROUTES
    return routes[rest if rest in routes else rest.replace("_v2", ":2")]


@pytest.mark.parametrize("name", ROUTES)
def test_listed_route_is_that_of_the_specification(name):
    """Host, style, credentials and deprecation are those of the specification."""
    listed, route = ROUTES[name], route_of(name)
    assert (listed["host"], listed["style"]) == (route.attrs["host"], route.attrs["style"])
    assert set(listed["auth"]) == set(route.attrs["auth"].split(", "))
    assert listed.get("deprecated", False) == route.deprecated


@pytest.mark.parametrize("name", ROUTES)
def test_listed_fields_are_those_of_the_specification(name):
    """Each field of the argument is listed, and no other."""
    entry = ARGUMENTS.get(name, {"fields": []})
    listed = {field["at"][0] for field in entry["fields"]}
    definition = getattr(route_of(name).arg_type, "definition", None)
    fields = set(getattr(definition, "_all_field_names_", ()))
    assert listed <= fields
    if INSTALLED_VERSION == COMPARED_VERSION:
        assert fields <= listed | WITH_CASES
