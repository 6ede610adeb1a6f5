"""Styles of requests, encodings of arguments, and texts of 400 responses."""

import json
from urllib.parse import quote

import pytest

from conformance.v2.api import FROM_PAGES, JSON, OCTETS, rejection, routes
from conformance.v2.shapes import check_file

GET_METADATA = "files/get_metadata"
SLASH = 'Specify the root folder as an empty string rather than as "/".'


@pytest.mark.checks("v2-rpc-style")
@pytest.mark.parametrize("kind", [JSON, "application/json; charset=utf-8", FROM_PAGES])
def test_rpc_request(api, kind):
    """An RPC route takes JSON in the body, in each documented content type, and returns JSON."""
    api.put("a.txt")
    body = json.dumps({"path": api.path("a.txt")})
    response = api.send(GET_METADATA, body, {"Content-Type": kind})
    assert response.status == 200
    assert response.headers["Content-Type"] == JSON
    check_file(response.json(), b"content", "file")


@pytest.mark.checks("v2-rpc-content-type")
@pytest.mark.parametrize("kind", [OCTETS, "application/x-www-form-urlencoded", "text/plain"])
def test_rpc_with_another_content_type(api, kind):
    """An RPC route rejects another content type, and names those that it expects."""
    response = api.send(GET_METADATA, "{}", {"Content-Type": kind})
    text = rejection(response, GET_METADATA)
    assert text.startswith(f'Bad HTTP "Content-Type" header: "{kind}".  Expecting one of ')
    assert f'"{JSON}"' in text


@pytest.mark.checks("v2-rpc-null")
@pytest.mark.parametrize(
    ("body", "headers"),
    [("null", {"Content-Type": JSON}), (None, {})],
    ids=["null", "no body"],
)
def test_route_without_an_argument(api, body, headers):
    """A route without an argument takes null, or no body and no content type."""
    response = api.send("users/get_current_account", body, headers)
    assert response.status == 200
    assert response.json()["account_id"].startswith("dbid:")


@pytest.mark.checks("v2-rpc-null-only")
@pytest.mark.parametrize("argument", [{}, {"a": 1}, [], "text"])
def test_argument_of_a_route_without_one(api, argument):
    """A route without an argument rejects any other value."""
    text = api.rejects("users/get_current_account", argument)
    assert text == "request body: expected null, got value"


@pytest.mark.checks("v2-rpc-method")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_rpc_with_another_method(api, method):
    """An RPC route rejects every method except POST with a text."""
    response = api.send(GET_METADATA, None, method=method)
    assert response.status == 400
    assert f'"{method}"' in response.text
    assert '"POST"' in response.text


@pytest.mark.checks("v2-unknown-route")
@pytest.mark.parametrize("route", ["files/no_such_route", "files/get_metadata_v9", "nothing"])
def test_unknown_route(api, route):
    """An unknown route is rejected with a text."""
    response = api.send(route, "null", {"Content-Type": JSON})
    assert response.status in (400, 404)
    assert response.headers["Content-Type"].startswith("text/")
    assert "Unknown API function" in response.text


@pytest.mark.checks("v2-upload-style")
@pytest.mark.parametrize("kind", [OCTETS, FROM_PAGES])
def test_upload_request(api, kind):
    """An upload has its argument in a header and the content in the body, and returns JSON."""
    response = api.call(
        "files/upload", {"path": api.path("up.bin")}, b"\x00\xff{}", Content_Type=kind
    )
    assert response.status == 200
    assert response.headers["Content-Type"] == JSON
    check_file(response.json(), b"\x00\xff{}")
    assert api.content("up.bin") == b"\x00\xff{}"


@pytest.mark.checks("v2-upload-content-type")
@pytest.mark.parametrize("kind", [JSON, "text/plain", "application/octet-stream; charset=utf-8"])
def test_upload_with_another_content_type(api, kind):
    """An upload rejects another content type, and nothing is stored."""
    text = api.rejects("files/upload", {"path": api.path("a")}, b"x", Content_Type=kind)
    assert text.startswith('Bad HTTP "Content-Type" header: ')
    assert '"application/octet-stream"' in text
    assert f'"{FROM_PAGES}"' in text
    assert api.entries() == []


@pytest.mark.checks("v2-upload-chunked")
def test_upload_without_a_length(api):
    """An upload may have a chunked body without a Content-Length."""
    headers = {"Dropbox-API-Arg": json.dumps({"path": api.path("c")}), "Content-Type": OCTETS}
    assert api.send("files/upload", iter([b"one", b"two"]), headers).status == 200
    assert api.content("c") == b"onetwo"


@pytest.mark.checks("v2-header-argument-missing")
@pytest.mark.parametrize("route", ["files/upload", "files/download"])
def test_missing_header_argument(api, route):
    """A route with its argument in a header rejects a request without one."""
    headers = {"Content-Type": OCTETS} if route == "files/upload" else {}
    assert "Dropbox-API-Arg" in rejection(api.send(route, None, headers), route)


@pytest.mark.checks("v2-download-style", "v2-download-result")
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_download_request(api, method):
    """A download returns the content in the body and the metadata in a header."""
    put = api.put("d.txt", b"some bytes")
    argument = json.dumps({"path": api.path("d.txt")})
    response = api.send("files/download", None, {"Dropbox-API-Arg": argument}, method=method)
    assert (response.status, response.data) == (200, b"some bytes")
    assert response.headers["Content-Type"] == OCTETS
    assert response.result() == put
    assert int(response.headers["Original-Content-Length"]) == 10


@pytest.mark.checks("v2-download-result-ascii")
def test_download_result_of_a_name_outside_ascii(api):
    """The metadata in a header is JSON in ASCII."""
    api.put("Ünï.txt")
    header = api.get("Ünï.txt").headers["Dropbox-API-Result"]
    assert header.isascii()
    assert json.loads(header)["name"] == "Ünï.txt"


@pytest.mark.checks("v2-download-body")
def test_download_with_a_body(api):
    """A download rejects a request with a body."""
    api.put("d.txt")
    headers = {"Dropbox-API-Arg": json.dumps({"path": api.path("d.txt")}), "Content-Type": OCTETS}
    text = rejection(api.send("files/download", b"body", headers), "files/download")
    assert text.startswith("The request body is supposed to be empty, but it isn't")


@pytest.mark.checks("v2-url-parameters")
def test_argument_and_token_in_the_url(api):
    """A download accepts `arg` and `authorization` as URL parameters."""
    api.put("u.txt", b"by URL")
    arg = quote(json.dumps({"path": api.path("u.txt")}))
    query = f"arg={arg}&authorization={quote('Bearer ' + api.token)}"
    response = api.send("files/download", method="GET", query=query, authorization=None)
    assert (response.status, response.data) == (200, b"by URL")


@pytest.mark.checks("v2-url-parameters")
def test_invalid_argument_in_the_url(api):
    """The text of a 400 names the URL parameter as the place of the argument."""
    response = api.send("files/download", method="GET", query="arg=%7B")
    text = rejection(response, "files/download")
    assert text == 'URL parameter "arg": could not decode input as JSON'


@pytest.mark.checks("v2-header-argument-ascii")
def test_escaped_argument_in_a_header(api):
    """Characters outside ASCII are escaped in the header, and arrive unchanged."""
    name = "naïve Ωμέγα 日本.txt"
    assert api.put(name)["name"] == name
    assert api.entries()[0]["name"] == name


@pytest.mark.checks("v2-header-argument-latin-1")
def test_header_argument_in_latin_1(api):
    """A header argument that is not valid UTF-8 is rejected."""
    argument = json.dumps({"path": api.path("é")}, ensure_ascii=False)
    text = api.rejects("files/upload", None, b"x", Dropbox_API_Arg=argument)
    assert text == 'HTTP header "Dropbox-API-Arg": could not decode input as JSON'


@pytest.mark.checks("v2-400-json")
@pytest.mark.parametrize("body", ["", "{", "nothing", '{"path": "/a"', "{'path': '/a'}"])
def test_invalid_json(api, body):
    """A body that is not JSON is rejected."""
    response = api.send(GET_METADATA, body, {"Content-Type": JSON})
    assert rejection(response, GET_METADATA) == "request body: could not decode input as JSON"


@pytest.mark.checks("v2-400-json", "v2-400-place")
def test_invalid_json_in_a_header(api):
    """The text of a 400 names the header as the place of the argument."""
    text = api.rejects("files/upload", None, b"x", Dropbox_API_Arg="{")
    assert text == 'HTTP header "Dropbox-API-Arg": could not decode input as JSON'


@pytest.mark.checks("v2-400-field")
@pytest.mark.parametrize(
    ("route", "argument", "text"),
    [
        (GET_METADATA, {}, "missing required field 'path'"),
        (GET_METADATA, {"path": "/a", "nonsense": 1}, "unknown field 'nonsense'"),
        ("files/copy_v2", {"from_path": "/a"}, "missing required field 'to_path'"),
    ],
)
def test_missing_or_unknown_field(api, route, argument, text):
    """A missing or unknown field is rejected by its name."""
    assert api.rejects(route, argument) == f"request body: {text}"


@pytest.mark.checks("v2-400-nested-field")
def test_missing_field_of_an_inner_object(api):
    """The text of a 400 has the dotted path of an inner field."""
    argument = {"cursor": {"session_id": "x"}, "commit": {"path": "/a"}}
    text = api.rejects("files/upload_session/finish", argument)
    assert text == "HTTP header \"Dropbox-API-Arg\": cursor: missing required field 'offset'"


@pytest.mark.checks("v2-400-list-item")
def test_invalid_item_of_a_list(api):
    """The place of an item of a list is the name of the list, without an index."""
    argument = {"entries": [{"from_path": "/a"}]}
    text = api.rejects("files/copy_batch_v2", argument)
    assert text == "request body: entries: missing required field 'to_path'"


@pytest.mark.checks("v2-400-type")
@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ({"path": "", "limit": "ten"}, "limit: expected integer, got string"),
        ({"path": "", "limit": 1.5}, "limit: expected integer, got float"),
        ({"path": "", "limit": True}, "limit: expected integer, got boolean"),
        ([], "expected object, got list"),
        ("text", "expected object, got string"),
        (None, "expected object, got null"),
    ],
)
def test_wrong_type(api, argument, text):
    """A value of a wrong type is rejected with the expected and the given type."""
    assert api.rejects("files/list_folder", argument) == f"request body: {text}"


@pytest.mark.checks("v2-400-string")
def test_null_for_a_string(api):
    """Null for a required string is rejected with the recorded text."""
    text = api.rejects(GET_METADATA, {"path": None})
    assert text == "request body: path: 'None' expected to be a string, got null"


@pytest.mark.checks("v2-400-boolean")
@pytest.mark.parametrize("value", [1, "true"])
def test_wrong_boolean(api, value):
    """A value that is not a boolean is rejected."""
    text = api.rejects("files/list_folder", {"path": "", "recursive": value})
    assert text.startswith("request body: recursive: ")
    assert "boolean" in text


@pytest.mark.checks("v2-400-range")
@pytest.mark.parametrize("limit", [0, -1, 2001])
def test_number_out_of_range(api, limit):
    """A number out of range is rejected with its range."""
    text = api.rejects("files/list_folder", {"path": "", "limit": limit})
    assert text == f"request body: limit: {limit} is not within range [1, 2000]"


@pytest.mark.checks("v2-400-range")
@pytest.mark.parametrize("limit", [1, 2000])
def test_number_at_the_end_of_its_range(api, limit):
    """Both ends of a range are accepted."""
    assert api.ok("files/list_folder", {"path": api.folder, "limit": limit})["has_more"] is False


@pytest.mark.checks("v2-400-range")
@pytest.mark.parametrize(("limit", "status"), [(0, 400), (1, 200), (100, 200), (101, 400)])
def test_range_of_another_route(api, limit, status):
    """The limit of list_revisions is from 1 to 100."""
    api.put("r")
    argument = {"path": api.path("r"), "limit": limit}
    assert api.call("files/list_revisions", argument).status == status


@pytest.mark.checks("v2-400-list-length")
@pytest.mark.parametrize(
    ("count", "text"), [(0, "fewer than 1 items"), (1001, "more than 1000 items")]
)
def test_text_of_the_length_of_a_list(api, count, text):
    """A list that is too short or too long is rejected."""
    entries = [{"from_path": f"/{n}", "to_path": f"/{n}x"} for n in range(count)]
    got = api.rejects("files/copy_batch_v2", {"entries": entries})
    assert got.startswith("request body: entries: ")
    assert text in got


@pytest.mark.checks("v2-400-list-length")
@pytest.mark.parametrize("count", [0, 1001])
def test_length_of_a_list(api, count):
    """A batch with too few or too many entries is rejected."""
    entries = [{"from_path": f"/{n}", "to_path": f"/{n}x"} for n in range(count)]
    got = api.rejects("files/copy_batch_v2", {"entries": entries})
    assert got.startswith("request body: entries: ")


@pytest.mark.checks("v2-400-union")
@pytest.mark.parametrize("mode", ["nonsense", {".tag": "nonsense"}, {}, 5, []])
def test_place_of_an_invalid_union(api, mode):
    """A value that is not a variant of the union is rejected with the place of the field."""
    got = api.rejects("files/upload", {"path": api.path("u"), "mode": mode})
    assert got.startswith('HTTP header "Dropbox-API-Arg": mode: ')


@pytest.mark.checks("v2-400-text-length")
@pytest.mark.parametrize("length", [39, 41])
def test_place_of_a_text_of_a_wrong_length(api, length):
    """A text that is too short or too long is rejected with the place of the field."""
    text = api.rejects("users/get_account", {"account_id": "x" * length})
    assert text.startswith("request body: account_id: ")


@pytest.mark.checks("v2-400-text-length")
def test_length_of_a_text(api):
    """A text that is too short is rejected with both lengths."""
    text = api.rejects("users/get_account", {"account_id": "dbid:short"})
    assert text == "request body: account_id: 'dbid:short' must be at least 40 characters, got 10"


@pytest.mark.checks("v2-400-pattern")
@pytest.mark.parametrize("path", ["a", "rev:xyz", "ns:x/a", "id", " /a"])
def test_path_that_does_not_match(api, path):
    """A path of another form is rejected with its pattern."""
    text = api.rejects(GET_METADATA, {"path": path})
    assert text.startswith(f"request body: path: '{path}' did not match pattern '")


@pytest.mark.checks("v2-400-root")
@pytest.mark.parametrize(
    ("route", "argument", "text"),
    [
        ("files/list_folder", {"path": "/"}, f"path: {SLASH}"),
        (GET_METADATA, {"path": ""}, "path: The root folder is unsupported."),
    ],
)
def test_root_folder(api, route, argument, text):
    """The root is an empty string, and routes that do not support it say so."""
    assert api.rejects(route, argument) == f"request body: {text}"


@pytest.mark.checks("v2-union-forms")
@pytest.mark.parametrize("mode", ["add", {".tag": "add"}])
def test_both_forms_of_a_tag_without_a_value(api, mode):
    """A tag without a value is a text or an object."""
    api.put("m", mode=mode)
    assert api.put_fails("m", b"other", mode=mode) == "path/conflict/file"


@pytest.mark.checks("v2-400-union")
@pytest.mark.parametrize(
    ("mode", "text"),
    [
        ("nonsense", "unknown tag 'nonsense'"),
        ({".tag": "nonsense"}, "unknown tag 'nonsense'"),
        ({}, "missing '.tag' key"),
        (5, "expected string or object, got integer"),
    ],
    ids=["text", "object", "no tag", "number"],
)
def test_invalid_union(api, mode, text):
    """A value that is not a variant of the union is rejected."""
    got = api.rejects("files/upload", {"path": api.path("u"), "mode": mode})
    assert got == f'HTTP header "Dropbox-API-Arg": mode: {text}'


@pytest.mark.checks("v2-null-fields")
def test_null_for_an_optional_field(api):
    """Null for an optional field is the same as no value."""
    argument = {"path": api.path("n"), "client_modified": None, "content_hash": None}
    check_file(api.ok("files/upload", argument, b"n"), b"n")
    page = api.ok("files/list_folder", {"path": api.folder, "limit": None, "shared_link": None})
    assert [entry["name"] for entry in page["entries"]] == ["n"]


@pytest.mark.checks("v2-400-first")
def test_whole_argument_is_checked_before_the_path(api):
    """An invalid argument is 400 even if the path is not found."""
    text = api.rejects("files/list_folder", {"path": api.path("missing"), "limit": 0})
    assert text.startswith("request body: limit: ")


@pytest.mark.checks("v2-400-first")
def test_invalid_batch_changes_nothing(api):
    """A batch with an invalid entry is rejected as a whole, before anything is done."""
    entries = [{"path": api.path("a")}, {"path": "no slash"}]
    api.put("a")
    api.rejects("files/delete_batch", {"entries": entries})
    assert [entry["name"] for entry in api.entries()] == ["a"]


@pytest.mark.checks("v2-credentials-required")
@pytest.mark.parametrize(
    "route", [name for name, route in routes().items() if "noauth" not in route["auth"]]
)
def test_route_without_credentials(api, route):
    """Every route that requires credentials rejects a request without them."""
    text = rejection(api.call(route, None, authorization=None), route)
    expected = 'Must provide HTTP header "Authorization" or URL parameter "authorization".'
    assert text == expected
