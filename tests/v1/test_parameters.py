"""What every call does with parameters that are missing, repeated, ill-typed or out of range."""

import json
from urllib.parse import quote

import pytest

from fakebox.v1.app import create_v1

NEEDED = [
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


@pytest.mark.parametrize(("method", "path", "params", "missing"), NEEDED)
def test_call_names_the_parameter_that_is_missing(api, method, path, params, missing):
    """400, and the error is a form's: the parameter and what is wrong with it."""
    response = api.send(method, path, params)
    assert response.status_code == 400
    assert missing in json.loads(response.text)["error"]


def test_search_without_a_query_is_told_to_enter_one(api):
    """In the service's own words."""
    response = api.send("GET", "/search/dropbox/", {})
    assert json.loads(response.text) == {"error": {"query": "Please enter a value"}}


@pytest.mark.parametrize(("method", "path", "params", "bad"), BAD)
def test_call_names_the_parameter_that_is_bad(api, method, path, params, bad):
    """400 for every value that the call can't work with."""
    response = api.send(method, path, params)
    assert response.status_code == 400
    assert bad in json.loads(response.text)["error"]


def test_form_may_come_in_chunks(api):
    """As some proxies send it on."""
    api.upload("/a/b")
    api.upload("/c")
    answer = api.send(
        "POST",
        "/delta",
        {},
        data="path_prefix=/a",
        content_type="application/x-www-form-urlencoded",
        overrides={"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == 200
    assert [path for path, _ in json.loads(answer.text)["entries"]] == ["/a", "/a/b"]


def test_call_refuses_a_parameter_that_is_given_twice(api):
    """Different values can't both be meant."""
    query = api.get("/account/info").request.query_string.decode()
    response = api.raw("GET", f"/metadata/dropbox/?list=true&list=false&{query}")
    assert response.status_code == 400
    assert "list" in json.loads(response.text)["error"]


def test_call_takes_a_parameter_that_is_repeated_alike(api):
    """Some clients send the same twice, in the query and in the form."""
    signed = api.signed({}, ("fakebox-token", "fakebox-token-secret"))
    query = "&".join(f"{name}={value}".replace("&", "%26") for name, value in signed.items())
    assert api.raw("GET", f"/account/info?{query}&{query}").status_code == 200


@pytest.mark.parametrize("spelling", ["true", "True", "1", "yes"])
def test_booleans_are_read_in_every_spelling(api, spelling):
    """Python's, JavaScript's and a form's."""
    assert "contents" in json.loads(api.get("/metadata/dropbox/", list=spelling).text)


def test_empty_parameter_counts_as_not_sent(api):
    """Where the call can do without it."""
    api.upload("/a.txt")
    params = {"rev": "", "hash": "", "list": "", "locale": ""}
    assert api.get("/metadata/dropbox/a.txt", **params).status_code == 200


@pytest.mark.parametrize("path", ["dropbox%2Fa.txt", "dropbox/%2Fa.txt", "dropbox//a.txt/"])
def test_encoded_slash_divides_like_any_other(api, path):
    """Also the one behind the root: some clients encode the two together."""
    api.upload("/a.txt")
    assert json.loads(api.get(f"/metadata/{path}").text)["path"] == "/a.txt"


def test_plus_in_a_path_is_a_plus(api):
    """It is a blank in a query alone."""
    api.upload("/a+b.txt")
    assert json.loads(api.get("/metadata/dropbox/a+b.txt").text)["path"] == "/a+b.txt"


def test_path_that_is_not_utf8_is_refused(api):
    """400, not a guess at an encoding."""
    query = api.send("GET", "/account/info", {}).request.query_string.decode()
    assert api.raw("GET", f"/metadata/dropbox/%ff%fe?{query}").status_code == 400


def test_parameter_that_is_not_utf8_is_refused(api):
    """Neither in the query nor in a form."""
    assert api.raw("GET", "/metadata/dropbox/?locale=%ff").status_code == 400


def test_request_with_too_many_parameters_is_rejected(api):
    """The answer is 400 and says how many are accepted."""
    response = api.raw("GET", f"/metadata/dropbox/?{'a=1&' * 1001}")
    assert response.status_code == 400
    assert json.loads(response.text) == {"error": "A request may have 1000 parameters at most"}


@pytest.mark.parametrize(
    "path",
    ["/a/../b", "/./a", "/a\\b", "/a\x01b", "/" + "x" * 256, "/trailing ", "/\U0001f600.txt"],
)
def test_illegal_path_is_refused_by_reading_and_writing(api, path):
    """400 everywhere."""
    assert api.put(f"/files_put/dropbox{quote(path)}").status_code == 400
    assert api.get(f"/metadata/dropbox{quote(path)}").status_code == 400


@pytest.mark.parametrize("name", ["desktop.ini", "Thumbs.db", ".DS_Store", "icon\r", ".dropbox"])
def test_ignored_name_is_never_stored(api, name):
    """400, as the service's programs own these."""
    assert api.put(f"/files_put/dropbox/{quote(name)}").status_code == 400


@pytest.mark.parametrize("character", ':?*<>"|')
def test_operations_refuse_characters_that_uploads_take(api, character):
    """The service was stricter with copy, move and create_folder."""
    assert api.put(f"/files_put/dropbox/a{quote(character)}b").status_code == 200
    made = api.post("/fileops/create_folder", root="dropbox", path=f"/x{character}y")
    assert made.status_code == 400


def test_unknown_call_is_404_in_json(api):
    """Never a page of HTML."""
    response = api.get("/no_such_call")
    assert response.status_code == 404
    assert "error" in json.loads(response.text)


def test_wrong_method_is_405_in_json(api):
    """And says which are right."""
    response = api.put("/account/info")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert "error" in json.loads(response.text)


def test_every_answer_has_an_identity_of_its_own(api):
    """Refusals too: it is what people quoted to the service's support."""
    ids = [api.get(path).headers["X-Dropbox-Request-Id"] for path in ("/account/info", "/nothing")]
    assert len(set(ids)) == 2
    assert all(len(identity) == 32 and int(identity, 16) >= 0 for identity in ids)


def test_preflight_is_answered_without_credentials(api):
    """Browsers ask before they send."""
    response = api.raw("OPTIONS", "/metadata/dropbox/")
    assert response.status_code == 200
    assert "PUT" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_retired_service_says_so_to_everything(api):
    """400 `v1_retired`, the OAuth calls included."""
    from fakebox.context import Options

    api.options = Options(is_retired=True)
    for path in ("/account/info", "/oauth/request_token"):
        response = api.get(path)
        assert (response.status_code, json.loads(response.text)) == (400, {"error": "v1_retired"})


@pytest.mark.parametrize("call", ["/fileops/delete", "/search/dropbox/", "/restore/dropbox/a"])
def test_stranger_is_turned_away_before_the_parameters_are_looked_at(api, call):
    """401, though a parameter is missing too."""
    assert api.raw("POST", call).status_code == 401


def test_every_documented_call_has_a_route():
    """The URL map is the documentation's list, no more and no less."""
    routes = {rule.rule for rule in create_v1().url_map.iter_rules()}
    rooted = (
        "commit_chunked_upload copy_ref files files_put media metadata previews restore revisions"
        " save_url search shares thumbnails"
    )
    plain = (
        "account/info chunked_upload delta delta/latest_cursor disable_access_token fileops/copy"
        " fileops/create_folder fileops/delete fileops/move longpoll_delta oauth/access_token"
        " oauth/request_token oauth2/token oauth2/token_from_oauth1 shared_folders"
        " shared_folders/<folder_id> save_url_job/<job_id>"
    )
    expected = {f"/{name}/<root><everything:path>" for name in rooted.split()}
    assert routes == expected | {f"/{name}" for name in plain.split()}
