"""Creating, copying, moving and deleting files and folders, one by one and in batches."""

import pytest

from conformance.v2.api import names
from conformance.v2.shapes import check_file, check_folder, when

CREATE = "files/create_folder_v2"
DELETE = "files/delete_v2"
BOTH = pytest.mark.parametrize("kind", ["copy", "move"])


def paths(api, source, target, **argument):
    """Return the argument that copies or moves."""
    return {"from_path": api.path(source), "to_path": api.path(target), **argument}


def failure(*tags):
    """Return the result of a batch for an entry that failed with these nested tags."""
    error = {}
    for tag in reversed(tags):
        error = {".tag": tag, **({tag: error} if error else {})}
    return {".tag": "failure", "failure": error}


@pytest.mark.checks("v2-create-folder")
def test_create_folder(api):
    """A new folder has its metadata without a tag, in `metadata`."""
    result = api.ok(CREATE, {"path": api.path("New Folder")})
    assert set(result) == {"metadata"}
    check_folder(result["metadata"])
    assert result["metadata"]["name"] == "New Folder"
    assert api.metadata("new folder") == {".tag": "folder", **result["metadata"]}


@pytest.mark.checks("v2-create-folder")
def test_create_folder_with_parents(api):
    """Missing parent folders are created."""
    api.mkdir("a/b/c")
    assert api.metadata("a/b")[".tag"] == "folder"


@pytest.mark.checks("v2-create-folder-conflict")
def test_create_folder_over_an_entry(api):
    """A file or folder at or above the path is a conflict, of the kind of the entry."""
    api.put("file")
    api.mkdir("folder")
    assert api.fails(CREATE, {"path": api.path("file")}) == "path/conflict/file"
    assert api.fails(CREATE, {"path": api.path("folder")}) == "path/conflict/folder"
    assert api.fails(CREATE, {"path": api.path("FOLDER")}) == "path/conflict/folder"
    assert api.fails(CREATE, {"path": api.path("file/x")}) == "path/conflict/file_ancestor"


@pytest.mark.checks("v2-create-folder-autorename")
def test_create_folder_with_autorename(api):
    """With autorename a folder gets a number at the end of its name."""
    api.mkdir("ab")
    assert api.mkdir("ab", autorename=True)["name"] == "ab (1)"


@pytest.mark.checks("v2-create-folder-malformed")
@pytest.mark.parametrize("name", ["a\\b", "a/"])
def test_create_folder_at_a_malformed_path(api, name):
    """A backslash, or a slash at the end, is a malformed path."""
    assert api.fails(CREATE, {"path": api.path(name)}) == "path/malformed_path"


@pytest.mark.checks("v2-delete")
def test_delete(api):
    """Deleting returns the last metadata with its tag, in `metadata`."""
    put, folder = api.put("file"), api.mkdir("folder")
    assert api.ok(DELETE, {"path": api.path("file")}) == {"metadata": {".tag": "file", **put}}
    assert api.ok(DELETE, {"path": api.path("folder")}) == {
        "metadata": {".tag": "folder", **folder}
    }
    assert api.entries() == []


@pytest.mark.checks("v2-delete")
def test_delete_folder_with_contents(api):
    """A folder is deleted with all its contents, and with nothing else."""
    api.put("a/b/c")
    api.put("ab")
    api.delete("a")
    assert names(api.entries(recursive=True)) == sorted([api.folder.rpartition("/")[2], "ab"])


@pytest.mark.checks("v2-delete")
@pytest.mark.parametrize("how", ["create", "upload", "copy", "move"])
def test_folder_at_the_path_of_a_deleted_one(api, how):
    """A folder at the path of a deleted folder has none of its contents."""
    api.put("folder/gone/deep")
    api.put("other/new")
    api.delete("folder")
    if how == "create":
        api.mkdir("folder/new")
    elif how == "upload":
        api.put("folder/new")
    else:
        api.relocate(how, "other", "folder")
    assert names(api.entries("folder", recursive=True)) == ["folder", "new"]
    for name in ("folder/gone", "folder/gone/deep"):
        argument = {"path": api.path(name)}
        assert api.fails("files/get_metadata", argument) == "path/not_found"


@pytest.mark.checks("v2-delete-not-found")
def test_delete_nothing(api):
    """A path without an entry, also a deleted one, is not found."""
    api.put("once")
    api.delete("once")
    for name in ("never", "once", "once/below"):
        assert api.fails(DELETE, {"path": api.path(name)}) == "path_lookup/not_found"


@pytest.mark.checks("v2-delete-id")
def test_delete_by_id(api):
    """A file can be deleted by its id."""
    put = api.put("file")
    assert api.delete(put["id"])["name"] == "file"
    assert api.entries() == []


@pytest.mark.checks("v2-delete-parent-rev")
def test_delete_with_parent_rev(api):
    """A file is deleted only if parent_rev is its rev."""
    old = api.put("f", b"one")
    new = api.put("f", b"two", mode="overwrite")
    argument = {"path": api.path("f")}
    found = api.fails(DELETE, {**argument, "parent_rev": old["rev"]})
    assert found == "path_write/conflict/file"
    assert api.content("f") == b"two"
    assert api.ok(DELETE, {**argument, "parent_rev": new["rev"]})["metadata"]["rev"] == new["rev"]


@pytest.mark.checks("v2-delete-parent-rev")
def test_delete_a_folder_with_parent_rev(api):
    """A folder is not deleted with a parent_rev."""
    put = api.put("folder/file")
    argument = {"path": api.path("folder"), "parent_rev": put["rev"]}
    assert api.call(DELETE, argument).status in (400, 409)
    assert api.metadata("folder/file")["rev"] == put["rev"]


@pytest.mark.checks("v2-copy-file")
def test_copy_of_a_file(api):
    """A copy has a new id, and keeps the content and client_modified."""
    put = api.put("a", b"one", client_modified="2015-01-02T03:04:05Z")
    result = api.ok("files/copy_v2", paths(api, "a", "b"))
    assert set(result) == {"metadata"}
    copy = result["metadata"]
    check_file(copy, b"one", "file")
    assert copy["id"] != put["id"]
    assert copy["rev"] != put["rev"]
    assert copy["client_modified"] == put["client_modified"]
    assert api.content("b") == b"one"
    assert api.metadata("a") == {".tag": "file", **put}


@pytest.mark.checks("v2-move-file")
def test_move_of_a_file(api):
    """A move keeps the id, the content and client_modified, and has a new rev."""
    put = api.put("a", b"one", client_modified="2015-01-02T03:04:05Z")
    moved = api.relocate("move", "a", "folder/B")
    check_file(moved, b"one", "file")
    assert moved["id"] == put["id"]
    assert moved["rev"] != put["rev"]
    assert moved["client_modified"] == put["client_modified"]
    assert when(moved["server_modified"]) >= when(put["server_modified"])
    assert moved["path_display"] == api.path("folder/B")
    assert names(api.entries()) == ["folder"]
    assert api.metadata(put["id"])["path_display"] == api.path("folder/B")


@pytest.mark.checks("v2-relocate-folder")
@BOTH
def test_relocation_of_a_folder(api, kind):
    """A folder is copied or moved with all its contents."""
    inner = api.put("from/deep/file", b"one")
    folder = api.metadata("from")
    moved = api.relocate(kind, "from", "to")
    check_folder(moved, "folder")
    assert api.content("to/deep/file") == b"one"
    is_kept = kind == "move"
    assert (moved["id"] == folder["id"]) is is_kept
    assert (api.metadata("to/deep/file")["id"] == inner["id"]) is is_kept
    assert names(api.entries()) == (["to"] if is_kept else ["from", "to"])


@pytest.mark.checks("v2-relocate-not-found")
@BOTH
def test_relocation_of_nothing(api, kind):
    """A missing source is an error below `from_lookup`."""
    argument = paths(api, "never", "to")
    assert api.fails(f"files/{kind}_v2", argument) == "from_lookup/not_found"


@pytest.mark.checks("v2-relocate-conflict")
@BOTH
def test_relocation_over_an_entry(api, kind):
    """An entry at the target is a conflict, of the kind of the entry."""
    api.put("source", b"source")
    api.put("file", b"target")
    api.mkdir("folder")
    route = f"files/{kind}_v2"
    assert api.fails(route, paths(api, "source", "file")) == "to/conflict/file"
    assert api.fails(route, paths(api, "source", "folder")) == "to/conflict/folder"
    assert api.fails(route, paths(api, "folder", "file")) == "to/conflict/file"
    assert api.fails(route, paths(api, "source", "file/x")) == "to/conflict/file_ancestor"
    assert api.content("file") == b"target"
    assert api.content("source") == b"source"


@pytest.mark.checks("v2-relocate-autorename")
@BOTH
def test_relocation_with_autorename(api, kind):
    """With autorename a conflict becomes a name with a number."""
    api.put("source.txt", b"source")
    api.put("taken.txt", b"target")
    moved = api.relocate(kind, "source.txt", "taken.txt", autorename=True)
    assert moved["name"] == "taken (1).txt"
    assert api.content("taken.txt") == b"target"
    assert api.content("taken (1).txt") == b"source"


@pytest.mark.checks("v2-relocate-malformed")
@BOTH
def test_relocation_to_a_malformed_path(api, kind):
    """A malformed target is an error below `to`."""
    api.put("source")
    found = api.fails(f"files/{kind}_v2", paths(api, "source", "a\\b"))
    assert found == "to/malformed_path"


@pytest.mark.checks("v2-relocate-parents")
@BOTH
def test_relocation_creates_parents(api, kind):
    """Missing parent folders of the target are created."""
    api.put("source")
    api.relocate(kind, "source", "new/deep/file")
    assert api.metadata("new/deep")[".tag"] == "folder"


@pytest.mark.checks("v2-relocate-nested")
@BOTH
def test_relocation_into_itself(api, kind):
    """A folder into itself is an error, and nothing changes."""
    api.put("folder/file")
    route = f"files/{kind}_v2"
    for target in ("folder", "folder/inner", "folder/a/b"):
        assert api.fails(route, paths(api, "folder", target)) == "duplicated_or_nested_paths"
    assert names(api.entries("folder")) == ["file"]


@pytest.mark.checks("v2-relocate-id")
@BOTH
def test_relocation_by_id(api, kind):
    """The source may be an id."""
    put = api.put("source")
    assert api.relocate(kind, put["id"], "target")["name"] == "target"


@pytest.mark.checks("v2-copy-file", "v2-move-file")
def test_id_of_a_relocation_to_a_deleted_path(api):
    """A copy or move to the path of a deleted file does not have the id of that file."""
    put, gone = api.put("source", b"one"), api.put("target", b"two")
    api.delete("target")
    copied = api.relocate("copy", "source", "target")
    assert copied["id"] not in (put["id"], gone["id"])
    api.delete("target")
    assert api.relocate("move", "source", "target")["id"] == put["id"]


@pytest.mark.checks("v2-copy-file", "v2-move-file")
@BOTH
def test_times_of_a_relocated_folder(api, kind):
    """The files of a folder keep the client's time when the folder is copied or moved."""
    api.put("from/deep/file", client_modified="2015-01-02T03:04:05Z")
    api.relocate(kind, "from", "to")
    assert api.metadata("to/deep/file")["client_modified"] == "2015-01-02T03:04:05Z"


@pytest.mark.checks("v2-relocate-quota")
@pytest.mark.not_live("needs a small quota")
def test_copy_over_the_quota(api):
    """A copy over the quota fails, and nothing is copied."""
    api.put("source", bytes(600))
    api.box.set_quota(1000)
    assert api.fails("files/copy_v2", paths(api, "source", "target")) == "insufficient_quota"
    assert names(api.entries()) == ["source"]


@pytest.mark.checks("v2-move-case")
def test_move_to_another_case(api):
    """A move to the same path in another case renames the entry."""
    put = api.put("name.txt")
    moved = api.relocate("move", "name.txt", "NAME.txt")
    assert (moved["name"], moved["id"]) == ("NAME.txt", put["id"])
    assert names(api.entries()) == ["NAME.txt"]


@pytest.mark.checks("v2-copy-same-content")
def test_copy_over_the_same_content(api):
    """The same bytes at the target are a conflict of a copy or move."""
    api.put("a", b"same")
    api.put("b", b"same")
    for kind in ("copy", "move"):
        assert api.fails(f"files/{kind}_v2", paths(api, "a", "b")) == "to/conflict/file"


@pytest.mark.checks("v2-old-operations")
def test_operations_of_the_first_version(api):
    """The first versions return the bare metadata: a new folder without its tag, others with it."""
    check_folder(api.ok("files/create_folder", {"path": api.path("f")}))
    put = api.put("f/a", b"one")
    copy = api.ok("files/copy", paths(api, "f/a", "f/b"))
    check_file(copy, b"one", "file")
    moved = api.ok("files/move", paths(api, "f/b", "f/c"))
    check_file(moved, b"one", "file")
    assert moved["id"] == copy["id"] != put["id"]
    assert api.ok("files/delete", {"path": api.path("f/a")}) == {".tag": "file", **put}
    assert names(api.entries("f")) == ["c"]


@pytest.mark.checks("v2-old-operations-errors")
@pytest.mark.parametrize(
    ("route", "argument", "tags"),
    [
        ("files/create_folder", {"path": "{}/file"}, "path/conflict/file"),
        ("files/copy", {"from_path": "{}/never", "to_path": "{}/x"}, "from_lookup/not_found"),
        ("files/move", {"from_path": "{}/never", "to_path": "{}/x"}, "from_lookup/not_found"),
        ("files/delete", {"path": "{}/never"}, "path_lookup/not_found"),
    ],
)
def test_errors_of_the_first_version(api, route, argument, tags):
    """The first versions have the errors of the later ones."""
    api.put("file")
    argument = {name: value.format(api.folder) for name, value in argument.items()}
    assert api.fails(route, argument) == tags


@pytest.mark.checks("v2-create-folder-batch")
def test_batch_of_new_folders(api):
    """A batch of folders has a result for each path, in their order."""
    api.mkdir("taken")
    api.put("file")
    argument = {"paths": [api.path(name) for name in ("one", "taken", "file", "two")]}
    done = api.job("files/create_folder_batch", argument, "files/create_folder_batch/check")
    assert done[".tag"] == "complete"
    one, taken, file, two = done["entries"]
    for result, name in ((one, "one"), (two, "two")):
        assert set(result) == {".tag", "metadata"}
        assert result[".tag"] == "success"
        check_folder(result["metadata"])
        assert result["metadata"]["name"] == name
    assert taken == failure("path", "conflict", "folder")
    assert file == failure("path", "conflict", "file")


@pytest.mark.checks("v2-create-folder-batch")
def test_batch_of_new_folders_with_autorename(api):
    """Autorename applies to every folder of the batch."""
    api.mkdir("taken")
    argument = {"paths": [api.path("taken")], "autorename": True}
    done = api.job("files/create_folder_batch", argument, "files/create_folder_batch/check")
    assert done["entries"][0]["metadata"]["name"] == "taken (1)"


@pytest.mark.checks("v2-create-folder-batch-sync")
def test_small_batch_of_new_folders(api):
    """A small batch is complete at once, and a job with force_async."""
    argument = {"paths": [api.path("one")]}
    assert api.ok("files/create_folder_batch", argument)[".tag"] == "complete"
    argument = {"paths": [api.path("two")], "force_async": True}
    launch = api.ok("files/create_folder_batch", argument)
    assert launch[".tag"] == "async_job_id"
    done = api.done("files/create_folder_batch/check", launch["async_job_id"])
    assert done["entries"][0]["metadata"]["name"] == "two"


@pytest.mark.checks("v2-create-folder-batch-large")
def test_large_batch_of_new_folders(api):
    """A batch of 100 folders is a job."""
    argument = {"paths": [api.path(f"folder {number}") for number in range(100)]}
    launch = api.ok("files/create_folder_batch", argument)
    assert launch[".tag"] == "async_job_id"
    api.done("files/create_folder_batch/check", launch["async_job_id"])


@pytest.mark.checks("v2-create-folder-batch-duplicates")
def test_batch_with_the_same_folder_twice(api):
    """A path that is twice in a batch creates one folder."""
    argument = {"paths": [api.path("one"), api.path("one")], "autorename": True}
    api.job("files/create_folder_batch", argument, "files/create_folder_batch/check")
    assert "one" in names(api.entries())


@pytest.mark.checks("v2-create-folder-batch-duplicates")
def test_batch_counts_duplicate_paths_once(api):
    """With autorename the same path twice in a batch is one folder."""
    argument = {"paths": [api.path("one"), api.path("one")], "autorename": True}
    api.job("files/create_folder_batch", argument, "files/create_folder_batch/check")
    assert names(api.entries()) == ["one"]


@pytest.mark.checks("v2-delete-batch")
def test_batch_of_deletions(api):
    """A batch of deletions is a job with a result for each entry, in their order."""
    old = api.put("stale", b"one")
    api.put("stale", b"two", mode="overwrite")
    put = api.put("good")
    entries = [
        {"path": api.path("good"), "parent_rev": put["rev"]},
        {"path": api.path("stale"), "parent_rev": old["rev"]},
        {"path": api.path("never")},
    ]
    launch = api.ok("files/delete_batch", {"entries": entries})
    assert set(launch) == {".tag", "async_job_id"}
    done = api.done("files/delete_batch/check", launch["async_job_id"])
    assert done == {
        ".tag": "complete",
        "entries": [
            {".tag": "success", "metadata": {".tag": "file", **put}},
            failure("path_write", "conflict", "file"),
            failure("path_lookup", "not_found"),
        ],
    }
    assert names(api.entries()) == ["stale"]


@pytest.mark.checks("v2-relocate-batch")
@BOTH
def test_batch_of_relocations(api, kind):
    """A batch of copies or moves is a job with a result for each entry, in their order."""
    put = api.put("a", b"one")
    api.put("taken", b"old")
    api.put("b", b"two")
    pairs = [("a", "c"), ("never", "d"), ("b", "taken")]
    argument = {"entries": [paths(api, *pair) for pair in pairs]}
    launch = api.ok(f"files/{kind}_batch_v2", argument)
    assert set(launch) == {".tag", "async_job_id"}
    done = api.done(f"files/{kind}_batch/check_v2", launch["async_job_id"])
    assert done[".tag"] == "complete"
    good, missing, conflict = done["entries"]
    assert set(good) == {".tag", "success"}
    assert good[".tag"] == "success"
    check_file(good["success"], b"one", "file")
    assert good["success"]["name"] == "c"
    assert (good["success"]["id"] == put["id"]) is (kind == "move")
    assert missing == failure("relocation_error", "from_lookup", "not_found")
    assert conflict == failure("relocation_error", "to", "conflict", "file")
    assert api.content("taken") == b"old"


@pytest.mark.checks("v2-relocate-batch-autorename")
@BOTH
def test_batch_of_relocations_with_autorename(api, kind):
    """Autorename applies to every entry of the batch."""
    api.put("a", b"one")
    api.put("taken", b"old")
    argument = {"entries": [paths(api, "a", "taken")], "autorename": True}
    done = api.job(f"files/{kind}_batch_v2", argument, f"files/{kind}_batch/check_v2")
    assert done["entries"][0]["success"]["name"] == "taken (1)"


CHECKS = [
    "files/create_folder_batch/check",
    "files/delete_batch/check",
    "files/copy_batch/check_v2",
    "files/move_batch/check_v2",
    "files/save_url/check_job_status",
]


@pytest.mark.checks("v2-job-unknown")
@pytest.mark.parametrize("route", CHECKS)
def test_unknown_job(api, route):
    """An unknown job is not accepted."""
    for job_id in ("dbjid:" + "A" * 88, "A" * 22):
        assert api.fails(route, {"async_job_id": job_id}) == "invalid_async_job_id"
    assert api.call(route, {"async_job_id": ""}).status == 400


@pytest.mark.checks("v2-job-unknown")
def test_altered_job(api):
    """The id of a job with one letter changed is not accepted."""
    api.put("a")
    launch = api.ok("files/copy_batch_v2", {"entries": [paths(api, "a", "b")]})
    job_id = launch["async_job_id"]
    altered = job_id[:-1] + ("A" if job_id[-1] != "A" else "B")
    found = api.fails("files/copy_batch/check_v2", {"async_job_id": altered})
    assert found == "invalid_async_job_id"


@pytest.mark.checks("v2-job-id")
def test_form_of_a_job_id(api):
    """The id of a batch's job is dbjid: and 88 characters."""
    api.put("a")
    launch = api.ok("files/copy_batch_v2", {"entries": [paths(api, "a", "b")]})
    assert launch["async_job_id"].startswith("dbjid:")
    assert len(launch["async_job_id"]) == 94


@pytest.mark.checks("v2-job-in-progress")
@pytest.mark.unmet("A job is done at once.")
@pytest.mark.not_live("the time that a job takes is not known")
def test_job_in_progress(api):
    """A job may be in progress at the first check."""
    api.put("a")
    launch = api.ok("files/copy_batch_v2", {"entries": [paths(api, "a", "b")]})
    status = api.ok("files/copy_batch/check_v2", {"async_job_id": launch["async_job_id"]})
    assert status == {".tag": "in_progress"}


@pytest.mark.checks("v2-permanently-delete")
def test_permanent_deletion(api):
    """An app of an account cannot delete permanently."""
    api.put("a")
    text = api.rejects("files/permanently_delete", {"path": api.path("a")})
    assert text == "Your API app is not allowed to call this function."


@pytest.mark.checks("v2-permanently-delete")
@pytest.mark.not_live("needs the app of a team")
def test_restore_after_a_permanent_deletion(api):
    """A file that is deleted permanently cannot be restored."""
    put = api.put("folder/a", b"one")
    api.put("folder/a", b"two", mode="overwrite")
    app = api.box.add_app("Deleter", scopes=["account_info.read", "files.permanent_delete"])
    token = api.box.add_token(app=app, bearer=True).access_token
    argument = {"path": api.path("folder")}
    headers = {"authorization": f"Bearer {token}"}
    assert api.call("files/permanently_delete", argument, **headers).status == 200
    argument = {"path": api.path("folder/a"), "rev": put["rev"]}
    assert api.call("files/restore", argument).status == 409
    assert api.fails("files/get_metadata", {"path": argument["path"]}) == "path/not_found"
