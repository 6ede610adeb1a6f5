"""fileops: copy, move, create_folder and delete, as the wire has them."""

import json

import pytest


def operate(api, name, **params):
    """An operation that succeeds."""
    response = api.post(f"/fileops/{name}", root="dropbox", **params)
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def refused(api, name, **params):
    """An operation that doesn't: status and error."""
    response = api.post(f"/fileops/{name}", root="dropbox", **params)
    return response.status_code, json.loads(response.text)["error"]


def test_create_folder_answers_the_folder(api):
    """Neither hash nor contents; parents are made."""
    fields = operate(api, "create_folder", path="a/b")
    assert (fields["path"], fields["is_dir"], fields["icon"]) == ("/a/b", True, "folder")
    assert {"hash", "contents"}.isdisjoint(fields)


def test_create_folder_where_something_stands_is_403(api):
    """In the service's words."""
    api.upload("/ABC/ABC-1")
    assert refused(api, "create_folder", path="/ABC/ABC-1") == (
        403,
        "Cannot create folder 'ABC-1' because a file or folder already exists at path '/ABC/ABC-1'",
    )


def test_create_folder_of_the_root_names_it(api):
    """It stands already, and its name is a slash."""
    assert refused(api, "create_folder", path="/") == (
        403,
        "Cannot create folder '/' because a file or folder already exists at path '/'",
    )


def test_delete_answers_the_tombstone(api):
    """And a second time there is nothing to delete."""
    api.upload("/a.txt")
    assert operate(api, "delete", path="/a.txt")["is_deleted"] is True
    assert refused(api, "delete", path="/a.txt") == (404, "Path '/a.txt' not found")


def test_delete_of_a_folder_takes_all_that_is_in_it(api):
    """Each of them is told as deleted from then on."""
    api.upload("/folder/deep/a.txt")
    operate(api, "delete", path="/folder")
    fields = json.loads(api.get("/metadata/dropbox/folder/deep/a.txt").text)
    assert fields["is_deleted"] is True


def test_copy_to_a_taken_name_is_renamed_to_be_unique(api):
    """As first documented."""
    api.upload("/a.txt")
    api.upload("/b.txt")
    assert operate(api, "copy", from_path="/a.txt", to_path="/b.txt")["path"] == "/b (1).txt"


def test_copy_to_a_taken_name_is_403_when_so_configured(api):
    """As the later service had it."""
    api.configure(on_conflict="forbid")
    api.upload("/a.txt")
    api.upload("/b.txt")
    assert refused(api, "copy", from_path="/a.txt", to_path="/b.txt") == (
        403,
        "A file with that name already exists at path '/b.txt'",
    )


def test_move_leaves_a_tombstone(api):
    """The old path is told as deleted, the new one has a history of its own."""
    old = api.upload("/a.txt")
    new = operate(api, "move", from_path="/a.txt", to_path="/sub/b.txt")
    assert new["rev"] != old["rev"]
    assert json.loads(api.get("/metadata/dropbox/a.txt").text)["is_deleted"] is True
    assert len(json.loads(api.get("/revisions/dropbox/sub/b.txt").text)) == 1


def test_move_changes_only_the_case_of_a_name(api):
    """One file, newly spelled."""
    api.upload("/name.txt")
    assert operate(api, "move", from_path="/name.txt", to_path="/NAME.txt")["path"] == "/NAME.txt"


@pytest.mark.parametrize("name", ["move", "copy"])
def test_folder_into_itself_is_403(api, name):
    """In the service's words."""
    api.upload("/folder/a.txt")
    assert refused(api, name, from_path="/folder", to_path="/FOLDER/sub") == (
        403,
        "You cannot move a folder into itself",
    )


@pytest.mark.parametrize("name", ["move", "copy"])
def test_missing_source_is_404(api, name):
    """Nothing happens, not even to the target's parents."""
    assert refused(api, name, from_path="/no", to_path="/x/y")[0] == 404
    assert api.get("/metadata/dropbox/x").status_code == 404


@pytest.mark.parametrize("name", ["move", "copy", "delete"])
def test_too_many_files_are_406(api, name):
    """The limit is the world's to set."""
    api.configure(operation_limit=2)
    for number in range(3):
        api.upload(f"/many/{number}")
    paths = {"path": "/many"} if name == "delete" else {"from_path": "/many", "to_path": "/x"}
    assert refused(api, name, **paths) == (
        406,
        "There are too many files involved in this operation.",
    )


@pytest.mark.parametrize("paths", [{"path": "/"}, {"path": ""}], ids=["slash", "empty"])
def test_root_is_never_deleted(api, paths):
    """An empty path is a missing one."""
    assert refused(api, "delete", **paths)[0] in (400, 403)


def test_root_is_never_moved(api):
    """403."""
    assert refused(api, "move", from_path="/", to_path="/x")[0] == 403


def test_copy_over_quota_is_503(api):
    """And nothing is copied."""
    api.upload("/a.txt", b"12345")
    api.world.accounts.configure(1, quota_bytes=8)
    assert refused(api, "copy", from_path="/a.txt", to_path="/b.txt")[0] == 503
    assert api.get("/metadata/dropbox/b.txt").status_code == 404


def test_copy_needs_one_source_alone(api):
    """A path or a reference, not both."""
    payload = (400, "Must send either a from_path or a from_copy_ref")
    assert refused(api, "copy", from_path="/a", from_copy_ref="r", to_path="/b") == payload
    assert refused(api, "copy", to_path="/b") == payload


def test_copy_reference_works_for_another_account(api):
    """The content is copied, whoever made the reference."""
    from fakebox.core import defaults

    api.upload("/a.txt", b"shared")
    ref = json.loads(api.get("/copy_ref/dropbox/a.txt").text)["copy_ref"]
    other = (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET)
    params = {"root": "dropbox", "from_copy_ref": ref, "to_path": "/mine.txt"}
    assert api.post("/fileops/copy", other, **params).status_code == 200
    assert api.get("/files/dropbox/mine.txt", other).data == b"shared"


def test_unknown_copy_reference_is_404(api):
    """As is one that has expired."""
    api.upload("/a.txt")
    ref = json.loads(api.get("/copy_ref/dropbox/a.txt").text)["copy_ref"]
    assert refused(api, "copy", from_copy_ref="unknown", to_path="/b")[0] == 404
    api.world.clock.advance(31 * 365 * 86400)
    assert refused(api, "copy", from_copy_ref=ref, to_path="/b")[0] == 404
