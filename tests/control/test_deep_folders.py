"""Folders nested deeper than Python's stack: whatever goes through a tree works on them."""

from __future__ import annotations

import io
import json
import zipfile
from functools import partial

import pytest
import urllib3

from fakebox import Fakebox

DEPTH = 990
BEARER = {"Authorization": "Bearer fakebox-bearer-token"}
# urllib3's own function gives up after three seconds, which a busy machine may need.
request = partial(urllib3.request, timeout=60)


@pytest.fixture(scope="module")
def box():
    """An emulator with one file below 990 folders."""
    with Fakebox() as box:
        box.write("/d" * DEPTH + "/f", b"x")
        yield box


def test_tree_of_a_deep_folder_is_complete(box):
    """From the library, and from the control plane."""
    expected = [*("/d" * depth + "/" for depth in range(1, DEPTH + 1)), "/d" * DEPTH + "/f"]
    assert sorted(box.tree()) == sorted(expected)
    response = request("GET", f"{box.url}/_fakebox/tree/1")
    assert response.json() == {"tree": sorted(expected)}


@pytest.mark.parametrize("depth", [1, 500, DEPTH])
def test_dashboard_shows_a_deep_folder(box, depth):
    """With a link to each folder above it."""
    url = f"{box.url}/_fakebox/page/files/1{'/d' * depth}"
    response = request("GET", url)
    assert response.status == 200
    assert response.data.count(b" / <a") == depth


def test_deep_folder_is_downloaded_as_an_archive(box):
    """Every folder is in it, and the file."""
    headers = {**BEARER, "Dropbox-API-Arg": json.dumps({"path": "/d"})}
    response = request("POST", f"{box.url}/2/files/download_zip", headers=headers)
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert len(archive.namelist()) == DEPTH + 1
        assert archive.read("d/" * DEPTH + "f") == b"x"


def test_search_finds_a_file_in_a_deep_folder():
    """By both versions, and with the whole path."""
    path = "/d" * DEPTH + "/needle"
    with Fakebox() as box:
        box.write(path, b"x")
        found = request("GET", f"{box.url}/1/search/dropbox/?query=needle", headers=BEARER)
        assert [match["path"] for match in found.json()] == [path]
        found = request(
            "POST", f"{box.url}/2/files/search_v2", json={"query": "needle"}, headers=BEARER
        )
        (match,) = found.json()["matches"]
        assert match["metadata"]["metadata"]["path_display"] == path


def test_deep_folder_is_copied_moved_and_deleted():
    """By both versions, and listed with all that is below it."""
    with Fakebox() as box:
        box.write("/d" * DEPTH + "/f", b"x")

        def call(route, argument):
            response = request("POST", f"{box.url}/2/{route}", json=argument, headers=BEARER)
            assert response.status == 200, response.data
            return response.json()

        call("files/copy_v2", {"from_path": "/d", "to_path": "/e"})
        call("files/move_v2", {"from_path": "/e", "to_path": "/g"})
        listed = call("files/list_folder", {"path": "/g", "recursive": True, "limit": 2000})
        assert len(listed["entries"]) == DEPTH + 1
        found = request("GET", f"{box.url}/1/search/dropbox/g?query=f", headers=BEARER)
        assert len(found.json()) == 1
        assert request("POST", f"{box.url}/1/delta", headers=BEARER).status == 200
        call("files/delete_v2", {"path": "/g"})
        assert box.read("/d" * DEPTH + "/f") == b"x"


def test_deep_folder_survives_a_snapshot():
    """Taken, changed and restored."""
    with Fakebox() as box:
        box.write("/d" * DEPTH + "/f", b"x")
        snapshot = box.snapshot()
        box.reset()
        box.restore(snapshot)
        assert box.read("/d" * DEPTH + "/f") == b"x"


def test_deep_directory_is_seeded_and_compared(tmp_path):
    """As deep as the operating system lets a path be."""
    made = [tmp_path / "s"]
    for _ in range(DEPTH):
        made.append(made[-1] / "d")
    for path in made:
        path.mkdir()
    (made[-1] / "f").write_bytes(b"x")
    try:
        with Fakebox(transport="inprocess") as box:
            box.seed(tmp_path / "s")
            assert not box.diff(tmp_path / "s")
    finally:
        # What removes temporary directories calls itself for each level.
        (made[-1] / "f").unlink()
        for path in reversed(made):
            path.rmdir()
