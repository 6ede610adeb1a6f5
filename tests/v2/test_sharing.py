"""Shared links, copy references, saved URLs and tags."""

from __future__ import annotations

import json
import re

import pytest

from tests.v2.recorded import BASIC_FLAGS

SHARE = "sharing/create_shared_link_with_settings"
NO_LINK = {".tag": "shared_link_not_found"}


@pytest.fixture
def link(api):
    """The shared link of a file."""
    api.upload("/folder/A b.txt", b"shared")
    return api.rpc(SHARE, path="/folder/a b.txt")


def test_link_has_the_metadata_of_its_file(api, link):
    """The metadata of a link for its owner contains the path and the ID of the file."""
    assert (link[".tag"], link["name"], link["size"]) == ("file", "A b.txt", 6)
    assert link["url"].startswith("http://api.example/scl/fi/")
    assert link["path_lower"] == "/folder/a b.txt"
    assert link["id"] == api.rpc("files/get_metadata", path="/folder/a b.txt")["id"]
    assert link["link_permissions"]["can_revoke"]


def test_cursor_of_a_linked_folder_that_moves_has_to_start_again(api):
    """After a move of the folder, the cursor is answered with `reset`, and a new listing works."""
    api.upload("/folder/a.txt")
    url = api.rpc(SHARE, path="/folder")["url"]
    argument = {"path": "", "shared_link": {"url": url}}
    cursor = api.rpc("files/list_folder", **argument)["cursor"]
    api.rpc("files/move_v2", from_path="/folder", to_path="/moved")
    assert api.fails("files/list_folder/continue", cursor=cursor) == {".tag": "reset"}
    assert api.rpc("files/list_folder/longpoll", "", cursor=cursor) == {"changes": True}
    (entry,) = api.rpc("files/list_folder", **argument)["entries"]
    assert entry["path_display"] == "/moved/a.txt"


def test_link_has_the_recorded_fields_in_their_order(api):
    """The link of a basic account has the fields and values of recorded responses."""
    api.world.accounts.configure(1, type="basic")
    api.upload("/a.txt")
    link = api.rpc(SHARE, path="/a.txt")
    assert list(link) == [
        *(".tag", "url", "id", "name", "path_lower", "link_permissions", "preview_type"),
        *("client_modified", "server_modified", "rev", "size"),
    ]
    permissions = link["link_permissions"]
    assert list(permissions)[:11] == [
        *("resolved_visibility", "requested_visibility", "can_revoke", "visibility_policies"),
        *BASIC_FLAGS,
    ]
    assert {name: permissions[name] for name in BASIC_FLAGS} == BASIC_FLAGS
    policies = permissions["visibility_policies"]
    assert [list(policy) for policy in policies] == [
        ["policy", "resolved_policy", "allowed"],
        *[["policy", "resolved_policy", "allowed", "disallowed_reason"]] * 2,
    ]
    assert [policy.get("disallowed_reason", {}).get(".tag") for policy in policies] == [
        None,
        "user_not_on_team",
        "user_account_type",
    ]
    url = link["url"]
    assert api.rpc("sharing/get_shared_link_metadata", url=url) == link
    assert api.rpc("sharing/list_shared_links", path="/a.txt")["links"] == [link]


def test_expiry_of_a_link_is_after_its_name(api):
    """The field `expires` has the place that it has in a recorded response."""
    api.upload("/a.txt")
    link = api.rpc(SHARE, path="/a.txt", settings={"expires": "2040-01-01T00:00:00Z"})
    assert list(link)[:6] == [".tag", "url", "id", "name", "expires", "path_lower"]


def test_link_to_a_folder_has_fewer_fields(api):
    """A folder has no type of preview, times, rev or size."""
    api.upload("/folder/a.txt")
    link = api.rpc(SHARE, path="/folder")
    assert list(link) == [".tag", "url", "id", "name", "path_lower", "link_permissions"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "text"),
        ("a.py", "text"),
        ("a.docx", "doc"),
        ("a.xlsx", "doc"),
        ("a.pptx", "doc"),
        ("a.pdf", "pdf"),
        ("a.png", "photo"),
        ("a.mp4", "video"),
        ("a.mp3", "audio"),
        ("a.zip", "other"),
        ("a", "other"),
    ],
)
def test_link_has_the_type_of_its_preview(api, name, expected):
    """The extension decides the type of the preview, also of a file in a linked folder."""
    api.upload(f"/folder/{name}")
    assert api.rpc(SHARE, path=f"/folder/{name}")["preview_type"] == expected
    url = api.rpc(SHARE, path="/folder")["url"]
    inner = api.rpc("sharing/get_shared_link_metadata", url=url, path=f"/{name}")
    assert inner["preview_type"] == expected


def test_second_link_to_the_same_file_is_an_error_with_the_first(api, link):
    """The error for a second link contains the metadata of the first link."""
    error = api.fails(SHARE, path="/folder/a b.txt")
    payload = error["shared_link_already_exists"]
    assert (payload[".tag"], payload["metadata"]["url"]) == ("metadata", link["url"])


def test_links_are_listed_for_all_files_or_for_one_path(api, link):
    """Links of a path include those of its parent folders, unless `direct_only` is set."""
    folder_url = api.rpc(SHARE, path="/folder")["url"]
    urls = {link["url"], folder_url}
    assert {one["url"] for one in api.rpc("sharing/list_shared_links")["links"]} == urls
    argument = {"path": "/folder/a b.txt"}
    assert {one["url"] for one in api.rpc("sharing/list_shared_links", **argument)["links"]} == urls
    direct = api.rpc("sharing/list_shared_links", **argument, direct_only=True)["links"]
    assert [one["url"] for one in direct] == [link["url"]]
    assert api.rpc("sharing/list_shared_links", path="/folder", direct_only=True)["links"]
    error = api.fails("sharing/list_shared_links", path="/no")
    assert error["path"] == {".tag": "not_found"}


def test_links_are_sorted_by_age_and_links_of_a_path_by_distance(api):
    """Without a path, the oldest link is first; with a path, the link to that path is first."""
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
    """The second page is requested with a cursor, which cannot be forged."""
    for number in range(201):
        api.upload(f"/{number}")
        api.rpc(SHARE, path=f"/{number}")
    page = api.rpc("sharing/list_shared_links")
    rest = api.rpc("sharing/list_shared_links", cursor=page["cursor"])
    assert (len(page["links"]), page["has_more"]) == (200, True)
    assert (len(rest["links"]), rest["has_more"]) == (1, False)
    for cursor in ("nonsense", "W10", "WyJhIiwxLDFd"):
        assert api.post("sharing/list_shared_links", {"cursor": cursor}).status_code == 400


def test_link_metadata_for_others_has_no_path(api, link, app_credentials):
    """Another account and an app get the name, without the path of the file."""
    for who in (api.bearer(2), app_credentials):
        payload = api.rpc("sharing/get_shared_link_metadata", who, url=link["url"])
        assert payload["name"] == "A b.txt"
        assert "path_lower" not in payload
        assert not payload["link_permissions"]["can_revoke"]


def test_entry_below_an_own_link_has_its_id_and_path(api):
    """The owner gets the full path of a file below the linked folder; other accounts get none."""
    put = api.upload("/Top/Folder/Sub/A.txt")
    url = api.rpc(SHARE, path="/top/folder")["url"]
    argument = {"url": url, "path": "/sub/a.txt"}
    shown = api.rpc("sharing/get_shared_link_metadata", **argument)
    assert (shown["id"], shown["path_lower"]) == (put["id"], "/top/folder/sub/a.txt")
    response = api.send("sharing/get_shared_link_file", argument)
    assert json.loads(response.headers["Dropbox-API-Result"])["id"] == put["id"]
    shown = api.rpc("sharing/get_shared_link_metadata", api.bearer(2), **argument)
    assert not {"id", "path_lower"} & shown.keys()


def test_file_of_a_link_is_downloaded_with_its_metadata(api, link):
    """A download has the metadata of the link in a header."""
    response = api.send("sharing/get_shared_link_file", {"url": link["url"]}, who=api.bearer(2))
    assert response.data == b"shared"
    assert json.loads(response.headers["Dropbox-API-Result"])["name"] == "A b.txt"


def test_link_to_a_folder_gives_access_to_its_contents(api, link):
    """Contents are addressed by a relative path; the folder itself cannot be downloaded."""
    url = api.rpc(SHARE, path="/folder")["url"]
    within = {"url": url, "path": "/a b.txt"}
    assert api.rpc("sharing/get_shared_link_metadata", **within)["name"] == "A b.txt"
    assert api.send("sharing/get_shared_link_file", within).data == b"shared"
    entries = api.rpc("files/list_folder", path="", shared_link={"url": url})["entries"]
    assert [entry["name"] for entry in entries] == ["A b.txt"]
    response = api.send("sharing/get_shared_link_file", {"url": url})
    assert json.loads(response.text)["error"] == {".tag": "shared_link_is_directory"}
    assert link["url"] != url


def test_link_expiry_can_be_set_and_removed(api, link):
    """The expiry of a link can be changed, and an expired link is not found."""
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


def test_first_version_of_create_shared_link_returns_the_existing_link(api):
    """The result has few fields, and the short form of the URL if requested."""
    api.upload("/Folder/a")
    created = api.rpc("sharing/create_shared_link", path="/folder/a")
    assert set(created) == {"url", "visibility", "path"}
    assert (created["visibility"], created["path"]) == ({".tag": "public"}, "/Folder/a")
    settings = {"expires": "2040-01-01T00:00:00Z"}
    api.rpc("sharing/modify_shared_link_settings", url=created["url"], settings=settings)
    again = api.rpc("sharing/create_shared_link", path="/folder/a")
    assert again == {**created, "expires": "2040-01-01T00:00:00Z"}
    short = api.rpc("sharing/create_shared_link", path="/folder/a", short_url=True)["url"]
    assert len(short) < len(created["url"])
    found = api.rpc("sharing/get_shared_link_metadata", url=short)
    assert found["url"] == created["url"]


def test_first_version_of_create_shared_link_needs_an_existing_path(api):
    """A missing path is rejected even with `pending_upload`."""
    argument = {"path": "/no", "pending_upload": {".tag": "file"}}
    error = api.fails("sharing/create_shared_link", **argument)
    assert error == {".tag": "path", "path": {".tag": "not_found"}}


def test_first_version_of_get_shared_links_returns_links_with_their_paths(api):
    """All links, or the links that give access to one path, are returned."""
    for path in ("/top/a", "/b"):
        api.upload(path)
    created = [
        api.rpc("sharing/create_shared_link", path=path) for path in ("/top", "/top/a", "/b")
    ]
    payload = [{".tag": "path", **one} for one in created]
    for argument in ({}, {"path": None}, {"path": ""}):
        listed = api.rpc("sharing/get_shared_links", **argument)["links"]
        assert sorted(listed, key=str) == sorted(payload, key=str)
    links_of_path = api.rpc("sharing/get_shared_links", path="/top/A")["links"]
    assert sorted(links_of_path, key=str) == sorted(payload[:2], key=str)


@pytest.mark.parametrize("path", ["/no", "/top/", "id:aaaaaaaaaaaaaaaaaaaaaa", "top"])
def test_first_version_of_get_shared_links_has_an_error_without_details(api, path):
    """The error for a missing or illegal path has only the tag "path"."""
    assert api.fails("sharing/get_shared_links", path=path) == {".tag": "path"}


@pytest.mark.parametrize(
    ("plan", "settings", "tag"),
    [
        *(
            ("basic", settings, "not_authorized")
            for settings in (
                {"link_password": "secret"},
                {"require_password": True, "link_password": "secret"},
                {"require_password": True},
                {"requested_visibility": "password"},
                {"requested_visibility": "team_only"},
                {"audience": "team"},
                {"audience": "no_one"},
                {"audience": "members"},
                {"audience": "password", "link_password": "secret"},
                {"expires": "2040-01-01T00:00:00Z"},
                {"allow_download": False},
            )
        ),
        ("pro", {"audience": "team"}, "not_authorized"),
        ("pro", {"requested_visibility": "team_only"}, "not_authorized"),
        *(
            (plan, settings, tag)
            for plan in ("pro", "business")
            for settings, tag in (
                ({"access": "editor"}, "not_authorized"),
                ({"audience": "public_logged_in_only"}, "not_authorized"),
                ({"expires": "2001-01-01T00:00:00Z"}, "invalid_settings"),
                ({"require_password": True}, "invalid_settings"),
                ({"requested_visibility": "password"}, "invalid_settings"),
                ({"audience": "password"}, "invalid_settings"),
                ({"link_password": ""}, "invalid_settings"),
                ({"require_password": False, "link_password": "x"}, "invalid_settings"),
            )
        ),
    ],
)
def test_unavailable_link_settings_are_errors(api, plan, settings, tag):
    """Settings that need another plan, and invalid ones, are rejected without creating a link."""
    api.upload("/a")
    api.world.accounts.configure(1, type=plan)
    error = api.fails(SHARE, path="/a", settings=settings)
    assert error == {".tag": "settings_error", "settings_error": {".tag": tag}}
    assert api.rpc("sharing/list_shared_links")["links"] == []
    url = api.rpc(SHARE, path="/a")["url"]
    modify = {"url": url, "settings": settings}
    assert api.fails("sharing/modify_shared_link_settings", **modify) == error
    permissions = api.rpc("sharing/get_shared_link_metadata", url=url)["link_permissions"]
    assert permissions["resolved_visibility"] == {".tag": "public"}


@pytest.mark.parametrize("level", ["viewer", "max", "default"])
def test_link_settings_with_the_default_values_are_accepted(api, level):
    """Settings that describe an ordinary link are accepted."""
    api.upload("/a")
    settings = {"access": level, "allow_download": True, "audience": "public"}
    permissions = api.rpc(SHARE, path="/a", settings=settings)["link_permissions"]
    assert permissions["link_access_level"] == {".tag": "viewer"}
    assert permissions["allow_download"]


def test_revoked_link_is_not_found(api, link):
    """Only the owner of a link can revoke it or change its settings."""
    denied = api.post("sharing/revoke_shared_link", {"url": link["url"]}, api.bearer(2))
    assert json.loads(denied.text)["error"] == {".tag": "shared_link_access_denied"}
    argument = {"url": link["url"], "settings": {}}
    denied = api.post("sharing/modify_shared_link_settings", argument, api.bearer(2))
    assert json.loads(denied.text)["error"] == {".tag": "shared_link_access_denied"}
    api.rpc("sharing/revoke_shared_link", url=link["url"])
    assert api.fails("sharing/get_shared_link_metadata", url=link["url"]) == NO_LINK


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/s/x/y",
        "http://api.example/s/unknown/x",
        "http://api.example/1/view/x/y",
    ],
)
def test_url_that_is_not_a_link_is_not_found(api, url):
    """A URL of another host or with an unknown token is not found."""
    assert api.fails("sharing/get_shared_link_metadata", url=url) == NO_LINK


@pytest.mark.parametrize(
    "url", ["https://www.testlink.example", "http://api.example/nothing", "x", "", "ftp://a/s/b/c"]
)
def test_revocation_of_a_url_of_another_form_is_an_error(api, url):
    """Only this route distinguishes a URL that is not that of a link from an unknown link."""
    assert api.fails("sharing/revoke_shared_link", url=url) == {".tag": "shared_link_malformed"}
    assert api.fails("sharing/get_shared_link_metadata", url=url) == NO_LINK


@pytest.mark.parametrize("path", ["s/unknown/x", "sh/abcd/1234", "1/view/x/y", "db.tt/x"])
def test_revocation_of_an_unknown_link_is_not_found(api, path):
    """A URL with the form of a link, also that of older folders, is that of a link."""
    error = api.fails("sharing/revoke_shared_link", url=f"https://www.dropbox.com/{path}")
    assert error == NO_LINK


def test_short_form_of_a_link_is_accepted(api, link):
    """The short URL that version 1 creates gives the same link."""
    response = api.raw("/1/shares/dropbox/folder/a%20b.txt", b"", None)
    short = json.loads(response.text)["url"]
    assert api.rpc("sharing/get_shared_link_metadata", url=short)["url"] == link["url"]


def test_url_of_a_link_has_the_form_of_the_service(api, link):
    """A URL has a key, the name, the second key and `dl=0`, which programs replace by `dl=1`."""
    api.upload("/folder/b.txt")
    file_url, folder_url = link["url"], api.rpc(SHARE, path="/folder")["url"]
    form = r"http://api\.example/scl/fi/\w{21}/A%20b\.txt\?rlkey=\w{25}&dl=0"
    assert re.fullmatch(form, file_url)
    form = r"http://api\.example/scl/fo/\w{21}/h\?rlkey=\w{25}&dl=0"
    assert re.fullmatch(form, folder_url)
    listed = api.rpc("sharing/list_shared_links")["links"]
    assert [one["url"] for one in listed] == [file_url, folder_url]
    briefly = api.rpc("sharing/get_shared_links")["links"]
    assert [one["url"] for one in briefly] == [file_url, folder_url]


@pytest.mark.parametrize(
    "address",
    [
        "https://www.dropbox.com",
        "https://dropbox.com",
        "https://dl.dropboxusercontent.com",
        "http://127.0.0.1:8710",
    ],
)
def test_link_is_found_by_its_key_through_any_address(api, link, address):
    """A link that was made through one address is the same through every other."""
    url = link["url"].replace("http://api.example", address)
    for form in (url, url.replace("dl=0", "dl=1"), url + "&st=abc#page"):
        payload = api.rpc("sharing/get_shared_link_metadata", url=form)
        assert (payload["name"], payload["size"]) == ("A b.txt", 6)
    response = api.send("sharing/get_shared_link_file", {"url": url})
    assert response.data == b"shared"
    job = api.rpc("files/save_url", path="/b", url=url)["async_job_id"]
    status = api.rpc("files/save_url/check_job_status", async_job_id=job)
    assert status[".tag"] == "complete"


@pytest.mark.parametrize("step", ["dl", "raw"])
def test_link_is_found_by_the_url_that_leads_to_its_content(api, step):
    """The URL to which a link of the older form is redirected is that of the link."""
    api.upload("/a.txt")
    response = api.raw("/1/shares/dropbox/a.txt?short_url=false", b"", None)
    url = json.loads(response.text)["url"].replace("/s/", f"/s/{step}/")
    assert api.rpc("sharing/get_shared_link_metadata", url=url)["name"] == "a.txt"
    job = api.rpc("files/save_url", path="/b", url=url)["async_job_id"]
    status = api.rpc("files/save_url/check_job_status", async_job_id=job)
    assert status[".tag"] == "complete"
    assert api.fails("sharing/revoke_shared_link", url=url.replace("/s/", "/scl/fi/")) == NO_LINK


@pytest.mark.parametrize("rlkey", ["", "rlkey=&", "rlkey=wrong&", "rlkey=%FF&"])
def test_link_without_its_second_key_is_denied(api, link, rlkey):
    """A URL without the right `rlkey` gives the error "shared_link_access_denied"."""
    url = re.sub(r"rlkey=\w+&", rlkey, link["url"])
    error = api.fails("sharing/get_shared_link_metadata", url=url)
    assert error == {".tag": "shared_link_access_denied"}
    job = api.rpc("files/save_url", path="/b", url=url)["async_job_id"]
    status = api.rpc("files/save_url/check_job_status", async_job_id=job)
    assert status[".tag"] == "failed"


def test_link_with_an_altered_key_is_not_found(api, link):
    """A key with one changed character is not found, with or without the second key."""
    start = len("http://api.example/scl/fi/")
    for position in (start, start + 20):
        letter = "a" if link["url"][position] != "a" else "b"
        url = link["url"][:position] + letter + link["url"][position + 1 :]
        assert api.fails("sharing/get_shared_link_metadata", url=url) == NO_LINK


def test_older_form_of_a_link_is_accepted(api, link):
    """The long URL that version 1 creates gives the same link, without a second key."""
    response = api.raw("/1/shares/dropbox/folder/a%20b.txt?short_url=false", b"", None)
    older = json.loads(response.text)["url"]
    assert older.startswith("http://api.example/s/")
    for url in (older, f"{older}?dl=0"):
        assert api.rpc("sharing/get_shared_link_metadata", url=url)["url"] == link["url"]


def test_thumbnail_of_a_text_or_an_unknown_link_is_an_error(api, link):
    """A text has an unsupported extension, and an unknown link is not found."""
    unknown = "http://api.example/s/unknown/x"
    cases = ((link["url"], "unsupported_extension"), ("x", "not_found"), (unknown, "not_found"))
    for url, tag in cases:
        argument = {"resource": {".tag": "link", "url": url}}
        response = api.send("files/get_thumbnail_v2", argument)
        assert json.loads(response.text)["error"] == {".tag": tag}


def test_copy_reference_is_accepted_from_another_account(api):
    """Another account can save a copy of the current file."""
    api.upload("/a", b"copied")
    payload = api.rpc("files/copy_reference/get", path="/a")
    assert payload["metadata"]["name"] == "a"
    argument = {"copy_reference": payload["copy_reference"], "path": "/b"}
    saved = api.rpc("files/copy_reference/save", api.bearer(2), **argument)
    assert saved["metadata"]["path_display"] == "/b"
    again = api.post("files/copy_reference/save", argument, api.bearer(2))
    conflict = {".tag": "conflict", "conflict": {".tag": "file"}}
    assert json.loads(again.text)["error"] == {".tag": "path", "path": conflict}


def test_unknown_copy_reference_is_an_error(api):
    """An unknown copy reference gives the error "invalid_copy_reference"."""
    error = api.fails("files/copy_reference/save", copy_reference="x", path="/b")
    assert error == {".tag": "invalid_copy_reference"}


def test_save_url_saves_only_urls_of_this_emulator(api):
    """A job for a URL of another host fails without a connection."""
    api.upload("/a", b"saved")
    url = api.rpc("files/get_temporary_link", path="/a")["link"]
    for url_to_save, expected in ((url, "complete"), ("https://example.com/", "failed")):
        job = api.rpc("files/save_url", path="/b", url=url_to_save)["async_job_id"]
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
def test_save_url_rejects_malformed_urls(api, url):
    """A malformed URL gives the error "invalid_url", and no job is created."""
    response = api.post("files/save_url", {"path": "/b", "url": url})
    payload = json.loads(response.text)
    assert (response.status_code, payload["error"]) == (409, {".tag": "invalid_url"})
    assert payload["error_summary"].rstrip(".") == "invalid_url/"


def test_tags_are_added_and_removed(api):
    """Adding a tag twice adds it once, and removing a missing tag is an error."""
    api.upload("/a")
    for _ in range(2):
        api.rpc("files/tags/add", path="/a", tag_text="Todo")
    (payload,) = api.rpc("files/tags/get", paths=["/a"])["paths_to_tags"]
    assert payload["tags"] == [{".tag": "user_generated_tag", "tag_text": "todo"}]
    api.rpc("files/tags/remove", path="/a", tag_text="todo")
    error = api.fails("files/tags/remove", path="/a", tag_text="todo")
    assert error == {".tag": "tag_not_present"}
    assert api.fails("files/tags/get", paths=["/no"])["path"] == {".tag": "not_found"}


def test_file_has_at_most_20_tags(api):
    """A tag over the limit gives the error "too_many_tags"."""
    api.upload("/a")
    for number in range(20):
        api.rpc("files/tags/add", path="/a", tag_text=f"t{number}")
    assert api.fails("files/tags/add", path="/a", tag_text="t20") == {".tag": "too_many_tags"}


LIST, CONTINUE = "files/list_folder", "files/list_folder/continue"
LATEST = "files/list_folder/get_latest_cursor"
NOT_FOUND = {".tag": "path", "path": {".tag": "not_found"}}


@pytest.fixture
def shared_listing(api):
    """Arguments that list a linked folder of three files; a private file is outside of it."""
    api.upload("/private")
    for name in "abc":
        api.upload(f"/shown/sub/{name}")
    return {"path": "/sub", "shared_link": {"url": api.rpc(SHARE, path="/shown")["url"]}}


def names(page):
    """Return the names of the entries of a page."""
    return [entry["name"] for entry in page["entries"]]


@pytest.mark.parametrize("account_id", [1, 2], ids=["owner", "other"])
def test_listing_of_a_link_has_pages_and_later_changes(api, shared_listing, account_id):
    """Each account with the link can list the folder, but no entries outside of it."""
    who = api.bearer(account_id)
    page = api.rpc(LIST, who, **shared_listing, limit=2)
    assert (names(page), page["has_more"]) == (["a", "b"], True)
    page = api.rpc(CONTINUE, who, cursor=page["cursor"])
    assert (names(page), page["has_more"]) == (["c"], False)
    api.upload("/also private")
    api.upload("/shown/beside")
    api.upload("/shown/sub/d")
    page = api.rpc(CONTINUE, who, cursor=page["cursor"])
    assert names(page) == ["d"]
    assert names(api.rpc(CONTINUE, who, cursor=page["cursor"])) == []


def paths(page):
    """Return the two forms of the paths of the entries of a page; `None` if there is none."""
    return [(entry.get("path_lower"), entry.get("path_display")) for entry in page["entries"]]


def test_listing_of_a_link_has_the_paths_of_its_owner(api):
    """The owner gets the paths in the account, or in the app folder; other accounts get none."""
    api.upload("/Top/Shown/A")
    api.upload("/Apps/fakebox/Shown/A")
    for top, root in (("/Top", ""), ("/Apps/fakebox", "/Shown")):
        url = api.rpc(SHARE, path=f"{top}/Shown")["url"]
        argument = {"path": "", "shared_link": {"url": url}}
        callers = {
            api.bearer(1): f"{top}/Shown",
            api.bearer(1, "app_folder"): root or None,
            api.bearer(2): None,
        }
        for who, above in callers.items():
            expected = (above and f"{above}/A".lower(), above and f"{above}/A")
            page = api.rpc(LIST, who, **argument)
            assert paths(page) == [expected]
            api.rpc("files/delete_v2", path=f"{top}/Shown/A")
            page = api.rpc(CONTINUE, who, cursor=page["cursor"])
            assert [entry[".tag"] for entry in page["entries"]] == ["deleted"]
            assert paths(page) == [expected]
            api.upload(f"{top}/Shown/A")
            page = api.rpc(CONTINUE, who, cursor=page["cursor"])
            assert paths(page) == [expected]


@pytest.mark.parametrize("account_id", [1, 2], ids=["owner", "other"])
def test_latest_cursor_of_a_link_lists_later_changes(api, shared_listing, account_id):
    """The cursor lists only changes in the linked folder."""
    who = api.bearer(account_id)
    cursor = api.rpc(LATEST, who, **shared_listing)["cursor"]
    api.upload("/sub/private")
    api.upload("/shown/sub/d")
    assert api.rpc("files/list_folder/longpoll", "", cursor=cursor) == {"changes": True}
    assert names(api.rpc(CONTINUE, who, cursor=cursor)) == ["d"]


@pytest.mark.parametrize("route", [LIST, LATEST])
@pytest.mark.parametrize("limit", [2, None], ids=["within", "after"])
def test_listing_of_a_revoked_link_is_not_found(api, shared_listing, route, limit):
    """After a revocation, a long poll reports a change and the next page is not found."""
    cursor = api.rpc(route, **shared_listing, limit=limit)["cursor"]
    api.rpc("sharing/revoke_shared_link", url=shared_listing["shared_link"]["url"])
    assert api.rpc("files/list_folder/longpoll", "", cursor=cursor) == {"changes": True}
    assert api.fails(CONTINUE, cursor=cursor) == NOT_FOUND
    assert api.fails(route, **shared_listing) == NOT_FOUND


@pytest.mark.parametrize("route", [LIST, LATEST])
def test_recursive_listing_of_a_link_is_400(api, shared_listing, route):
    """A recursive listing of a link is answered with 400 and the error text of the service."""
    response = api.post(route, {**shared_listing, "recursive": True})
    tag = "Recursive list folder is not supported for shared link."
    assert response.status_code == 400
    assert response.text == f'Error in call to API function "{route}": {tag}'


def test_listing_of_a_link_excludes_deleted_entries(api, shared_listing):
    """Deleted entries are not listed, even with `include_deleted`."""
    api.rpc("files/delete_v2", path="/shown/sub/b")
    assert names(api.rpc(LIST, **shared_listing, include_deleted=True)) == ["a", "c"]


def test_link_to_a_file_has_no_latest_cursor(api, link):
    """A latest cursor for a link to a file gives the error "not_folder"."""
    error = api.fails(LATEST, path="", shared_link={"url": link["url"]})
    assert error["path"] == {".tag": "not_folder"}
