"""Metadata and errors of version 2, converted to the format of version 1."""

from __future__ import annotations

import json
import re

import pytest


def test_folder_has_the_fields_of_version_1(client):
    """A folder has the fields of version 1, and a `rev` that does not change."""
    client.put_file("/folder/a", b"x")
    folder = client.metadata("/folder", list=False)
    assert (folder["is_dir"], folder["revision"], folder["icon"]) == (True, 0, "folder")
    assert folder["rev"] == client.metadata("/folder")["rev"]
    # One digit of the revision, and eight of the namespace.
    assert re.fullmatch("[0-9a-f]{9}", folder["rev"])
    assert client.metadata("/", list=False)["path"] == "/"


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (1536, "1.5 KB"),
        (1024**2, "1 MB"),
        (1024**2 - 1, "1 MB"),
        (1024**4, "1 TB"),
        (2048 * 1024**4, "2048 TB"),
    ],
)
def test_size_is_formatted(scripted, script, size_bytes, text):
    """`size` has units of base 1024, and at most one decimal."""
    entry = {"name": "a", "path_display": "/a", "rev": "0123456789", "size": size_bytes}
    stamps = dict.fromkeys(("server_modified", "client_modified"), "2020-01-01T00:00:00Z")
    script.respond(json.dumps({**entry, **stamps}))
    assert scripted.put_file("/a", b"")["size"] == text


@pytest.mark.parametrize(
    ("media_info", "expected"),
    [
        ({".tag": "pending"}, "pending"),
        (
            {
                ".tag": "metadata",
                "metadata": {
                    "time_taken": "2020-01-01T00:00:00Z",
                    "location": {"latitude": 1.0, "longitude": 2.0},
                    "duration": 5,
                },
            },
            {
                "time_taken": "Wed, 01 Jan 2020 00:00:00 +0000",
                "lat_long": [1.0, 2.0],
                "duration": 5,
            },
        ),
    ],
    ids=["pending", "known"],
)
def test_video_has_media_info(scripted, script, media_info, expected):
    """A video has `video_info`; it is `pending` until the service has read it."""
    entry = {
        ".tag": "file",
        "name": "a.mp4",
        "path_lower": "/a.mp4",
        "rev": "0123456789",
        "size": 5 * 1024 * 1024,
        "server_modified": "2020-01-01T00:00:00Z",
        "client_modified": "2020-01-01T00:00:00Z",
        "media_info": media_info,
    }
    script.respond(json.dumps(entry))
    metadata = scripted.metadata("/a.mp4", include_media_info=True)
    assert metadata["video_info"] == expected
    assert (metadata["size"], metadata["icon"]) == ("5 MB", "page_white_film")


def test_photo_has_media_info(scripted, script):
    """A photo has `photo_info`; unknown fields are `None`."""
    stamps = dict.fromkeys(("server_modified", "client_modified"), "2020-01-01T00:00:00Z")
    media = {".tag": "metadata", "metadata": {".tag": "photo"}}
    entry = {".tag": "file", "name": "a.jpg", "path_display": "/a.jpg", "rev": "0123456789"}
    script.respond(json.dumps({**entry, **stamps, "size": 1, "media_info": media}))
    metadata = scripted.metadata("/a.jpg", include_media_info=True)
    assert metadata["photo_info"] == {"time_taken": None, "lat_long": None}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, "Error in call", {"error": "Error in call"}),
        (
            401,
            json.dumps({"error_summary": "invalid_access_token/.", "error": {}}),
            {"error": "invalid_access_token: The access token is invalid or was revoked."},
        ),
        (
            409,
            json.dumps({"error_summary": "other/..", "error": {".tag": "other"}}),
            {"error": "other"},
        ),
        (500, "failed", "failed"),
    ],
    ids=["text", "token", "unknown tag", "server"],
)
def test_error_has_the_form_of_version_1(scripted, script, status, body, expected, error_of):
    """Errors of version 2 have the status and the body of version 1."""
    script.respond(body, status)
    error = error_of(scripted.file_delete, "/a")
    assert (error.status, error.body) == (400 if status == 409 else status, expected)
