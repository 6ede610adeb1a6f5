"""Creating folders, deleting, copying and moving, one by one and in batches."""

from __future__ import annotations

import pytest


def test_create_folder_conflicts_or_is_renamed(api):
    """The error contains the kind of the existing entry; with autorename, a number is added."""
    assert api.rpc("files/create_folder_v2", path="/a")["metadata"]["name"] == "a"
    error = api.fails("files/create_folder_v2", path="/A")
    assert error["path"] == {".tag": "conflict", "conflict": {".tag": "folder"}}
    api.upload("/file")
    error = api.fails("files/create_folder_v2", path="/file")
    assert error["path"]["conflict"] == {".tag": "file"}
    renamed = api.rpc("files/create_folder_v2", path="/A", autorename=True)
    assert renamed["metadata"]["name"] == "A (1)"


@pytest.mark.parametrize(
    ("route", "argument"),
    [
        ("files/create_folder_v2", {}),
        ("files/save_url", {"url": "https://example.com/"}),
        ("files/copy_reference/save", {"copy_reference": "x"}),
    ],
)
def test_write_to_an_unknown_namespace_is_a_malformed_path(api, route, argument):
    """A path in an unknown namespace gives an error with the tag "malformed_path"."""
    error = api.fails(route, path="ns:9999/a", **argument)
    assert error == {".tag": "path", "path": {".tag": "malformed_path"}}


@pytest.mark.usefixtures("tree")
def test_delete_returns_the_metadata_of_the_entry(api):
    """A deletion returns the deleted entry, and a second deletion gives a lookup error."""
    assert api.rpc("files/delete_v2", path="/top/A")["metadata"][".tag"] == "file"
    error = api.fails("files/delete_v2", path="/top/a")
    assert error == {".tag": "path_lookup", "path_lookup": {".tag": "not_found"}}


@pytest.mark.usefixtures("tree")
def test_delete_with_another_parent_rev_is_a_conflict(api):
    """A file is deleted only if `parent_rev` is its current rev."""
    error = api.fails("files/delete_v2", path="/top/a", parent_rev="123456789")
    assert error["path_write"] == {".tag": "conflict", "conflict": {".tag": "file"}}
    rev = api.rpc("files/get_metadata", path="/top/a")["rev"]
    assert api.rpc("files/delete_v2", path="/top/a", parent_rev=rev)


@pytest.mark.usefixtures("tree")
def test_move_keeps_ids_and_copy_creates_new_ones(api):
    """Entries in a moved folder keep their IDs, and entries in a copy have new ones."""
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
def test_copy_or_move_error_names_the_source_or_the_target(api, operation, source, target, error):
    """The error contains whether the source or the target is wrong, and the reason."""
    assert api.fails(f"files/{operation}_v2", from_path=source, to_path=target) == error


@pytest.mark.parametrize("operation", ["copy", "move"])
@pytest.mark.usefixtures("tree")
def test_first_version_of_copy_and_move_returns_only_metadata(api, operation):
    """The first version of these routes returns metadata without a wrapper."""
    payload = api.rpc(f"files/{operation}", from_path="/top/a", to_path="/b")
    assert (payload[".tag"], payload["path_display"]) == ("file", "/b")
    assert payload == api.rpc("files/get_metadata", path="/b")
    error = api.fails(f"files/{operation}", from_path="/no", to_path="/x")
    assert error == {".tag": "from_lookup", "from_lookup": {".tag": "not_found"}}


@pytest.mark.usefixtures("tree")
def test_first_version_of_create_folder_and_delete_returns_only_metadata(api):
    """The metadata of a deleted folder has a tag, and the metadata of a created folder does not."""
    created = api.rpc("files/create_folder", path="/new")
    assert set(created) == {"name", "path_lower", "path_display", "id"}
    error = api.fails("files/create_folder", path="/new")
    assert error["path"] == {".tag": "conflict", "conflict": {".tag": "folder"}}
    assert api.rpc("files/delete", path="/new") == {".tag": "folder", **created}
    error = api.fails("files/delete", path="/new")
    assert error == {".tag": "path_lookup", "path_lookup": {".tag": "not_found"}}


@pytest.mark.usefixtures("tree")
def test_copy_to_an_existing_path_is_renamed_with_autorename(api):
    """Autorename adds a number to the name; the setting of version 1 does not apply."""
    payload = api.rpc("files/copy_v2", from_path="/top/a", to_path="/top/sub", autorename=True)
    assert payload["metadata"]["name"] == "sub (1)"


@pytest.mark.usefixtures("tree")
def test_move_to_another_spelling_is_not_a_conflict(api):
    """A move to the same path in another case changes the spelling."""
    payload = api.rpc("files/move_v2", from_path="/top/a", to_path="/top/A")
    assert payload["metadata"]["path_display"] == "/top/A"


@pytest.mark.usefixtures("tree")
def test_operation_with_more_entries_than_the_limit_is_an_error(api):
    """An operation over the limit gives the error "too_many_files" and changes nothing."""
    api.configure(operation_limit=1)
    for route in ("files/copy_v2", "files/move_v2"):
        assert api.fails(route, from_path="/top", to_path="/x") == {".tag": "too_many_files"}
    assert api.fails("files/delete_v2", path="/top") == {".tag": "too_many_files"}


def test_copy_over_quota_is_an_error(api):
    """A copy over quota gives the error "insufficient_quota"."""
    api.upload("/a", b"four")
    api.world.accounts.configure(1, quota_bytes=5)
    error = api.fails("files/copy_v2", from_path="/a", to_path="/b")
    assert error == {".tag": "insufficient_quota"}


def outcomes(api, route, job):
    """Return the tags of the entries of a completed job."""
    payload = api.rpc(route, async_job_id=job["async_job_id"])
    assert payload[".tag"] == "complete"
    return [entry[".tag"] for entry in payload["entries"]]


@pytest.mark.usefixtures("tree")
def test_batch_has_a_result_for_each_entry(api):
    """An entry that fails does not affect other entries."""
    folders = api.rpc("files/create_folder_batch", paths=["/n", "/top"])
    assert [entry[".tag"] for entry in folders["entries"]] == ["success", "failure"]
    job_of_folder = api.rpc("files/create_folder_batch", paths=["/m"], force_async=True)
    assert outcomes(api, "files/create_folder_batch/check", job_of_folder) == ["success"]
    pairs = [{"from_path": "/n", "to_path": "/o"}, {"from_path": "/no", "to_path": "/p"}]
    for operation in ("copy", "move"):
        job = api.rpc(f"files/{operation}_batch_v2", entries=pairs, autorename=True)
        results = outcomes(api, f"files/{operation}_batch/check_v2", job)
        assert results == ["success", "failure"]
    job = api.rpc("files/delete_batch", entries=[{"path": "/o"}, {"path": "/no"}])
    assert outcomes(api, "files/delete_batch/check", job) == ["success", "failure"]


def test_unknown_job_is_an_error(api):
    """An unknown job ID, or one of another route, gives the error "invalid_async_job_id"."""
    job = api.rpc("files/delete_batch", entries=[])["async_job_id"]
    for job_id in ("nothing", job):
        error = api.fails("files/copy_batch/check_v2", async_job_id=job_id)
        assert error == {".tag": "invalid_async_job_id"}
