"""Folders nested nearly as deeply as Python's recursion limit allows."""

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
# The default timeout of `urllib3.request` is three seconds, which is too short on a busy machine.
request = partial(urllib3.request, timeout=60)


@pytest.fixture(scope="module")
def box():
    """An emulator with a file below 990 folders."""
    with Fakebox() as box:
        box.write("/d" * DEPTH + "/f", b"x")
        yield box


def test_tree_of_a_deep_folder_is_complete(box):
    """The library and the control plane return all paths."""
    expected = [*("/d" * depth + "/" for depth in range(1, DEPTH + 1)), "/d" * DEPTH + "/f"]
    assert sorted(box.tree()) == sorted(expected)
    response = request("GET", f"{box.url}/_fakebox/tree/1")
    assert response.json() == {"tree": sorted(expected)}


@pytest.mark.parametrize("depth", [1, 500, DEPTH])
def test_dashboard_shows_a_deep_folder(box, depth):
    """The dashboard links to each parent folder."""
    url = f"{box.url}/_fakebox/page/files/1{'/d' * depth}"
    response = request("GET", url)
    assert response.status == 200
    assert response.data.count(b" / <a") == depth


def test_deep_folder_is_downloaded_as_an_archive(box):
    """The archive contains the file and every folder."""
    headers = {**BEARER, "Dropbox-API-Arg": json.dumps({"path": "/d"})}
    response = request("POST", f"{box.url}/2/files/download_zip", headers=headers)
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert len(archive.namelist()) == DEPTH + 1
        assert archive.read("d/" * DEPTH + "f") == b"x"


def test_search_finds_a_file_in_a_deep_folder():
    """Both versions of the API find the file with its whole path."""
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
    """A recursive listing and a search find the copied entries."""
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


def test_deep_folder_is_restored_from_a_snapshot():
    """A file in a deep folder exists after its snapshot is restored."""
    with Fakebox() as box:
        box.write("/d" * DEPTH + "/f", b"x")
        snapshot = box.snapshot()
        box.reset()
        box.restore(snapshot)
        assert box.read("/d" * DEPTH + "/f") == b"x"


def test_deep_directory_is_seeded_and_compared(tmp_path):
    """`seed` and `diff` accept a local directory with 990 levels."""
    directories = [tmp_path / "s"]
    for _ in range(DEPTH):
        directories.append(directories[-1] / "d")
    for path in directories:
        path.mkdir()
    (directories[-1] / "f").write_bytes(b"x")
    try:
        with Fakebox(transport="inprocess") as box:
            box.seed(tmp_path / "s")
            assert not box.diff(tmp_path / "s")
    finally:
        # pytest removes temporary directories recursively, which fails at this depth.
        (directories[-1] / "f").unlink()
        for path in reversed(directories):
            path.rmdir()
