"""Tests that no argument of an API v2 route causes an internal error."""

from __future__ import annotations

from typing import Any

import pytest

from fakebox.v2.app import create_v2
from tests.security.hostile import BEARER, CONTENT, JSON, Emulator, with_each_value

COMMIT = {
    "path": "/new.txt",
    "mode": {".tag": "update", "update": "0123456789"},
    "autorename": True,
    "client_modified": "2013-01-01T00:00:00Z",
    "mute": False,
    "property_groups": [],
    "strict_conflict": False,
}
SESSION = {"session_id": "session", "offset": 0}
FINISH = {"cursor": SESSION, "commit": COMMIT, "content_hash": "0" * 64}
FINISH_BATCH = {"entries": [FINISH]}
RELOCATION = {
    "from_path": "/a.txt",
    "to_path": "/b.txt",
    "autorename": True,
    "allow_shared_folder": True,
    "allow_ownership_transfer": True,
}
RELOCATION_BATCH = {"entries": [{"from_path": "/a.txt", "to_path": "/b.txt"}], "autorename": True}
DELETE = {"path": "/a.txt", "parent_rev": "0123456789"}
JOB = {"async_job_id": "job"}
CREATE_FOLDER = {"path": "/folder", "autorename": True}
LIST_FOLDER = {
    "path": "",
    "recursive": False,
    "include_media_info": False,
    "include_deleted": True,
    "limit": 10,
    "shared_link": {"url": "http://localhost/s/x", "password": "p"},
    "include_property_groups": {".tag": "filter_some", "filter_some": []},
}
LINK_SETTINGS = {
    "requested_visibility": "public",
    "link_password": "p",
    "expires": "2030-01-01T00:00:00Z",
    "audience": "public",
    "access": "viewer",
    "allow_download": True,
    "require_password": False,
}
LINK = {"url": "http://localhost/s/x", "path": "/a.txt", "link_password": "p"}
THUMBNAIL = {
    "path": "/a.txt",
    "format": "jpeg",
    "size": "w64h64",
    "mode": "strict",
    "quality": "quality_80",
    "exclude_media_info": False,
}
V2_ARGUMENTS: dict[str, Any] = {
    "/check/user": {"query": "q"},
    "/check/app": {"query": "q"},
    "/files/upload": {**COMMIT, "content_hash": "0" * 64},
    "/files/download": {"path": "/a.txt", "rev": "0123456789"},
    "/files/get_preview": {"path": "/a.txt", "rev": "0123456789"},
    "/files/download_zip": {"path": "/folder"},
    "/files/get_temporary_link": {"path": "/a.txt"},
    "/files/get_temporary_upload_link": {"commit_info": COMMIT, "duration": 60.0},
    "/files/create_folder_v2": CREATE_FOLDER,
    "/files/create_folder": CREATE_FOLDER,
    "/files/create_folder_batch": {"paths": ["/f"], "autorename": True, "force_async": False},
    "/files/create_folder_batch/check": JOB,
    "/files/delete_v2": DELETE,
    "/files/delete": DELETE,
    "/files/delete_batch": {"entries": [DELETE]},
    "/files/delete_batch/check": JOB,
    "/files/permanently_delete": DELETE,
    "/files/copy_v2": RELOCATION,
    "/files/copy": RELOCATION,
    "/files/move_v2": RELOCATION,
    "/files/move": RELOCATION,
    "/files/copy_batch_v2": RELOCATION_BATCH,
    "/files/move_batch_v2": RELOCATION_BATCH,
    "/files/copy_batch/check_v2": JOB,
    "/files/move_batch/check_v2": JOB,
    "/files/list_folder": LIST_FOLDER,
    "/files/list_folder/continue": {"cursor": "c"},
    "/files/list_folder/get_latest_cursor": LIST_FOLDER,
    "/files/list_folder/longpoll": {"cursor": "c", "timeout": 30},
    "/files/get_metadata": {
        "path": "/a.txt",
        "include_media_info": True,
        "include_deleted": True,
        "include_property_groups": None,
    },
    "/files/list_revisions": {
        "path": "/a.txt",
        "mode": "path",
        "limit": 10,
        "before_rev": "0123456789",
    },
    "/files/restore": {"path": "/a.txt", "rev": "0123456789"},
    "/files/copy_reference/get": {"path": "/a.txt"},
    "/files/copy_reference/save": {"copy_reference": "r", "path": "/c.txt"},
    "/files/save_url": {"path": "/c.txt", "url": "http://localhost/s/x"},
    "/files/save_url/check_job_status": JOB,
    "/files/tags/add": {"path": "/a.txt", "tag_text": "t"},
    "/files/tags/remove": {"path": "/a.txt", "tag_text": "t"},
    "/files/tags/get": {"paths": ["/a.txt"]},
    "/files/search_v2": {
        "query": "txt",
        "options": {
            "path": "",
            "max_results": 10,
            "order_by": "relevance",
            "file_status": "active",
            "filename_only": True,
            "file_extensions": ["txt"],
            "file_categories": ["document"],
            "account_id": "dbid:x",
        },
        "match_field_options": {"include_highlights": True},
    },
    "/files/search": {
        "path": "",
        "query": "txt",
        "start": 0,
        "max_results": 10,
        "mode": "filename",
    },
    "/files/search/continue_v2": {"cursor": "c"},
    "/files/upload_session/start": {
        "close": False,
        "session_type": "sequential",
        "content_hash": "0" * 64,
    },
    "/files/upload_session/start_batch": {"num_sessions": 1, "session_type": "concurrent"},
    "/files/upload_session/append_v2": {
        "cursor": SESSION,
        "close": False,
        "content_hash": "0" * 64,
    },
    "/files/upload_session/append": SESSION,
    "/files/upload_session/finish": FINISH,
    "/files/upload_session/finish_batch": FINISH_BATCH,
    "/files/upload_session/finish_batch_v2": FINISH_BATCH,
    "/files/upload_session/finish_batch/check": JOB,
    "/sharing/create_shared_link_with_settings": {"path": "/a.txt", "settings": LINK_SETTINGS},
    "/sharing/create_shared_link": {
        "path": "/a.txt",
        "short_url": True,
        "pending_upload": "file",
    },
    "/sharing/get_shared_links": {"path": "/a.txt"},
    "/sharing/list_shared_links": {"path": "/a.txt", "cursor": "c", "direct_only": True},
    "/sharing/get_shared_link_metadata": LINK,
    "/sharing/get_shared_link_file": LINK,
    "/sharing/modify_shared_link_settings": {
        "url": "http://localhost/s/x",
        "settings": LINK_SETTINGS,
        "remove_expiration": True,
    },
    "/sharing/revoke_shared_link": {"url": "http://localhost/s/x"},
    "/files/get_thumbnail": THUMBNAIL,
    "/files/get_thumbnail_v2": {
        **{name: value for name, value in THUMBNAIL.items() if name != "path"},
        "resource": {".tag": "path", "path": "/a.txt"},
    },
    "/files/get_thumbnail_batch": {"entries": [THUMBNAIL]},
    "/auth/token/revoke": None,
    "/auth/token/from_oauth1": {"oauth1_token": "t", "oauth1_token_secret": "s"},
    "/users/get_current_account": None,
    "/users/get_account": {"account_id": "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"},
    "/users/get_account_batch": {"account_ids": ["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"]},
    "/users/get_space_usage": None,
    "/users/features/get_values": {"features": ["paper_as_files"]},
}


@pytest.mark.parametrize("route", sorted(V2_ARGUMENTS))
def test_hostile_v2_argument_causes_no_internal_error(emulator: Emulator, route: str) -> None:
    """A hostile value in any field of the argument, in the body or the header, causes no 500."""
    for argument in with_each_value(V2_ARGUMENTS[route]):
        if is_content_route(route):
            header = argument.encode().decode("latin-1")
            headers = {**BEARER, **CONTENT, "Dropbox-API-Arg": header}
            emulator.check("POST", f"/2{route}", headers=headers)
        else:
            emulator.check("POST", f"/2{route}", "", argument.encode(), {**BEARER, **JSON})


def test_every_v2_route_is_tested_with_hostile_arguments() -> None:
    """Every API v2 route with an argument is in the table of this module."""
    rules = {rule.rule for rule in create_v2().url_map.iter_rules()}
    assert rules - set(V2_ARGUMENTS) == {"/oauth2/token", "/apitul/1/<token>"}


def is_content_route(route: str) -> bool:
    """Returns whether a route of API v2 has its argument in a header."""
    names = "upload download get_preview download_zip get_thumbnail get_thumbnail_v2"
    sessions = "start append append_v2 finish"
    content = {f"/files/{name}" for name in names.split()}
    content |= {f"/files/upload_session/{name}" for name in sessions.split()}
    return route in content | {"/sharing/get_shared_link_file"}
