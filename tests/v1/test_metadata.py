"""metadata: what is there, in the shapes that clients of the day parsed."""

import json
import re

import pytest

from fakebox.v1.responses import size_text


def metadata(api, path, **params):
    """The decoded metadata of a path."""
    response = api.get(f"/metadata/dropbox{path}", **params)
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def test_file_has_the_documented_fields(api):
    """Exactly those, with their types."""
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
    """The Java client takes nothing else."""
    date = api.upload("/a.txt")["modified"]
    assert re.fullmatch(r"\w{3}, \d{2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000", date)
    assert len(date) == 31


def test_rev_is_the_revision_in_hexadecimal_and_the_namespace(api):
    """The eight last digits are the account's."""
    first, second = api.upload("/a.txt"), api.upload("/b.txt")
    assert int(first["rev"][:-8], 16) == first["revision"]
    assert first["rev"][-8:] == second["rev"][-8:]
    assert second["revision"] > first["revision"]


def test_root_has_no_revision(api):
    """Nor a date; it has a hash and its contents."""
    fields = metadata(api, "/")
    assert {"rev", "revision", "modified"}.isdisjoint(fields)
    assert fields["path"] == "/"
    assert fields["contents"] == []
    assert re.fullmatch("[0-9a-f]{32}", fields["hash"])


def test_children_carry_neither_hash_nor_contents(api):
    """A listing goes one level deep."""
    api.upload("/folder/file.txt")
    (folder,) = metadata(api, "/")["contents"]
    assert folder["path"] == "/folder"
    assert {"hash", "contents"}.isdisjoint(folder)


def test_listing_is_left_out_on_demand(api):
    """`list=false` gives the folder alone."""
    assert {"hash", "contents"}.isdisjoint(metadata(api, "/", list="false"))


def test_unchanged_listing_is_304_without_a_body(api):
    """The hash of the last listing saves the next one."""
    api.upload("/a.txt")
    seen = metadata(api, "/")["hash"]
    response = api.get("/metadata/dropbox/", hash=seen)
    assert (response.status_code, response.data) == (304, b"")


@pytest.mark.parametrize(
    "change",
    [
        lambda api: api.upload("/b.txt"),
        lambda api: api.upload("/a.txt", b"other", overwrite="true"),
        lambda api: api.post("/fileops/delete", root="dropbox", path="/a.txt"),
        lambda api: api.post("/fileops/move", root="dropbox", from_path="/a.txt", to_path="/A.txt"),
    ],
    ids=["added", "overwritten", "deleted", "respelled"],
)
def test_hash_changes_with_what_is_listed(api, change):
    """A new file, new content, a deletion, another spelling."""
    api.upload("/a.txt")
    before = metadata(api, "/")["hash"]
    change(api)
    assert metadata(api, "/")["hash"] != before


def test_hash_stays_when_something_deeper_changes(api):
    """What isn't listed doesn't count."""
    api.upload("/folder/a.txt")
    before = metadata(api, "/")["hash"]
    api.upload("/folder/b.txt")
    assert metadata(api, "/")["hash"] == before


def test_too_many_entries_are_406(api):
    """The text names the limit, as the service's did."""
    for name in "abc":
        api.upload(f"/{name}")
    response = api.get("/metadata/dropbox/", file_limit=2)
    assert response.status_code == 406
    text = "Folder contains more entries than file_limit (2)"
    assert json.loads(response.text)["error"] == text


def test_missing_path_is_404_in_the_services_words(api):
    """With the path as it was asked for."""
    response = api.get("/metadata/dropbox/No/Where")
    assert response.status_code == 404
    assert json.loads(response.text) == {"error": "Path '/No/Where' not found"}


def test_deleted_file_is_told_as_deleted(api):
    """200, with a new revision, no bytes, and the client's time before 1970."""
    old = api.upload("/a.jpg")
    api.post("/fileops/delete", root="dropbox", path="/a.jpg")
    fields = metadata(api, "/a.jpg")
    assert fields["is_deleted"] is True
    assert (fields["bytes"], fields["size"]) == (0, "0 bytes")
    assert fields["revision"] > old["revision"]
    assert fields["thumb_exists"] is True
    assert fields["client_mtime"] == "Wed, 31 Dec 1969 23:59:59 +0000"


def test_deleted_entries_are_listed_on_demand_alone(api):
    """`include_deleted` shows them."""
    api.upload("/a.txt")
    api.post("/fileops/delete", root="dropbox", path="/a.txt")
    assert metadata(api, "/")["contents"] == []
    (gone,) = metadata(api, "/", include_deleted="true")["contents"]
    assert gone["is_deleted"]


def test_earlier_revision_is_told_by_its_rev(api):
    """And a rev of another file is 404."""
    old = api.upload("/a.txt", b"one")
    api.upload("/a.txt", b"three", overwrite="true")
    assert metadata(api, "/a.txt", rev=old["rev"])["bytes"] == 3
    other = api.upload("/b.txt")
    assert api.get("/metadata/dropbox/a.txt", rev=other["rev"]).status_code == 404
    assert api.get("/metadata/dropbox/a.txt", rev="zz").status_code == 404


def test_paths_are_compared_without_case_and_shown_as_made(api):
    """The first spelling stays."""
    api.upload("/Foo/Bar.TXT")
    assert metadata(api, "/fOO/bAR.txt")["path"] == "/Foo/Bar.TXT"
    assert api.upload("/foo/New.txt")["path"] == "/Foo/New.txt"


def test_encoded_slash_separates_names(api):
    """A shell client of the day sent `%2f`."""
    api.upload("/a/b.txt")
    query = api.get("/account/info").request.query_string.decode()
    assert api.raw("GET", f"/metadata/dropbox/%2fa%2Fb.txt?{query}").status_code == 200


def test_plus_in_a_path_is_a_plus(api):
    """Only in a query is it a blank."""
    api.upload("/a+b.txt")
    query = api.get("/account/info").request.query_string.decode()
    assert api.raw("GET", f"/metadata/dropbox/a+b.txt?{query}").status_code == 200


def test_photo_info_is_added_on_demand(api):
    """Null where nothing is known, `pending` for films."""
    api.upload("/a.jpg", b"no picture")
    api.upload("/a.mov")
    contents = metadata(api, "/", include_media_info="true")["contents"]
    assert contents[0]["photo_info"] is None
    assert contents[1]["video_info"] == "pending"
    assert "photo_info" not in metadata(api, "/a.jpg")


def test_size_follows_the_locale(api):
    """A decimal comma in French."""
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
    """The figures are those of live answers, and the edges."""
    assert size_text(size_bytes, "en") == text
