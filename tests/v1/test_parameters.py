"""Responses to parameters that are missing, repeated, mistyped or out of range."""

import json
from urllib.parse import quote

import pytest

from fakebox.v1.app import create_v1

REQUIRED = [
    ("POST", "/fileops/copy", {"root": "dropbox", "from_path": "/a"}, "to_path"),
    ("POST", "/fileops/copy", {"root": "dropbox", "to_path": "/b"}, "from_path"),
    ("POST", "/fileops/copy", {"from_path": "/a", "to_path": "/b"}, "root"),
    ("POST", "/fileops/move", {"root": "dropbox", "from_path": "/a"}, "to_path"),
    ("POST", "/fileops/move", {"root": "dropbox", "to_path": "/a"}, "from_path"),
    ("POST", "/fileops/create_folder", {"root": "dropbox"}, "path"),
    ("POST", "/fileops/delete", {"root": "dropbox"}, "path"),
    ("POST", "/restore/dropbox/a", {}, "rev"),
    ("GET", "/search/dropbox/", {}, "query"),
    ("GET", "/longpoll_delta", {}, "cursor"),
    ("POST", "/commit_chunked_upload/dropbox/a", {}, "upload_id"),
    ("POST", "/save_url/dropbox/a", {}, "url"),
]
BAD = [
    ("GET", "/metadata/dropbox/", {"list": "maybe"}, "list"),
    ("GET", "/metadata/dropbox/", {"include_deleted": "2"}, "include_deleted"),
    ("GET", "/metadata/dropbox/", {"file_limit": "many"}, "file_limit"),
    ("GET", "/metadata/dropbox/", {"file_limit": "0"}, "file_limit"),
    ("GET", "/metadata/dropbox/", {"file_limit": "25001"}, "file_limit"),
    ("GET", "/metadata/dropbox/", {"file_limit": "9" * 5000}, "file_limit"),
    ("GET", "/metadata/dropbox/", {"file_limit": "1_000"}, "file_limit"),
    ("GET", "/metadata/dropbox/", {"file_limit": "\N{ARABIC-INDIC DIGIT THREE}"}, "file_limit"),
    ("GET", "/revisions/dropbox/a", {"rev_limit": "0"}, "rev_limit"),
    ("GET", "/revisions/dropbox/a", {"rev_limit": "1001"}, "rev_limit"),
    ("GET", "/revisions/dropbox/a", {"rev_limit": "x"}, "rev_limit"),
    ("GET", "/search/dropbox/", {"query": "ab"}, "query"),
    ("GET", "/search/dropbox/", {"query": ""}, "query"),
    ("GET", "/search/dropbox/", {"query": "abc", "file_limit": "1001"}, "file_limit"),
    ("GET", "/thumbnails/dropbox/a.jpg", {"size": "huge"}, "size"),
    ("GET", "/thumbnails/dropbox/a.jpg", {"format": "webp"}, "format"),
    ("GET", "/longpoll_delta", {"cursor": "c", "timeout": "29"}, "timeout"),
    ("GET", "/longpoll_delta", {"cursor": "c", "timeout": "481"}, "timeout"),
    ("GET", "/shares/dropbox/a", {"short_url": "perhaps"}, "short_url"),
    ("PUT", "/files_put/dropbox/a", {"overwrite": "perhaps"}, "overwrite"),
    ("PUT", "/files_put/dropbox/a", {"autorename": "perhaps"}, "autorename"),
    ("PUT", "/chunked_upload", {"offset": "-1"}, "offset"),
    ("PUT", "/chunked_upload", {"offset": "x"}, "offset"),
    ("POST", "/fileops/delete", {"root": "everything", "path": "/a"}, "root"),
    ("GET", "/metadata/everything/", {}, "root"),
]


@pytest.mark.parametrize(("method", "path", "params", "missing"), REQUIRED)
def test_missing_parameter_is_400_with_its_name(api, method, path, params, missing):
    """The error of the 400 response is an object whose key is the missing parameter."""
    response = api.send(method, path, params)
    assert response.status_code == 400
    assert missing in json.loads(response.text)["error"]


def test_search_without_a_query_has_the_error_text_of_the_service(api):
    """A missing query is answered with the error text of the service."""
    response = api.send("GET", "/search/dropbox/", {})
    assert json.loads(response.text) == {"error": {"query": "Please enter a value"}}


@pytest.mark.parametrize(("method", "path", "params", "bad"), BAD)
def test_invalid_parameter_is_400_with_its_name(api, method, path, params, bad):
    """An invalid value is answered with 400 and the name of the parameter."""
    response = api.send(method, path, params)
    assert response.status_code == 400
    assert bad in json.loads(response.text)["error"]


def test_form_with_chunked_transfer_encoding_is_accepted(api):
    """Some proxies send forms with chunked transfer encoding."""
    api.upload("/a/b")
    api.upload("/c")
    response = api.send(
        "POST",
        "/delta",
        {},
        data="path_prefix=/a",
        content_type="application/x-www-form-urlencoded",
        overrides={"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert response.status_code == 200
    assert [path for path, _ in json.loads(response.text)["entries"]] == ["/a", "/a/b"]


def test_repeated_parameter_with_different_values_is_400(api):
    """The error contains the name of the repeated parameter."""
    query = api.get("/account/info").request.query_string.decode()
    response = api.raw("GET", f"/metadata/dropbox/?list=true&list=false&{query}")
    assert response.status_code == 400
    assert "list" in json.loads(response.text)["error"]


def test_repeated_parameter_with_the_same_value_is_accepted(api):
    """Some clients send the same parameters twice."""
    signed = api.signed({}, ("fakebox-token", "fakebox-token-secret"))
    query = "&".join(f"{name}={value}".replace("&", "%26") for name, value in signed.items())
    assert api.raw("GET", f"/account/info?{query}&{query}").status_code == 200


@pytest.mark.parametrize("spelling", ["true", "True", "1", "yes"])
def test_booleans_are_accepted_in_several_spellings(api, spelling):
    """The spellings of Python, JavaScript and forms are accepted."""
    assert "contents" in json.loads(api.get("/metadata/dropbox/", list=spelling).text)


def test_empty_optional_parameter_is_ignored(api):
    """An optional parameter with an empty value counts as missing."""
    api.upload("/a.txt")
    params = {"rev": "", "hash": "", "list": "", "locale": ""}
    assert api.get("/metadata/dropbox/a.txt", **params).status_code == 200


@pytest.mark.parametrize("path", ["dropbox%2Fa.txt", "dropbox/%2Fa.txt", "dropbox//a.txt/"])
def test_encoded_slash_separates_names(api, path):
    """An encoded slash also separates the root from the path, because some clients send it."""
    api.upload("/a.txt")
    assert json.loads(api.get(f"/metadata/{path}").text)["path"] == "/a.txt"


def test_plus_in_a_path_is_a_plus(api):
    """A plus sign in a path is not decoded as a space."""
    api.upload("/a+b.txt")
    assert json.loads(api.get("/metadata/dropbox/a+b.txt").text)["path"] == "/a+b.txt"


def test_path_that_is_not_utf8_is_400(api):
    """A path that is not valid UTF-8 is answered with 400."""
    query = api.send("GET", "/account/info", {}).request.query_string.decode()
    assert api.raw("GET", f"/metadata/dropbox/%ff%fe?{query}").status_code == 400


def test_parameter_that_is_not_utf8_is_400(api):
    """A query parameter that is not valid UTF-8 is answered with 400."""
    assert api.raw("GET", "/metadata/dropbox/?locale=%ff").status_code == 400


def test_request_with_too_many_parameters_is_rejected(api):
    """A request with too many parameters is answered with 400 and the limit."""
    response = api.raw("GET", f"/metadata/dropbox/?{'a=1&' * 1001}")
    assert response.status_code == 400
    assert json.loads(response.text) == {"error": "A request may have 1000 parameters at most"}


@pytest.mark.parametrize(
    "path",
    ["/a/../b", "/./a", "/a\\b", "/a\x01b", "/" + "x" * 256, "/trailing ", "/\U0001f600.txt"],
)
def test_illegal_path_is_400_for_uploads_and_metadata(api, path):
    """An illegal path is answered with 400 by uploads and by metadata."""
    assert api.put(f"/files_put/dropbox{quote(path)}").status_code == 400
    assert api.get(f"/metadata/dropbox{quote(path)}").status_code == 400


@pytest.mark.parametrize("name", ["desktop.ini", "Thumbs.db", ".DS_Store", "icon\r", ".dropbox"])
def test_upload_with_an_ignored_name_is_400(api, name):
    """Names that programs of the service use themselves are answered with 400."""
    assert api.put(f"/files_put/dropbox/{quote(name)}").status_code == 400


@pytest.mark.parametrize("character", ':?*<>"|')
def test_create_folder_rejects_characters_that_uploads_accept(api, character):
    """Copy, move and create_folder reject characters that uploads accept."""
    assert api.put(f"/files_put/dropbox/a{quote(character)}b").status_code == 200
    response = api.post("/fileops/create_folder", root="dropbox", path=f"/x{character}y")
    assert response.status_code == 400


def test_unknown_call_is_404_with_json(api):
    """The response to an unknown call is JSON instead of HTML."""
    response = api.get("/no_such_call")
    assert response.status_code == 404
    assert "error" in json.loads(response.text)


def test_wrong_method_is_405_with_json(api):
    """The response to a wrong method contains the accepted methods in the header Allow."""
    response = api.put("/account/info")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert "error" in json.loads(response.text)


def test_every_response_has_its_own_request_id(api):
    """Responses and errors have different request IDs of 32 hexadecimal digits."""
    ids = [api.get(path).headers["X-Dropbox-Request-Id"] for path in ("/account/info", "/nothing")]
    assert len(set(ids)) == 2
    assert all(len(request_id) == 32 and int(request_id, 16) >= 0 for request_id in ids)


def test_preflight_request_needs_no_credentials(api):
    """Browsers send a preflight request without credentials."""
    response = api.raw("OPTIONS", "/metadata/dropbox/")
    assert response.status_code == 200
    assert "PUT" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_retired_service_answers_every_call_with_v1_retired(api):
    """With the option `is_retired`, every call is answered with 400 and `v1_retired`."""
    from fakebox.context import Options

    api.options = Options(is_retired=True)
    for path in ("/account/info", "/oauth/request_token"):
        response = api.get(path)
        assert (response.status_code, json.loads(response.text)) == (400, {"error": "v1_retired"})


@pytest.mark.parametrize("call", ["/fileops/delete", "/search/dropbox/", "/restore/dropbox/a"])
def test_credentials_are_checked_before_parameters(api, call):
    """A request without credentials is answered with 401 even if a parameter is missing."""
    assert api.raw("POST", call).status_code == 401


def test_every_documented_call_has_a_route():
    """The URL map contains exactly the documented calls."""
    routes = {rule.rule for rule in create_v1().url_map.iter_rules()}
    with_root = (
        "commit_chunked_upload copy_ref files files_put media metadata previews restore revisions"
        " save_url search shares thumbnails"
    )
    without_root = (
        "account/info chunked_upload delta delta/latest_cursor disable_access_token fileops/copy"
        " fileops/create_folder fileops/delete fileops/move longpoll_delta oauth/access_token"
        " oauth/request_token oauth2/token oauth2/token_from_oauth1 shared_folders"
        " shared_folders/<folder_id> save_url_job/<job_id> unlink_access_token"
    )
    expected = {f"/{name}/<root><everything:path>" for name in with_root.split()}
    assert routes == expected | {f"/{name}" for name in without_root.split()}
