"""Every argument of a route is used by its view, or is listed with the reason why it is not."""

from __future__ import annotations

from pathlib import Path
from types import UnionType
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from fakebox.v2.permissions import PERMISSIONS
from fakebox.v2.route_styles import Route
from fakebox.v2.schema import Struct, Tagged
from tests.docs.tables import table
from tests.v2.valid_arguments import ARGUMENTS, REJECTED, ROUTES, Prepared

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "wire" / "unused-arguments.md"
LISTED = table("tests/v2/unused_arguments.toml")["argument"]


def unused(route):
    """Return the fields of a route that the data file lists."""
    found = [one["field"] for one in LISTED if route in one["routes"]]
    assert len(found) == len(set(found))
    # An unused object has unused fields.
    every = set(fields_of(ROUTES[route].schema))
    return {one for one in every if any(f"{one}.".startswith(f"{name}.") for name in found)}


def fields_of(annotation, place=""):
    """Yield the place of every field of an annotation, such as `entries.commit.path`."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Tagged:
        yield from fields_of(args[1], f"{place}{get_args(args[0])[0]}.")
    elif origin in (Annotated, Union, UnionType, tuple):
        for part in args[:1] if origin is Annotated else args:
            yield from fields_of(part, place)
    elif origin is not Literal and isinstance(annotation, type) and issubclass(annotation, Struct):
        for name, hint in get_type_hints(annotation, include_extras=True).items():
            yield f"{place}{name}"
            yield from fields_of(hint, f"{place}{name}.")


def structs_in(value, place=""):
    """Yield the objects of an argument with their places."""
    if isinstance(value, Tagged):
        yield from structs_in(value.value, f"{place}{value.tag}.")
    elif isinstance(value, tuple):
        for item in value:
            yield from structs_in(item, place)
    elif isinstance(value, Struct):
        yield value, place
        for name, inner in vars(value).items():
            yield from structs_in(inner, f"{place}{name}.")


class Recorder:
    """Records the fields that a view reads of the argument of a request.

    Attributes:
        sent: the fields that the arguments had.
        read: the fields that were read after the argument was validated.
    """

    def __init__(self, monkeypatch):
        self.sent, self.read = set(), set()
        self._structs = []
        self._places = {}
        validate, recorder = Route.validate, self

        def recorded(route, argument, place):
            found = validate(route, argument, place)
            for struct, inner in structs_in(found):
                # The list keeps the object alive, so that its id is not used again.
                recorder._structs.append(struct)
                recorder._places[id(struct)] = inner
                recorder.sent |= {f"{inner}{name}" for name in vars(struct)}
            return found

        def get(struct, name):
            if not name.startswith("_") and id(struct) in recorder._places:
                recorder.read.add(f"{recorder._places[id(struct)]}{name}")
            return object.__getattribute__(struct, name)

        monkeypatch.setattr(Route, "validate", recorded)
        monkeypatch.setattr(Struct, "__getattribute__", get, raising=False)


def record(monkeypatch, service, route):
    """Send all valid arguments of a route, and return the fields that were sent and read."""
    recorder = Recorder(monkeypatch)
    for argument in ARGUMENTS[route]:
        response = service.send(route, service.filled(argument))
        assert response.status_code == 200, (argument, response.data)
        assert b'".tag": "failure"' not in response.data, response.data
    for argument in REJECTED.get(route, []):
        response = service.send(route, service.filled(argument))
        if response.status_code == 200 and "async_job_id" in response.json:
            job = {"async_job_id": response.json["async_job_id"]}
            response = service.rpc(f"{route}/check", job)
        assert response.status_code in (400, 409) or "properties_error" in response.text
    monkeypatch.undo()
    return recorder


@pytest.fixture
def service():
    """An emulator in which the requests succeed."""
    new = Prepared()
    yield new
    new.close()


@pytest.mark.parametrize("route", sorted(PERMISSIONS))
def test_every_argument_is_used_or_listed(monkeypatch, service, route):
    """A field that no valid request makes the view read is in the list, and no other field."""
    schema = ROUTES[route].schema
    fields = set(fields_of(schema))
    recorder = record(monkeypatch, service, route)
    assert fields - recorder.sent == set(), "a field is in no valid argument"
    assert fields - recorder.read == unused(route)
    assert all(one["field"] in fields for one in LISTED if route in one["routes"])


def test_listed_arguments_are_on_the_page():
    """The page has the same rows as the data file."""
    rows = [
        f"| `{one['field']}` | {', '.join(f'`{route}`' for route in one['routes'])} |"
        f" {one['reason']} |"
        for one in LISTED
    ]
    text = PAGE.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("| `")] == rows


class _Inner(Struct):
    name: str
    other: str = ""


class _Outer(Struct):
    inner: tuple[_Inner, ...] = ()
    name: str = ""
    link: Tagged[Literal["inner"], _Inner] | None = None


def test_recorder_distinguishes_fields_with_the_same_name(monkeypatch):
    """A field of an inner object is not the field of the outer one, and `vars` reads nothing."""
    fields = {
        "inner",
        "inner.name",
        "inner.other",
        "name",
        "link",
        "link.inner.name",
        "link.inner.other",
    }
    assert set(fields_of(_Outer)) == fields
    recorder = Recorder(monkeypatch)
    route = Route("name", _Outer, lambda *_: None, PERMISSIONS["check/user"])
    link = {".tag": "inner", "name": "c"}
    found = route.validate({"inner": [{"name": "a"}], "name": "b", "link": link}, "body")
    assert recorder.sent == fields - {"inner.other", "link.inner.other"}
    assert recorder.read == set()
    assert (vars(found)["name"], repr(found)) != ("", "")
    assert recorder.read == set()
    assert found.inner[0].name == "a"
    assert recorder.read == {"inner", "inner.name"}
    assert found.link.value.other == ""
    assert recorder.read == {"inner", "inner.name", "link", "link.inner.other"}
