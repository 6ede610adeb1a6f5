"""An error of each route, for planned faults that have only a status.

The error says that the request is not permitted, where the route has such an error. A client then
does not go on as if the file were missing. Source: the error types of the published specification.
"""

from __future__ import annotations

from fakebox.v2.schema import JSONObject
from fakebox.v2.tagged_errors import tagged_error

_SESSION = "pid_upload_session:AAAAAAAAAAAAAAAAAAAAAA"
_ACCOUNT = "dbid:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
_LOOKUP = "path/restricted_content"
_WRITE = "path/no_write_permission"
# The tags of an error by the name of the route. Routes without a documented error are left out.
_TAGS: dict[str, str] = {
    "auth/token/from_oauth1": "app_id_mismatch",
    "check/app": "user_requested",
    "check/user": "user_requested",
    "files/copy": "from_lookup/restricted_content",
    "files/copy_batch/check_v2": "internal_error",
    "files/copy_reference/get": _LOOKUP,
    "files/copy_reference/save": _WRITE,
    "files/copy_v2": "from_lookup/restricted_content",
    "files/create_folder": _WRITE,
    "files/create_folder_batch/check": "internal_error",
    "files/create_folder_v2": _WRITE,
    "files/delete": "path_lookup/restricted_content",
    "files/delete_batch/check": "internal_error",
    "files/delete_v2": "path_lookup/restricted_content",
    "files/download": _LOOKUP,
    "files/download_zip": _LOOKUP,
    "files/get_metadata": _LOOKUP,
    "files/get_preview": _LOOKUP,
    "files/get_temporary_link": _LOOKUP,
    "files/get_thumbnail": _LOOKUP,
    "files/get_thumbnail_batch": "too_many_files",
    "files/get_thumbnail_v2": _LOOKUP,
    "files/list_folder": _LOOKUP,
    "files/list_folder/continue": _LOOKUP,
    "files/list_folder/get_latest_cursor": _LOOKUP,
    "files/list_folder/longpoll": "reset",
    "files/list_revisions": _LOOKUP,
    "files/move": "from_lookup/restricted_content",
    "files/move_batch/check_v2": "internal_error",
    "files/move_v2": "from_lookup/restricted_content",
    "files/permanently_delete": "path_lookup/restricted_content",
    "files/restore": "path_lookup/restricted_content",
    "files/save_url": _WRITE,
    "files/save_url/check_job_status": "internal_error",
    "files/search": _LOOKUP,
    "files/search/continue_v2": _LOOKUP,
    "files/search_v2": _LOOKUP,
    "files/tags/add": _LOOKUP,
    "files/tags/get": _LOOKUP,
    "files/tags/remove": _LOOKUP,
    "files/upload": _WRITE,
    "files/upload_session/append": "closed",
    "files/upload_session/append_v2": "closed",
    "files/upload_session/finish": _WRITE,
    "files/upload_session/finish_batch/check": "internal_error",
    "files/upload_session/start": "content_hash_mismatch",
    "sharing/create_shared_link": _LOOKUP,
    "sharing/create_shared_link_with_settings": _LOOKUP,
    "sharing/get_shared_link_file": "shared_link_access_denied",
    "sharing/get_shared_link_metadata": "shared_link_access_denied",
    "sharing/get_shared_links": "path",
    "sharing/list_shared_links": _LOOKUP,
    "sharing/modify_shared_link_settings": "shared_link_access_denied",
    "sharing/revoke_shared_link": "shared_link_access_denied",
    "users/features/get_values": "empty_features_list",
    "users/get_account": "no_account",
    "users/get_account_batch": "no_account",
}


def documented_error(route: str) -> tuple[str, JSONObject]:
    """Return the tags and the error of a response 409.

    Args:
        route: the name of the route. The tag of a route without a documented error is `other`.
    """
    tags = _TAGS.get(route, "other")
    if route == "files/upload":
        reason: JSONObject = {".tag": "no_write_permission"}
        return tags, {".tag": "path", "reason": reason, "upload_session_id": _SESSION}
    fields = {"no_account": _ACCOUNT} if route == "users/get_account_batch" else {}
    return tags, tagged_error(*tags.split("/"), **fields).error
