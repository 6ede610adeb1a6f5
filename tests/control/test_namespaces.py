"""Several test processes on one server: each has a world of its own."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from fakebox.app import create_app
from fakebox.namespaces import NamespaceError, Namespaces
from fakebox.server import Server
from tests.raw_http import V1


@pytest.fixture
def tokens(box):
    """Makes a client whose credentials begin with a namespace's name."""

    def client(name, *, app=""):
        return V1(box.url, f"{name}~fakebox-token", app_key=f"{app}fakebox-app-key")

    return client


def ask(box, method, path, name, body=None):
    """A request with the namespace's header."""
    headers = {"X-Fakebox-Namespace": name, "Authorization": "Bearer fakebox-bearer-token"}
    return urllib3.request(method, f"{box.url}{path}", headers=headers, body=body)


def test_token_prefix_names_a_world_of_its_own(box, tokens):
    """Made on first use; nobody sees another's files."""
    tokens("one").upload("/a.txt", b"one")
    tokens("two").upload("/a.txt", b"two")
    assert tokens("one").get("/files/dropbox/a.txt").data == b"one"
    assert tokens("two").get("/files/dropbox/a.txt").data == b"two"
    assert box.tree() == []


def test_header_names_the_same_world(box, tokens):
    """In any case of letters."""
    tokens("one").upload("/a.txt", b"one")
    assert ask(box, "GET", "/1/files/dropbox/a.txt", "ONE").data == b"one"


def test_form_names_the_same_world(box, tokens):
    """A POST has its token in the body."""
    tokens("one").post("/fileops/create_folder", root="dropbox", path="/made")
    assert [path for path, _ in tokens("one").post("/delta").json()["entries"]] == ["/made"]
    assert V1(box.url).post("/delta").json()["entries"] == []


def test_apps_key_may_have_the_prefix_too(tokens):
    """For a program whose key is all that can be set."""
    assert tokens("one", app="one~").get("/account/info").json()["uid"] == 1


def test_whole_dance_stays_in_its_world(box):
    """An app's key with a prefix leads to request and access tokens with it."""
    app_key = "three~fakebox-app-key"
    app = V1(box.url, token="", secret="", app_key=app_key)
    form = parse_qs(app.post("/oauth/request_token").data.decode())
    (key,), (secret,) = form["oauth_token"], form["oauth_token_secret"]
    assert key.startswith("three~")
    page = urllib3.request("GET", f"{box.url}/1/oauth/authorize?oauth_token={key}")
    assert page.status == 200
    assert V1(box.url, key, secret, app_key).post("/oauth/access_token").status == 401


def test_links_lead_back_to_their_world(box, tokens):
    """Who opens one in a browser sends no header."""
    client = tokens("one")
    client.upload("/a.txt", b"one")
    for short in ("true", "false"):
        link = client.post("/shares/dropbox/a.txt", short_url=short).json()
        assert urllib3.request("GET", link["url"]).status == 200
    media = client.post("/media/dropbox/a.txt").json()
    assert urllib3.request("GET", media["url"]).data == b"one"


def test_link_for_uploading_leads_back_to_its_world(box, tokens):
    """As whoever was given it knows of nothing else."""
    headers = {"Authorization": "Bearer one~fakebox-bearer-token"}
    url = f"{box.url}/2/files/get_temporary_upload_link"
    commit = {"commit_info": {"path": "/a.txt"}}
    link = urllib3.request("POST", url, json=commit, headers=headers).json()["link"]
    octets = {"Content-Type": "application/octet-stream"}
    assert urllib3.request("POST", link, body=b"one", headers=octets).status == 200
    assert tokens("one").get("/files/dropbox/a.txt").data == b"one"
    assert box.tree() == []


def test_faults_clock_and_requests_are_its_own(box, tokens):
    """What one test does to its world, another's doesn't feel."""
    ask(box, "POST", "/_fakebox/faults", "one", b'{"status": 418, "times": null}')
    ask(box, "POST", "/_fakebox/clock", "one", b'{"frozen": true, "set_s": 5}')
    assert tokens("one").get("/account/info").status == 418
    assert tokens("two").get("/account/info").json()["uid"] == 1
    journals = [
        len(ask(box, "GET", "/_fakebox/journal", name).json()["requests"])
        for name in ("one", "two")
    ]
    assert journals == [1, 1]
    assert ask(box, "GET", "/_fakebox/clock", "two").json()["now_s"] > 5
    assert len(box.requests) == 0


def test_tester_lists_and_forgets_them(box, tokens):
    """What is forgotten is new when it is named again."""
    tokens("one").upload("/a.txt", b"one")
    url = f"{box.url}/_fakebox/namespaces"
    assert urllib3.request("GET", url).json() == {"namespaces": ["one"]}
    assert urllib3.request("DELETE", f"{url}/one").status == 204
    assert tokens("one").get("/metadata/dropbox").json()["contents"] == []


@pytest.mark.parametrize("name", ["a b", "../etc", "-x", "x" * 41, "é"])
def test_name_that_can_be_none_is_refused(box, name):
    """In a line that says what a name has."""
    answer = ask(box, "GET", "/1/account/info", name.encode())
    assert answer.status == 400
    assert "no name for a namespace" in answer.json()["error"]


def test_tilde_in_a_path_or_parameter_is_no_prefix(box):
    """Only tokens, keys and links lead elsewhere."""
    client = V1(box.url)
    client.upload("/a~b.txt", b"x")
    paths = {"from_path": "/a~b.txt", "to_path": "/one~two.txt"}
    client.post("/fileops/move", root="dropbox", **paths)
    assert box.tree() == ["/one~two.txt"]


def test_server_makes_no_more_than_it_can_hold(monkeypatch):
    """A bound, and a line that says so."""
    monkeypatch.setattr("fakebox.namespaces._LIMIT", 2)
    namespaces = Namespaces()
    namespaces.named("a")
    namespaces.named("b")
    with pytest.raises(NamespaceError, match="there are 2 namespaces already"):
        namespaces.named("c")
    assert [each.name for each in namespaces] == ["", "a", "b"]
    namespaces.close()


def test_namespaces_are_kept_in_a_directory(tmp_path):
    """Each in its own, found again by its name."""
    first = Namespaces(tmp_path)
    first.named("one").world.accounts.create("ann@fakebox.example", "x")
    first.close()
    second = Namespaces(tmp_path)
    assert len(second.named("one").world.accounts.all()) == 3
    assert len(second.default.world.accounts.all()) == 2
    second.close()


def test_stored_namespace_is_found_by_its_own_tokens_and_links_after_a_restart(tmp_path):
    """Not only by the credentials that every new namespace knows."""
    named = {"X-Fakebox-Namespace": "billing"}
    bearer = {"Authorization": "Bearer billing~fakebox-bearer-token"}
    namespaces = Namespaces(tmp_path)
    with Server(create_app(namespaces), port=0) as server:
        urllib3.request("PUT", f"{server.url}/_fakebox/files/1/a.txt", body=b"x", headers=named)
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
