"""Both versions of the API use the same files."""

from __future__ import annotations

import json


def v1(api, method, target, data=b""):
    """Return the result of a call of version 1."""
    response = api.raw(f"/1{target}", data, None, method=method)
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def test_file_uploaded_with_one_version_is_read_with_the_other(api):
    """A file has the same bytes in both versions, and both find it by the rev of either one."""
    v1_file = v1(api, "PUT", "/files_put/dropbox/old.txt", b"from 2012")
    v2_file = api.upload("/new.txt", b"from today")
    assert api.rpc("files/get_metadata", path=f"rev:{v1_file['rev']}")["name"] == "old.txt"
    target = f"/metadata/dropbox/new.txt?rev={v2_file['rev']}"
    assert v1(api, "GET", target)["path"] == "/new.txt"
    assert api.send("files/download", {"path": "/old.txt"}).data == b"from 2012"
    assert api.raw("/1/files/dropbox/new.txt", None, None, method="GET").data == b"from today"


def test_cursors_of_both_versions_list_changes_of_both_versions(api):
    """Each change is listed once by each cursor."""
    delta = v1(api, "POST", "/delta")["cursor"]
    cursor = api.rpc("files/list_folder", path="", recursive=True)["cursor"]
    v1(api, "PUT", "/files_put/dropbox/old.txt", b"from 2012")
    api.upload("/new.txt", b"from today")
    changed = v1(api, "POST", f"/delta?cursor={delta}")["entries"]
    payload = api.rpc("files/list_folder/continue", cursor=cursor)["entries"]
    assert [path for path, _ in changed] == ["/old.txt", "/new.txt"]
    assert [entry["path_lower"] for entry in payload] == ["/old.txt", "/new.txt"]


def test_concurrent_session_is_unknown_to_version_1(api):
    """Version 1 accepts only sequential sessions."""
    argument = {"session_type": "concurrent"}
    session = json.loads(api.send("files/upload_session/start", argument).text)["session_id"]
    response = api.raw(f"/1/chunked_upload?upload_id={session}&offset=0", b"x", None, method="PUT")
    assert response.status_code == 404
