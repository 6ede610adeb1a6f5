"""Headers that select the root of the paths of a request, or a member of a team."""

from __future__ import annotations

import json

import pytest

PATH_ROOT = "Dropbox-API-Path-Root"
PREFIX = 'Error in call to API function "files/list_folder": '
PLACE = f'HTTP header "{PATH_ROOT}": '
MEMBER = "dbmid:" + "A" * 35


def listed(api, who=None, path="", query="", **headers):
    """Send a request that lists a folder, with underscores for hyphens in names of headers."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    argument = json.dumps({"path": path})
    target = f"/2/files/list_folder{query}"
    return api.raw(target, argument, "application/json", who, headers=headers)


def rooted(api, root, who=None, path=""):
    """Send a request with a path root, which is written as JSON unless it is a text."""
    value = root if isinstance(root, str) else json.dumps(root)
    return listed(api, who, path, Dropbox_API_Path_Root=value)


def root_id(api, who=None):
    """Return the root namespace of an account."""
    return api.rpc_null("users/get_current_account", who)["root_info"]["root_namespace_id"]


@pytest.mark.parametrize("tag", ["home", "root", "namespace_id"])
def test_own_namespace_as_path_root_lists_the_own_files(api, tag):
    """The home, the root and the namespace of the account have the files of the account."""
    api.upload("/a")
    root = {".tag": tag} if tag == "home" else {".tag": tag, tag: root_id(api)}
    response = rooted(api, root)
    assert response.status_code == 200
    assert [entry["name"] for entry in json.loads(response.text)["entries"]] == ["a"]


def test_home_may_be_a_text(api):
    """A union without a value may be its tag alone."""
    assert rooted(api, '"home"').status_code == 200


def test_other_root_is_422_with_the_right_root(api):
    """A root that is not the account's is rejected with the root info of the account."""
    for other in ("999", root_id(api, api.bearer(2)), "a:b"):
        response = rooted(api, {".tag": "root", "root": other})
        assert response.status_code == 422
        payload = json.loads(response.text)
        assert payload["error_summary"].startswith("invalid_root/")
        info = {
            ".tag": "user",
            "root_namespace_id": root_id(api),
            "home_namespace_id": root_id(api),
        }
        assert payload["error"] == {".tag": "invalid_root", "invalid_root": info}


def test_namespace_of_another_account_is_422(api):
    """A namespace without access, or one that does not exist, is rejected."""
    for other in ("999", root_id(api, api.bearer(2)), "1" * 30):
        response = rooted(api, {".tag": "namespace_id", "namespace_id": other})
        assert response.status_code == 422
        payload = json.loads(response.text)
        assert payload["error_summary"].startswith("no_permission/")
        assert payload["error"] == {".tag": "no_permission"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("nonsense", "could not decode input as JSON"),
        ("", "could not decode input as JSON"),
        ("[" * 100_000, "could not decode input as JSON"),
        ("{}", "missing '.tag' key"),
        ("7", "expected string or object, got integer"),
        ('{".tag": "nonsense"}', "unknown tag 'nonsense'"),
        ('"root"', "expected object for 'root', got symbol"),
        ('{".tag": "root", "root": 5}', "root: '5' expected to be a string, got integer"),
        ('{".tag": "root", "root": ""}', "root: '' did not match pattern '[-_0-9a-zA-Z:]+'"),
    ],
    ids=["text", "empty", "nested", "no tag", "number", "tag", "void", "type", "pattern"],
)
def test_malformed_path_root_is_400(api, value, text):
    """A header that is not a path root is rejected with the reason."""
    response = rooted(api, value)
    assert response.status_code == 400
    assert response.text == f"{PREFIX}{PLACE}{text}"


def test_app_folder_has_no_path_root(api):
    """The token of an app folder cannot select a root, not even its own."""
    sandbox = api.bearer(1, "app_folder")
    for root in ({".tag": "home"}, {".tag": "root", "root": root_id(api)}):
        response = rooted(api, root, sandbox)
        assert response.status_code == 400
        assert response.text == f"{PREFIX}Path root is not supported for sandbox app"


def test_path_root_is_checked_before_the_argument(api):
    """With a foreign namespace and a malformed path, the namespace is the error."""
    foreign = {".tag": "namespace_id", "namespace_id": "999"}
    assert rooted(api, foreign, path="/").status_code == 422
    assert rooted(api, {".tag": "home"}, path="/").status_code == 400


def test_path_root_is_checked_for_every_style_of_route(api):
    """Uploads and downloads with a foreign namespace are rejected, and nothing is stored."""
    headers = {PATH_ROOT: json.dumps({".tag": "namespace_id", "namespace_id": "999"})}
    upload = api.send("files/upload", {"path": "/a"}, b"x", **headers)
    assert upload.status_code == 422
    api.upload("/b")
    assert api.send("files/download", {"path": "/b"}, **headers).status_code == 422
    assert [entry["name"] for entry in api.rpc("files/list_folder", path="")["entries"]] == ["b"]


def test_credentials_are_checked_before_the_path_root(api):
    """An unknown token is rejected first."""
    assert rooted(api, "nonsense", "Bearer fakebox-unknown").status_code == 401


@pytest.mark.parametrize("name", ["user", "admin"])
def test_member_for_the_token_of_an_account_is_401(api, name):
    """An account has no team, so that the header or the URL parameter cannot select a member."""
    header = {f"Dropbox-API-Select-{name.title()}": MEMBER}
    for response in (listed(api, **header), listed(api, query=f"?select_{name}={MEMBER}")):
        assert response.status_code == 401
        payload = json.loads(response.text)
        assert payload["error"] == {".tag": f"invalid_select_{name}"}
        assert payload["error_summary"].startswith(f"invalid_select_{name}/")


@pytest.mark.parametrize("name", ["user", "admin"])
@pytest.mark.parametrize("value", ["", "user@fakebox.example", "dbmid:", "dbid:" + "A" * 35])
def test_text_that_is_not_the_id_of_a_member_is_400(api, name, value):
    """A value of another form than the id of a member is rejected, also before a bad argument."""
    response = listed(api, path="/", **{f"Dropbox-API-Select-{name.title()}": value})
    assert response.status_code == 400
    assert response.text == f"{PREFIX}Invalid select {name} id format"


def test_member_is_checked_before_the_path_root(api):
    """With both headers, the member is the error."""
    root = json.dumps({".tag": "root", "root": "999"})
    response = listed(api, Dropbox_API_Path_Root=root, Dropbox_API_Select_User=MEMBER)
    assert response.status_code == 401
