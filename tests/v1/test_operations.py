"""The fileops calls: copy, move, create_folder and delete."""

import json

import pytest


def operate(api, name, **params):
    """Return the metadata that a successful operation returns."""
    response = api.post(f"/fileops/{name}", root="dropbox", **params)
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def failed(api, name, **params):
    """Return the status and the error of an operation that fails."""
    response = api.post(f"/fileops/{name}", root="dropbox", **params)
    return response.status_code, json.loads(response.text)["error"]


def test_create_folder_returns_the_folder(api):
    """The metadata has neither hash nor contents, and missing parents are created."""
    fields = operate(api, "create_folder", path="a/b")
    assert (fields["path"], fields["is_dir"], fields["icon"]) == ("/a/b", True, "folder")
    assert {"hash", "contents"}.isdisjoint(fields)


def test_create_folder_at_an_existing_path_is_403(api):
    """The 403 response has the error text of the service."""
    api.upload("/ABC/ABC-1")
    assert failed(api, "create_folder", path="/ABC/ABC-1") == (
        403,
        "Cannot create folder 'ABC-1' because a file or folder already exists at path '/ABC/ABC-1'",
    )


def test_create_folder_of_the_root_is_403(api):
    """The error text contains a slash as the name of the root."""
    assert failed(api, "create_folder", path="/") == (
        403,
        "Cannot create folder '/' because a file or folder already exists at path '/'",
    )


def test_delete_returns_the_deleted_entry(api):
    """A second deletion of the same path is answered with 404."""
    api.upload("/a.txt")
    assert operate(api, "delete", path="/a.txt")["is_deleted"] is True
    assert failed(api, "delete", path="/a.txt") == (404, "Path '/a.txt' not found")


def test_delete_of_a_folder_deletes_its_contents(api):
    """Metadata of a file in a deleted folder has `is_deleted`."""
    api.upload("/folder/deep/a.txt")
    operate(api, "delete", path="/folder")
    fields = json.loads(api.get("/metadata/dropbox/folder/deep/a.txt").text)
    assert fields["is_deleted"] is True


def test_copy_to_an_existing_path_is_renamed(api):
    """A copy to an existing path gets a number, as the first documentation describes."""
    api.upload("/a.txt")
    api.upload("/b.txt")
    assert operate(api, "copy", from_path="/a.txt", to_path="/b.txt")["path"] == "/b (1).txt"


def test_copy_to_an_existing_path_is_403_with_on_conflict_forbid(api):
    """The setting `on_conflict="forbid"` rejects the operation, as the service did later."""
    api.configure(on_conflict="forbid")
    api.upload("/a.txt")
    api.upload("/b.txt")
    assert failed(api, "copy", from_path="/a.txt", to_path="/b.txt") == (
        403,
        "A file with that name already exists at path '/b.txt'",
    )


def test_move_leaves_a_deleted_entry(api):
    """The source path has a deleted entry, and the target path has one revision."""
    old = api.upload("/a.txt")
    new = operate(api, "move", from_path="/a.txt", to_path="/sub/b.txt")
    assert new["rev"] != old["rev"]
    assert json.loads(api.get("/metadata/dropbox/a.txt").text)["is_deleted"] is True
    assert len(json.loads(api.get("/revisions/dropbox/sub/b.txt").text)) == 1


def test_move_can_change_only_the_case_of_a_name(api):
    """A move to the same path in another case changes the spelling."""
    api.upload("/name.txt")
    assert operate(api, "move", from_path="/name.txt", to_path="/NAME.txt")["path"] == "/NAME.txt"


@pytest.mark.parametrize("name", ["move", "copy"])
def test_copy_or_move_of_a_folder_into_itself_is_403(api, name):
    """The error text of the service mentions moving for both operations."""
    api.upload("/folder/a.txt")
    assert failed(api, name, from_path="/folder", to_path="/FOLDER/sub") == (
        403,
        "You cannot move a folder into itself",
    )


@pytest.mark.parametrize("name", ["move", "copy"])
def test_missing_source_is_404(api, name):
    """A missing source is answered with 404, and the target's parent folders are not created."""
    assert failed(api, name, from_path="/no", to_path="/x/y")[0] == 404
    assert api.get("/metadata/dropbox/x").status_code == 404


@pytest.mark.parametrize("name", ["move", "copy", "delete"])
def test_operation_with_more_files_than_the_limit_is_406(api, name):
    """An operation on more files than `operation_limit` is answered with 406."""
    api.configure(operation_limit=2)
    for number in range(3):
        api.upload(f"/many/{number}")
    paths = {"path": "/many"} if name == "delete" else {"from_path": "/many", "to_path": "/x"}
    assert failed(api, name, **paths) == (
        406,
        "There are too many files involved in this operation.",
    )


@pytest.mark.parametrize("paths", [{"path": "/"}, {"path": ""}], ids=["slash", "empty"])
def test_root_cannot_be_deleted(api, paths):
    """A deletion of the root or of an empty path is answered with an error."""
    assert failed(api, "delete", **paths)[0] in (400, 403)


def test_root_cannot_be_moved(api):
    """A move of the root is answered with 403."""
    assert failed(api, "move", from_path="/", to_path="/x")[0] == 403


def test_copy_over_quota_is_503(api):
    """A copy over quota is answered with 503, and nothing is copied."""
    api.upload("/a.txt", b"12345")
    api.world.accounts.configure(1, quota_bytes=8)
    assert failed(api, "copy", from_path="/a.txt", to_path="/b.txt")[0] == 503
    assert api.get("/metadata/dropbox/b.txt").status_code == 404


def test_move_in_an_account_over_quota_is_503(api):
    """A move is answered with 503 if the account stores more than its quota, and nothing moves."""
    api.upload("/a.txt", b"12345")
    api.world.accounts.configure(1, quota_bytes=5)
    operate(api, "move", from_path="/a.txt", to_path="/b.txt")
    api.world.accounts.configure(1, quota_bytes=4)
    assert failed(api, "move", from_path="/b.txt", to_path="/c.txt")[0] == 503
    assert json.loads(api.get("/metadata/dropbox/b.txt").text)["bytes"] == 5


def test_copy_requires_exactly_one_source(api):
    """A copy with both a path and a copy reference, or with neither, is answered with 400."""
    expected = (400, "Must send either a from_path or a from_copy_ref")
    assert failed(api, "copy", from_path="/a", from_copy_ref="r", to_path="/b") == expected
    assert failed(api, "copy", to_path="/b") == expected


def test_copy_reference_works_for_another_account(api):
    """Another account can copy the content of a copy reference."""
    from fakebox.core import defaults

    api.upload("/a.txt", b"shared")
    ref = json.loads(api.get("/copy_ref/dropbox/a.txt").text)["copy_ref"]
    other = (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET)
    params = {"root": "dropbox", "from_copy_ref": ref, "to_path": "/mine.txt"}
    assert api.post("/fileops/copy", other, **params).status_code == 200
    assert api.get("/files/dropbox/mine.txt", other).data == b"shared"


def test_unknown_or_expired_copy_reference_is_404(api):
    """A copy with an unknown or an expired copy reference is answered with 404."""
    api.upload("/a.txt")
    ref = json.loads(api.get("/copy_ref/dropbox/a.txt").text)["copy_ref"]
    assert failed(api, "copy", from_copy_ref="unknown", to_path="/b")[0] == 404
    api.world.clock.advance(31 * 365 * 86400)
    assert failed(api, "copy", from_copy_ref=ref, to_path="/b")[0] == 404
