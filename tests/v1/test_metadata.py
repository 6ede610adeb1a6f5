"""The metadata call: fields, listings, hashes and errors."""

import json
import re

import pytest

from fakebox.v1.responses import size_text


def metadata(api, path, **params):
    """Return the decoded metadata of a path."""
    response = api.get(f"/metadata/dropbox{path}", **params)
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def test_file_has_the_documented_fields(api):
    """Metadata of a file has exactly the documented fields, with their types."""
    api.upload("/magnum-opus.txt", b"x" * 77)
    fields = metadata(api, "/magnum-opus.txt")
    assert set(fields) == {
        "bytes",
        "client_mtime",
        "icon",
        "is_dir",
        "mime_type",
        "modified",
        "path",
        "rev",
        "revision",
        "root",
        "size",
        "thumb_exists",
    }
    assert fields["bytes"] == 77
    assert fields["size"] == "77 bytes"
    assert fields["icon"] == "page_white_text"
    assert fields["mime_type"] == "text/plain"
    assert (fields["root"], fields["is_dir"], fields["thumb_exists"]) == ("dropbox", False, False)


def test_dates_have_31_characters(api):
    """Dates have the format that the Java client requires."""
    date = api.upload("/a.txt")["modified"]
    assert re.fullmatch(r"\w{3}, \d{2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000", date)
    assert len(date) == 31


def test_rev_is_the_revision_in_hexadecimal_and_the_namespace(api):
    """The last eight digits of a rev are the namespace ID of the account."""
    first, second = api.upload("/a.txt"), api.upload("/b.txt")
    assert int(first["rev"][:-8], 16) == first["revision"]
    assert first["rev"][-8:] == second["rev"][-8:]
    assert second["revision"] > first["revision"]


def test_root_has_no_revision(api):
    """The root has no revision and no date, but a hash and contents."""
    fields = metadata(api, "/")
    assert {"rev", "revision", "modified"}.isdisjoint(fields)
    assert fields["path"] == "/"
    assert fields["contents"] == []
    assert re.fullmatch("[0-9a-f]{32}", fields["hash"])


def test_listed_folders_have_neither_hash_nor_contents(api):
    """A listing contains one level of entries."""
    api.upload("/folder/file.txt")
    (folder,) = metadata(api, "/")["contents"]
    assert folder["path"] == "/folder"
    assert {"hash", "contents"}.isdisjoint(folder)


def test_metadata_with_list_false_has_no_contents(api):
    """With `list=false`, metadata of a folder has neither hash nor contents."""
    assert {"hash", "contents"}.isdisjoint(metadata(api, "/", list="false"))


def test_unchanged_listing_is_304_without_a_body(api):
    """A request with the hash of the current listing is answered with 304."""
    api.upload("/a.txt")
    current_hash = metadata(api, "/")["hash"]
    response = api.get("/metadata/dropbox/", hash=current_hash)
    assert (response.status_code, response.data) == (304, b"")


@pytest.mark.parametrize(
    "change",
    [
        lambda api: api.upload("/b.txt"),
        lambda api: api.upload("/a.txt", b"other", overwrite="true"),
        lambda api: api.post("/fileops/delete", root="dropbox", path="/a.txt"),
        lambda api: api.post("/fileops/move", root="dropbox", from_path="/a.txt", to_path="/b.txt"),
    ],
    ids=["added", "overwritten", "deleted", "renamed"],
)
def test_hash_changes_with_the_listed_entries(api, change):
    """The hash changes with a new file, new content, a deletion or another name."""
    api.upload("/a.txt")
    before = metadata(api, "/")["hash"]
    change(api)
    assert metadata(api, "/")["hash"] != before


def test_hash_does_not_change_with_lower_levels(api):
    """A change inside a listed folder does not change the hash."""
    api.upload("/folder/a.txt")
    before = metadata(api, "/")["hash"]
    api.upload("/folder/b.txt")
    assert metadata(api, "/")["hash"] == before


def test_listing_over_file_limit_is_406(api):
    """The error text contains the limit, like the error text of the service."""
    for name in "abc":
        api.upload(f"/{name}")
    response = api.get("/metadata/dropbox/", file_limit=2)
    assert response.status_code == 406
    text = "Folder contains more entries than file_limit (2)"
    assert json.loads(response.text)["error"] == text


def test_missing_path_is_404_with_the_path(api):
    """The error text of the service contains the path as requested."""
    response = api.get("/metadata/dropbox/No/Where")
    assert response.status_code == 404
    assert json.loads(response.text) == {"error": "Path '/No/Where' not found"}


def test_deleted_file_has_size_zero_and_a_new_revision(api):
    """Metadata of a deleted file has status 200 and a client mtime before 1970."""
    old = api.upload("/a.jpg")
    api.post("/fileops/delete", root="dropbox", path="/a.jpg")
    fields = metadata(api, "/a.jpg")
    assert fields["is_deleted"] is True
    assert (fields["bytes"], fields["size"]) == (0, "0 bytes")
    assert fields["revision"] > old["revision"]
    assert fields["thumb_exists"] is True
    assert fields["client_mtime"] == "Wed, 31 Dec 1969 23:59:59 +0000"


def test_deleted_entries_are_listed_only_with_include_deleted(api):
    """A deleted file is listed only with `include_deleted=true`."""
    api.upload("/a.txt")
    api.post("/fileops/delete", root="dropbox", path="/a.txt")
    assert metadata(api, "/")["contents"] == []
    (deleted,) = metadata(api, "/", include_deleted="true")["contents"]
    assert deleted["is_deleted"]


def test_metadata_with_a_rev_describes_the_earlier_revision(api):
    """A rev of another file and a malformed rev are answered with 404."""
    old = api.upload("/a.txt", b"one")
    api.upload("/a.txt", b"three", overwrite="true")
    assert metadata(api, "/a.txt", rev=old["rev"])["bytes"] == 3
    other = api.upload("/b.txt")
    assert api.get("/metadata/dropbox/a.txt", rev=other["rev"]).status_code == 404
    assert api.get("/metadata/dropbox/a.txt", rev="zz").status_code == 404


def test_paths_are_case_insensitive_and_keep_the_first_spelling(api):
    """Metadata has the first spelling of a path, for requests and uploads in any case."""
    api.upload("/Foo/Bar.TXT")
    assert metadata(api, "/fOO/bAR.txt")["path"] == "/Foo/Bar.TXT"
    assert api.upload("/foo/New.txt")["path"] == "/Foo/New.txt"


def test_encoded_slash_separates_names(api):
    """`%2f` in a path separates names. A shell client sends paths in this form."""
    api.upload("/a/b.txt")
    query = api.get("/account/info").request.query_string.decode()
    assert api.raw("GET", f"/metadata/dropbox/%2fa%2Fb.txt?{query}").status_code == 200


def test_plus_in_a_path_is_a_plus(api):
    """A plus sign in a path is not decoded as a space."""
    api.upload("/a+b.txt")
    query = api.get("/account/info").request.query_string.decode()
    assert api.raw("GET", f"/metadata/dropbox/a+b.txt?{query}").status_code == 200


def test_media_info_is_added_only_when_requested(api):
    """With `include_media_info`, unknown photo info is null and video info is "pending"."""
    api.upload("/a.jpg", b"no picture")
    api.upload("/a.mov")
    contents = metadata(api, "/", include_media_info="true")["contents"]
    assert contents[0]["photo_info"] is None
    assert contents[1]["video_info"] == "pending"
    assert "photo_info" not in metadata(api, "/a.jpg")


def test_size_follows_the_locale(api):
    """The size as text has a decimal comma with a French locale."""
    api.upload("/a.bin", bytes(2_453_963))
    assert metadata(api, "/a.bin")["size"] == "2.3 MB"
    assert metadata(api, "/a.bin", locale="fr_FR")["size"] == "2,3 MB"


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (1, "1 bytes"),
        (452, "452 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KB"),
        (8545, "8.3 KB"),
        (12202, "11.9 KB"),
        (151164, "147.6 KB"),
        (230783, "225.4 KB"),
        (249159, "243.3 KB"),
        (339773, "331.8 KB"),
        (802996, "784.2 KB"),
        (1024 * 1024 - 1, "1 MB"),
        (2453963, "2.3 MB"),
        (56311222, "53.7 MB"),
        (5 * 1024**5, "5120 TB"),
    ],
)
def test_size_is_rounded_as_the_service_did(size_bytes, text):
    """The text is the same as in recorded responses, also next to a change of the unit."""
    assert size_text(size_bytes, "en") == text
