"""Uploads, downloads, metadata and revisions of files."""

import re

import pytest

from conformance.wire import status_of


def read(target, name, **options):
    """Return the content of a file."""
    with target.client.get_file(target.path(name), **options) as response:
        return response.read()


@pytest.mark.checks("account_info-fields")
def test_account_info(target):
    """account_info() returns the documented fields."""
    info = target.client.account_info()
    assert {"uid", "display_name", "email", "country", "referral_link", "quota_info"} <= set(info)
    assert {"quota", "normal", "shared"} <= set(info["quota_info"])


@pytest.mark.checks("put_file-creates", "put_file-metadata")
def test_put_file(target):
    """put_file() creates missing folders and returns the metadata of the file."""
    metadata = target.put("new/folder/magnum-opus.txt", b"x" * 77)
    assert metadata["path"] == f"{target.folder}/new/folder/magnum-opus.txt"
    assert (metadata["bytes"], metadata["size"]) == (77, "77 bytes")
    assert (metadata["icon"], metadata["mime_type"]) == ("page_white_text", "text/plain")
    assert (metadata["is_dir"], metadata["thumb_exists"]) == (False, False)
    assert isinstance(metadata["revision"], int)
    assert re.fullmatch("[0-9a-f]{9,}", metadata["rev"])
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", metadata["modified"])
    assert target.is_close(metadata["modified"])


@pytest.mark.checks("put_file-uploads", "get_file-downloads")
def test_upload_and_download(target, tmp_path):
    """The bytes of an uploaded file can be written to a local file."""
    content = bytes(range(256)) * 300
    target.put("whole/every byte.bin", content)
    with target.client.get_file(target.path("whole/every byte.bin")) as response:
        (tmp_path / "local").write_bytes(response.read())
    assert (tmp_path / "local").read_bytes() == content


@pytest.mark.checks("metadata-rev-default")
def test_metadata_without_a_revision(target):
    """metadata() without a rev returns the metadata of the most recent revision."""
    target.put("now.txt", "four")
    put = target.put("now.txt", "longer", overwrite=True)
    assert put["bytes"] == 6
    assert target.client.metadata(target.path("now.txt")) == put


@pytest.mark.checks("put_file-string")
def test_put_file_of_a_string(target):
    """put_file() accepts a string as content."""
    target.put("string.txt", "text")
    assert read(target, "string.txt") == b"text"


@pytest.mark.checks("put_file-rename")
def test_put_file_renames(target):
    """put_file() stores the file under another name if the path exists."""
    target.put("renamed.txt", "first")
    assert target.put("renamed.txt", "second")["path"] == f"{target.folder}/renamed (1).txt"
    assert read(target, "renamed.txt") == b"first"


@pytest.mark.checks("put_file-overwrite")
def test_put_file_overwrites(target):
    """put_file() replaces the file if `overwrite` is true."""
    target.put("overwritten.txt", "first")
    path = target.put("overwritten.txt", "second", overwrite=True)["path"]
    assert path == f"{target.folder}/overwritten.txt"
    assert read(target, "overwritten.txt") == b"second"


@pytest.mark.checks("put_file-parent_rev", "put_file-parent_rev-current")
def test_put_file_with_the_current_parent(target):
    """put_file() with the current parent_rev replaces the file even if `overwrite` is false."""
    rev = target.put("parent.txt", "first")["rev"]
    path = target.put("parent.txt", "second", overwrite=False, parent_rev=rev)["path"]
    assert path == f"{target.folder}/parent.txt"
    assert read(target, "parent.txt") == b"second"


@pytest.mark.checks("put_file-parent_rev-stale")
def test_put_file_with_a_stale_parent(target):
    """put_file() with an older parent_rev makes a conflicted copy even if `overwrite` is true."""
    rev = target.put("stale.txt", "first")["rev"]
    target.put("stale.txt", "second", overwrite=True)
    path = target.put("stale.txt", "third", overwrite=True, parent_rev=rev)["path"]
    assert path != f"{target.folder}/stale.txt"
    assert "conflicted copy" in path
    assert read(target, "stale.txt") == b"second"


@pytest.mark.checks("put_file-400")
def test_put_file_to_an_illegal_path(target):
    """put_file() to a name that is not allowed raises status 400."""
    assert status_of(target.put, "desktop.ini") == 400


@pytest.mark.emulator
@pytest.mark.checks("put_file-503", "copy-503")
def test_over_quota(target):
    """Uploads and copies over quota raise status 503."""
    target.put("large", b"x" * 100)
    target.box.set_quota(150)
    assert status_of(target.put, "more", b"x" * 100) == 503
    client = target.client
    assert status_of(client.file_copy, target.path("large"), target.path("copy")) == 503


@pytest.mark.checks("get_file-response")
def test_get_file(target):
    """get_file() returns a response that stays open until it is closed."""
    target.put("got.txt", "content")
    response = target.client.get_file(target.path("got.txt"))
    assert response.status == 200
    assert response.read(3) == b"con"
    response.close()


@pytest.mark.checks("get_file-empty")
def test_get_file_without_content(target):
    """get_file() of an empty file returns an empty response."""
    target.put("empty.txt", b"")
    assert read(target, "empty.txt") == b""


@pytest.mark.checks("get_file-range")
@pytest.mark.parametrize(
    ("options", "content"),
    [
        ({"start": 2, "length": 3}, b"234"),
        ({"start": 7}, b"789"),
        ({"length": 3}, b"789"),
        ({"start": 8, "length": 100}, b"89"),
    ],
    ids=str,
)
def test_get_file_returns_a_part(target, options, content):
    """get_file() downloads a part of a file, which may be shorter than requested."""
    target.put("digits.bin", b"0123456789")
    assert read(target, "digits.bin", **options) == content


@pytest.mark.checks("get_file-rev")
def test_get_file_at_a_revision(target):
    """get_file() downloads an older revision."""
    rev = target.put("past.txt", "old")["rev"]
    target.put("past.txt", "new", overwrite=True)
    assert read(target, "past.txt", rev=rev) == b"old"


@pytest.mark.checks("get_file-404", "delete-deletes")
def test_get_file_of_a_missing_file(target):
    """get_file() of a missing or deleted file raises status 404."""
    client = target.client
    assert status_of(client.get_file, target.path("never")) == 404
    target.put("deleted.txt")
    client.file_delete(target.path("deleted.txt"))
    assert status_of(client.get_file, target.path("deleted.txt")) == 404


@pytest.mark.checks("get_file_and_metadata-both")
def test_get_file_and_metadata(target):
    """get_file_and_metadata() returns content and metadata of the same file."""
    stored = target.put("both.txt", "content")
    response, metadata = target.client.get_file_and_metadata(target.path("both.txt"))
    with response:
        assert len(response.read()) == metadata["bytes"] == 7
    assert metadata["rev"] == stored["rev"]


@pytest.mark.checks("metadata-hash", "metadata-listing")
def test_metadata_of_a_folder(target):
    """The metadata of a folder lists its direct children."""
    target.put("listed/inner/file.txt")
    metadata = target.client.metadata(target.path("listed"))
    assert re.fullmatch("[0-9a-f]{32}", metadata["hash"])
    (inner,) = metadata["contents"]
    assert (inner["is_dir"], inner["icon"], inner["size"]) == (True, "folder", "0 bytes")
    assert {"hash", "contents"}.isdisjoint(inner)


@pytest.mark.checks("metadata-list-false")
def test_metadata_without_a_listing(target):
    """The metadata of a folder has no contents if `list` is false."""
    target.put("unlisted/file.txt")
    metadata = target.client.metadata(target.path("unlisted"), list=False)
    assert metadata["is_dir"] is True
    assert "contents" not in metadata


@pytest.mark.checks("metadata-root")
def test_metadata_of_the_root(target):
    """The root folder has no revision and no modification time."""
    metadata = target.client.metadata("/", list=False)
    assert (metadata["path"], metadata["is_dir"], metadata["bytes"]) == ("/", True, 0)
    assert {"rev", "revision", "modified"}.isdisjoint(metadata)


@pytest.mark.checks("metadata-304")
def test_metadata_of_an_unchanged_folder(target):
    """metadata() with the hash of an unchanged folder raises status 304."""
    target.put("hashed/file.txt")
    folder = target.path("hashed")
    seen = target.client.metadata(folder)["hash"]
    assert status_of(target.client.metadata, folder, hash=seen) == 304
    target.put("hashed/second.txt")
    assert target.client.metadata(folder, hash=seen)["hash"] != seen


@pytest.mark.checks("metadata-file_limit", "metadata-406")
def test_metadata_of_a_folder_over_the_limit(target):
    """metadata() of a folder with more entries than file_limit raises status 406."""
    for name in "abc":
        target.put(f"full/{name}")
    assert len(target.client.metadata(target.path("full"), file_limit=3)["contents"]) == 3
    assert status_of(target.client.metadata, target.path("full"), file_limit=2) == 406


@pytest.mark.checks("metadata-404")
def test_metadata_of_a_missing_file(target):
    """metadata() of a missing path raises status 404."""
    assert status_of(target.client.metadata, target.path("never")) == 404


@pytest.mark.checks("metadata-rev")
def test_metadata_at_a_revision(target):
    """metadata() with a rev returns the metadata of that revision."""
    rev = target.put("then.txt", "four")["rev"]
    target.put("then.txt", "longer", overwrite=True)
    assert target.client.metadata(target.path("then.txt"), rev=rev)["bytes"] == 4


@pytest.mark.checks("metadata-include_deleted")
def test_metadata_with_deleted_entries(target):
    """metadata() lists deleted entries only if `include_deleted` is true."""
    target.put("deleted/file.txt")
    target.client.file_delete(target.path("deleted/file.txt"))
    folder = target.path("deleted")
    assert target.client.metadata(folder)["contents"] == []
    (gone,) = target.client.metadata(folder, include_deleted=True)["contents"]
    assert gone["is_deleted"] is True


@pytest.mark.emulator
@pytest.mark.checks("wire-root-answers")
def test_root_of_metadata(target):
    """The metadata for an app with full access has the root `dropbox`."""
    assert target.put("rooted.txt")["root"] == "dropbox"
    assert target.client.metadata(target.path("rooted.txt"))["root"] == "dropbox"


@pytest.mark.checks("wire-revision-grows", "wire-rev-form")
def test_revision_grows(target):
    """Each change of a file has a greater revision, which its rev contains."""
    changes = [target.put("changed.txt", text, overwrite=True) for text in ("a", "b", "c")]
    found = [metadata["revision"] for metadata in changes]
    assert found == sorted(set(found))
    # The last eight digits are those of the namespace.
    assert found == [int(metadata["rev"][:-8], 16) for metadata in changes]


@pytest.mark.checks("revisions-newest-first")
def test_revisions(target):
    """revisions() returns the newest revision first, and at most rev_limit of them."""
    revs = [target.put("many.txt", text, overwrite=True)["rev"] for text in "abc"]
    found = [entry["rev"] for entry in target.client.revisions(target.path("many.txt"))]
    assert found == revs[::-1]
    assert len(target.client.revisions(target.path("many.txt"), rev_limit=2)) == 2


@pytest.mark.checks("revisions-404")
def test_revisions_of_a_missing_file(target):
    """revisions() of a missing file raises status 404."""
    assert status_of(target.client.revisions, target.path("never")) == 404


@pytest.mark.checks("restore-restores")
def test_restore(target):
    """restore() creates a new revision with the old content."""
    old = target.put("restored.txt", "old")
    new = target.put("restored.txt", "new", overwrite=True)
    metadata = target.client.restore(target.path("restored.txt"), old["rev"])
    assert metadata["rev"] not in (old["rev"], new["rev"])
    assert read(target, "restored.txt") == b"old"


@pytest.mark.checks("restore-404")
def test_restore_to_a_revision_of_another_file(target):
    """restore() with a revision of another file raises status 404."""
    rev = target.put("one.txt")["rev"]
    target.put("two.txt")
    assert status_of(target.client.restore, target.path("two.txt"), rev) == 404


@pytest.mark.checks("case-insensitive")
def test_paths_in_another_case(target):
    """Paths are compared without case, and returned as they were created."""
    target.put("Case.TXT")
    found = target.client.metadata(target.path("cASE.txt"))["path"]
    assert found == f"{target.folder}/Case.TXT"
