"""Uploads, downloads, and the metadata of files."""

import pytest

from conformance.v2.api import names
from conformance.v2.shapes import BLOCK_BYTES, check_error, check_file, content_hash, when

GET_METADATA = "files/get_metadata"


@pytest.mark.checks("v2-metadata-fields")
def test_metadata_of_a_file(api):
    """Uploading, reading metadata and downloading return the same fields."""
    put = api.put("Folder/Name.TXT", b"12345")
    assert put["path_display"].endswith("/Folder/Name.TXT")
    assert put["path_lower"] == f"{api.folder}/folder/name.txt".lower()
    assert put["name"] == "Name.TXT"
    shown = api.metadata("Folder/Name.TXT")
    assert shown == {".tag": "file", **put}
    assert api.get("Folder/Name.TXT").result() == put


@pytest.mark.checks("v2-metadata-order")
@pytest.mark.not_live("the service uses both orders of names")
def test_order_of_the_fields(api):
    """The fields of a file are in the recorded order."""
    order = [
        "name",
        "path_lower",
        "path_display",
        "id",
        "client_modified",
        "server_modified",
        "rev",
        "size",
        "is_downloadable",
        "content_hash",
    ]
    assert list(api.put("a.txt")) == order
    assert list(api.metadata("a.txt")) == [".tag", *order]


@pytest.mark.checks("v2-metadata-time")
def test_times_of_a_new_file(api):
    """Without a time from the client both times are that of the upload."""
    first, second = api.put("a"), api.put("b")
    gap = when(first["server_modified"]) - when(first["client_modified"])
    assert 0 <= gap.total_seconds() <= 1
    assert when(second["server_modified"]) >= when(first["server_modified"])


@pytest.mark.checks("v2-upload-client-modified")
@pytest.mark.parametrize("modified", ["2015-05-12T15:50:38Z", "1999-12-31T23:59:59Z"])
def test_client_modified(api, modified):
    """A time from the client is stored as client_modified only."""
    put = api.put("c", client_modified=modified)
    assert put["client_modified"] == modified
    assert put["server_modified"] > "2020"
    assert api.metadata("c")["client_modified"] == modified


@pytest.mark.checks("v2-upload-client-modified")
@pytest.mark.parametrize("modified", ["2015-05-12", "yesterday", "2015-05-12T15:50:38+02:00", 1])
def test_invalid_client_modified(api, modified):
    """A time in another format is rejected."""
    argument = {"path": api.path("c"), "client_modified": modified}
    text = api.rejects("files/upload", argument, b"c")
    assert text.startswith('HTTP header "Dropbox-API-Arg": client_modified: ')


@pytest.mark.checks("v2-content-hash")
@pytest.mark.parametrize(
    "size_bytes",
    [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES + 5],
    ids=["empty", "one byte", "under a block", "one block", "over a block", "three blocks"],
)
def test_content_hash(api, size_bytes):
    """The content hash is that of blocks of 4 MiB, for every number of blocks."""
    body = bytes(size_bytes)
    put = api.put("hashed", body)
    assert put["content_hash"] == content_hash(body)
    assert api.metadata("hashed")["size"] == size_bytes


@pytest.mark.checks("v2-content-hash-verified")
def test_content_hash_of_an_upload(api):
    """The content_hash of an upload is verified, and nothing is stored if it differs."""
    assert api.put("h", b"right", content_hash=content_hash(b"right"))["size"] == 5
    found = api.put_fails("other", b"wrong", content_hash=content_hash(b"right"))
    assert found == "content_hash_mismatch"
    assert names(api.entries()) == ["h"]


@pytest.mark.checks("v2-metadata-rev")
def test_rev_of_every_write(api):
    """Each write of different content has a new rev, by which it can be read."""
    revs = [api.put("r", text, mode="overwrite")["rev"] for text in (b"1", b"2", b"1")]
    assert len(set(revs)) == 3
    for rev, text in zip(revs, (b"1", b"2", b"1"), strict=True):
        assert api.content(f"rev:{rev}") == text
        assert api.metadata(f"rev:{rev}")["rev"] == rev
    assert api.metadata("r")["rev"] == revs[-1]


@pytest.mark.checks("v2-rev-form")
def test_form_of_a_rev(api):
    """A rev is the time of the write in microseconds and the namespace, in hexadecimal."""
    put = api.put("r")
    rev, modified_s = put["rev"], when(put["server_modified"]).timestamp()
    digits = rev[:13] if len(rev) == 21 else rev[2:15]
    assert len(rev) in (21, 31)
    assert abs(int(digits, 16) / 1_000_000 - modified_s) < 2
    account = api.ok("users/get_current_account")
    assert int(rev.removeprefix("01")[13:] if len(rev) == 31 else rev[13:], 16) == int(
        account["root_info"]["home_namespace_id"]
    )


@pytest.mark.checks("v2-upload-same-content")
@pytest.mark.parametrize("mode", ["add", "overwrite"])
def test_same_content_again(api, mode):
    """The same bytes at the same path are no conflict, and nothing is written."""
    first = api.put("same", b"same", client_modified="2011-01-01T00:00:00Z")
    again = api.put("same", b"same", mode=mode, client_modified="2012-01-01T00:00:00Z")
    if mode == "add":
        assert again == first
    assert again["id"] == first["id"]
    assert names(api.entries()) == ["same"]


@pytest.mark.checks("v2-upload-strict-conflict")
def test_same_content_with_strict_conflict(api):
    """With strict_conflict the same bytes are a conflict."""
    api.put("same", b"same")
    assert api.put_fails("same", b"same", strict_conflict=True) == "path/conflict/file"
    renamed = api.put("same", b"same", strict_conflict=True, autorename=True)
    assert renamed["name"] == "same (1)"


@pytest.mark.checks("v2-upload-add")
def test_add_over_other_content(api):
    """Mode add does not overwrite other content."""
    first = api.put("a.txt", b"one")
    assert api.put_fails("a.txt", b"two") == "path/conflict/file"
    assert api.put_fails("A.TXT", b"two") == "path/conflict/file"
    assert api.metadata("a.txt")["rev"] == first["rev"]
    assert api.content("a.txt") == b"one"


@pytest.mark.checks("v2-upload-autorename")
def test_add_with_autorename(api):
    """With autorename a conflict becomes a new file with a number before its extension."""
    first = api.put("a.tar.gz", b"one")
    second = api.put("a.tar.gz", b"two", autorename=True)
    third = api.put("a.tar.gz", b"three", autorename=True)
    assert [second["name"], third["name"]] == ["a.tar (1).gz", "a.tar (2).gz"]
    assert len({first["id"], second["id"], third["id"]}) == 3
    assert api.content("a.tar.gz") == b"one"
    assert api.content("a.tar (1).gz") == b"two"


@pytest.mark.checks("v2-upload-autorename")
def test_autorename_without_a_conflict(api):
    """Without a conflict autorename changes nothing."""
    assert api.put("free.txt", autorename=True)["name"] == "free.txt"


@pytest.mark.checks("v2-upload-autorename")
def test_autorename_over_a_folder(api):
    """With autorename a file at a folder's path gets a number."""
    api.mkdir("taken")
    assert api.put("taken", autorename=True)["name"] == "taken (1)"


@pytest.mark.checks("v2-upload-overwrite")
def test_overwrite(api):
    """Mode overwrite keeps the id and changes the rev."""
    first = api.put("o", b"one")
    second = api.put("o", b"three", mode="overwrite")
    assert second["id"] == first["id"]
    assert second["rev"] != first["rev"]
    assert api.content("o") == b"three"
    assert names(api.entries()) == ["o"]


@pytest.mark.checks("v2-upload-overwrite")
def test_overwrite_with_autorename(api):
    """Mode overwrite replaces the file, also with autorename."""
    first = api.put("o", b"one")
    assert api.put("o", b"two", mode="overwrite", autorename=True)["id"] == first["id"]


@pytest.mark.checks("v2-upload-folder-in-the-way")
@pytest.mark.parametrize("mode", ["add", "overwrite", {".tag": "update", "update": "0123456789"}])
def test_upload_over_a_folder(api, mode):
    """A folder at the path is a conflict in every mode."""
    api.mkdir("folder")
    assert api.put_fails("folder", mode=mode) == "path/conflict/folder"
    assert api.metadata("folder")[".tag"] == "folder"


@pytest.mark.checks("v2-upload-file-ancestor")
@pytest.mark.parametrize("name", ["file/child", "file/deep/child"])
def test_upload_below_a_file(api, name):
    """A parent folder that is a file is a conflict."""
    api.put("file")
    assert api.put_fails(name, mode="overwrite") == "path/conflict/file_ancestor"


@pytest.mark.checks("v2-upload-update")
def test_update_with_the_current_rev(api):
    """Mode update overwrites if the rev is the current one."""
    first = api.put("u", b"one")
    second = api.put("u", b"two", mode={".tag": "update", "update": first["rev"]})
    assert (second["id"], second["name"]) == (first["id"], "u")
    assert api.content("u") == b"two"


@pytest.mark.checks("v2-upload-update-stale")
def test_update_with_a_stale_rev(api):
    """Mode update with an older rev is a conflict."""
    first = api.put("u", b"one")
    api.put("u", b"two", mode="overwrite")
    stale = {".tag": "update", "update": first["rev"]}
    assert api.put_fails("u", b"three", mode=stale) == "path/conflict/file"
    assert api.content("u") == b"two"


@pytest.mark.checks("v2-upload-update-stale")
def test_update_with_the_rev_of_another_file(api):
    """Mode update with the rev of another file is a conflict."""
    api.put("u", b"one")
    other = api.put("v", b"two")
    stale = {".tag": "update", "update": other["rev"]}
    assert api.put_fails("u", b"three", mode=stale) == "path/conflict/file"


@pytest.mark.checks("v2-upload-update-conflicted-copy")
def test_stale_update_with_autorename(api):
    """A stale update with autorename is stored as a conflicted copy."""
    first = api.put("u.txt", b"one")
    second = api.put("u.txt", b"two", mode="overwrite")
    stale = {".tag": "update", "update": first["rev"]}
    copy = api.put("u.txt", b"three", mode=stale, autorename=True)
    assert copy["id"] != first["id"]
    assert copy["name"].startswith("u (")
    assert "conflicted copy" in copy["name"]
    assert copy["name"].endswith(".txt")
    assert api.metadata("u.txt")["rev"] == second["rev"]
    assert api.content(copy["id"]) == b"three"


@pytest.mark.checks("v2-upload-update-deleted")
def test_update_of_a_deleted_file(api):
    """An update of a deleted file is written, unless strict_conflict is set."""
    first = api.put("u", b"one")
    api.delete("u")
    mode = {".tag": "update", "update": first["rev"]}
    assert api.put_fails("u", b"two", mode=mode, strict_conflict=True) == "path/conflict/file"
    assert api.put("u", b"two", mode=mode)["name"] == "u"


@pytest.mark.checks("v2-upload-update-same-content")
def test_stale_update_with_the_same_content(api):
    """A stale update with the present content is no conflict."""
    first = api.put("u", b"one")
    second = api.put("u", b"two", mode="overwrite")
    mode = {".tag": "update", "update": first["rev"]}
    assert api.put("u", b"two", mode=mode)["rev"] == second["rev"]
    assert api.put_fails("u", b"two", mode=mode, strict_conflict=True) == "path/conflict/file"


@pytest.mark.checks("v2-upload-mute")
def test_muted_upload(api):
    """An upload with mute is a change like any other."""
    cursor = api.cursor()
    put = api.put("quiet", mute=True)
    (change,), _ = api.changes(cursor)
    assert change == {".tag": "file", **put}


@pytest.mark.checks("v2-upload-failure-shape")
def test_body_of_a_failed_upload(api):
    """The error of an upload has a reason and the id of a session."""
    api.put("a", b"one")
    error = api.upload("a", b"two").json()["error"]
    assert set(error) == {".tag", "reason", "upload_session_id"}
    assert error["reason"] == {".tag": "conflict", "conflict": {".tag": "file"}}
    assert isinstance(error["upload_session_id"], str)


@pytest.mark.checks("v2-upload-failure-session")
def test_finish_a_failed_upload(api):
    """The session of a failed upload can be committed to another path."""
    api.put("a", b"one")
    session = api.upload("a", b"two").json()["error"]["upload_session_id"]
    assert session.startswith("pid_upload_session:")
    argument = {
        "cursor": {"session_id": session, "offset": 3},
        "commit": {"path": api.path("elsewhere")},
    }
    check_file(api.ok("files/upload_session/finish", argument), b"two")


@pytest.mark.checks("v2-upload-malformed-path")
@pytest.mark.parametrize("name", ["a\\b", "a/", "a "])
def test_upload_to_a_malformed_path(api, name):
    """A backslash, or a slash or a space at the end, is a malformed path."""
    assert api.put_fails(name) == "path/malformed_path"


@pytest.mark.checks("v2-upload-malformed-path")
def test_reason_of_a_malformed_path(api):
    """The reason of a malformed path has its optional value as null."""
    reason = api.upload("a\\b").json()["error"]["reason"]
    assert reason == {".tag": "malformed_path", "malformed_path": None}


@pytest.mark.checks("v2-upload-disallowed-name")
@pytest.mark.parametrize(
    "name", [".dropbox", ".DROPBOX.attr", "Thumbs.db", "desktop.ini", ".DS_Store"]
)
def test_upload_of_a_disallowed_name(api, name):
    """A name that the service does not save is rejected."""
    assert api.put_fails(name) == "path/disallowed_name"


@pytest.mark.checks("v2-upload-long-name")
def test_name_length(api):
    """A name has up to 255 characters."""
    assert api.put("x" * 255)["name"] == "x" * 255
    assert api.put_fails("x" * 256).startswith("path/")
    assert api.put("é" * 255)["name"] == "é" * 255


@pytest.mark.checks("v2-names-unicode")
@pytest.mark.parametrize("name", ["日本語", "naïve.txt", "a b", "100%", "a'b\"c", "#?&=+"])
def test_unusual_names(api, name):
    """Names outside ASCII and with punctuation are stored as they are."""
    put = api.put(name)
    assert put["name"] == name
    assert api.content(name) == b"content"
    assert names(api.entries()) == [name]


@pytest.mark.checks("v2-names-emoji")
def test_name_with_an_emoji(api):
    """A name may have characters beyond the basic plane."""
    assert api.put("😊.txt")["name"] == "😊.txt"


@pytest.mark.checks("v2-names-normalized")
def test_decomposed_name(api):
    """A decomposed name is stored composed."""
    assert api.put("e\u0301.txt")["name"] == "\u00e9.txt"


@pytest.mark.checks("v2-names-case")
def test_case_of_names(api):
    """Paths that differ in case only are the same, and entries keep the case of their names."""
    first = api.put("Folder/File.txt", b"one")
    again = api.put("fOLDER/fILE.TXT", b"two", mode="overwrite")
    assert again["id"] == first["id"]
    assert again["path_lower"] == first["path_lower"]
    assert api.content("FOLDER/FILE.TXT") == b"two"
    assert names(api.entries("folder")) != []
    assert len(api.entries()) == 1
    assert api.put("FOLDER/other")["path_lower"].endswith("/folder/other")


@pytest.mark.checks("v2-names-case-overwrite")
def test_overwrite_in_another_case(api):
    """An overwrite takes the new spelling of the name."""
    api.put("casing", b"one")
    assert api.put("CASING", b"two", mode="overwrite")["name"] == "CASING"


@pytest.mark.checks("v2-names-case-folding")
@pytest.mark.parametrize(("upper", "lower"), [("ÄÖÜ", "äöü"), ("ΩΣ", "ωσ"), ("ЖЩ", "жщ")])
def test_case_of_other_alphabets(api, upper, lower):
    """Case is ignored in all alphabets."""
    put = api.put(upper)
    assert put["path_lower"].endswith(f"/{lower}")
    assert api.metadata(lower)["id"] == put["id"]


@pytest.mark.checks("v2-names-case-folding")
def test_sharp_s_is_not_folded(api):
    """Lowercase is character by character: ß and ss are different names."""
    api.put("ß")
    api.put("ss")
    assert names(api.entries()) == ["ss", "ß"]


@pytest.mark.checks("v2-parents-created")
def test_missing_parent_folders(api):
    """An upload creates missing parent folders."""
    api.put("one/two/three/file")
    for name in ("one", "one/two", "one/two/three"):
        assert api.metadata(name)[".tag"] == "folder"


@pytest.mark.checks("v2-id-path")
def test_file_by_its_id(api):
    """An id is accepted in place of a path."""
    put = api.put("a.txt", b"one")
    assert api.metadata(put["id"]) == {".tag": "file", **put}
    assert api.content(put["id"]) == b"one"
    argument = {"path": put["id"], "mode": "overwrite"}
    assert api.ok("files/upload", argument, b"two")["path_display"] == put["path_display"]
    folder = api.mkdir("folder")
    assert (
        api.put(f"{folder['id']}/inner", b"x")["path_display"] == f"{folder['path_display']}/inner"
    )


@pytest.mark.checks("v2-id-unknown")
def test_unknown_id(api):
    """An unknown id is not found; an upload to one is a malformed path."""
    unknown = "id:" + "A" * 22
    assert api.fails(GET_METADATA, {"path": unknown}) == "path/not_found"
    assert check_error(api.get(unknown)) == "path/not_found"
    assert api.put_fails(unknown) == "path/malformed_path"


@pytest.mark.checks("v2-id-after-deletion")
def test_id_of_a_deleted_file(api):
    """A new file at the path of a deleted one has a new id."""
    first = api.put("a", b"one")
    api.delete("a")
    assert api.fails(GET_METADATA, {"path": first["id"]}) == "path/not_found"
    assert api.put("a", b"two")["id"] != first["id"]


@pytest.mark.checks("v2-rev-unknown")
def test_unknown_rev(api):
    """An unknown rev is not found."""
    assert check_error(api.get("rev:00000000000000000")) == "path/not_found"


@pytest.mark.checks("v2-namespace-path")
def test_path_below_a_namespace(api):
    """A path may begin with the account's namespace."""
    root = api.ok("users/get_current_account")["root_info"]["home_namespace_id"]
    put = api.put("a")
    assert api.metadata(f"ns:{root}{put['path_display']}")["id"] == put["id"]
    assert api.fails(GET_METADATA, {"path": "ns:1/a"}) == "path/not_found"


@pytest.mark.checks("v2-400-root")
@pytest.mark.parametrize("route", [GET_METADATA, "files/delete_v2", "files/get_temporary_link"])
def test_namespace_in_place_of_a_path(api, route):
    """A route that does not support the root rejects a namespace without a path too."""
    root = api.ok("users/get_current_account")["root_info"]["home_namespace_id"]
    text = api.rejects(route, {"path": f"ns:{root}"})
    assert "The root folder is unsupported." in text


@pytest.mark.checks("v2-metadata-not-found")
@pytest.mark.parametrize("name", ["never", "never/deep", "file/below"])
def test_metadata_of_nothing(api, name):
    """A path without an entry is not found."""
    api.put("file")
    for argument in ({}, {"include_deleted": True}):
        assert api.fails(GET_METADATA, {"path": api.path(name), **argument}) == "path/not_found"


@pytest.mark.checks("v2-metadata-deleted")
def test_metadata_of_a_deleted_file(api):
    """A deleted file is not found; with include_deleted it has its name and paths only."""
    put = api.put("Gone.txt")
    api.delete("gone.txt")
    assert api.fails(GET_METADATA, {"path": api.path("Gone.txt")}) == "path/not_found"
    assert api.metadata("Gone.txt", include_deleted=True) == {
        ".tag": "deleted",
        "name": "Gone.txt",
        "path_lower": put["path_lower"],
        "path_display": put["path_display"],
    }


@pytest.mark.checks("v2-metadata-malformed-path")
def test_metadata_of_a_malformed_path(api):
    """A slash at the end is a malformed path."""
    api.mkdir("folder")
    argument = {"path": api.path("folder/")}
    assert api.fails(GET_METADATA, argument) == "path/malformed_path"


@pytest.mark.checks("v2-metadata-media-info")
def test_media_info(api):
    """Media information is returned only on request, and only for photos and videos."""
    api.put("a.txt")
    assert "media_info" not in api.metadata("a.txt", include_media_info=True)


@pytest.mark.checks("v2-download-not-found")
def test_download_of_nothing(api):
    """A download of a missing file or of a folder is an error."""
    api.mkdir("folder")
    assert check_error(api.get("never")) == "path/not_found"
    assert check_error(api.get("folder")) == "path/not_file"


@pytest.mark.checks("v2-download-range")
@pytest.mark.parametrize(
    ("header", "content", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
        ("bytes=-100", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_download_of_a_range(api, header, content, content_range):
    """A range is 206 with its position; both ends are included."""
    api.put("digits", b"0123456789")
    response = api.get("digits", Range=header)
    assert (response.status, response.data) == (206, content)
    assert response.headers["Content-Range"] == content_range
    assert response.result()["size"] == 10


@pytest.mark.checks("v2-download-range")
def test_download_of_no_byte(api):
    """A range after the end is not satisfiable."""
    api.put("digits", b"0123456789")
    assert api.get("digits", Range="bytes=10-").status == 416
    api.put("empty", b"")
    assert check_error(api.get("empty", Range="bytes=0-")) == "range/not_satisfiable"


@pytest.mark.checks("v2-download-range-invalid")
@pytest.mark.parametrize("header", ["bytes=5-2", "bytes=-", "bytes", "pages=1-2"])
def test_download_of_an_invalid_range(api, header):
    """A range that ends before it begins, or cannot be read, is ignored."""
    api.put("digits", b"0123456789")
    response = api.get("digits", Range=header)
    assert (response.status, response.data) == (200, b"0123456789")
    assert "Content-Range" not in response.headers


@pytest.mark.checks("v2-download-if-range")
def test_range_with_a_condition_is_the_whole_file(api):
    """With If-Range the whole file is sent: a weak ETag never matches (RFC 9110, 13.1.5)."""
    api.put("digits", b"0123456789")
    etag = api.get("digits").headers["ETag"]
    for condition in (etag, etag.removeprefix("W/"), '"another"'):
        response = api.get("digits", Range="bytes=2-4", If_Range=condition)
        assert (response.status, response.data) == (200, b"0123456789")


@pytest.mark.checks("v2-download-any-etag")
def test_download_of_a_file_that_must_not_exist(api):
    """If-None-Match with an asterisk is 304 for every file."""
    api.put("e")
    assert api.get("e", If_None_Match="*").status == 304
    assert api.get("e", If_None_Match='"another"').status == 200


@pytest.mark.checks("v2-download-any-etag")
def test_download_with_several_etags(api):
    """A file whose ETag is one of several in If-None-Match is 304."""
    api.put("e")
    etag = api.get("e").headers["ETag"]
    assert api.get("e", If_None_Match=f'"another", {etag}').status == 304


@pytest.mark.checks("v2-download-etag")
def test_conditional_download(api):
    """An unchanged file is 304 for its ETag; a changed one is sent."""
    put = api.put("e", b"one")
    response = api.get("e")
    etag = response.headers["ETag"]
    assert put["rev"] in etag
    unchanged = api.get("e", If_None_Match=etag)
    assert (unchanged.status, unchanged.data) == (304, b"")
    api.put("e", b"two", mode="overwrite")
    assert api.get("e", If_None_Match=etag).data == b"two"


@pytest.mark.checks("v2-download-etag")
def test_form_of_an_etag(api):
    """The ETag of a download is weak and has the rev."""
    put = api.put("e")
    assert api.get("e").headers["ETag"] == f'W/"{put["rev"]}"'


@pytest.mark.checks("v2-download-headers")
def test_headers_of_a_download(api):
    """A download accepts ranges and has its length."""
    api.put("a", b"12345")
    headers = api.get("a").headers
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Length"] == "5"


@pytest.mark.checks("v2-upload-quota")
@pytest.mark.not_live("needs a small quota")
def test_upload_over_the_quota(api):
    """An upload over the quota fails, and nothing is stored."""
    api.box.set_quota(1000)
    assert api.put_fails("big", bytes(1001)) == "path/insufficient_space"
    assert api.entries() == []
    api.put("fits", bytes(900))
    assert api.put_fails("fits", bytes(1100), mode="overwrite") == "path/insufficient_space"
    assert api.metadata("fits")["size"] == 900
