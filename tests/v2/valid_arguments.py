"""Valid arguments of every route, with every field, and an emulator in which they succeed."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

from PIL import Image

from fakebox.core import defaults
from fakebox.core.blobs import ContentHash
from fakebox.core.scopes import ALL_SCOPES
from fakebox.v2.app import create_v2
from fakebox.v2.permissions import PERMISSIONS
from fakebox.v2.route_styles import Route, RPCRoute
from tests.v2.service import Service

ROUTES: dict[str, Route[Any, Any]] = {
    view.name: view for view in create_v2().view_functions.values() if isinstance(view, Route)
}
CONTENT = b"content"
HASHER = ContentHash()
EMPTY_HASH = HASHER.content().hash
HASHER.update(CONTENT)
HASH = HASHER.content().hash
COMMIT = {
    "path": "/new.txt",
    "mode": "add",
    "autorename": True,
    "client_modified": "2013-01-01T00:00:00Z",
    "mute": True,
    "property_groups": [],
    "strict_conflict": True,
}
RELOCATION = {
    "from_path": "/a.txt",
    "to_path": "/b.txt",
    "allow_shared_folder": True,
    "autorename": True,
    "allow_ownership_transfer": True,
}
RELOCATIONS = {
    "entries": [{"from_path": "/a.txt", "to_path": "/b.txt"}],
    "autorename": True,
    "allow_ownership_transfer": True,
}
CREATE = {"path": "/new", "autorename": True}
DELETE = {"path": "/a.txt", "parent_rev": "{rev}"}
LIST = {
    "path": "",
    "recursive": False,
    "include_media_info": True,
    "include_deleted": True,
    "include_has_explicit_shared_members": True,
    "include_mounted_folders": False,
    "limit": 5,
    "include_non_downloadable_files": False,
    "include_restorable_info": True,
}
# No template of properties exists, so a listing with one has an error.
LIST_OF_LINK = {**LIST, "shared_link": {"url": "{folder_link}", "password": "password"}}
THUMBNAIL = {
    "format": "jpeg",
    "size": "w64h64",
    "mode": "bestfit",
    "quality": "quality_90",
    "exclude_media_info": True,
}
SETTINGS = {
    "require_password": True,
    "link_password": "password",
    "expires": "2990-01-01T00:00:00Z",
    "audience": "public",
    "access": "viewer",
    "requested_visibility": "password",
    "allow_download": True,
}
# The audience has precedence over the visibility.
WITH_VISIBILITY = {"requested_visibility": "public"}
LINK = {"url": "{folder_link}", "path": "/b.txt", "link_password": "password"}
SESSION = {"session_id": "{session}", "offset": 0}
CLOSED = {"cursor": {"session_id": "{closed}", "offset": 7}, "commit": COMMIT}
FILTER = {".tag": "filter_some", "filter_some": ["ptid:1a"]}
GROUP = [{"template_id": "ptid:1a", "fields": [{"name": "n", "value": "v"}]}]
REJECTED_BATCH = {
    "entries": [
        {"cursor": CLOSED["cursor"], "commit": {"path": "/x.txt", "property_groups": GROUP}}
    ]
}
# Each argument of a route is the argument of one request. The requests of a route have all of its
# fields together. A field whose every value is an error is in `REJECTED`.
ARGUMENTS: dict[str, list[Any]] = {
    "auth/token/from_oauth1": [
        {"oauth1_token": defaults.TOKEN, "oauth1_token_secret": defaults.TOKEN_SECRET}
    ],
    "auth/token/revoke": [None],
    "check/app": [{"query": "text"}],
    "check/user": [{"query": "text"}],
    "files/copy": [RELOCATION],
    "files/copy_batch/check_v2": [{"async_job_id": "{copied}"}],
    "files/copy_batch_v2": [RELOCATIONS],
    "files/copy_reference/get": [{"path": "/a.txt"}],
    "files/copy_reference/save": [{"copy_reference": "{reference}", "path": "/n.txt"}],
    "files/copy_v2": [RELOCATION],
    "files/create_folder": [CREATE],
    "files/create_folder_batch": [{"paths": ["/new"], "autorename": True, "force_async": True}],
    "files/create_folder_batch/check": [{"async_job_id": "{created}"}],
    "files/create_folder_v2": [CREATE],
    "files/delete": [DELETE],
    "files/delete_batch": [{"entries": [DELETE]}],
    "files/delete_batch/check": [{"async_job_id": "{deleted}"}],
    "files/delete_v2": [DELETE],
    "files/download": [{"path": "/a.txt", "rev": "{rev}"}],
    "files/download_zip": [{"path": "/folder"}],
    "files/get_metadata": [
        {
            "path": "/p.png",
            "include_media_info": True,
            "include_deleted": True,
            "include_has_explicit_shared_members": True,
            "include_property_groups": FILTER,
        },
        {"path": "/deleted.txt", "include_deleted": True},
    ],
    "files/get_preview": [{"path": "/a.csv", "rev": "{csv_rev}"}],
    "files/get_temporary_link": [{"path": "/a.txt"}],
    "files/get_temporary_upload_link": [{"commit_info": COMMIT, "duration": 60.0}],
    "files/get_thumbnail": [{"path": "/p.png", **THUMBNAIL}],
    "files/get_thumbnail_batch": [{"entries": [{"path": "/p.png", **THUMBNAIL}]}],
    "files/get_thumbnail_v2": [
        {
            "resource": {".tag": "path", "path": "/p.png"},
            **THUMBNAIL,
            "format": "png",
            "preserve_transparency": True,
        },
        {
            "resource": {
                ".tag": "link",
                "url": "{folder_link}",
                "path": "/p.png",
                "password": "password",
            },
            **THUMBNAIL,
        },
    ],
    "files/list_folder": [LIST, LIST_OF_LINK],
    "files/list_folder/continue": [{"cursor": "{cursor}"}],
    "files/list_folder/get_latest_cursor": [LIST, LIST_OF_LINK],
    "files/list_folder/longpoll": [
        {"cursor": "{cursor}", "timeout": 30},
        {"cursor": "{changed}", "timeout": 30},
    ],
    "files/list_revisions": [
        {
            "path": "/a.txt",
            "mode": "path",
            "limit": 1,
            "before_rev": "{rev}",
            "include_restorable_info": True,
        }
    ],
    "files/move": [RELOCATION],
    "files/move_batch/check_v2": [{"async_job_id": "{moved}"}],
    "files/move_batch_v2": [RELOCATIONS],
    "files/move_v2": [RELOCATION],
    "files/permanently_delete": [DELETE],
    "files/restore": [{"path": "/a.txt", "rev": "{old_rev}"}],
    "files/save_url": [{"path": "/s.txt", "url": "{link}"}],
    "files/save_url/check_job_status": [{"async_job_id": "{saved}"}],
    "files/search": [
        {"path": "", "query": "txt", "start": 1, "max_results": 1, "mode": "filename"}
    ],
    "files/search/continue_v2": [{"cursor": "{search}"}],
    "files/search_v2": [
        {
            "query": "a",
            "options": {
                "path": "",
                "max_results": 1,
                "order_by": "last_modified_time",
                "file_status": "active",
                "filename_only": True,
                "file_extensions": ["txt"],
                "file_categories": ["document"],
                "account_id": "{account}",
            },
            "match_field_options": {"include_highlights": True},
        },
        {"query": "a", "include_highlights": True},
    ],
    "files/tags/add": [{"path": "/a.txt", "tag_text": "tag"}],
    "files/tags/get": [{"paths": ["/a.txt"]}],
    "files/tags/remove": [{"path": "/a.txt", "tag_text": "old"}],
    "files/upload": [{**COMMIT, "content_hash": HASH}],
    "files/upload_session/append": [SESSION],
    "files/upload_session/append_v2": [{"cursor": SESSION, "close": True, "content_hash": HASH}],
    "files/upload_session/finish": [{"cursor": SESSION, "commit": COMMIT, "content_hash": HASH}],
    "files/upload_session/finish_batch": [{"entries": [{**CLOSED, "content_hash": EMPTY_HASH}]}],
    "files/upload_session/finish_batch/check": [{"async_job_id": "{finished}"}],
    "files/upload_session/finish_batch_v2": [{"entries": [{**CLOSED, "content_hash": EMPTY_HASH}]}],
    "files/upload_session/start": [
        {"close": True, "session_type": "sequential", "content_hash": HASH}
    ],
    "files/upload_session/start_batch": [{"num_sessions": 1, "session_type": "sequential"}],
    "sharing/create_shared_link": [{"path": "/a.txt", "short_url": True, "pending_upload": "file"}],
    "sharing/create_shared_link_with_settings": [
        {"path": "/p.png", "settings": SETTINGS},
        {"path": "/d.txt", "settings": WITH_VISIBILITY},
    ],
    "sharing/get_shared_link_file": [LINK],
    "sharing/get_shared_link_metadata": [LINK],
    "sharing/get_shared_links": [{"path": "/a.txt"}],
    "sharing/list_shared_links": [
        {"path": "/a.txt", "direct_only": True},
        {"cursor": "{links}"},
    ],
    "sharing/modify_shared_link_settings": [
        {"url": "{link}", "settings": SETTINGS, "remove_expiration": True},
        {"url": "{link}", "settings": WITH_VISIBILITY},
    ],
    "sharing/revoke_shared_link": [{"url": "{link}"}],
    "users/features/get_values": [{"features": ["paper_as_files"]}],
    "users/get_account": [{"account_id": "{account}"}],
    "users/get_account_batch": [{"account_ids": ["{account}"]}],
    "users/get_current_account": [None],
    "users/get_space_usage": [None],
}
# Requests with a field that is rejected with an error of the route.
REJECTED: dict[str, list[Any]] = {
    "files/list_folder": [{"path": "", "include_property_groups": FILTER}],
    "files/list_folder/get_latest_cursor": [{"path": "", "include_property_groups": FILTER}],
    "files/upload": [{"path": "/x.txt", "property_groups": GROUP}],
    "files/upload_session/finish": [
        {"cursor": SESSION, "commit": {"path": "/x.txt", "property_groups": GROUP}}
    ],
    "files/get_temporary_upload_link": [
        {"commit_info": {"path": "/x.txt", "property_groups": GROUP}}
    ],
    "files/upload_session/finish_batch": [REJECTED_BATCH],
    "files/upload_session/finish_batch_v2": [REJECTED_BATCH],
}


class Prepared(Service):
    """An emulator in which the requests of `ARGUMENTS` succeed.

    Attributes:
        values: the values of the placeholders in arguments, by name.
    """

    def __init__(self) -> None:
        super().__init__()
        picture = io.BytesIO()
        Image.new("RGB", (8, 8)).save(picture, "PNG")
        old_rev = self.upload("/a.txt", b"old").json["rev"]
        rev = self.upload("/a.txt", CONTENT, mode="overwrite").json["rev"]
        csv_rev = self.upload("/a.csv", b"a,b").json["rev"]
        self.upload("/p.png", picture.getvalue())
        for name in ("b.txt", "p.png"):
            self.upload(f"/folder/{name}", picture.getvalue())
        for name in ("c", "d", "gone", "away"):
            self.upload(f"/{name}.txt")
        for name in ("deleted.txt",):
            self.upload(f"/{name}")
            self.rpc("files/delete_v2", {"path": f"/{name}"})
        self.rpc("files/tags/add", {"path": "/a.txt", "tag_text": "old"})
        self.values = {"rev": rev, "old_rev": old_rev, "csv_rev": csv_rev, **self._links()}
        self.values |= self._jobs(self.values["link"])
        self.values |= self._sessions() | self._cursors()
        account = self.rpc("users/get_current_account", None).json["account_id"]
        self.values["account"] = account

    def _links(self) -> dict[str, str]:
        folder_link = self.link("/folder")
        settings = {"require_password": True, "link_password": "password"}
        self.rpc("sharing/modify_shared_link_settings", {"url": folder_link, "settings": settings})
        return {"link": self.link("/a.txt"), "folder_link": folder_link}

    def _jobs(self, link: str) -> dict[str, str]:
        def job(route: str, argument: Any) -> str:
            made = self.rpc(route, argument).json
            found: str = made["async_job_id"]
            return found

        def pair(source: str, target: str) -> dict[str, Any]:
            return {"entries": [{"from_path": source, "to_path": target}]}

        batch = {"paths": ["/made"], "force_async": True}
        return {
            "created": job("files/create_folder_batch", batch),
            "deleted": job("files/delete_batch", {"entries": [{"path": "/gone.txt"}]}),
            "copied": job("files/copy_batch_v2", pair("/c.txt", "/copy.txt")),
            "moved": job("files/move_batch_v2", pair("/away.txt", "/moved.txt")),
            "saved": job("files/save_url", {"path": "/saved.txt", "url": link}),
            "reference": self.rpc("files/copy_reference/get", {"path": "/d.txt"}).json[
                "copy_reference"
            ],
        }

    def _sessions(self) -> dict[str, str]:
        route = "files/upload_session/start"
        session, closed, other = (
            self.content(route, {"close": close}, b"" if not close else CONTENT).json["session_id"]
            for close in (False, True, True)
        )
        entry = {"cursor": {"session_id": other, "offset": 7}, "commit": {"path": "/f.txt"}}
        finished = self.rpc("files/upload_session/finish_batch", {"entries": [entry]}).json
        return {"session": session, "closed": closed, "finished": finished["async_job_id"]}

    def _cursors(self) -> dict[str, str]:
        search = {"query": "txt", "options": {"max_results": 1}}
        cursors = {
            "cursor": self.rpc("files/list_folder", {"path": "", "limit": 1}).json["cursor"],
            "changed": self.rpc("files/list_folder/get_latest_cursor", {"path": ""}).json["cursor"],
            "search": self.rpc("files/search_v2", search).json["cursor"],
            "links": self._links_cursor(),
        }
        self.upload("/later.txt")
        return cursors

    def _links_cursor(self) -> str:
        from fakebox.v2.request import encode_cursor
        from fakebox.v2.sharing import SharedLinksCursor

        world = self.namespaces.default.world
        return encode_cursor(world, "list_shared_links", SharedLinksCursor(0))

    def credentials(self, route: str) -> str:
        """Return the Authorization header with the credentials that a route requires."""
        permission = PERMISSIONS[route]
        if permission.callers == ("nobody",):
            return ""
        if "user" not in permission.callers:
            pair = f"{defaults.APP_KEY}:{defaults.APP_SECRET}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        world = self.namespaces.default.world
        if permission.scope != "files.permanent_delete":
            return f"Bearer {defaults.BEARER_TOKEN}"
        app = world.apps.create("Deleter", scopes=ALL_SCOPES)
        return f"Bearer {world.tokens.issue_bearer(app.id, 1, 'dropbox').token}"

    def filled(self, argument: Any) -> Any:
        """Return an argument with the values of its placeholders."""
        text = json.dumps(argument)
        for name, value in self.values.items():
            text = text.replace(f"{{{name}}}", value)
        return json.loads(text)

    def send(self, route: str, argument: Any, **headers: str) -> Any:
        """Send an argument to a route, in the place that the route has it."""
        headers = {"Authorization": self.credentials(route), **headers}
        if isinstance(ROUTES[route], RPCRoute):
            return self.rpc(route, argument, **headers)
        data = CONTENT if "upload" in route else b""
        return self.content(route, argument, data, **headers)
