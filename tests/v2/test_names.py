"""Names and paths of version 2, and how version 1 treats the names that only version 2 accepts."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakebox.core.path_rules import compose, fold, is_ignored, is_legal
from fakebox.v2.paths import ReadPath

MALFORMED = {".tag": "malformed_path"}
# Routes whose path is a `ReadPath` in the published specification, and that return metadata.
ROUTES_WITH_METADATA = (
    "files/copy_reference/get",
    "files/get_metadata",
    "files/get_temporary_link",
    "sharing/create_shared_link_with_settings",
)
# Names that version 2 accepts, and version 1 does not.
NAMES_OF_V2 = [
    pytest.param("\U0001f60a.txt", id="emoji"),
    pytest.param("tab\there", id="tab"),
    pytest.param("\nfirst", id="line-feed-first"),
    pytest.param("last\n", id="line-feed-last"),
    pytest.param("return\r\nhere", id="carriage-return"),
    pytest.param("\x01\x1f", id="control-characters"),
    pytest.param("next\x85line", id="c1-control-character"),
    pytest.param("space\u3000", id="ideographic-space-last"),
]
WINDOWS = ':?*<>"|'


def v1(api, method, target, data=b""):
    """Return the response of version 1."""
    return api.raw(f"/1{target}", data, None, method=method)


def v1_json(*args):
    """Return the result of a call of version 1."""
    return json.loads(v1(*args).text)


def names(api, path=""):
    """Return the names of the entries of a folder."""
    return {entry["name"] for entry in api.rpc("files/list_folder", path=path)["entries"]}


@pytest.mark.parametrize("name", NAMES_OF_V2)
def test_every_way_to_create_an_entry_accepts_the_name(api, name):
    """Uploads, folders, copies, moves and saved references accept it, also above a new entry."""
    path = f"/{name}"
    assert api.upload(f"{path}/{name}", b"x")["path_display"] == f"{path}/{name}"
    folder = api.rpc("files/create_folder_v2", path=f"/1{path}{path}")["metadata"]
    assert folder["path_display"] == f"/1{path}{path}"
    copied = api.rpc("files/copy_v2", from_path=path, to_path=f"/2{path}{path}")["metadata"]
    assert copied["name"] == name
    moved = api.rpc("files/move_v2", from_path=path, to_path=f"/3{path}{path}")["metadata"]
    assert moved["path_display"] == f"/3{path}{path}"
    reference = api.rpc("files/copy_reference/get", path=f"/2{path}{path}")["copy_reference"]
    saved = api.rpc("files/copy_reference/save", copy_reference=reference, path=f"/4{path}")
    assert saved["metadata"]["name"] == name
    assert names(api, "/4") == {name}
    cursor = api.rpc("files/list_folder", path=f"/4{path}")["cursor"]
    assert api.rpc("files/list_folder/continue", cursor=cursor)["entries"] == []
    download = api.send("files/download", {"path": f"/4{path}{path}"})
    assert download.data == b"x"
    assert json.loads(download.headers["Dropbox-API-Result"])["name"] == name


@pytest.mark.parametrize("character", WINDOWS)
def test_operations_accept_characters_that_windows_does_not_allow(api, character):
    """A created folder, a copy and a move can have them in each name."""
    path = f"/a{character}b"
    api.upload("/file")
    assert api.rpc("files/create_folder_v2", path=f"{path}/c{character}")["metadata"]
    assert api.rpc("files/copy_v2", from_path="/file", to_path=f"/1{path}{path}")["metadata"]
    assert api.rpc("files/move_v2", from_path="/file", to_path=f"/2{path}{path}")["metadata"]


@pytest.mark.parametrize(
    "name", ["nul\0", "del\x7f", "back\\slash", "space ", ".", "..", "x" * 256]
)
def test_name_that_cannot_be_stored_is_malformed(api, name):
    """No route accepts it, and nothing is created."""
    api.upload("/a")
    path = f"/new/{name}"
    assert api.fails("files/create_folder_v2", path=path)["path"] == MALFORMED
    for route in ("files/copy_v2", "files/move_v2"):
        assert api.fails(route, from_path="/a", to_path=path)["to"] == MALFORMED
    assert api.fails("files/get_metadata", path=path)["path"] == MALFORMED
    assert api.send("files/upload", {"path": path}, b"x").status_code == 409
    assert names(api) == {"a"}


def test_carriage_return_in_the_icon_file_of_macos_is_a_disallowed_name(api):
    """Names that the service never stores stay disallowed, also with a control character."""
    response = api.send("files/upload", {"path": "/Icon\r"}, b"x")
    assert response.json["error"]["reason"][".tag"] == "disallowed_name"


@pytest.mark.parametrize("name", NAMES_OF_V2)
def test_version_1_lists_the_name_and_rejects_its_path(api, name):
    """Metadata and delta of version 1 contain it, and no path of version 1 may contain it."""
    api.upload(f"/folder/{name}", b"x")
    path = f"/folder/{name}"
    listed = v1_json(api, "GET", "/metadata/dropbox/folder")["contents"]
    assert [entry["path"] for entry in listed] == [path]
    delta = v1_json(api, "POST", "/delta")["entries"]
    assert [metadata["path"] for _, metadata in delta] == ["/folder", path]
    for target in _v1_targets(quote(path)):
        response = v1(api, *target)
        assert response.status_code == 400, target
    assert names(api, "/folder") == {name}


def test_both_versions_find_names_with_emoji(api):
    """A search for characters beyond the basic plane finds them."""
    api.upload("/one \U0001f60a\U0001f60b\U0001f60c.txt")
    query = "\U0001f60b\U0001f60c."
    (found,) = v1_json(api, "GET", f"/search/dropbox/?query={quote(query)}")
    assert found["path"] == "/one \U0001f60a\U0001f60b\U0001f60c.txt"
    assert len(api.rpc("files/search_v2", query="\U0001f60a")["matches"]) == 1


def test_version_1_copies_and_deletes_a_folder_with_such_names(api):
    """The entries of a folder are not judged when the folder is copied, moved or deleted."""
    api.upload("/folder/\U0001f60a")
    v1(api, "POST", "/fileops/copy?root=dropbox&from_path=/folder&to_path=/copy")
    v1(api, "POST", "/fileops/move?root=dropbox&from_path=/folder&to_path=/moved")
    assert names(api, "/copy") == names(api, "/moved") == {"\U0001f60a"}
    assert v1(api, "POST", "/fileops/delete?root=dropbox&path=/copy").status_code == 200


def _v1_targets(path):
    """Return the method and the target of each call of version 1 that has a path."""
    for call in ("files", "metadata", "revisions", "thumbnails", "previews", "search"):
        yield "GET", f"/{call}/dropbox{path}?query=abc"
    for call in ("shares", "media", "copy_ref"):
        yield "POST", f"/{call}/dropbox{path}"
    yield "POST", f"/restore/dropbox{path}?rev=123456789"
    yield "POST", f"/save_url/dropbox{path}?url=http://example.com/"
    yield "PUT", f"/files_put/dropbox{path}", b"x"
    for call in ("create_folder", "delete"):
        yield "POST", f"/fileops/{call}?root=dropbox&path={path}"
    for call in ("copy", "move"):
        yield "POST", f"/fileops/{call}?root=dropbox&from_path={path}&to_path=/to"
        yield "POST", f"/fileops/{call}?root=dropbox&from_path=/folder&to_path={path}"
    yield "POST", f"/delta?path_prefix={path}"
    yield "POST", f"/delta/latest_cursor?path_prefix={path}"


@pytest.mark.parametrize("character", WINDOWS)
def test_version_1_rejects_operations_with_characters_that_windows_does_not_allow(api, character):
    """Version 1 keeps its rule for the targets of operations; its uploads accept them."""
    path = quote(f"/a{character}b")
    assert v1(api, "PUT", f"/files_put/dropbox/1{path}", b"x").status_code == 200
    api.upload("/file")
    for target in (
        f"/fileops/create_folder?root=dropbox&path={path}",
        f"/fileops/create_folder?root=dropbox&path={path}/below",
        f"/fileops/copy?root=dropbox&from_path=/file&to_path={path}",
        f"/fileops/move?root=dropbox&from_path=/file&to_path={path}",
    ):
        assert v1(api, "POST", target).status_code == 400
    reference = v1_json(api, "POST", "/copy_ref/dropbox/file")["copy_ref"]
    target = f"/fileops/copy?root=dropbox&from_copy_ref={reference}&to_path={path}"
    assert v1(api, "POST", target).status_code == 400


@pytest.mark.parametrize(
    ("name", "lower"),
    [
        ("\u1e9e.txt", "\u1e9e.txt"),
        ("\ua64a", "\ua64a"),
        ("\u017f", "\u017f"),
        ("\u0130", "i"),
        ("\u03a3\u0391\u03a3", "\u03c3\u03b1\u03c3"),
        ("E\u0301", "\u00e9"),
    ],
)
def test_path_lower_has_the_lower_case_of_unicode_4_1(api, name, lower):
    """Each letter is replaced alone, and letters that are younger than Unicode 4.1 stay."""
    uploaded = api.upload(f"/{name}")
    assert uploaded["path_lower"] == f"/{lower}"
    assert uploaded["path_display"] == f"/{compose(name)}"
    assert uploaded["name"] == compose(name)
    assert api.rpc("files/get_metadata", path=f"/{lower}")["id"] == uploaded["id"]


def test_names_that_differ_in_younger_letters_are_different(api):
    """Capital and small sharp s, long s and s, and both small sigmas are different letters."""
    different = ["\u1e9e", "\u00df", "ss", "\u017f", "s", "\u03c2", "\u03c3"]
    for name in different:
        api.upload(f"/{name}.txt", name.encode())
    assert names(api) == {f"{name}.txt" for name in different}
    for name in different:
        assert api.send("files/download", {"path": f"/{name}.txt"}).data == name.encode()


def is_accepted(name):
    """Whether an entry can be created with the name."""
    return is_legal(compose(name)) and not is_ignored(name)


@settings(max_examples=50)
@given(name=st.text(min_size=1, max_size=20).filter(is_accepted))
def test_any_legal_name_is_stored_composed_and_found_by_its_lower_case(api, name):
    """The name is stored in Unicode's composed form, and `path_lower` finds the entry."""
    path = f"/{name}"
    entry = api.rpc("files/create_folder_v2", path=path, autorename=True)["metadata"]
    api.rpc("files/delete_v2", path=entry["path_lower"])
    entry = api.rpc("files/create_folder_v2", path=path, autorename=True)["metadata"]
    assert entry["path_lower"] == fold(entry["path_display"])
    assert compose(entry["name"]) == entry["name"]
    found = api.rpc("files/get_metadata", path=entry["path_lower"])
    assert found["path_display"] == entry["path_display"]


def test_overwrite_takes_the_new_spelling_in_both_versions(api):
    """A file that is replaced has the spelling of the upload, the same id and its history."""
    first = api.upload("/casing", b"1")
    second = api.upload("/CASING", b"2", mode="overwrite")
    assert (second["name"], second["id"]) == ("CASING", first["id"])
    third = v1_json(api, "PUT", "/files_put/dropbox/Casing", b"3")
    assert third["path"] == "/Casing"
    third = api.rpc("files/get_metadata", path="/casing")
    update = {".tag": "update", "update": third["rev"]}
    fourth = api.upload("/cASING", b"4", mode=update)
    assert (fourth["name"], fourth["id"]) == ("cASING", first["id"])
    revisions = api.rpc("files/list_revisions", path="/casing")["entries"]
    assert [entry["rev"] for entry in revisions][1:] == [third["rev"], second["rev"], first["rev"]]
    assert names(api) == {"cASING"}


def test_overwrite_with_the_same_bytes_keeps_the_spelling(api):
    """An upload of the current bytes changes nothing."""
    first = api.upload("/casing", b"1")
    assert api.upload("/CASING", b"1", mode="overwrite") == first


def test_change_of_the_spelling_is_a_change(api):
    """Cursors of both versions list a file with its new spelling."""
    api.upload("/casing", b"1")
    cursor = api.rpc("files/list_folder", path="")["cursor"]
    delta = v1_json(api, "POST", "/delta")["cursor"]
    api.upload("/CASING", b"2", mode="overwrite")
    changed = api.rpc("files/list_folder/continue", cursor=cursor)["entries"]
    assert [(entry[".tag"], entry["path_display"]) for entry in changed] == [("file", "/CASING")]
    (path, metadata), *others = v1_json(api, "POST", f"/delta?cursor={delta}")["entries"]
    assert (path, metadata["path"], others) == ("/casing", "/CASING", [])


@pytest.mark.parametrize("path", ["/folder//a", "///a", "//folder//a", "/folder///a", "//", "/a//"])
def test_two_slashes_in_a_path_are_malformed(api, path):
    """Every kind of path rejects them, except one doubled slash at the beginning."""
    api.upload("/folder/a")
    assert api.fails("files/get_metadata", path=path)["path"] == MALFORMED
    assert api.fails("files/list_folder", path=path)["path"] == MALFORMED
    assert api.fails("files/create_folder_v2", path=path)["path"] == MALFORMED
    assert api.fails("files/delete_v2", path=path)["path_lookup"] == MALFORMED
    assert api.fails("files/copy_v2", from_path=path, to_path="/b")["from_lookup"] == MALFORMED
    assert api.fails("files/copy_v2", from_path="/folder", to_path=path)["to"] == MALFORMED
    error = api.send("files/upload", {"path": path}, b"x").json["error"]
    assert error["reason"][".tag"] == "malformed_path"


def test_two_slashes_after_an_id_or_namespace_are_malformed(api):
    """Only a path that begins with a slash may double it."""
    folder = api.rpc("files/create_folder_v2", path="/folder")["metadata"]["id"]
    root = api.rpc_null("users/get_current_account")["root_info"]["root_namespace_id"]
    api.upload("/folder/a")
    for path in (f"{folder}//a", f"ns:{root}//folder"):
        assert api.fails("files/get_metadata", path=path)["path"] == MALFORMED


def test_first_slash_may_be_doubled(api):
    """Current releases of rclone double it; only copy_reference/save is recorded to reject it."""
    assert api.upload("//folder/a")["path_display"] == "/folder/a"
    assert api.rpc("files/get_metadata", path="//folder")["path_display"] == "/folder"
    reference = api.rpc("files/copy_reference/get", path="//folder")["copy_reference"]
    argument = {"copy_reference": reference, "path": "//copy"}
    assert api.fails("files/copy_reference/save", **argument)["path"] == MALFORMED


@pytest.mark.parametrize("path", ["/sub//a", "//sub", "/sub/"])
def test_slashes_below_a_link_are_checked(api, path):
    """A path below a link follows the rules of other paths."""
    api.upload("/folder/sub/a")
    url = api.rpc("sharing/create_shared_link_with_settings", path="/folder")["url"]
    listing = {"path": path, "shared_link": {"url": url}}
    assert api.fails("files/list_folder", **listing)["path"] == MALFORMED
    metadata = api.fails("sharing/get_shared_link_metadata", url=url, path=path)
    assert metadata == {".tag": "shared_link_not_found"}
    file = api.send("sharing/get_shared_link_file", {"url": url, "path": path})
    assert file.json["error"] == {".tag": "shared_link_not_found"}
    resource = {".tag": "link", "url": url, "path": path}
    thumbnail = api.send("files/get_thumbnail_v2", {"resource": resource})
    assert thumbnail.json["error"] == {".tag": "not_found"}


@pytest.mark.parametrize("name", ["back\\slash", "..", "space "])
def test_illegal_name_below_a_link_is_not_found(api, name):
    """The errors of these routes have no tag for a path that is malformed."""
    api.upload("/folder/a")
    url = api.rpc("sharing/create_shared_link_with_settings", path="/folder")["url"]
    error = api.fails("sharing/get_shared_link_metadata", url=url, path=f"/{name}")
    assert error == {".tag": "shared_link_not_found"}


def test_paths_that_occur_twice_in_a_batch_are_one_folder(api):
    """A duplicate, also in another case, has the result of the first one at its position."""
    paths = ["/one", "/two", "/ONE", "/one"]
    batch = {"paths": paths, "autorename": True}
    entries = api.rpc("files/create_folder_batch", **batch)["entries"]
    assert [entry["metadata"]["path_display"] for entry in entries] == ["/one", "/two"] + [
        "/one"
    ] * 2
    assert names(api) == {"one", "two"}


@pytest.mark.parametrize("route", ROUTES_WITH_METADATA)
def test_rev_is_accepted_in_place_of_a_path(api, route):
    """The result has the metadata of the file of the revision."""
    rev = api.upload("/a.txt")["rev"]
    payload = api.rpc(route, path=f"rev:{rev}")
    assert payload.get("metadata", payload)["rev"] == rev


@pytest.mark.parametrize(
    ("route", "path"), [("files/download", "/a.txt"), ("files/get_preview", "/a.csv")]
)
def test_rev_is_accepted_by_routes_that_return_content(api, route, path):
    """The result is the content of the revision."""
    rev = api.upload(path, b"old")["rev"]
    api.upload(path, b"new", mode="overwrite")
    assert b"old" in api.send(route, {"path": f"rev:{rev}"}).data


def test_rev_is_accepted_by_the_remaining_routes(api, failed):
    """The list of links returns those of the file, and an archive can only be of a folder."""
    rev = api.upload("/a.txt")["rev"]
    url = api.rpc("sharing/create_shared_link_with_settings", path="/a.txt")["url"]
    links = api.rpc("sharing/list_shared_links", path=f"rev:{rev}")["links"]
    assert [link["url"] for link in links] == [url]
    assert failed(api.send("files/download_zip", {"path": f"rev:{rev}"})) == {
        ".tag": "path",
        "path": {".tag": "not_folder"},
    }


@pytest.mark.parametrize("route", [*ROUTES_WITH_METADATA, "sharing/list_shared_links"])
def test_unknown_rev_is_not_found(api, route):
    """A rev that no file has is a lookup error."""
    assert api.fails(route, path="rev:0123456789abcdef")["path"] == {".tag": "not_found"}


def test_temporary_link_of_an_old_rev_serves_that_revision(api):
    """The link and its metadata are those of the revision, also after further changes."""
    old = api.upload("/a.txt", b"old")
    new = api.upload("/a.txt", b"newer", mode="overwrite")
    payload = api.rpc("files/get_temporary_link", path=f"rev:{old['rev']}")
    assert (payload["metadata"]["rev"], payload["metadata"]["size"]) == (old["rev"], 3)
    current = api.rpc("files/get_temporary_link", path=f"rev:{new['rev']}")
    api.upload("/a.txt", b"newest", mode="overwrite")
    links = api.world.shared_links
    for one, content in ((payload, b"old"), (current, b"newer")):
        token = one["link"].split("/get/")[1].split("/")[0]
        with links.open(token, kind="media")[1] as file:
            assert file.read() == content


def test_temporary_link_of_a_rev_that_was_deleted_is_not_found(api):
    """A deletion has no content, and a deleted file has no link."""
    rev = api.upload("/a.txt")["rev"]
    api.rpc("files/delete_v2", path="/a.txt")
    for route in ("files/get_temporary_link", "files/copy_reference/get"):
        assert api.fails(route, path=f"rev:{rev}")["path"] == {".tag": "not_found"}


def test_copy_reference_of_an_old_rev_copies_that_revision(api):
    """The copy has the content of the revision."""
    old = api.upload("/a.txt", b"old")
    api.upload("/a.txt", b"newer", mode="overwrite")
    payload = api.rpc("files/copy_reference/get", path=f"rev:{old['rev']}")
    assert payload["metadata"]["rev"] == old["rev"]
    reference = payload["copy_reference"]
    saved = api.rpc("files/copy_reference/save", copy_reference=reference, path="/b.txt")
    assert saved["metadata"]["size"] == 3
    assert api.send("files/download", {"path": "/b.txt"}).data == b"old"


def test_read_paths_of_the_specification_accept_a_rev():
    """The type of these paths has the pattern of the published specification."""
    assert "rev:[0-9a-f]{9,}" in repr(ReadPath.__metadata__)
