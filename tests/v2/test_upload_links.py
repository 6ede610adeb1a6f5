"""Temporary upload links, which accept one upload without credentials."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from fakebox.core.blobs import ContentHash

OCTETS = "application/octet-stream"


def link_to(api, path, *, who=None, duration=None, **commit):
    """Request an upload link, and return the path of its URL."""
    sent_fields = {"commit_info": {"path": path, **commit}}
    sent_fields |= {} if duration is None else {"duration": duration}
    return urlsplit(api.rpc("files/get_temporary_upload_link", who, **sent_fields)["link"]).path


def put(api, link, content=b"content", kind=OCTETS, **options):
    """Upload with a link, without credentials, and return the response."""
    return api.raw(link, content, kind, who="", **options)


def download(api, path):
    """Return the content of a file."""
    who = api.user
    return api.raw("/2/files/download", b"", None, who, headers=argument(path=path)).data


def argument(**fields):
    """Return the argument header of a download."""
    return {"Dropbox-API-Arg": json.dumps(fields)}


def test_upload_with_a_link_returns_the_content_hash(api):
    """Only this route returns the content hash in a field with a hyphen."""
    response = put(api, link_to(api, "/from a page.txt"))
    hasher = ContentHash()
    hasher.update(b"content")
    assert (response.status_code, response.json) == (200, {"content-hash": hasher.content().hash})
    assert download(api, "/from a page.txt") == b"content"


def test_link_has_the_content_host(api):
    """A request to a host name of the service returns a link to its content host."""
    commit = {"commit_info": {"path": "/a"}}
    response = api.raw(
        "/2/files/get_temporary_upload_link",
        json.dumps(commit),
        "application/json",
        headers={"Host": "api.dropboxapi.com"},
    )
    assert response.json["link"].startswith("https://content.dropboxapi.com/apitul/1/")
    link = api.rpc("files/get_temporary_upload_link", **commit)["link"]
    assert link.startswith("http://api.example/apitul/1/")


def test_link_can_be_used_once(api):
    """A second use is answered with 410, and the uploaded file is kept."""
    link = link_to(api, "/a", mode="overwrite")
    assert put(api, link).status_code == 200
    assert put(api, link, b"another").status_code == 410
    assert download(api, "/a") == b"content"


def test_link_in_use_is_410(api):
    """A link is answered with 410 while another upload uses it."""
    link = link_to(api, "/a", mode="overwrite")
    with api.world.upload_links.use(link.rpartition("/")[2]):
        assert put(api, link).status_code == 410


def test_several_links_to_one_path_can_be_used(api):
    """Each of two links to the same path can be used once."""
    links = [link_to(api, "/a", autorename=True) for _ in range(2)]
    assert [put(api, link, link.encode()).status_code for link in links] == [200, 200]
    assert download(api, "/a (1)") == links[1].encode()


@pytest.mark.parametrize("duration", [None, 60, 90.5, 14_400])
def test_link_expires(api, duration):
    """A link expires after four hours, or after the requested duration."""
    links = [link_to(api, f"/{number}", duration=duration) for number in range(2)]
    lifetime_s = int(duration or 14_400)
    api.world.clock.advance(lifetime_s - 5)
    assert put(api, links[0]).status_code == 200
    api.world.clock.advance(10)
    assert put(api, links[1]).status_code == 410


@pytest.mark.parametrize("duration", [59.9, 14_401, "60", True])
def test_link_duration_out_of_range_is_400(api, duration):
    """The duration must be a number between a minute and four hours."""
    sent_fields = {"commit_info": {"path": "/a"}, "duration": duration}
    response = api.post("files/get_temporary_upload_link", sent_fields)
    assert (response.status_code, "duration: " in response.text) == (400, True)


def test_upload_with_a_link_to_an_existing_path_is_409(api):
    """A conflict is answered with 409, and the link can be used again."""
    link = link_to(api, "/a")
    api.upload("/a", b"came first")
    assert put(api, link).status_code == 409
    assert download(api, "/a") == b"came first"
    api.rpc("files/delete_v2", path="/a")
    assert put(api, link).status_code == 200


def test_upload_with_a_link_uses_the_scope_of_its_creator(api):
    """A link that an app creates uploads to the app folder."""
    link = link_to(api, "/a", who=api.bearer(access="app_folder"))
    put(api, link)
    assert download(api, "/Apps/fakebox/a") == b"content"


def test_upload_with_a_link_uses_its_commit_info(api):
    """The write mode and `client_modified` of the link apply to the upload."""
    old = api.upload("/a", b"old")
    update = {".tag": "update", "update": old["rev"]}
    put(api, link_to(api, "/a", mode=update, client_modified="2020-02-03T04:05:06Z"))
    payload = api.rpc("files/get_metadata", path="/a")
    assert (payload["client_modified"], download(api, "/a")) == ("2020-02-03T04:05:06Z", b"content")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "image/png", None])
def test_upload_with_a_link_requires_an_accepted_content_type(api, kind):
    """Another content type is answered with 400, and the link can be used again."""
    link = link_to(api, "/a")
    assert put(api, link, kind=kind).status_code == 400
    assert put(api, link, kind="text/plain; charset=utf-8").status_code == 200


def test_interrupted_upload_with_a_link_can_be_repeated(api):
    """A body that ends early is answered with 400, and the link can be used again."""
    link = link_to(api, "/a")
    assert put(api, link, b"half", overrides={"CONTENT_LENGTH": "8"}).status_code == 400
    assert put(api, link).status_code == 200


def test_upload_with_a_link_over_the_size_limit_is_409(api):
    """A body over the size limit is answered with 409."""
    api.configure(upload_limit_bytes=3)
    assert put(api, link_to(api, "/a")).status_code == 409


def test_unknown_link_is_409(api):
    """An unknown link is answered with 409, like the service does."""
    assert put(api, "/apitul/1/nobody").status_code == 409


def test_link_path_has_no_version(api):
    """The link is valid only at its own path, not below `/2`."""
    link = link_to(api, "/a")
    assert put(api, f"/2{link}").status_code == 400
    assert put(api, link).status_code == 200


def test_browser_can_upload_with_a_link_from_another_origin(api):
    """The preflight request and the upload are accepted from pages of any origin."""
    link = link_to(api, "/a")
    preflight = api.raw(link, b"", None, who="", method="OPTIONS")
    response = put(api, link)
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    ["/a/", "id:aaaaaaaaaaaaaaaaaaaaaa", "id:aaaaaaaaaaaaaaaaaaaaaa/b", "ns:1/a", "/a\\b", "/f/x"],
)
def test_invalid_path_is_an_error_of_the_upload(api, path):
    """A link to a path that cannot be written to is returned, and its use is answered with 409."""
    api.upload("/f")
    link = link_to(api, path)
    for _ in range(2):
        assert put(api, link).status_code == 409
    entries = api.rpc("files/list_folder", path="", recursive=True)["entries"]
    assert [entry["name"] for entry in entries] == ["f"]
