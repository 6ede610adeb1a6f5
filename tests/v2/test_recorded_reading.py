"""Recorded responses of routes that read: metadata, listings, searches, contents and references."""

from __future__ import annotations

import base64
import io
import json
import re
import ssl
from datetime import datetime, timezone

import httpx
import pytest
from PIL import Image

from fakebox import Fakebox
from fakebox.core import defaults
from tests.v2.recorded import (
    FILE,
    TAGGED_FILE,
    TAGGED_FOLDER,
    URL_SAFE,
    error_of,
    is_text,
    nested,
)

MISSING = nested("path", "not_found")
DELETED = (".tag", "name", "path_lower", "path_display")


def picture(kind):
    """Return a picture in a format of Pillow."""
    data = io.BytesIO()
    Image.new("RGB", (120, 80), "orange").save(data, kind)
    return data.getvalue()


# --- metadata ------------------------------------------------------------------------------


def test_folder_has_five_members(api):
    """The metadata of a folder has a tag, its names and its id.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 and 2017.
    """
    api.rpc("files/create_folder_v2", path="/Folder")
    found = api.rpc("files/get_metadata", path="/folder")
    assert tuple(found) == TAGGED_FOLDER
    assert list(found.values())[:4] == ["folder", "Folder", "/folder", "/Folder"]


def test_deleted_file_has_its_names_only(api):
    """A deleted file is not found; with `include_deleted` it has a tag and its names.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 and 2017.
    """
    api.upload("/A.txt")
    api.rpc("files/delete_v2", path="/A.txt")
    assert api.fails("files/get_metadata", path="/A.txt") == MISSING
    found = api.rpc("files/get_metadata", path="/A.txt", include_deleted=True)
    assert tuple(found) == DELETED
    assert tuple(found.values()) == ("deleted", "A.txt", "/a.txt", "/A.txt")


@pytest.mark.parametrize(
    "route",
    [
        "files/get_metadata",
        "files/list_folder",
        "files/copy_reference/get",
    ],
    ids=["metadata, 2016 and 2017", "list_folder, 2016 to 2018", "copy_reference, 2017"],
)
def test_missing_path_is_not_found(api, route):
    """A path with nothing there is 409 with the tags `path` and `not_found`.

    Recorded by the VCR cassettes of Jesus/dropbox_api.
    """
    assert api.fails(route, path="/no") == MISSING


def test_preview_of_a_missing_path_is_not_found(api):
    """A download route has the same error.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 22 May 2016.
    """
    response = api.raw(
        "/2/files/get_preview", b"", None, headers={"Dropbox-API-Arg": '{"path": "/no.doc"}'}
    )
    assert error_of(response) == MISSING


# --- listings ------------------------------------------------------------------------------


def test_listing_has_folders_by_id_and_files_by_their_last_write(api):
    """Folders come first in the order of their ids, then files by their last write.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2021. All of 11 listings have
    folders first, 9 have them in the order of their ids, 10 have files by `server_modified`, and
    none is sorted by name.
    """
    for path in ("/c/in", "/3", "/a/in", "/1", "/b/in", "/2"):
        api.upload(path)
        api.world.clock.advance(1)
    api.upload("/3", b"new", mode="overwrite")
    page = api.rpc(
        "files/list_folder",
        path="",
        recursive=False,
        include_media_info=False,
        include_deleted=False,
    )
    assert tuple(page) == ("entries", "cursor", "has_more")
    assert page["has_more"] is False
    kinds = [entry[".tag"] for entry in page["entries"]]
    assert kinds == ["folder"] * 3 + ["file"] * 3
    folders, files = page["entries"][:3], page["entries"][3:]
    assert [entry["name"] for entry in folders] == ["c", "a", "b"]
    assert [entry["name"] for entry in files] == ["1", "2", "3"]
    times = [entry["server_modified"] for entry in files]
    assert times == sorted(times)


def test_listing_of_an_own_link_has_the_paths_of_the_owner(api):
    """The owner of a link to a folder gets full paths, ids and content hashes.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 11 May 2018.
    """
    api.upload("/Some/Folder/Cow.txt")
    made = api.rpc("sharing/create_shared_link_with_settings", path="/Some/Folder")
    page = api.rpc("files/list_folder", path="", shared_link={"url": made["url"]})
    (entry,) = page["entries"]
    assert entry["path_lower"] == "/some/folder/cow.txt"
    assert entry["path_display"] == "/Some/Folder/Cow.txt"
    assert {"id", "content_hash"} < set(entry)


def test_own_root_as_a_namespace_changes_nothing(api):
    """The header with the own root gives the same listing as no header.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 7 February 2021.
    """
    api.upload("/a.txt")
    root = api.rpc_null("users/get_current_account")["root_info"]["root_namespace_id"]
    expected = api.rpc("files/list_folder", path="")["entries"]
    assert json.loads(listed_in(api, root).text)["entries"] == expected


def test_namespace_of_another_account_is_not_permitted(api):
    """The header with another account's namespace is 422 with the tag `no_permission`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 7 February 2021.
    """
    other = api.rpc_null("users/get_current_account", api.bearer(2))
    response = listed_in(api, other["root_info"]["root_namespace_id"])
    assert error_of(response, 422) == {".tag": "no_permission"}


def listed_in(api, namespace_id):
    """List the root with a namespace in the header Dropbox-API-Path-Root."""
    root = json.dumps({".tag": "namespace_id", "namespace_id": namespace_id})
    return api.raw(
        "/2/files/list_folder",
        '{"path": ""}',
        "application/json",
        headers={"Dropbox-API-Path-Root": root},
    )


def test_latest_cursor_is_the_only_member(api):
    """files/list_folder/get_latest_cursor returns a cursor and nothing else.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016.
    """
    found = api.rpc("files/list_folder/get_latest_cursor", path="", recursive=True)
    assert tuple(found) == ("cursor",)


def test_long_poll_reports_changes_without_credentials(api):
    """A cursor before a change is answered at once, with JSON.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 and 2022.
    """
    cursor = api.rpc("files/list_folder", path="")["cursor"]
    api.upload("/a.txt")
    response = api.post("files/list_folder/longpoll", {"cursor": cursor, "timeout": 30}, "")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(response.text) == {"changes": True}


def test_long_poll_of_a_text_that_is_no_cursor_is_a_400(api):
    """The error of a long poll has this text.

    Recorded by the VCR cassettes of Jesus/dropbox_api, July and December 2016 and 27 February 2022.
    """
    response = api.post("files/list_folder/longpoll", {"cursor": "no cursor"}, "")
    text = "request body: cursor: unsupported cursor type"
    assert is_text(response, "files/list_folder/longpoll", text)


def test_revisions_of_a_deleted_file_have_no_entry_for_the_deletion(api):
    """The newest revision is first, and the file is deleted.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 30 July 2016.
    """
    revs = [api.upload("/a.txt", body, mode="overwrite")["rev"] for body in (b"1", b"2")]
    api.rpc("files/delete_v2", path="/a.txt")
    found = api.rpc("files/list_revisions", path="/a.txt", limit=10)
    assert found["is_deleted"] is True
    assert [entry["rev"] for entry in found["entries"]] == revs[::-1]
    assert {tuple(entry) for entry in found["entries"]} == {FILE}


# --- searches ------------------------------------------------------------------------------


def test_search_in_a_missing_folder_finds_nothing(api):
    """A folder that does not exist is no error.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 7 February 2021.
    """
    response = api.post("files/search_v2", {"query": "file", "options": {"path": "/no"}})
    assert (response.status_code, response.text) == (200, '{"has_more":false,"matches":[]}')


def test_search_returns_a_short_cursor_and_the_tag_of_each_match(api):
    """A cursor has 32 characters of base64; folders match too, and nothing is highlighted.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 23 April 2021.
    """
    api.upload("/file.txt")
    api.rpc("files/create_folder_v2", path="/file folder")
    page = api.rpc("files/search_v2", query="file", options={"max_results": 1})
    pages = [page, api.rpc("files/search/continue_v2", cursor=page["cursor"])]
    assert pages[0]["has_more"] is True
    found = []
    for page in pages:
        (match,) = page["matches"]
        assert tuple(match) == ("match_type", "metadata")
        assert match["match_type"] == {".tag": "filename"}
        assert match["metadata"][".tag"] == "metadata"
        found.append(match["metadata"]["metadata"])
    assert sorted(one[".tag"] for one in found) == ["file", "folder"]
    members = {"file": TAGGED_FILE, "folder": TAGGED_FOLDER}
    assert all(set(one) == set(members[one[".tag"]]) for one in found)


@pytest.mark.xfail(strict=True, reason="a cursor contains the query, so it is longer")
def test_cursor_of_a_search_is_base64(api):
    """Each page has a cursor of 32 characters of standard base64 that ends with `=`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 23 April 2021.
    """
    for number in range(3):
        api.upload(f"/file {number}.txt")
    page = api.rpc("files/search_v2", query="file", options={"max_results": 1})
    for found in (page, api.rpc("files/search/continue_v2", cursor=page["cursor"])):
        assert len(found["cursor"]) == 32
        assert found["cursor"].endswith("=")
        base64.b64decode(found["cursor"], validate=True)


def test_first_version_of_search_needs_a_folder(api):
    """The first version of search answers a missing folder with an error.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 4 June 2016.
    """
    assert api.fails("files/search", path="/no", query="file") == MISSING


# --- contents ------------------------------------------------------------------------------


def fetch(api, route, **argument):
    """Send a request to a download route, which has to succeed."""
    response = api.raw(f"/2/{route}", b"", None, headers={"Dropbox-API-Arg": json.dumps(argument)})
    assert response.status_code == 200, response.text
    return response


def test_download_has_the_metadata_without_a_tag(api):
    """A download is binary data for every name; its metadata has no tag.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016, and, with `is_downloadable` and
    `content_hash`, by the replay files of watermint/toolbox, 30 June 2020.
    """
    stored = api.upload("/a.txt", b"content")
    response = fetch(api, "files/download", path="/a.txt")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.data == b"content"
    result = json.loads(response.headers["Dropbox-API-Result"])
    assert (result, tuple(result)) == (stored, FILE)


def test_download_over_http_2_has_the_metadata():
    """A download by HTTP/2 has the same header, with `is_downloadable` and `content_hash`.

    Recorded by the replay files of watermint/toolbox, 30 June 2020.
    """
    with Fakebox(tls=True) as box:
        box.write("/a.txt", b"content")
        trusted = ssl.create_default_context(cafile=box.ca_file)
        headers = {
            "Authorization": f"Bearer {defaults.BEARER_TOKEN}",
            "Dropbox-API-Arg": '{"path": "/a.txt"}',
        }
        with httpx.Client(http2=True, verify=trusted) as client:
            response = client.post(f"{box.url}/2/files/download", headers=headers)
    assert (response.http_version, response.status_code) == ("HTTP/2", 200)
    assert response.content == b"content"
    assert tuple(json.loads(response.headers["Dropbox-API-Result"])) == FILE


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_thumbnail_is_a_jpeg_of_binary_data(api, kind):
    """A thumbnail is a JPEG for either kind of picture, as binary data.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 28 May 2016.
    """
    path = f"/picture.{kind}"
    stored = api.upload(path, picture(kind))
    response = fetch(api, "files/get_thumbnail", path=path, format="jpeg", size="w64h64")
    assert Image.open(io.BytesIO(response.data)).format == "JPEG"
    assert json.loads(response.headers["Dropbox-API-Result"]).items() >= stored.items()
    assert response.headers["Content-Type"] == "application/octet-stream"


def test_batch_of_thumbnails_has_a_result_for_each_entry(api):
    """A thumbnail is base64 of a JPEG with the metadata of its file; the other entry has an error.

    Recorded by the VCR cassettes of Jesus/dropbox_api, February 2018.
    """
    stored = api.upload("/picture.png", picture("png"))
    entries = [{"path": "/picture.png", "size": "w64h64"}, {"path": "/no.png"}]
    found = api.rpc("files/get_thumbnail_batch", entries=entries)
    assert tuple(found) == ("entries",)
    success, failure = found["entries"]
    assert tuple(success) == (".tag", "metadata", "thumbnail")
    assert (success[".tag"], success["metadata"]) == ("success", stored)
    content = base64.b64decode(success["thumbnail"], validate=True)
    assert Image.open(io.BytesIO(content)).format == "JPEG"
    assert failure == {".tag": "failure", "failure": MISSING}


def test_temporary_link_has_the_metadata_without_a_tag(api):
    """The link is a URL, and the metadata has no tag.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 28 May 2016. The form of the URL is newer.
    """
    stored = api.upload("/a.txt")
    found = api.rpc("files/get_temporary_link", path="/a.txt")
    assert tuple(found) == ("metadata", "link")
    assert (found["metadata"], tuple(found["metadata"])) == (stored, FILE)


def test_copy_reference_expires_in_thirty_years(api):
    """A reference has 22 characters, and expires thirty years ahead to the second.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 5 June 2017.
    """
    stored = api.upload("/a.txt")
    api.world.clock.freeze()
    api.world.clock.set(datetime(2017, 6, 5, 11, 12, 13, tzinfo=timezone.utc).timestamp())
    found = api.rpc("files/copy_reference/get", path="/a.txt")
    assert tuple(found) == ("metadata", "copy_reference", "expires")
    assert found["metadata"] == {".tag": "file", **stored}
    assert re.fullmatch(f"{URL_SAFE}{{22}}", found["copy_reference"])
    assert found["expires"] == "2047-06-05T11:12:13Z"


def test_tags_are_returned_for_each_path_as_it_was_sent(api):
    """A path without tags has an empty list.

    Recorded by the results in the documentation of OpenIntegrations, 2024.
    """
    api.upload("/Plain.txt")
    api.upload("/Tagged.txt")
    api.rpc("files/tags/add", path="/tagged.txt", tag_text="important")
    found = api.rpc("files/tags/get", paths=["/plain.TXT", "/TAGGED.txt"])
    tag = {".tag": "user_generated_tag", "tag_text": "important"}
    expected = [{"path": "/plain.TXT", "tags": []}, {"path": "/TAGGED.txt", "tags": [tag]}]
    assert found == {"paths_to_tags": expected}
