"""The order of list_folder, as recorded from the service."""

from __future__ import annotations


def names(api, cursor=None, **argument):
    """Return the names of the entries on all pages of a listing."""
    page = api.rpc("files/list_folder", **argument)
    found = []
    while True:
        found += [entry["name"] for entry in page["entries"]]
        if not page["has_more"]:
            return found
        page = api.rpc("files/list_folder/continue", cursor=page["cursor"])


def test_folders_are_listed_before_files_and_deleted_entries_last(api):
    """Folders are sorted by creation and files by their last write, across all pages."""
    for path in ("/z/in", "/c", "/b", "/gone", "/a/in"):
        api.upload(path)
    api.upload("/c", b"new", mode="overwrite")
    api.rpc("files/delete_v2", path="/gone")
    for limit in (1, 2, 100):
        assert names(api, path="", limit=limit) == ["z", "a", "b", "c"]
        listed = names(api, path="", limit=limit, include_deleted=True)
        assert listed == ["z", "a", "b", "c", "gone"]


def test_recursive_listing_has_each_folder_before_its_contents(api):
    """Folders come first even after moves, copies and changes of spelling."""
    for path in ("/b/c/deep", "/b/file", "/a/other"):
        api.upload(path)
    api.rpc("files/move_v2", from_path="/b", to_path="/a/b")
    api.rpc("files/copy_v2", from_path="/a", to_path="/copy")
    api.rpc("files/move_v2", from_path="/a/b/c", to_path="/a/b/C")
    for limit in (1, 3, 100):
        page = api.rpc("files/list_folder", path="", recursive=True, limit=limit)
        seen = {""}
        while True:
            for entry in page["entries"]:
                if entry[".tag"] != "deleted":
                    assert entry["path_lower"].rpartition("/")[0] in seen
                    seen.add(entry["path_lower"])
            if not page["has_more"]:
                break
            page = api.rpc("files/list_folder/continue", cursor=page["cursor"])
        assert {"/a/b/c/deep", "/copy/b/c/deep", "/copy/other"} <= seen
