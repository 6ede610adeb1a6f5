"""Both versions show the same Dropbox."""

from __future__ import annotations

import json


def v1(api, method, target, data=b""):
    """What version 1 answers."""
    answer = api.raw(f"/1{target}", data, None, method=method)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)


def test_file_put_by_one_version_is_the_same_file_by_the_other(api):
    """The same revision and bytes, whichever way round."""
    old = v1(api, "PUT", "/files_put/dropbox/old.txt", b"from 2012")
    new = api.upload("/new.txt", b"from today")
    assert api.rpc("files/get_metadata", path="/old.txt")["rev"] == old["rev"]
    assert v1(api, "GET", "/metadata/dropbox/new.txt")["rev"] == new["rev"]
    assert api.send("files/download", {"path": "/old.txt"}).data == b"from 2012"
    assert api.raw("/1/files/dropbox/new.txt", None, None, method="GET").data == b"from today"


def test_both_cursors_see_what_either_version_does(api):
    """Each once, in its own words."""
    delta = v1(api, "POST", "/delta")["cursor"]
    cursor = api.rpc("files/list_folder", path="", recursive=True)["cursor"]
    v1(api, "PUT", "/files_put/dropbox/old.txt", b"from 2012")
    api.upload("/new.txt", b"from today")
    changed = v1(api, "POST", f"/delta?cursor={delta}")["entries"]
    payload = api.rpc("files/list_folder/continue", cursor=cursor)["entries"]
    assert [path for path, _ in changed] == ["/old.txt", "/new.txt"]
    assert [entry["path_lower"] for entry in payload] == ["/old.txt", "/new.txt"]


def test_upload_of_one_version_is_none_of_the_other_when_it_is_concurrent(api):
    """Version 1 knows sequences only."""
    request_token = {"session_type": "concurrent"}
    session = json.loads(api.send("files/upload_session/start", request_token).text)["session_id"]
    answer = api.raw(f"/1/chunked_upload?upload_id={session}&offset=0", b"x", None, method="PUT")
    assert answer.status_code == 404
