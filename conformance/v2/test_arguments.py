"""Every documented field of an argument, with values that are valid and values that are not.

`arguments.json` has the fields of the specification: `base` is an argument with the required
fields, `at` the place of a field in it, `good` and `bad` values of the field. `{folder}` is the
path of the case's folder, and `{"repeat": n}` a list with n copies of the item in `base`.
"""

import copy
import json

import pytest

from conformance.v2.api import arguments, routes


def changed(api, base, at, value):
    """Return an argument with a value at a place."""
    argument = copy.deepcopy(base)
    *outer, last = at
    inner = argument
    for name in outer:
        if isinstance(inner, dict):
            inner.setdefault(name, {})
        inner = inner[name]
    if isinstance(value, dict) and "repeat" in value:
        value = inner[last] * value["repeat"]
    inner[last] = value
    return json.loads(json.dumps(argument).replace("{folder}", api.folder))


ROUTES = [pytest.param(route, spec["fields"], id=route) for route, spec in arguments().items()]


def responses(api, route, fields, kind, headers):
    """Yield the response to each value of fields, with the field and the value."""
    for field in fields:
        for value in field[kind]:
            argument = changed(api, arguments()[route]["base"], field["at"], value)
            yield field, value, api.call(route, argument, **headers)


@pytest.fixture
def headers(request, route):
    """The credentials that a route requires."""
    spec = routes()[route]
    if spec["scope"] == "files.permanent_delete":
        return {"authorization": request.getfixturevalue("deleter")}
    if "user" in spec["auth"]:
        return {}
    if "noauth" in spec["auth"]:
        return {"authorization": None}
    return {"authorization": request.getfixturevalue("app")}


@pytest.fixture
def deleter(api):
    """The token of an app that may delete permanently, which no app of an account may."""
    if api.is_live:
        pytest.skip("not applicable: needs the app of a team")
    app = api.box.add_app("Deleter", scopes=["account_info.read", "files.permanent_delete"])
    return f"Bearer {api.box.add_token(app=app, bearer=True).access_token}"


@pytest.mark.checks("v2-arguments-accepted")
@pytest.mark.parametrize(("route", "fields"), ROUTES)
def test_valid_values_of_fields(api, headers, route, fields):
    """Every documented field is accepted, with each variant and at both ends of its range."""
    for _, value, response in responses(api, route, fields, "good", headers):
        # The values are valid, but some of them name nothing that exists.
        assert response.status in (200, 400, 409), (value, response.status, response.text[:200])
        # A text that is no cursor has the right type.
        if response.status == 400 and not response.text.endswith("unsupported cursor type"):
            places = (": request body: ", ': HTTP header "Dropbox-API-Arg": ')
            assert not any(place in response.text for place in places), (value, response.text)


@pytest.mark.checks("v2-arguments-rejected")
@pytest.mark.parametrize(("route", "fields"), ROUTES)
def test_invalid_values_of_fields(api, headers, route, fields):
    """Every value of a wrong type, form or range is rejected with the name of the field."""
    for field, value, response in responses(api, route, fields, "bad", headers):
        assert response.status == 400, (field["at"], value, response.status, response.text[:200])
        assert f": {field['at'][0]}" in response.text, (field["at"], value, response.text)
