"""Links by which whoever has one uploads a file, once, to where its maker has chosen."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from fakebox.core.blobs import ContentHash

OCTETS = "application/octet-stream"


def link_to(api, path, *, who=None, duration=None, **commit):
    """The path of a link's URL."""
    sent = {"commit_info": {"path": path, **commit}}
    sent |= {} if duration is None else {"duration": duration}
    return urlsplit(api.rpc("files/get_temporary_upload_link", who, **sent)["link"]).path


def put(api, link, content=b"content", kind=OCTETS, **options):
    """The answer to whoever uses a link; without credentials."""
    return api.raw(link, content, kind, who="", **options)


def has(api, path):
    """What a file holds."""
    who = api.user
    return api.raw("/2/files/download", b"", None, who, headers=argument(path=path)).data


def argument(**fields):
    """The header of a download."""
    return {"Dropbox-API-Arg": json.dumps(fields)}


def test_visitor_uploads_by_a_link(api):
    """The answer is the content's hash, under a name that only this route spells so."""
    answer = put(api, link_to(api, "/from a page.txt"))
    hasher = ContentHash()
    hasher.update(b"content")
    assert (answer.status_code, answer.json) == (200, {"content-hash": hasher.content().hash})
    assert has(api, "/from a page.txt") == b"content"


def test_link_leads_to_the_host_for_content(api):
    """Of the real service, if the caller came by one of its names."""
    commit = {"commit_info": {"path": "/a"}}
    answer = api.raw(
        "/2/files/get_temporary_upload_link",
        json.dumps(commit),
        "application/json",
        headers={"Host": "api.dropboxapi.com"},
    )
    assert answer.json["link"].startswith("https://content.dropboxapi.com/apitul/1/")
    mine = api.rpc("files/get_temporary_upload_link", **commit)["link"]
    assert mine.startswith("http://api.example/apitul/1/")


def test_link_works_once(api):
    """Afterwards it is gone, and what it has put stays."""
    link = link_to(api, "/a", mode="overwrite")
    assert put(api, link).status_code == 200
    assert put(api, link, b"another").status_code == 410
    assert has(api, "/a") == b"content"


def test_nobody_else_uses_a_link_meanwhile(api):
    """The first one who comes has it, though the upload isn't over yet."""
    link = link_to(api, "/a", mode="overwrite")
    with api.world.upload_links.use(link.rpartition("/")[2]):
        assert put(api, link).status_code == 410


def test_links_to_one_path_work_side_by_side(api):
    """Each once."""
    links = [link_to(api, "/a", autorename=True) for _ in range(2)]
    assert [put(api, link, link.encode()).status_code for link in links] == [200, 200]
    assert has(api, "/a (1)") == links[1].encode()


@pytest.mark.parametrize("duration", [None, 60, 90.5, 14_400])
def test_link_expires(api, duration):
    """After four hours, or as its maker has it."""
    links = [link_to(api, f"/{number}", duration=duration) for number in range(2)]
    lifetime_s = int(duration or 14_400)
    api.world.clock.advance(lifetime_s - 5)
    assert put(api, links[0]).status_code == 200
    api.world.clock.advance(10)
    assert put(api, links[1]).status_code == 410


@pytest.mark.parametrize("duration", [59.9, 14_401, "60", True])
def test_link_lasts_no_time_at_will(api, duration):
    """Between a minute and four hours."""
    sent = {"commit_info": {"path": "/a"}, "duration": duration}
    answer = api.ask("files/get_temporary_upload_link", sent)
    assert (answer.status_code, "duration: " in answer.text) == (400, True)


def test_upload_by_a_link_minds_what_is_there_by_then(api):
    """As a conflict that isn't explained; the link is good for another try."""
    link = link_to(api, "/a")
    api.upload("/a", b"came first")
    assert put(api, link).status_code == 409
    assert has(api, "/a") == b"came first"
    api.rpc("files/delete_v2", path="/a")
    assert put(api, link).status_code == 200


def test_upload_by_a_link_is_its_makers(api):
    """Within the app's folder, if that is all that its maker sees."""
    link = link_to(api, "/a", who=api.bearer(access="app_folder"))
    put(api, link)
    assert has(api, "/Apps/fakebox/a") == b"content"


def test_upload_by_a_link_has_the_time_that_its_maker_said(api):
    """And the mode: here, to replace one revision."""
    old = api.upload("/a", b"old")
    update = {".tag": "update", "update": old["rev"]}
    put(api, link_to(api, "/a", mode=update, client_modified="2020-02-03T04:05:06Z"))
    payload = api.rpc("files/get_metadata", path="/a")
    assert (payload["client_modified"], has(api, "/a")) == ("2020-02-03T04:05:06Z", b"content")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "image/png", None])
def test_upload_by_a_link_is_plain_bytes(api, kind):
    """Or text; anything else is a bad request, and the link is still good."""
    link = link_to(api, "/a")
    assert put(api, link, kind=kind).status_code == 400
    assert put(api, link, kind="text/plain; charset=utf-8").status_code == 200


def test_upload_by_a_link_that_breaks_off_is_none(api):
    """The link is good for another try."""
    link = link_to(api, "/a")
    assert put(api, link, b"half", overrides={"CONTENT_LENGTH": "8"}).status_code == 400
    assert put(api, link).status_code == 200


def test_upload_by_a_link_that_is_too_big_is_refused(api):
    """As a conflict too."""
    api.configure(upload_limit_bytes=3)
    assert put(api, link_to(api, "/a")).status_code == 409


def test_link_that_nobody_made_is_a_conflict(api):
    """As the service tells of it."""
    assert put(api, "/apitul/1/nobody").status_code == 409


def test_link_is_below_no_version(api):
    """It is a URL of its own."""
    link = link_to(api, "/a")
    assert put(api, f"/2{link}").status_code == 400
    assert put(api, link).status_code == 200


def test_page_from_elsewhere_uploads_by_a_link(api):
    """Its browser asks first, and shows the answer."""
    link = link_to(api, "/a")
    sent = api.raw(link, b"", None, who="", method="OPTIONS")
    answer = put(api, link)
    assert "Content-Type" in sent.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_link_to_a_path_that_can_be_none_is_not_made(api):
    """Nor one to an id that there is none of."""
    for path in ("/a/", "id:aaaaaaaaaaaaaaaaaaaaaa"):
        error = api.fails("files/get_temporary_upload_link", commit_info={"path": path})
        assert error[".tag"] == "path"
