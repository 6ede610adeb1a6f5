"""Valid and invalid values of every argument of every route."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

from fakebox.v2.permissions import PERMISSIONS
from fakebox.v2.route_styles import RPCRoute
from tests.v2.valid_arguments import (
    ARGUMENTS,
    CONTENT,
    EMPTY_HASH,
    FILTER,
    GROUP,
    HASH,
    ROUTES,
    Prepared,
)

WRONG = (None, True, 0, -1, 1.5, 10**30, "", "nonsense", "\ud800", [], [None], {}, {"x": 1})
TAGGED = ({".tag": "nonsense"}, {".tag": 1}, {".tag": None}, {".tag": "update"}, {".tag": "path"})
NULL = [route for route, arguments in ARGUMENTS.items() if arguments == [None]]
# It ends the token of the other requests.
LEFT_OUT = ("auth/token/revoke",)


@pytest.fixture(scope="module")
def service():
    """An emulator in which the valid arguments of every route succeed."""
    new = Prepared()
    yield new
    new.close()


@cache
def changed(route):
    """Return the arguments of a route with one value replaced, removed or added."""
    found = []
    for argument in ARGUMENTS[route]:
        for place in places(argument):
            found += [replaced(argument, place, value) for value in (*WRONG, *TAGGED)]
            found.append(removed(argument, place))
        found.append(argument | {"no_such_field": 1})
    return [*found, *WRONG, *TAGGED]


def places(value):
    """Yield the path to every value in a value."""
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, inner in items:
        yield (key,)
        yield from ((key, *rest) for rest in places(inner))


def replaced(value, place, new):
    """Return a value with another one at a place."""
    if not place:
        return new
    key, *rest = place
    made = dict(value) if isinstance(value, dict) else list(value)
    made[key] = replaced(value[key], rest, new)
    return made


def removed(value, place):
    """Return a value without the one at a place."""
    *outer, last = place
    if outer:
        inner = value[outer[0]]
        return replaced(value, outer[:1], removed(inner, place[1:]))
    made = dict(value) if isinstance(value, dict) else list(value)
    del made[last]
    return made


def check_shape(route, response):
    """Check that a response is a success, a 400 in words, or a 409 with a tagged union."""
    assert response.status_code in (200, 206, 400, 409), (response.status_code, response.data[:200])
    if response.status_code == 400:
        assert response.content_type == "text/plain; charset=utf-8"
        prefix = f'Error in call to API function "{route}": '
        assert response.text.startswith(prefix)
        # A list has no index, and no error of Python is shown.
        text = response.text.removeprefix(prefix)
        assert not re.match(r"(request body|HTTP header \"Dropbox-API-Arg\"): [\w.]*\[\d", text)
        assert "Traceback" not in text
    if response.status_code == 409:
        assert response.json["error_summary"].startswith(response.json["error"][".tag"])


@pytest.mark.parametrize(
    "route", [route for route in sorted(PERMISSIONS) if route not in (*NULL, *LEFT_OUT)]
)
def test_hostile_argument_has_a_documented_shape(service, route):
    """No value of any field is a server error: it is accepted, 400 in words or 409 in tags."""
    for argument in changed(route):
        check_shape(route, service.send(route, service.filled(argument)))


@pytest.mark.parametrize(
    "route", [route for route in sorted(PERMISSIONS) if route not in (*NULL, *LEFT_OUT)]
)
def test_value_of_a_wrong_type_is_rejected_at_its_place(service, route):
    """A value that no field can have is 400 with its place, for used and unused arguments."""
    for argument in ARGUMENTS[route]:
        for place in places(argument):
            # A list of lists, an object with an unknown field, and a field that does not exist.
            names = [name for name in place if isinstance(name, str) and name != ".tag"]
            for value in ([[]], {"x": 1}):
                sent = service.filled(replaced(argument, place, value))
                response = service.send(route, sent)
                assert response.status_code == 400, (place, value, response.data[:200])
                # The tag of a variant stands before the fields of its value.
                assert re.search(r"\.(\w+\.)?".join([": " + names[0], *names[1:]]), response.text)
                check_shape(route, response)
            inner = argument
            for key in place:
                inner = inner[key]
            if isinstance(inner, dict):
                sent = replaced(argument, place, inner | {"no_such": 1})
                response = service.send(route, service.filled(sent))
                assert response.status_code == 400, (place, response.data[:200])
                assert "'no_such'" in response.text


@pytest.mark.parametrize("route", sorted(NULL))
def test_route_without_an_argument_rejects_all_values(service, route):
    """Only null is accepted."""
    for argument in [one for one in (*WRONG, *TAGGED) if one is not None]:
        response = service.send(route, argument)
        check_shape(route, response)
        assert "expected null, got value" in response.text


@pytest.mark.parametrize(
    "route", [route for route, view in ROUTES.items() if not isinstance(view, RPCRoute)]
)
@pytest.mark.parametrize("header", ['{"path": "/\xe9"}', "\xff", '{"path": "/\xc3"}', "{}\xa0"])
def test_header_that_is_not_utf_8_is_rejected(service, route, header):
    """An argument in another encoding is no JSON."""
    headers = {"Authorization": service.credentials(route), "Dropbox-API-Arg": header}
    if "upload" in route:
        headers["Content-Type"] = "application/octet-stream"
    response = service.open("POST", f"/2/{route}", b"", **headers)
    assert response.status_code == 400
    assert response.text.endswith('HTTP header "Dropbox-API-Arg": could not decode input as JSON')


@pytest.mark.parametrize("body", [b'{"path": "/\xe9"}', '{"path": ""}'.encode("utf-16"), b"\xff"])
def test_body_that_is_not_utf_8_is_rejected(service, body):
    """A body in another encoding is no JSON."""
    headers = {"Content-Type": "application/json"}
    response = service.open("POST", "/2/files/list_folder", body, **headers)
    assert response.status_code == 400
    assert response.text.endswith("request body: could not decode input as JSON")


def test_path_root_that_is_not_utf_8_is_rejected(service):
    """A path root in another encoding is no JSON."""
    headers = {"Dropbox-API-Path-Root": '{".tag": "home"}\xe9'}
    response = service.rpc("files/list_folder", {"path": ""}, **headers)
    assert response.status_code == 400
    assert response.text.endswith("could not decode input as JSON")


@pytest.mark.parametrize(
    ("route", "argument", "text"),
    [
        (
            "files/upload_session/finish_batch",
            {"entries": [{"cursor": {"session_id": "x", "offset": 0}, "commit": {"path": 1}}]},
            "entries.commit.path: '1' expected to be a string, got integer",
        ),
        (
            "files/upload_session/finish_batch",
            {
                "entries": [
                    {
                        "cursor": {"session_id": "x", "offset": 0},
                        "commit": {"path": "/a", "mode": {}},
                    }
                ]
            },
            "entries.commit.mode: missing '.tag' key",
        ),
        (
            "files/tags/get",
            {"paths": ["/a", "b"]},
            "paths: 'b' did not match pattern",
        ),
        (
            "users/get_account",
            {"account_id": "short"},
            "account_id: 'short' must be at least 40 characters, got 5",
        ),
        (
            "files/get_temporary_upload_link",
            {"commit_info": {"path": "/a"}, "duration": 59},
            "duration: 59.000000 is not greater than 60.000000",
        ),
        (
            "files/get_temporary_upload_link",
            {"commit_info": {"path": "/a", "property_groups": GROUP}},
            "commit_info.property_groups: no template of properties exists",
        ),
        (
            "files/get_thumbnail_batch",
            {"entries": [{"path": "/a", "exclude_media_info": "x"}]},
            "entries.exclude_media_info: 'x' is not a valid boolean",
        ),
        (
            "files/list_folder",
            {"path": "", "include_property_groups": {".tag": "filter_some", "filter_some": []}},
            "include_property_groups.filter_some: '[]' has fewer than 1 items",
        ),
        (
            "files/list_folder/longpoll",
            {"cursor": "nonsense"},
            "cursor: unsupported cursor type",
        ),
        (
            "sharing/create_shared_link_with_settings",
            {"path": "/a.txt", "settings": {"link_password": 5}},
            "settings.link_password: '...' expected to be a string, got integer",
        ),
    ],
)
def test_invalid_value_is_rejected_in_words(service, route, argument, text):
    """The text has the place of the value without an index, and the reason."""
    response = service.send(route, argument)
    assert response.status_code == 400
    prefix = f'Error in call to API function "{route}": request body: '
    assert response.text.startswith(f"{prefix}{text}")


@pytest.mark.parametrize("route", ["files/list_folder", "files/list_folder/get_latest_cursor"])
def test_unknown_template_of_a_listing_is_an_error(service, route):
    """A listing with properties has the error of an unknown template."""
    response = service.rpc(route, {"path": "", "include_property_groups": FILTER})
    assert response.status_code == 409
    expected = {".tag": "template_not_found", "template_not_found": "ptid:1a"}
    assert response.json["error"] == {".tag": "template_error", "template_error": expected}


@pytest.mark.parametrize("route", ["files/upload", "files/upload_session/finish"])
def test_unknown_template_of_a_write_is_an_error(service, route):
    """A write with properties has the error of an unknown template, and writes nothing."""
    commit = {"path": "/with-properties", "property_groups": GROUP}
    cursor = {"session_id": service.values["session"], "offset": 0}
    argument = commit if route == "files/upload" else {"cursor": cursor, "commit": commit}
    response = service.content(route, argument, CONTENT)
    assert response.status_code == 409
    expected = {".tag": "template_not_found", "template_not_found": "ptid:1a"}
    assert response.json["error"] == {".tag": "properties_error", "properties_error": expected}
    assert service.rpc("files/get_metadata", {"path": commit["path"]}).status_code == 409


@pytest.mark.parametrize(
    ("fields", "tags"),
    [
        ({"content_hash": HASH}, ["content_hash_mismatch"]),
        ({"properties": GROUP}, ["properties_error", "restricted_content"]),
        ({"content_hash": EMPTY_HASH}, None),
        ({}, None),
    ],
    ids=str,
)
def test_entry_of_a_batch_with_a_hash_or_properties(service, fields, tags):
    """A batch sends no bytes, so the hash is that of no bytes; properties are rejected."""
    start = service.content("files/upload_session/start", {"close": True}, CONTENT)
    commit = {"path": "/batch", "autorename": True}
    if "properties" in fields:
        commit["property_groups"] = fields["properties"]
    cursor = {"session_id": start.json["session_id"], "offset": len(CONTENT)}
    entry = {"cursor": cursor, "commit": commit}
    entry |= {name: value for name, value in fields.items() if name == "content_hash"}
    response = service.rpc("files/upload_session/finish_batch_v2", {"entries": [entry]})
    (result,) = response.json["entries"]
    if tags is None:
        assert result[".tag"] == "success"
        return
    found, error = [], result["failure"]
    while isinstance(error, dict):
        found.append(error[".tag"])
        error = error.get(found[-1])
    assert found == tags


def test_flag_for_explicit_members(service):
    """Files have the flag if it is requested, in all pages of a listing; folders have not."""
    argument = {"path": "", "include_has_explicit_shared_members": True, "limit": 2}
    page = service.rpc("files/list_folder", argument).json
    entries = page["entries"]
    while page["has_more"]:
        page = service.rpc("files/list_folder/continue", {"cursor": page["cursor"]}).json
        entries += page["entries"]
    for entry in entries:
        assert entry.get("has_explicit_shared_members") is (
            False if entry[".tag"] == "file" else None
        )
    argument = {"path": "/p.png", "include_has_explicit_shared_members": True}
    found = service.rpc("files/get_metadata", argument).json
    assert found["has_explicit_shared_members"] is False
    plain = service.rpc("files/get_metadata", {"path": "/p.png"}).json
    assert "has_explicit_shared_members" not in plain


def test_revisions_can_be_restored(service):
    """Each revision has the flag if it is requested."""
    argument = {"path": "/p.png", "include_restorable_info": True}
    entries = service.rpc("files/list_revisions", argument).json["entries"]
    assert [entry["is_restorable"] for entry in entries] == [True] * len(entries)
    (entry,) = service.rpc("files/list_revisions", {"path": "/p.png"}).json["entries"]
    assert "is_restorable" not in entry


@pytest.mark.parametrize(("form", "status"), [("jpeg", 409), (None, 409), ("png", 200)])
def test_transparency_needs_a_format_that_has_it(service, form, status):
    """A JPEG has no transparency."""
    argument = {
        "resource": {".tag": "path", "path": "/folder/p.png"},
        "preserve_transparency": True,
        "format": form,
    }
    response = service.content("files/get_thumbnail_v2", argument)
    assert response.status_code == status
    if status == 409:
        assert response.json["error"] == {".tag": "unsupported_output_format"}


def test_every_route_has_valid_arguments():
    """The table of valid arguments has every route, and each argument is one for JSON."""
    assert set(ARGUMENTS) == set(PERMISSIONS) == set(ROUTES)
    assert json.loads(json.dumps(ARGUMENTS)) == ARGUMENTS
