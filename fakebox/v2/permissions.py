"""Who may call a route, and the scope that is required: one table of all routes.

Source: the attributes `auth` and `scope` of the published specification.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

CallerKind: TypeAlias = Literal["user", "app", "team", "nobody"]


@dataclass(frozen=True, slots=True)
class Permission:
    """The credentials that a route requires.

    Attributes:
        scope: the scope that the app and its token need; empty if none is required.
        callers: the accepted credentials: the token of a `user` or a `team`, the key and the
            secret of an `app`, or none (`nobody`).
    """

    scope: str
    callers: tuple[CallerKind, ...] = ("user",)


# By the name of the route.
PERMISSIONS: dict[str, Permission] = {
    "auth/token/from_oauth1": Permission("", ("app",)),
    "auth/token/revoke": Permission(""),
    "check/app": Permission("", ("app",)),
    "check/user": Permission("account_info.read"),
    "files/copy": Permission("files.content.write"),
    "files/copy_batch/check_v2": Permission("files.content.write"),
    "files/copy_batch_v2": Permission("files.content.write"),
    "files/copy_reference/get": Permission("files.content.write"),
    "files/copy_reference/save": Permission("files.content.write"),
    "files/copy_v2": Permission("files.content.write"),
    "files/create_folder": Permission("files.content.write"),
    "files/create_folder_batch": Permission("files.content.write"),
    "files/create_folder_batch/check": Permission("files.content.write"),
    "files/create_folder_v2": Permission("files.content.write"),
    "files/delete": Permission("files.content.write"),
    "files/delete_batch": Permission("files.content.write"),
    "files/delete_batch/check": Permission("files.content.write"),
    "files/delete_v2": Permission("files.content.write"),
    "files/download": Permission("files.content.read"),
    "files/download_zip": Permission("files.content.read"),
    "files/get_metadata": Permission("files.metadata.read"),
    "files/get_preview": Permission("files.content.read"),
    "files/get_temporary_link": Permission("files.content.read"),
    "files/get_temporary_upload_link": Permission("files.content.write"),
    "files/get_thumbnail": Permission("files.content.read"),
    "files/get_thumbnail_batch": Permission("files.content.read"),
    "files/get_thumbnail_v2": Permission("files.content.read", ("user", "app")),
    "files/list_folder": Permission("files.metadata.read", ("user", "app")),
    "files/list_folder/continue": Permission("files.metadata.read", ("user", "app")),
    "files/list_folder/get_latest_cursor": Permission("files.metadata.read"),
    "files/list_folder/longpoll": Permission("files.metadata.read", ("nobody",)),
    "files/list_revisions": Permission("files.metadata.read"),
    "files/move": Permission("files.content.write"),
    "files/move_batch/check_v2": Permission("files.content.write"),
    "files/move_batch_v2": Permission("files.content.write"),
    "files/move_v2": Permission("files.content.write"),
    "files/permanently_delete": Permission("files.permanent_delete"),
    "files/restore": Permission("files.content.write"),
    "files/save_url": Permission("files.content.write"),
    "files/save_url/check_job_status": Permission("files.content.write"),
    "files/search": Permission("files.metadata.read"),
    "files/search/continue_v2": Permission("files.metadata.read"),
    "files/search_v2": Permission("files.metadata.read"),
    "files/tags/add": Permission("files.metadata.write"),
    "files/tags/get": Permission("files.metadata.read"),
    "files/tags/remove": Permission("files.metadata.write"),
    "files/upload": Permission("files.content.write"),
    "files/upload_session/append": Permission("files.content.write"),
    "files/upload_session/append_v2": Permission("files.content.write"),
    "files/upload_session/finish": Permission("files.content.write"),
    "files/upload_session/finish_batch": Permission("files.content.write"),
    "files/upload_session/finish_batch/check": Permission("files.content.write"),
    "files/upload_session/finish_batch_v2": Permission("files.content.write"),
    "files/upload_session/start": Permission("files.content.write"),
    "files/upload_session/start_batch": Permission("files.content.write"),
    "sharing/create_shared_link": Permission("sharing.write"),
    "sharing/create_shared_link_with_settings": Permission("sharing.write"),
    "sharing/get_shared_link_file": Permission("sharing.read", ("user", "app")),
    "sharing/get_shared_link_metadata": Permission("sharing.read", ("user", "app")),
    "sharing/get_shared_links": Permission("sharing.read"),
    "sharing/list_shared_links": Permission("sharing.read"),
    "sharing/modify_shared_link_settings": Permission("sharing.write"),
    "sharing/revoke_shared_link": Permission("sharing.write"),
    "users/features/get_values": Permission("account_info.read"),
    "users/get_account": Permission("sharing.read"),
    "users/get_account_batch": Permission("sharing.read"),
    "users/get_current_account": Permission("account_info.read"),
    "users/get_space_usage": Permission("account_info.read"),
}
