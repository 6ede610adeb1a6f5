"""Making, deleting, copying and moving, one by one and in batches."""

from __future__ import annotations

import pytest


def test_folder_is_made_or_renamed(api):
    """What stands there is told of in the conflict."""
    assert api.rpc("files/create_folder_v2", path="/a")["metadata"]["name"] == "a"
    error = api.fails("files/create_folder_v2", path="/A")
    assert error["path"] == {".tag": "conflict", "conflict": {".tag": "folder"}}
    api.upload("/file")
    error = api.fails("files/create_folder_v2", path="/file")
    assert error["path"]["conflict"] == {".tag": "file"}
    renamed = api.rpc("files/create_folder_v2", path="/A", autorename=True)
    assert renamed["metadata"]["name"] == "A (1)"


@pytest.mark.parametrize(
    ("route", "request_token"),
    [
        ("files/create_folder_v2", {}),
        ("files/save_url", {"url": "https://example.com/"}),
        ("files/copy_reference/save", {"copy_reference": "x"}),
    ],
)
def test_nothing_is_written_into_a_namespace_that_there_is_none_of(api, route, request_token):
    """The path is what is wrong with it."""
    error = api.fails(route, path="ns:9999/a", **request_token)
    assert error == {".tag": "path", "path": {".tag": "malformed_path"}}


@pytest.mark.usefixtures("tree")
def test_deletion_answers_what_was_there(api):
    """A second one finds nothing."""
    assert api.rpc("files/delete_v2", path="/top/A")["metadata"][".tag"] == "file"
    error = api.fails("files/delete_v2", path="/top/a")
    assert error == {".tag": "path_lookup", "path_lookup": {".tag": "not_found"}}


@pytest.mark.usefixtures("tree")
def test_deletion_may_be_of_one_revision_only(api):
    """Of another one it is a conflict."""
    error = api.fails("files/delete_v2", path="/top/a", parent_rev="123456789")
    assert error["path_write"] == {".tag": "conflict", "conflict": {".tag": "file"}}
    rev = api.rpc("files/get_metadata", path="/top/a")["rev"]
    assert api.rpc("files/delete_v2", path="/top/a", parent_rev=rev)


@pytest.mark.usefixtures("tree")
def test_move_keeps_the_ids_and_copy_makes_new_ones(api):
    """Of all that is in a folder."""
    before = api.rpc("files/get_metadata", path="/top/sub/b")["id"]
    api.rpc("files/copy_v2", from_path="/top", to_path="/copy")
    api.rpc("files/move_v2", from_path="/top", to_path="/moved")
    assert api.rpc("files/get_metadata", path="/moved/sub/b")["id"] == before
    assert api.rpc("files/get_metadata", path="/copy/sub/b")["id"] != before


@pytest.mark.parametrize("operation", ["copy", "move"])
@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ("/no", "/x", {".tag": "from_lookup", "from_lookup": {".tag": "not_found"}}),
        (
            "/top/a",
            "/top/sub",
            {".tag": "to", "to": {".tag": "conflict", "conflict": {".tag": "folder"}}},
        ),
        ("/top", "/top/sub/x", {".tag": "duplicated_or_nested_paths"}),
        ("/top", "/top", {".tag": "duplicated_or_nested_paths"}),
        ("/top", "/x/", {".tag": "to", "to": {".tag": "malformed_path"}}),
        ("/top", "id:x/y", {".tag": "to", "to": {".tag": "malformed_path"}}),
        ("/top", "ns:9999/x", {".tag": "to", "to": {".tag": "malformed_path"}}),
        ("ns:9999/x", "/x", {".tag": "from_lookup", "from_lookup": {".tag": "not_found"}}),
    ],
    ids=[
        "nothing",
        "taken",
        "into itself",
        "onto itself",
        "malformed",
        "unknown id",
        "unknown namespace",
        "from an unknown namespace",
    ],
)
@pytest.mark.usefixtures("tree")
def test_relocation_says_which_end_is_wrong(api, operation, source, target, error):
    """And why."""
    assert api.fails(f"files/{operation}_v2", from_path=source, to_path=target) == error


@pytest.mark.parametrize("operation", ["copy", "move"])
@pytest.mark.usefixtures("tree")
def test_program_of_the_first_days_copies_and_moves(api, operation):
    """It is told the metadata alone, and the same errors."""
    payload = api.rpc(f"files/{operation}", from_path="/top/a", to_path="/b")
    assert (payload[".tag"], payload["path_display"]) == ("file", "/b")
    assert payload == api.rpc("files/get_metadata", path="/b")
    error = api.fails(f"files/{operation}", from_path="/no", to_path="/x")
    assert error == {".tag": "from_lookup", "from_lookup": {".tag": "not_found"}}


@pytest.mark.usefixtures("tree")
def test_program_of_the_first_days_makes_and_deletes_folders(api):
    """It is told the metadata alone; of what it made the kind is clear."""
    made = api.rpc("files/create_folder", path="/new")
    assert set(made) == {"name", "path_lower", "path_display", "id"}
    error = api.fails("files/create_folder", path="/new")
    assert error["path"] == {".tag": "conflict", "conflict": {".tag": "folder"}}
    assert api.rpc("files/delete", path="/new") == {".tag": "folder", **made}
    error = api.fails("files/delete", path="/new")
    assert error == {".tag": "path_lookup", "path_lookup": {".tag": "not_found"}}


@pytest.mark.usefixtures("tree")
def test_relocation_is_renamed_only_if_that_is_asked_for(api):
    """Whatever the world does for version 1."""
    payload = api.rpc("files/copy_v2", from_path="/top/a", to_path="/top/sub", autorename=True)
    assert payload["metadata"]["name"] == "sub (1)"


@pytest.mark.usefixtures("tree")
def test_move_to_another_spelling_renames(api):
    """And is no conflict with itself."""
    payload = api.rpc("files/move_v2", from_path="/top/a", to_path="/top/A")
    assert payload["metadata"]["path_display"] == "/top/A"


@pytest.mark.usefixtures("tree")
def test_operation_on_too_much_is_refused(api):
    """Before anything is done."""
    api.configure(operation_limit=1)
    for route in ("files/copy_v2", "files/move_v2"):
        assert api.fails(route, from_path="/top", to_path="/x") == {".tag": "too_many_files"}
    assert api.fails("files/delete_v2", path="/top") == {".tag": "too_many_files"}


def test_copy_over_quota_is_refused(api):
    """With its own tag."""
    api.upload("/a", b"four")
    api.world.accounts.configure(1, quota_bytes=5)
    error = api.fails("files/copy_v2", from_path="/a", to_path="/b")
    assert error == {".tag": "insufficient_quota"}


def outcomes(api, route, job):
    """The tags of a finished job's entries."""
    payload = api.rpc(route, async_job_id=job["async_job_id"])
    assert payload[".tag"] == "complete"
    return [entry[".tag"] for entry in payload["entries"]]


@pytest.mark.usefixtures("tree")
def test_batches_do_what_can_be_done(api):
    """Each entry has its own outcome."""
    folders = api.rpc("files/create_folder_batch", paths=["/n", "/top"])
    assert [entry[".tag"] for entry in folders["entries"]] == ["success", "failure"]
    later = api.rpc("files/create_folder_batch", paths=["/m"], force_async=True)
    assert outcomes(api, "files/create_folder_batch/check", later) == ["success"]
    pairs = [{"from_path": "/n", "to_path": "/o"}, {"from_path": "/no", "to_path": "/p"}]
    for kind in ("copy", "move"):
        job = api.rpc(f"files/{kind}_batch_v2", entries=pairs, autorename=True)
        done = outcomes(api, f"files/{kind}_batch/check_v2", job)
        assert done == ["success", "failure"]
    job = api.rpc("files/delete_batch", entries=[{"path": "/o"}, {"path": "/no"}])
    assert outcomes(api, "files/delete_batch/check", job) == ["success", "failure"]


def test_job_that_there_is_none_of_is_refused(api):
    """Nor is one kind's job another's."""
    job = api.rpc("files/delete_batch", entries=[])["async_job_id"]
    for job_id in ("nothing", job):
        error = api.fails("files/copy_batch/check_v2", async_job_id=job_id)
        assert error == {".tag": "invalid_async_job_id"}
