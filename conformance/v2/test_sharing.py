"""Shared links."""

import io
import re
import zipfile
from datetime import datetime, timedelta, timezone

import pytest

from conformance import wire
from conformance.v2.shapes import ID, check_error, tags

CREATE = "sharing/create_shared_link_with_settings"
LIST = "sharing/list_shared_links"
METADATA = "sharing/get_shared_link_metadata"
FILE = "sharing/get_shared_link_file"
MODIFY = "sharing/modify_shared_link_settings"
REVOKE = "sharing/revoke_shared_link"
OLD_CREATE = "sharing/create_shared_link"
OLD_LIST = "sharing/get_shared_links"
UNKNOWN_URL = (
    "https://www.dropbox.com/scl/fi/abcdefghijklmnopqrstu/a?rlkey=abcdefghijklmnopqrstuvwxy&dl=0"
)
OLD_UNKNOWN_URL = "https://www.dropbox.com/sh/abcd/1234"


def create(api, name, **settings):
    """Create a link and return its metadata."""
    argument = {"path": api.path(name), **({"settings": settings} if settings else {})}
    return api.ok(CREATE, argument)


def in_days(days):
    """Return a time in the future."""
    when = datetime.now(timezone.utc) + timedelta(days=days)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def follow(api, url):
    """Return the response to which a URL is redirected."""
    return wire.follow(url, api.fetch, (301, 302))


def use_plan(api, plan):
    """Change the type of the emulator's account."""
    api.box.world.accounts.configure(api.box.account().id, type=plan)


def without_type(link):
    """Return a link's metadata without the field that only some routes return."""
    return {name: value for name, value in link.items() if name != "preview_type"}


@pytest.mark.checks("v2-link-file")
def test_link_to_a_file(api):
    """A link to a file has the file's metadata and its permissions."""
    put = api.put("Shared.txt", b"12345")
    link = create(api, "Shared.txt")
    assert link[".tag"] == "file"
    for name in ("name", "id", "path_lower", "rev", "size", "client_modified", "server_modified"):
        assert link[name] == put[name]
    assert "content_hash" not in link
    assert "expires" not in link
    assert link["link_permissions"]["can_revoke"] is True
    assert link["link_permissions"]["resolved_visibility"] == {".tag": "public"}


@pytest.mark.checks("v2-link-folder")
def test_link_to_a_folder(api):
    """A link to a folder has no rev, size or times."""
    folder = api.mkdir("Shared")
    link = create(api, "Shared")
    assert link[".tag"] == "folder"
    assert (link["name"], link["id"]) == ("Shared", folder["id"])
    assert link["path_lower"] == folder["path_lower"]
    for name in ("rev", "size", "client_modified", "server_modified", "preview_type"):
        assert name not in link


@pytest.mark.checks("v2-link-url")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_url_of_a_link(api, kind):
    """The URL of a link has two keys, and dl=0 at the end."""
    _ = api.put("shared.txt") if kind == "file" else api.mkdir("shared")
    url = create(api, "shared.txt" if kind == "file" else "shared")["url"]
    pattern = (
        r"/scl/fi/[a-z0-9]{21}/shared\.txt\?rlkey=[a-z0-9]{25}(&st=\w+)?&dl=0"
        if kind == "file"
        else r"/scl/fo/[a-z0-9]{21}/\w+\?rlkey=[a-z0-9]{25}(&st=\w+)?&dl=0"
    )
    assert re.search(pattern + "$", url), url


@pytest.mark.checks("v2-link-preview-type")
def test_preview_type_of_a_link(api):
    """A link to a file has the type of its preview."""
    api.put("shared.txt")
    assert create(api, "shared.txt")["preview_type"] == "text"


@pytest.mark.checks("v2-link-permissions")
def test_permissions_of_a_link(api):
    """The permissions have all documented flags."""
    api.put("shared.txt")
    permissions = create(api, "shared.txt")["link_permissions"]
    for name in (
        "can_set_expiry",
        "can_remove_expiry",
        "allow_download",
        "can_allow_download",
        "can_disallow_download",
        "allow_comments",
        "team_restricts_comments",
    ):
        assert isinstance(permissions[name], bool)
    assert permissions["allow_download"] is True
    assert permissions["team_restricts_comments"] is False
    assert permissions["requested_visibility"] == {".tag": "public"}


@pytest.mark.checks("v2-link-permissions-plan")
@pytest.mark.not_live("depends on the account's plan")
def test_permissions_of_a_link_of_a_basic_account(api):
    """The permissions of a basic account are the recorded ones."""
    use_plan(api, "basic")
    api.put("shared.txt")
    permissions = create(api, "shared.txt")["link_permissions"]
    expected = {
        "can_set_expiry": False,
        "can_remove_expiry": True,
        "allow_download": True,
        "can_allow_download": True,
        "can_disallow_download": False,
        "allow_comments": True,
        "team_restricts_comments": False,
    }
    assert {name: permissions[name] for name in expected} == expected


@pytest.mark.checks("v2-link-permissions-comments")
def test_comments_are_allowed(api):
    """A link allows comments."""
    api.put("shared.txt")
    assert create(api, "shared.txt")["link_permissions"]["allow_comments"] is True


@pytest.mark.checks("v2-link-policies")
def test_visibility_policies_of_a_link(api):
    """The policies are public, team_only and password; one that is not allowed has a reason."""
    api.put("shared.txt")
    policies = create(api, "shared.txt")["link_permissions"]["visibility_policies"]
    assert [one["policy"][".tag"] for one in policies] == ["public", "team_only", "password"]
    for one in policies:
        assert set(one) >= {"policy", "resolved_policy", "allowed"}
        assert one["allowed"] or "disallowed_reason" in one


@pytest.mark.checks("v2-link-policies-plan")
@pytest.mark.not_live("depends on the account's plan")
@pytest.mark.parametrize(
    ("plan", "reasons"),
    [
        ("basic", {"team_only": "user_not_on_team", "password": "user_account_type"}),
        ("pro", {"team_only": "user_not_on_team"}),
        ("business", {}),
    ],
)
def test_visibility_policies_of_a_plan(api, plan, reasons):
    """Policies that the plan of the account lacks are not allowed, and have the reason."""
    use_plan(api, plan)
    api.put("shared.txt")
    policies = create(api, "shared.txt")["link_permissions"]["visibility_policies"]
    found = {
        one["policy"][".tag"]: one["disallowed_reason"][".tag"]
        for one in policies
        if not one["allowed"]
    }
    assert found == reasons


@pytest.mark.checks("v2-link-exists")
def test_second_link_to_the_same_file(api):
    """A second link to the same file is an error that has the first one."""
    api.put("shared.txt")
    link = create(api, "shared.txt")
    response = api.call(CREATE, {"path": api.path("shared.txt")})
    assert response.status == 409
    error = response.json()["error"]
    assert tags(error).startswith("shared_link_already_exists")
    shown = error["shared_link_already_exists"]
    assert shown[".tag"] == "metadata"
    assert shown["metadata"]["url"] == link["url"]


@pytest.mark.checks("v2-link-not-found")
def test_link_to_nothing(api):
    """A link to a missing path is an error."""
    assert api.fails(CREATE, {"path": api.path("never")}) == "path/not_found"


@pytest.mark.checks("v2-link-null-settings")
def test_null_settings_of_a_link(api):
    """Settings that are null count as absent."""
    api.put("shared.txt")
    settings = {"requested_visibility": "public", "link_password": None, "expires": None}
    assert "expires" not in create(api, "shared.txt", **settings)


@pytest.mark.checks("v2-link-expires")
@pytest.mark.not_live("needs an account whose plan has expiries")
def test_expiry_of_a_link(api):
    """A link may expire; the time can be changed and removed."""
    api.put("shared.txt")
    expires = in_days(10)
    link = create(api, "shared.txt", expires=expires)
    assert link["expires"] == expires
    later = in_days(20)
    argument = {"url": link["url"], "settings": {"expires": later}}
    assert api.ok(MODIFY, argument)["expires"] == later
    assert api.ok(METADATA, {"url": link["url"]})["expires"] == later
    argument = {"url": link["url"], "settings": {}, "remove_expiration": True}
    assert "expires" not in api.ok(MODIFY, argument)
    assert "expires" not in api.ok(METADATA, {"url": link["url"]})


@pytest.mark.checks("v2-link-expires")
@pytest.mark.not_live("needs an expired link")
def test_expired_link(api):
    """An expired link is not found."""
    api.put("shared.txt")
    url = create(api, "shared.txt", expires=in_days(1))["url"]
    assert api.ok(METADATA, {"url": url})["url"] == url
    api.box.clock.advance(2 * 24 * 3600)
    assert api.fails(METADATA, {"url": url}) == "shared_link_not_found"


@pytest.mark.checks("v2-link-expires-past")
def test_expiry_in_the_past(api):
    """An expiry in the past is an error."""
    api.put("shared.txt")
    argument = {"path": api.path("shared.txt"), "settings": {"expires": "2015-05-12T15:50:38Z"}}
    assert api.fails(CREATE, argument).startswith("settings_error/")


@pytest.mark.checks("v2-link-list")
def test_links_of_a_path(api):
    """The links of a path are those to it and to its parent folders."""
    api.put("folder/shared.txt")
    api.put("other.txt")
    file, folder = create(api, "folder/shared.txt"), create(api, "folder")
    create(api, "other.txt")
    result = api.ok(LIST, {"path": api.path("folder/shared.txt")})
    assert result["has_more"] is False
    urls = [link["url"] for link in result["links"]]
    assert sorted(urls) == sorted([file["url"], folder["url"]])
    argument = {"path": api.path("folder/shared.txt"), "direct_only": True}
    (direct,) = api.ok(LIST, argument)["links"]
    assert without_type(direct) == without_type(file)


@pytest.mark.checks("v2-link-list-all")
def test_all_links(api):
    """Without a path all links of the account are listed."""
    api.put("a")
    api.mkdir("b")
    urls = {create(api, name)["url"] for name in ("a", "b")}
    page = api.ok(LIST, {})
    pages = [page, *api.following(page, LIST)]
    found = {link["url"] for page in pages for link in page["links"]}
    assert urls <= found


@pytest.mark.checks("v2-link-list-errors")
def test_links_of_nothing(api):
    """A missing path is an error, and an invalid cursor is rejected."""
    assert api.fails(LIST, {"path": api.path("never")}) == "path/not_found"
    response = api.call(LIST, {"cursor": "nonsense"})
    assert response.status == 400 or check_error(response) == "reset"


@pytest.mark.checks("v2-link-metadata")
def test_metadata_of_an_own_link(api):
    """The metadata of one's own link is that of its creation."""
    api.put("shared.txt")
    link = create(api, "shared.txt")
    shown = api.ok(METADATA, {"url": link["url"]})
    assert without_type(shown) == without_type(link)
    assert ID.fullmatch(shown["id"])


@pytest.mark.checks("v2-link-metadata-path")
def test_metadata_of_a_file_in_a_linked_folder(api):
    """A path selects a file below the link's folder."""
    put = api.put("folder/deep/inner.txt", b"12345")
    url = create(api, "folder")["url"]
    shown = api.ok(METADATA, {"url": url, "path": "/deep/inner.txt"})
    assert shown[".tag"] == "file"
    for name in ("name", "id", "path_lower", "rev", "size"):
        assert shown[name] == put[name]
    argument = {"url": url, "path": "/never"}
    assert api.fails(METADATA, argument) == "shared_link_not_found"


@pytest.mark.checks("v2-link-unknown")
@pytest.mark.parametrize("route", [METADATA, REVOKE])
def test_unknown_link(api, route):
    """An unknown link is not found."""
    for url in (UNKNOWN_URL, OLD_UNKNOWN_URL):
        assert api.fails(route, {"url": url}) == "shared_link_not_found"


@pytest.mark.checks("v2-link-malformed")
def test_url_that_is_no_link(api):
    """A URL of another form cannot be revoked."""
    argument = {"url": "https://www.dropbox.com/nothing"}
    assert api.fails(REVOKE, argument) == "shared_link_malformed"


@pytest.mark.checks("v2-link-other-url")
@pytest.mark.parametrize("change", [("dl=0", "dl=1"), ("dl=0", "raw=1"), ("&dl=0", "")])
def test_other_urls_of_a_link(api, change):
    """A link is found by its keys, whatever the other parameters of the URL."""
    api.put("shared.txt")
    url = create(api, "shared.txt")["url"]
    assert api.ok(METADATA, {"url": url.replace(*change)})["name"] == "shared.txt"


@pytest.mark.checks("v2-link-file-content")
def test_content_of_a_link(api, app):
    """The content of a link is a download with the link's metadata, also for an app."""
    api.put("shared.txt", b"12345")
    link = create(api, "shared.txt")
    for authorization in ("", app):
        response = api.call(FILE, {"url": link["url"]}, authorization=authorization)
        assert (response.status, response.data) == (200, b"12345")
        result = response.result()
        assert (result["url"], result["name"]) == (link["url"], "shared.txt")
        assert response.headers["ETag"] == f'W/"{result["rev"]}"'


@pytest.mark.checks("v2-link-file-content")
def test_content_of_a_file_in_a_linked_folder(api):
    """A path selects a file below the link's folder; a folder is an error."""
    api.put("folder/deep/inner.txt", b"12345")
    url = create(api, "folder")["url"]
    response = api.call(FILE, {"url": url, "path": "/deep/inner.txt"})
    assert (response.status, response.data) == (200, b"12345")
    assert check_error(api.call(FILE, {"url": url})) == "shared_link_is_directory"


@pytest.mark.checks("v2-link-page")
def test_pages_of_a_link(api):
    """With raw=1 and dl=1 the URL of a link leads to the content."""
    api.put("shared.txt", b"12345")
    url = api.reachable(create(api, "shared.txt")["url"])
    for value in ("dl=1", "raw=1"):
        response = follow(api, url.replace("dl=0", value))
        assert (response.status, response.data) == (200, b"12345")


@pytest.mark.checks("v2-link-rlkey")
def test_url_without_its_second_key(api):
    """Without the second key, or with another one, the URL of a link leads to no content."""
    api.put("shared.txt", b"12345")
    url = api.reachable(create(api, "shared.txt")["url"]).replace("dl=0", "dl=1")
    for key in ("", "abcdefghijklmnopqrstuvwxy"):
        response = follow(api, re.sub(r"rlkey=[a-z0-9]+", f"rlkey={key}", url))
        assert b"12345" not in response.data


@pytest.mark.checks("v2-link-download")
def test_download_of_a_link(api):
    """A download is redirected to the address of the content, which has a binary type."""
    api.put("shared.txt", b"12345")
    url = api.reachable(create(api, "shared.txt")["url"]).replace("dl=0", "dl=1")
    response = api.fetch(url)
    assert response.status in (301, 302)
    assert "/cd/0/" in response.headers["Location"]
    response = follow(api, url)
    assert response.headers["Content-Type"] == "application/binary"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert 'filename="shared.txt"' in response.headers["Content-Disposition"]


@pytest.mark.checks("v2-link-archive")
def test_download_of_a_linked_folder(api):
    """A folder is downloaded as a ZIP archive."""
    api.put("folder/deep/inner.txt", b"12345")
    url = api.reachable(create(api, "folder")["url"]).replace("dl=0", "dl=1")
    response = follow(api, url)
    assert response.headers["Content-Type"].startswith("application/zip")
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        assert any(name.endswith("deep/inner.txt") for name in archive.namelist())


@pytest.mark.checks("v2-link-revoke")
def test_revoked_link(api):
    """A revoked link is not found, and another one can be created."""
    api.put("shared.txt")
    url = create(api, "shared.txt")["url"]
    assert api.ok(REVOKE, {"url": url}) is None
    assert api.fails(METADATA, {"url": url}) == "shared_link_not_found"
    assert check_error(api.call(FILE, {"url": url})) == "shared_link_not_found"
    assert create(api, "shared.txt")["url"] != url


@pytest.mark.checks("v2-link-foreign")
@pytest.mark.not_live("needs a second account")
def test_link_of_another_account(api):
    """Another account's link is readable without its path, and cannot be changed."""
    other = api.other()
    api.put("shared.txt", b"12345")
    url = create(api, "shared.txt")["url"]
    shown = api.call(METADATA, {"url": url}, authorization=other).json()
    assert (shown["name"], shown["size"]) == ("shared.txt", 5)
    assert "path_lower" not in shown
    assert shown["link_permissions"]["can_revoke"] is False
    api.mkdir("folder")
    folder = {"url": create(api, "folder")["url"]}
    assert "path_lower" not in api.call(METADATA, folder, authorization=other).json()
    for route, argument in ((REVOKE, {}), (MODIFY, {"settings": {}})):
        response = api.call(route, {"url": url, **argument}, authorization=other)
        assert check_error(response) == "shared_link_access_denied"
    assert api.ok(METADATA, {"url": url})["name"] == "shared.txt"


@pytest.mark.checks("v2-link-plan")
@pytest.mark.not_live("depends on the account's plan")
@pytest.mark.parametrize(
    "settings",
    [
        {"requested_visibility": "password", "link_password": "secret"},
        {"requested_visibility": "team_only"},
        {"audience": "team"},
        {"expires": "2040-01-01T00:00:00Z"},
    ],
    ids=["password", "team", "audience", "expiry"],
)
def test_settings_that_the_plan_lacks(api, settings):
    """Settings that a basic account lacks are not authorized, and no link is created."""
    use_plan(api, "basic")
    api.put("shared.txt")
    argument = {"path": api.path("shared.txt"), "settings": settings}
    assert api.fails(CREATE, argument) == "settings_error/not_authorized"
    assert api.ok(LIST, {"path": api.path("shared.txt")})["links"] == []


@pytest.mark.checks("v2-link-password")
@pytest.mark.not_live("depends on the account's plan")
def test_password_of_a_link(api, app):
    """A link with a password is readable with it, and access is denied without it."""
    api.put("shared.txt", b"12345")
    link = create(api, "shared.txt", require_password=True, link_password="hunter-two")
    assert link["link_permissions"]["resolved_visibility"] == {".tag": "password"}
    for password in (None, "wrong"):
        argument = {"url": link["url"], "link_password": password}
        for route in (METADATA, FILE):
            response = api.call(route, argument, authorization=app)
            assert check_error(response) == "shared_link_access_denied"
    argument = {"url": link["url"], "link_password": "hunter-two"}
    response = api.call(FILE, argument, authorization=app)
    assert (response.status, response.data) == (200, b"12345")
    page = api.fetch(api.reachable(link["url"]).replace("dl=0", "dl=1"))
    assert b"12345" not in page.data


@pytest.mark.checks("v2-link-settings-kept")
@pytest.mark.not_live("depends on the account's plan")
def test_change_of_one_setting(api):
    """A change of one setting of a link keeps the others."""
    use_plan(api, "business")
    api.put("shared.txt")
    expires = in_days(10)
    settings = {"require_password": True, "link_password": "hunter-two", "expires": expires}
    url = create(api, "shared.txt", **settings)["url"]

    def change(**changed):
        link = api.ok(MODIFY, {"url": url, "settings": changed})
        assert link["expires"] == expires
        return link["link_permissions"]

    assert change(allow_download=False)["resolved_visibility"] == {".tag": "password"}
    changed = change(audience="team")
    assert changed["resolved_visibility"] == {".tag": "team_and_password"}
    assert changed["allow_download"] is False
    assert change(require_password=False)["resolved_visibility"] == {".tag": "team_only"}


@pytest.mark.checks("v2-link-settings-kept")
@pytest.mark.not_live("depends on the account's plan")
def test_public_link_that_had_a_password(api, app):
    """A link that becomes public needs no password."""
    api.put("shared.txt", b"12345")
    settings = {"require_password": True, "link_password": "hunter-two"}
    url = create(api, "shared.txt", **settings)["url"]
    argument = {"url": url, "settings": {"requested_visibility": "public"}}
    permissions = api.ok(MODIFY, argument)["link_permissions"]
    assert permissions["resolved_visibility"] == {".tag": "public"}
    assert api.call(FILE, {"url": url}, authorization=app).data == b"12345"


@pytest.mark.checks("v2-link-password")
def test_password_that_is_missing(api):
    """A link with the visibility password needs a password."""
    api.put("shared.txt")
    argument = {"path": api.path("shared.txt"), "settings": {"requested_visibility": "password"}}
    assert api.fails(CREATE, argument).startswith("settings_error/")


@pytest.mark.checks("v2-link-audience")
@pytest.mark.not_live("needs a second account")
def test_audience_of_a_link(api):
    """Other accounts cannot read a link whose audience is no one."""
    api.put("shared.txt")
    link = create(api, "shared.txt", audience="no_one")
    assert link["link_permissions"]["effective_audience"] == {".tag": "no_one"}
    response = api.call(METADATA, {"url": link["url"]}, authorization=api.other())
    assert check_error(response) == "shared_link_access_denied"


@pytest.mark.checks("v2-link-no-download")
@pytest.mark.not_live("depends on the account's plan")
def test_link_without_downloads(api, app):
    """A link that does not allow downloads has metadata, and no content."""
    api.put("shared.txt")
    link = create(api, "shared.txt", allow_download=False)
    assert link["link_permissions"]["allow_download"] is False
    argument = {"url": link["url"]}
    assert api.call(METADATA, argument, authorization=app).status == 200
    assert api.call(FILE, argument, authorization=app).status == 409


@pytest.mark.checks("v2-link-moved")
def test_link_to_a_file_that_moves(api):
    """A link follows its file when it is moved."""
    api.put("shared.txt")
    url = create(api, "shared.txt")["url"]
    api.relocate("move", "shared.txt", "moved.txt")
    assert api.ok(METADATA, {"url": url})["name"] == "moved.txt"
    api.relocate("copy", "moved.txt", "copied.txt")
    assert api.ok(METADATA, {"url": url})["name"] == "moved.txt"
    assert api.ok(LIST, {"path": api.path("copied.txt"), "direct_only": True})["links"] == []


@pytest.mark.checks("v2-link-deleted")
def test_link_to_a_deleted_file(api):
    """A link to a deleted file is not found."""
    api.put("shared.txt")
    url = create(api, "shared.txt")["url"]
    api.delete("shared.txt")
    found = api.fails(METADATA, {"url": url})
    assert found in ("shared_link_not_found", "shared_link_access_denied")


@pytest.mark.checks("v2-old-link")
def test_link_of_the_first_version(api):
    """The first version returns the existing link, and creates one if there is none."""
    api.put("shared.txt")
    first = api.ok(OLD_CREATE, {"path": api.path("shared.txt")})
    assert set(first) == {"url", "visibility", "path"}
    assert first["visibility"] == {".tag": "public"}
    assert api.ok(OLD_CREATE, {"path": api.path("shared.txt")})["url"] == first["url"]
    assert api.ok(METADATA, {"url": first["url"]})["name"] == "shared.txt"
    assert api.fails(OLD_CREATE, {"path": api.path("never")}) == "path/not_found"


@pytest.mark.checks("v2-old-link-list")
def test_links_of_the_first_version(api):
    """The first version lists links in one page."""
    api.put("shared.txt")
    url = create(api, "shared.txt")["url"]
    (link,) = api.ok(OLD_LIST, {"path": api.path("shared.txt")})["links"]
    assert (link["url"], link[".tag"]) == (url, "path")
