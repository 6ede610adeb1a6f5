"""Namespaces: several worlds on one server, for test processes that run at the same time."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from fakebox.app import create_app
from fakebox.namespaces import NamespaceError, Namespaces
from fakebox.server import Server
from tests.raw_http import V1


@pytest.fixture
def client_of(box):
    """A function that returns a client with a token that has a namespace as its prefix."""

    def client(name, *, app=""):
        return V1(box.url, f"{name}~fakebox-token", app_key=f"{app}fakebox-app-key")

    return client


def send(box, method, path, name, body=None):
    """Send a request with the namespace header."""
    headers = {"X-Fakebox-Namespace": name, "Authorization": "Bearer fakebox-bearer-token"}
    return urllib3.request(method, f"{box.url}{path}", headers=headers, body=body)


def test_token_prefix_selects_a_namespace(box, client_of):
    """A namespace is created on first use, and has its own files."""
    client_of("one").upload("/a.txt", b"one")
    client_of("two").upload("/a.txt", b"two")
    assert client_of("one").get("/files/dropbox/a.txt").data == b"one"
    assert client_of("two").get("/files/dropbox/a.txt").data == b"two"
    assert box.tree() == []


def test_header_selects_the_same_namespace(box, client_of):
    """The header value is accepted in any case."""
    client_of("one").upload("/a.txt", b"one")
    assert send(box, "GET", "/1/files/dropbox/a.txt", "ONE").data == b"one"


def test_token_in_a_form_selects_the_same_namespace(box, client_of):
    """The token of a POST request is in its body."""
    client_of("one").post("/fileops/create_folder", root="dropbox", path="/made")
    assert [path for path, _ in client_of("one").post("/delta").json()["entries"]] == ["/made"]
    assert V1(box.url).post("/delta").json()["entries"] == []


def test_app_key_can_have_the_prefix(client_of):
    """The namespace prefix can be in the app key, for programs that configure only the key."""
    assert client_of("one", app="one~").get("/account/info").json()["uid"] == 1


def test_oauth1_tokens_keep_the_prefix_of_the_app_key(box):
    """An app key with a prefix gives request tokens with the same prefix."""
    app_key = "three~fakebox-app-key"
    app = V1(box.url, token="", secret="", app_key=app_key)
    form = parse_qs(app.post("/oauth/request_token").data.decode())
    (key,), (secret,) = form["oauth_token"], form["oauth_token_secret"]
    assert key.startswith("three~")
    page = urllib3.request("GET", f"{box.url}/1/oauth/authorize?oauth_token={key}")
    assert page.status == 200
    assert V1(box.url, key, secret, app_key).post("/oauth/access_token").status == 401


def test_links_contain_their_namespace(box, client_of):
    """Links can be opened without the header."""
    client = client_of("one")
    client.upload("/a.txt", b"one")
    for short in ("true", "false"):
        link = client.post("/shares/dropbox/a.txt", short_url=short).json()
        assert urllib3.request("GET", link["url"]).status == 200
    media = client.post("/media/dropbox/a.txt").json()
    assert urllib3.request("GET", media["url"]).data == b"one"


def test_upload_link_contains_its_namespace(box, client_of):
    """An upload link can be used without a token."""
    headers = {"Authorization": "Bearer one~fakebox-bearer-token"}
    url = f"{box.url}/2/files/get_temporary_upload_link"
    commit = {"commit_info": {"path": "/a.txt"}}
    link = urllib3.request("POST", url, json=commit, headers=headers).json()["link"]
    octets = {"Content-Type": "application/octet-stream"}
    assert urllib3.request("POST", link, body=b"one", headers=octets).status == 200
    assert client_of("one").get("/files/dropbox/a.txt").data == b"one"
    assert box.tree() == []


def test_namespaces_have_separate_faults_clocks_and_journals(box, client_of):
    """Faults, clock and journal of one namespace do not affect another one."""
    send(box, "POST", "/_fakebox/faults", "one", b'{"status": 418, "times": null}')
    send(box, "POST", "/_fakebox/clock", "one", b'{"frozen": true, "set_s": 5}')
    assert client_of("one").get("/account/info").status == 418
    assert client_of("two").get("/account/info").json()["uid"] == 1
    journals = [
        len(send(box, "GET", "/_fakebox/journal", name).json()["requests"])
        for name in ("one", "two")
    ]
    assert journals == [1, 1]
    assert send(box, "GET", "/_fakebox/clock", "two").json()["now_s"] > 5
    assert len(box.requests) == 0


def test_namespaces_are_listed_and_deleted(box, client_of):
    """A deleted namespace is empty when it is used again."""
    client_of("one").upload("/a.txt", b"one")
    url = f"{box.url}/_fakebox/namespaces"
    assert urllib3.request("GET", url).json() == {"namespaces": ["one"]}
    assert urllib3.request("DELETE", f"{url}/one").status == 204
    assert client_of("one").get("/metadata/dropbox").json()["contents"] == []


@pytest.mark.parametrize("name", ["a b", "../etc", "-x", "x" * 41, "é"])
def test_invalid_namespace_name_is_400(box, name):
    """The error describes which names are accepted."""
    response = send(box, "GET", "/1/account/info", name.encode())
    assert response.status == 400
    assert "the name of a namespace must be" in response.json()["error"]


def test_tilde_in_a_path_is_not_a_prefix(box):
    """Only tokens, keys and links can have a namespace prefix."""
    client = V1(box.url)
    client.upload("/a~b.txt", b"x")
    paths = {"from_path": "/a~b.txt", "to_path": "/one~two.txt"}
    client.post("/fileops/move", root="dropbox", **paths)
    assert box.tree() == ["/one~two.txt"]


def test_number_of_namespaces_is_limited(monkeypatch):
    """Creating a namespace over the limit is rejected with the limit."""
    monkeypatch.setattr("fakebox.namespaces._LIMIT", 2)
    namespaces = Namespaces()
    namespaces.named("a")
    namespaces.named("b")
    with pytest.raises(NamespaceError, match="there may be at most 2 namespaces"):
        namespaces.named("c")
    assert [each.name for each in namespaces] == ["", "a", "b"]
    namespaces.close()


def test_namespaces_are_kept_in_a_directory(tmp_path):
    """Each namespace has its own directory, and is found by name after a restart."""
    first = Namespaces(tmp_path)
    first.named("one").world.accounts.create("ann@fakebox.example", "x")
    first.close()
    second = Namespaces(tmp_path)
    assert len(second.named("one").world.accounts.all()) == 3
    assert len(second.default.world.accounts.all()) == 2
    second.close()


def test_stored_namespace_is_found_by_its_links_after_a_restart(tmp_path):
    """A namespace on disk is found by its own links, not only by the default tokens."""
    header = {"X-Fakebox-Namespace": "billing"}
    bearer = {"Authorization": "Bearer billing~fakebox-bearer-token"}
    namespaces = Namespaces(tmp_path)
    with Server(create_app(namespaces), port=0) as server:
        urllib3.request("PUT", f"{server.url}/_fakebox/files/1/a.txt", body=b"x", headers=header)
        link = urllib3.request("POST", f"{server.url}/1/media/dropbox/a.txt", headers=bearer)
        path = urlsplit(link.json()["url"]).path
    namespaces.close()
    namespaces = Namespaces(tmp_path)
    with Server(create_app(namespaces), port=0) as server:
        assert urllib3.request("GET", server.url + path).data == b"x"
        unknown = f"{server.url}{path.replace('billing', 'other')}"
        assert urllib3.request("GET", unknown).status == 404
        assert [namespace.name for namespace in namespaces] == ["", "billing"]
    namespaces.close()
