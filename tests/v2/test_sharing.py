"""Links, copy references, saved URLs and tags."""

from __future__ import annotations

import json

import pytest

SHARE = "sharing/create_shared_link_with_settings"
NO_LINK = {".tag": "shared_link_not_found"}


@pytest.fixture
def link(api):
    """The link to a file."""
    api.upload("/folder/A b.txt", b"shared")
    return api.rpc(SHARE, path="/folder/a b.txt")


def test_link_is_told_with_what_it_shares(api, link):
    """Its owner learns the path and the id."""
    assert (link[".tag"], link["name"], link["size"]) == ("file", "A b.txt", 6)
    assert link["url"].startswith("http://api.example/s/")
    assert link["path_lower"] == "/folder/a b.txt"
    assert link["id"] == api.rpc("files/get_metadata", path="/folder/a b.txt")["id"]
    assert link["link_permissions"]["can_revoke"]


def test_second_link_to_the_same_file_is_the_first(api, link):
    """Told of as an error."""
    error = api.fails(SHARE, path="/folder/a b.txt")
    payload = error["shared_link_already_exists"]
    assert (payload[".tag"], payload["metadata"]["url"]) == ("metadata", link["url"])


def test_links_are_listed(api, link):
    """All of them, those through which a path is seen, or those to the path itself."""
    above = api.rpc(SHARE, path="/folder")["url"]
    urls = {link["url"], above}
    assert {one["url"] for one in api.rpc("sharing/list_shared_links")["links"]} == urls
    sent = {"path": "/folder/a b.txt"}
    assert {one["url"] for one in api.rpc("sharing/list_shared_links", **sent)["links"]} == urls
    direct = api.rpc("sharing/list_shared_links", **sent, direct_only=True)["links"]
    assert [one["url"] for one in direct] == [link["url"]]
    assert api.rpc("sharing/list_shared_links", path="/folder", direct_only=True)["links"]
    gone = api.fails("sharing/list_shared_links", path="/no")
    assert gone["path"] == {".tag": "not_found"}


def test_links_are_listed_by_age_and_those_of_a_path_by_nearness(api):
    """All links: the oldest first. Those of a path: its own first, then the nearest folder."""
    api.upload("/b/a/file")
    api.upload("/a")
    for path in ("/b", "/b/a/file", "/a", "/b/a"):
        api.rpc(SHARE, path=path)

    def listed(**argument):
        links = api.rpc("sharing/list_shared_links", **argument)["links"]
        return [one["path_lower"] for one in links]

    assert listed() == ["/b", "/b/a/file", "/a", "/b/a"]
    assert listed(path="/b/a/file") == ["/b/a/file", "/b/a", "/b"]
    assert listed(path="/B/A", direct_only=True) == ["/b/a"]


def test_links_are_listed_in_pages(api):
    """By a cursor, which nobody else can make up."""
    for number in range(201):
        api.upload(f"/{number}")
        api.rpc(SHARE, path=f"/{number}")
    page = api.rpc("sharing/list_shared_links")
    rest = api.rpc("sharing/list_shared_links", cursor=page["cursor"])
    assert (len(page["links"]), page["has_more"]) == (200, True)
    assert (len(rest["links"]), rest["has_more"]) == (1, False)
    for cursor in ("nonsense", "W10", "WyJhIiwxLDFd"):
        assert api.ask("sharing/list_shared_links", {"cursor": cursor}).status_code == 400


def test_stranger_sees_what_a_link_shows_and_not_where_it_is(api, link, app_credentials):
    """Another account, or an app in its own name."""
    for who in (api.bearer(2), app_credentials):
        payload = api.rpc("sharing/get_shared_link_metadata", who, url=link["url"])
        assert payload["name"] == "A b.txt"
        assert "path_lower" not in payload
        assert not payload["link_permissions"]["can_revoke"]


def test_content_of_a_link_is_downloaded(api, link):
    """With the metadata beside it."""
    answer = api.send("sharing/get_shared_link_file", {"url": link["url"]}, who=api.bearer(2))
    assert answer.data == b"shared"
    assert json.loads(answer.headers["Dropbox-API-Result"])["name"] == "A b.txt"


def test_link_to_a_folder_shows_what_is_in_it(api, link):
    """By the path within; the folder itself is no file."""
    url = api.rpc(SHARE, path="/folder")["url"]
    within = {"url": url, "path": "/a b.txt"}
    assert api.rpc("sharing/get_shared_link_metadata", **within)["name"] == "A b.txt"
    assert api.send("sharing/get_shared_link_file", within).data == b"shared"
    entries = api.rpc("files/list_folder", path="", shared_link={"url": url})["entries"]
    assert [entry["name"] for entry in entries] == ["A b.txt"]
    answer = api.send("sharing/get_shared_link_file", {"url": url})
    assert json.loads(answer.text)["error"] == {".tag": "shared_link_is_directory"}
    assert link["url"] != url


def test_link_ends_when_its_owner_says(api, link):
    """And lasts again if that is taken back."""
    url, later = link["url"], "2040-01-01T00:00:00Z"
    payload = api.rpc("sharing/modify_shared_link_settings", url=url, settings={"expires": later})
    assert payload["expires"] == later
    payload = api.rpc(
        "sharing/modify_shared_link_settings", url=url, settings={}, remove_expiration=True
    )
    assert "expires" not in payload
    api.rpc("sharing/modify_shared_link_settings", url=url, settings={"expires": later})
    api.world.clock.set(2_300_000_000)
    assert api.fails("sharing/get_shared_link_metadata", url=url) == NO_LINK


def test_program_of_the_first_days_is_given_the_link_that_there_is(api):
    """It is told little of it, and the short form of its URL if it likes."""
    api.upload("/Folder/a")
    made = api.rpc("sharing/create_shared_link", path="/folder/a")
    assert set(made) == {"url", "visibility", "path"}
    assert (made["visibility"], made["path"]) == ({".tag": "public"}, "/Folder/a")
    settings = {"expires": "2040-01-01T00:00:00Z"}
    api.rpc("sharing/modify_shared_link_settings", url=made["url"], settings=settings)
    again = api.rpc("sharing/create_shared_link", path="/folder/a")
    assert again == {**made, "expires": "2040-01-01T00:00:00Z"}
    short = api.rpc("sharing/create_shared_link", path="/folder/a", short_url=True)["url"]
    assert len(short) < len(made["url"])
    shown = api.rpc("sharing/get_shared_link_metadata", url=short)
    assert shown["url"] == made["url"]


def test_program_of_the_first_days_shares_only_what_is_there(api):
    """Even if it says that an upload will follow."""
    request_token = {"path": "/no", "pending_upload": {".tag": "file"}}
    error = api.fails("sharing/create_shared_link", **request_token)
    assert error == {".tag": "path", "path": {".tag": "not_found"}}


def test_program_of_the_first_days_lists_its_links(api):
    """All of them, or those by which a path can be seen; each is told as when it was made."""
    for path in ("/top/a", "/b"):
        api.upload(path)
    made = [api.rpc("sharing/create_shared_link", path=path) for path in ("/top", "/top/a", "/b")]
    payload = [{".tag": "path", **one} for one in made]
    for every in ({}, {"path": None}, {"path": ""}):
        listed = api.rpc("sharing/get_shared_links", **every)["links"]
        assert sorted(listed, key=str) == sorted(payload, key=str)
    below = api.rpc("sharing/get_shared_links", path="/top/A")["links"]
    assert sorted(below, key=str) == sorted(payload[:2], key=str)


@pytest.mark.parametrize("path", ["/no", "/top/", "id:aaaaaaaaaaaaaaaaaaaaaa", "top"])
def test_program_of_the_first_days_asks_for_links_where_nothing_is(api, path):
    """It is told that it is about the path, and no more."""
    assert api.fails("sharing/get_shared_links", path=path) == {".tag": "path"}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"link_password": "secret"}, "not_authorized"),
        ({"audience": "team"}, "not_authorized"),
        ({"requested_visibility": "password"}, "not_authorized"),
        ({"access": "editor"}, "not_authorized"),
        ({"allow_download": False}, "not_authorized"),
        ({"expires": "2001-01-01T00:00:00Z"}, "invalid_settings"),
    ],
    ids=["password", "audience", "visibility", "editors", "no download", "past"],
)
def test_settings_that_the_plan_does_not_allow_are_refused(api, settings, why):
    """Nothing is shared then."""
    api.upload("/a")
    error = api.fails(SHARE, path="/a", settings=settings)
    assert error == {".tag": "settings_error", "settings_error": {".tag": why}}
    assert api.rpc("sharing/list_shared_links")["links"] == []
    url = api.rpc(SHARE, path="/a")["url"]
    modify = {"url": url, "settings": settings}
    assert api.fails("sharing/modify_shared_link_settings", **modify) == error


@pytest.mark.parametrize("level", ["viewer", "max", "default"])
def test_link_may_be_asked_for_with_what_every_link_is(api, level):
    """Viewers, who can download."""
    api.upload("/a")
    settings = {"access": level, "allow_download": True, "audience": "public"}
    permissions = api.rpc(SHARE, path="/a", settings=settings)["link_permissions"]
    assert permissions["link_access_level"] == {".tag": "viewer"}
    assert permissions["allow_download"]


def test_link_that_is_revoked_leads_nowhere(api, link):
    """Only its owner may revoke it."""
    denied = api.ask("sharing/revoke_shared_link", {"url": link["url"]}, api.bearer(2))
    assert json.loads(denied.text)["error"] == {".tag": "shared_link_access_denied"}
    limited = {"url": link["url"], "settings": {}}
    denied = api.ask("sharing/modify_shared_link_settings", limited, api.bearer(2))
    assert json.loads(denied.text)["error"] == {".tag": "shared_link_access_denied"}
    api.rpc("sharing/revoke_shared_link", url=link["url"])
    assert api.fails("sharing/get_shared_link_metadata", url=link["url"]) == NO_LINK


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/s/x/y",
        "http://api.example/s/unknown/x",
        "http://api.example/0/view/x/y",
    ],
)
def test_url_that_is_no_link_is_not_found(api, url):
    """Whosever it is."""
    assert api.fails("sharing/get_shared_link_metadata", url=url) == NO_LINK


def test_short_form_of_a_link_is_as_good(api, link):
    """As version 1 made it."""
    answer = api.raw("/1/shares/dropbox/folder/a%20b.txt", b"", None)
    short = json.loads(answer.text)["url"]
    assert api.rpc("sharing/get_shared_link_metadata", url=short)["url"] == link["url"]


def test_thumbnail_of_a_link_that_shows_none_fails(api, link):
    """A text is no picture; an unknown link shows nothing."""
    unknown = "http://api.example/s/unknown/x"
    shown = ((link["url"], "unsupported_extension"), ("x", "not_found"), (unknown, "not_found"))
    for url, tag in shown:
        request_token = {"resource": {".tag": "link", "url": url}}
        answer = api.send("files/get_thumbnail_v2", request_token)
        assert json.loads(answer.text)["error"] == {".tag": tag}


def test_copy_reference_serves_any_account(api):
    """For a copy of what is there now."""
    api.upload("/a", b"copied")
    payload = api.rpc("files/copy_reference/get", path="/a")
    assert payload["metadata"]["name"] == "a"
    request_token = {"copy_reference": payload["copy_reference"], "path": "/b"}
    saved = api.rpc("files/copy_reference/save", api.bearer(2), **request_token)
    assert saved["metadata"]["path_display"] == "/b"
    again = api.ask("files/copy_reference/save", request_token, api.bearer(2))
    conflict = {".tag": "conflict", "conflict": {".tag": "file"}}
    assert json.loads(again.text)["error"] == {".tag": "path", "path": conflict}


def test_copy_reference_that_there_is_none_of_is_refused(api):
    """With its own tag."""
    error = api.fails("files/copy_reference/save", copy_reference="x", path="/b")
    assert error == {".tag": "invalid_copy_reference"}


def test_url_of_this_emulator_is_saved(api):
    """And no other: no connection is opened."""
    api.upload("/a", b"saved")
    url = api.rpc("files/get_temporary_link", path="/a")["link"]
    for given, expected in ((url, "complete"), ("https://example.com/", "failed")):
        job = api.rpc("files/save_url", path="/b", url=given)["async_job_id"]
        payload = api.rpc("files/save_url/check_job_status", async_job_id=job)
        assert payload[".tag"] == expected
    assert api.send("files/download", {"path": "/b"}).data == b"saved"
    error = api.fails("files/save_url/check_job_status", async_job_id="x")
    assert error == {".tag": "invalid_async_job_id"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "junk",
        "/s/x/a",
        "http://",
        "http:///a",
        "https://:443/",
        "https://example.com:port/",
        "http://[::1/",
        "https://exam ple.com/",
        "https://example.com/\n",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_url_is_not_saved(api, url):
    """No job is begun for it."""
    answer = api.ask("files/save_url", {"path": "/b", "url": url})
    assert (answer.status_code, json.loads(answer.text)) == (
        409,
        {"error_summary": "invalid_url/..", "error": {".tag": "invalid_url"}},
    )


def test_tags_are_put_on_and_taken_away(api):
    """Twice is once; what isn't there can't be taken."""
    api.upload("/a")
    for _ in range(2):
        api.rpc("files/tags/add", path="/a", tag_text="Todo")
    (payload,) = api.rpc("files/tags/get", paths=["/a"])["paths_to_tags"]
    assert payload["tags"] == [{".tag": "user_generated_tag", "tag_text": "todo"}]
    api.rpc("files/tags/remove", path="/a", tag_text="todo")
    error = api.fails("files/tags/remove", path="/a", tag_text="todo")
    assert error == {".tag": "tag_not_present"}
    assert api.fails("files/tags/get", paths=["/no"])["path"] == {".tag": "not_found"}


def test_tags_are_twenty_at_most(api):
    """The next one is too many."""
    api.upload("/a")
    for number in range(20):
        api.rpc("files/tags/add", path="/a", tag_text=f"t{number}")
    assert api.fails("files/tags/add", path="/a", tag_text="t20") == {".tag": "too_many_tags"}


LIST, CONTINUE = "files/list_folder", "files/list_folder/continue"
LATEST = "files/list_folder/get_latest_cursor"
GONE = {".tag": "path", "path": {".tag": "not_found"}}


@pytest.fixture
def shown(api):
    """What lists a shared folder of three files; its owner has a private one beside it."""
    api.upload("/private")
    for name in "abc":
        api.upload(f"/shown/sub/{name}")
    return {"path": "/sub", "shared_link": {"url": api.rpc(SHARE, path="/shown")["url"]}}


def names(page):
    """The names of a page's entries."""
    return [entry["name"] for entry in page["entries"]]


@pytest.mark.parametrize("account_id", [1, 2], ids=["owner", "other"])
def test_listing_of_a_link_comes_in_pages(api, shown, account_id):
    """For whoever has the link; then it tells what changes in that folder, and nothing else."""
    who = api.bearer(account_id)
    page = api.rpc(LIST, who, **shown, limit=2)
    assert (names(page), page["has_more"]) == (["a", "b"], True)
    page = api.rpc(CONTINUE, who, cursor=page["cursor"])
    assert (names(page), page["has_more"]) == (["c"], False)
    api.upload("/also private")
    api.upload("/shown/beside")
    api.upload("/shown/sub/d")
    page = api.rpc(CONTINUE, who, cursor=page["cursor"])
    assert [entry["path_display"] for entry in page["entries"]] == ["/sub/d"]
    assert names(api.rpc(CONTINUE, who, cursor=page["cursor"])) == []


@pytest.mark.parametrize("account_id", [1, 2], ids=["owner", "other"])
def test_latest_cursor_of_a_link_tells_what_comes_after_it(api, shown, account_id):
    """In the link's folder."""
    who = api.bearer(account_id)
    cursor = api.rpc(LATEST, who, **shown)["cursor"]
    api.upload("/sub/private")
    api.upload("/shown/sub/d")
    assert api.rpc("files/list_folder/longpoll", "", cursor=cursor) == {"changes": True}
    assert names(api.rpc(CONTINUE, who, cursor=cursor)) == ["d"]


@pytest.mark.parametrize("route", [LIST, LATEST])
@pytest.mark.parametrize("limit", [2, None], ids=["within", "after"])
def test_listing_of_a_link_ends_when_it_is_revoked(api, shown, route, limit):
    """Between two pages, and after the last; who waits is told to come and see."""
    cursor = api.rpc(route, **shown, limit=limit)["cursor"]
    api.rpc("sharing/revoke_shared_link", url=shown["shared_link"]["url"])
    assert api.rpc("files/list_folder/longpoll", "", cursor=cursor) == {"changes": True}
    assert api.fails(CONTINUE, cursor=cursor) == GONE
    assert api.fails(route, **shown) == GONE


@pytest.mark.parametrize("route", [LIST, LATEST])
def test_listing_of_a_link_is_of_one_folder(api, shown, route):
    """In the service's words; its folders are listed one by one."""
    answer = api.ask(route, {**shown, "recursive": True})
    why = "Recursive list folder is not supported for shared link."
    assert answer.status_code == 400
    assert answer.text == f'Error in call to API function "{route}": {why}'


def test_listing_of_a_link_tells_of_nothing_that_is_gone(api, shown):
    """Even if that is asked for: what was there wasn't shared."""
    api.rpc("files/delete_v2", path="/shown/sub/b")
    assert names(api.rpc(LIST, **shown, include_deleted=True)) == ["a", "c"]


def test_link_to_a_file_has_no_latest_cursor(api, link):
    """As it has no listing."""
    error = api.fails(LATEST, path="", shared_link={"url": link["url"]})
    assert error["path"] == {".tag": "not_folder"}
