"""No value of a parameter, of any route, makes the emulator fail with an internal error."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.test import Client

from fakebox.app import create_app
from fakebox.control.app import create_control
from fakebox.core import defaults
from fakebox.namespaces import Namespaces
from fakebox.v1.app import create_v1
from fakebox.v2.app import create_v2
from fakebox.web.app import create_web

BEARER = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
CONTENT = {"Content-Type": "application/octet-stream"}
TEXTS = (
    "",
    "\0",
    "x" * 20_000,
    "/" * 5_000,
    "9" * 5_000,
    str(2**63),
    "-" + "9" * 5_000,
    "\u0663" * 5_000,
    "\u00b2",
    "1e400",
    "NaN",
    "a\r\nb: c",
    "http://[",
    "\ud800",
    "%",
    "id:",
    "ns:" + "9" * 5_000,
    "ns:\u0663",
    "rev:" + "9" * 5_000,
)
# Some are no JSON; Python's parser reads them all the same.
JSON_VALUES = (
    "9" * 5_000,
    str(2**63),
    str(-(2**63) - 1),
    "9" * 400,
    "-1",
    "0.5",
    "1e400",
    "-Infinity",
    "NaN",
    "true",
    "null",
    '""',
    r'"\u0000"',
    r'"\ud800"',
    r'"/a\ud800"',
    '"' + "x" * 20_000 + '"',
    '"/' + "9" * 5_000 + '"',
    '"' + "9" * 5_000 + '"',
    '"ns:' + "9" * 5_000 + '"',
    '"ns:\u0663"',
    '"id:\u00b2"',
    '"rev:' + "9" * 5_000 + '"',
    '"http://["',
    '"http://127.0.0.1:99999999/s/x"',
    "[]",
    "{}",
    '{"a": 1}',
    "[[]]",
    "[" * 900 + "]" * 900,
    "[" * 50_000,
)
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
FAULT = {
    "endpoint": "no_such_call",
    "method": "GET",
    "path": "/nothing",
    "account": "1",
    "nth": 1,
    "times": 1,
    "probability": 0.5,
    "seed": 1,
    "latency_s": 0,
    "jitter_s": 0,
    "bandwidth_bytes_per_s": 1024,
    "status": 503,
    "body": {"error": "e"},
    "headers": {"X-Name": "value"},
    "retry_after_s": 1,
}
# A fault that has these alone would wait, or need a connection.
NOT_ALONE = ("latency_s", "jitter_s", "bandwidth_bytes_per_s")
CONTROL_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/faults"): FAULT,
    ("POST", "/clock"): {"set_s": 1, "advance_s": 1, "frozen": True, "reset": True},
    ("PATCH", "/settings"): {
        "delta_page_size": 100,
        "upload_limit_bytes": 1000,
        "media_lifetime_s": 100,
        "quota_status": 507,
        "auth": "strict",
        "is_retired": False,
        "longpoll_backoff_s": 0,
        "thumbnail_pixel_limit": 100,
    },
    ("PUT", "/rate-limit"): {"requests": 1000, "per_s": 1, "status": 429},
    ("POST", "/accounts"): {
        "email": "new@fakebox.example",
        "password": "p",
        "given_name": "A",
        "surname": "B",
        "country": "US",
        "locale": "en",
        "quota_bytes": 1,
        "auto_approve": True,
    },
    ("PATCH", "/accounts/2"): {"quota_bytes": 1, "auto_approve": True},
    ("POST", "/apps"): {
        "name": "New",
        "key": "k",
        "secret": "s",
        "redirect_uris": ["http://localhost/"],
        "access": "app_folder",
        "auto_approve": True,
    },
    ("PATCH", f"/apps/{defaults.APP_KEY}"): {"auto_approve": True, "is_disabled": False},
    ("POST", "/tokens"): {
        "app": defaults.APP_KEY,
        "uid": 1,
        "access": "dropbox",
        "token": "t",
        "secret": "s",
        "type": "bearer",
    },
}
AUTHORIZE = {
    "response_type": "code",
    "client_id": defaults.APP_KEY,
    "redirect_uri": "http://localhost/",
    "state": "s",
    "code_challenge": "c" * 43,
    "code_challenge_method": "S256",
    "token_access_type": "offline",
    "oauth_token": "t",
    "oauth_callback": "http://localhost/",
    "locale": "en",
    "action": "allow",
    "csrf": "c",
    "email": "e",
    "password": "p",
}
TOKEN = {
    "grant_type": "authorization_code",
    "code": "c",
    "client_id": defaults.APP_KEY,
    "client_secret": defaults.APP_SECRET,
    "redirect_uri": "http://localhost/",
    "code_verifier": "v" * 43,
    "refresh_token": "r",
    "scope": "files.content.read",
}
OAUTH1 = {
    "oauth_consumer_key": defaults.APP_KEY,
    "oauth_token": defaults.TOKEN,
    "oauth_signature_method": "PLAINTEXT",
    "oauth_signature": f"{defaults.APP_SECRET}&{defaults.TOKEN_SECRET}",
    "oauth_timestamp": "1",
    "oauth_nonce": "n",
    "oauth_version": "1.0",
    "oauth_callback": "http://localhost/",
    "oauth_verifier": "v",
}
WRITE_MODE = {"overwrite": "true", "autorename": "true", "parent_rev": "0123456789"}
COPY_OR_MOVE = {"root": "dropbox", "from_path": "/a.txt", "to_path": "/b.txt"}
JOURNAL = {"endpoint": "files", "method": "GET", "path": "/", "status": "200", "rev": "r"}
LINK_PAGE = {"dl": "1", "raw": "1"}
# The parameters that each route reads from the query or a form, beside those that all read.
PARAMETERS = {
    "/1/account/info": {"locale": "en"},
    "/1/delta": {"cursor": "c", "path_prefix": "/", "include_media_info": "true"},
    "/1/delta/latest_cursor": {"path_prefix": "/", "include_media_info": "true"},
    "/1/longpoll_delta": {"cursor": "c", "timeout": "30"},
    "/1/fileops/copy": {**COPY_OR_MOVE, "from_copy_ref": ""},
    "/1/fileops/move": COPY_OR_MOVE,
    "/1/fileops/create_folder": {"root": "dropbox", "path": "/folder"},
    "/1/fileops/delete": {"root": "dropbox", "path": "/b.txt"},
    "/1/files/dropbox/a.txt": {"rev": "0123456789", **WRITE_MODE},
    "/1/files_put/dropbox/a.txt": WRITE_MODE,
    "/1/metadata/dropbox/": {
        "file_limit": "10",
        "hash": "h",
        "list": "true",
        "include_deleted": "true",
        "include_media_info": "true",
        "rev": "0123456789",
    },
    "/1/search/dropbox/": {"query": "txt", "file_limit": "10", "include_deleted": "true"},
    "/1/oauth/request_token": OAUTH1,
    "/1/oauth/access_token": OAUTH1,
    "/1/oauth2/token": TOKEN,
    "/1/oauth2/token_from_oauth1": OAUTH1,
    "/1/revisions/dropbox/a.txt": {"rev_limit": "10"},
    "/1/restore/dropbox/a.txt": {"rev": "0123456789"},
    "/1/shares/dropbox/a.txt": {"short_url": "true"},
    "/1/media/dropbox/a.txt": {},
    "/1/copy_ref/dropbox/a.txt": {},
    "/1/save_url/dropbox/c.txt": {"url": "http://localhost/s/x"},
    "/1/thumbnails/dropbox/a.txt": {"format": "jpeg", "size": "small", "rev": "0123456789"},
    "/1/previews/dropbox/a.txt": {"rev": "0123456789"},
    "/1/chunked_upload": {"upload_id": "u", "offset": "0"},
    "/1/commit_chunked_upload/dropbox/a.txt": {"upload_id": "u", **WRITE_MODE},
    "/2/files/download": {"arg": '{"path": "/a.txt"}', "authorization": "Bearer t"},
    "/oauth2/token": TOKEN,
    "/1/oauth/authorize": AUTHORIZE,
    "/1/oauth2/authorize": AUTHORIZE,
    "/oauth2/authorize": AUTHORIZE,
    "/s/token/name": LINK_PAGE,
    "/db.tt/code": LINK_PAGE,
    "/_fakebox/journal": JOURNAL,
    "/_fakebox/journal.har": JOURNAL,
    "/_fakebox/page/faults": {
        "effect": "503, Retry-After 1",
        "endpoint": "no_such_call",
        "path": "/nothing",
        "times": "1",
    },
    "/_fakebox/page/faults/clear": {"id": "1"},
    "/_fakebox/page/clock": {"action": "advance", "hours": "1"},
}
READ_BY_ALL = {"access_token": "t", "namespace": "n", "unknown": "u", **OAUTH1}
HEADERS = {
    "Range": ("bytes={}-", "bytes=-{}", "bytes=0-{}", "{}"),
    "If-Range": ("{}", '"{}"'),
    "If-None-Match": ("{}", '"{}"'),
    "Content-Length": ("{}",),
    "Content-Type": ("{}", "multipart/form-data; boundary={}", "text/plain; charset={}"),
    "Authorization": (
        "{}",
        "Basic {}",
        "Bearer {}",
        'Digest username="{}"',
        'OAuth oauth_consumer_key="{0}", oauth_token="{0}", oauth_timestamp="{0}"',
    ),
    "Accept-Language": ("{}",),
    "Cookie": ("{}", "csrf={}"),
    "Dropbox-API-Arg": ("{}",),
    "Dropbox-API-Path-Root": ("{}", '{{".tag": "root", "root": "{}"}}'),
    "Dropbox-API-Select-User": ("{}",),
    "Host": ("{}", "localhost:{}"),
    "Origin": ("{}", "http://{}"),
    "Referer": ("{}",),
    "Sec-Fetch-Site": ("{}",),
    "X-Fakebox-Namespace": ("{}",),
}
# No server passes these on within a header.
HEADER_TEXTS = tuple(
    text.encode("utf-8", "surrogatepass").decode("latin-1")
    for text in TEXTS
    if "\0" not in text and "\n" not in text
)
APPLICATIONS = {"/1": create_v1, "/2": create_v2, "": create_web, "/_fakebox": create_control}


def routes() -> list[tuple[str, tuple[str, ...]]]:
    """Every route of the emulator with its methods; `<...>` stands for each variable."""
    return sorted(
        {
            (mount + rule.rule, tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})))
            for mount, create in APPLICATIONS.items()
            for rule in create().url_map.iter_rules()
        }
    )


class Emulator:
    """A whole emulator that is called without a socket."""

    def __init__(self) -> None:
        self._namespaces = Namespaces()
        self._client = Client(create_app(self._namespaces))
        self._settings: bytes = self._client.get("/_fakebox/settings").data

    def check(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        headers: dict[str, str] = BEARER,
    ) -> int:
        """Send a request; its status is not that of an internal error."""
        response = self._client.open(
            path,
            method=method,
            query_string=query,
            data=body,
            headers=headers,
            environ_overrides={"RAW_URI": f"{path}?{query}" if query else path},
            buffered=True,
        )
        assert response.status_code != 500, (method, path[:200], query[:99], body[:99], headers)
        return response.status_code

    def restore(self) -> None:
        """Start again with one file, if an earlier request changed anything."""
        self.check("POST", "/_fakebox/reset")
        # A reset leaves the settings as they are.
        self.check("PATCH", "/_fakebox/settings", "", self._settings, JSON)
        headers = {**BEARER, **CONTENT}
        assert self.check("PUT", "/1/files_put/dropbox/a.txt", "", b"text", headers) == 200

    def close(self) -> None:
        """Release what it holds."""
        self._namespaces.close()


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    """One emulator for all tests of this module; making one takes long."""
    made = Emulator()
    yield made
    made.close()


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    """The emulator as new, with the file `/a.txt`."""
    shared_emulator.restore()
    return shared_emulator


def encoded(text: str) -> str:
    """A text in a URL; lone surrogates as well."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def filled(route: str, *, ordinary: str = "dropbox", hostile: str | None = None) -> str:
    """The path of a route with a value for each variable."""

    def value(variable: re.Match[str]) -> str:
        if hostile is not None and variable[1] != "root":
            return ("/" if "everything" in variable[0] else "") + (encoded(hostile) or "x")
        if "int:" in variable[0]:
            return "1"
        return "/a.txt" if "everything" in variable[0] else ordinary

    return re.sub(r"<(?:\w+:)?(\w+)>", value, route)


def with_each_value(argument: Any, replaced: Any = None) -> Iterator[str]:
    """The JSON of an argument with a hostile value in place of each of its parts in turn."""
    for value in JSON_VALUES:
        yield value
    for path in places(argument):
        changed = copy.deepcopy(argument)
        parent = changed
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = "<here>"
        text = json.dumps(changed)
        for value in JSON_VALUES:
            yield text.replace('"<here>"', value)


def places(argument: Any) -> Iterator[tuple[Any, ...]]:
    """The path to every value within JSON."""
    items: Any = ()
    if isinstance(argument, dict):
        items = argument.items()
    elif isinstance(argument, list):
        items = enumerate(argument)
    for key, value in items:
        yield (key,)
        yield from ((key, *rest) for rest in places(value))


@pytest.mark.parametrize(("route", "methods"), routes())
def test_no_text_in_a_path_is_an_internal_error(
    emulator: Emulator, route: str, methods: tuple[str, ...]
) -> None:
    """Whatever stands in place of a variable of a route."""
    for text in TEXTS if "<" in route else TEXTS[:1]:
        for method in methods:
            emulator.check(method, filled(route, hostile=text))


@pytest.mark.parametrize("route", sorted(V2_ARGUMENTS))
def test_no_argument_of_version_2_is_an_internal_error(emulator: Emulator, route: str) -> None:
    """Each field of the argument, in the body or in the header."""
    for argument in with_each_value(V2_ARGUMENTS[route]):
        if is_content_route(route):
            header = argument.encode().decode("latin-1")
            headers = {**BEARER, **CONTENT, "Dropbox-API-Arg": header}
            emulator.check("POST", f"/2{route}", headers=headers)
        else:
            emulator.check("POST", f"/2{route}", "", argument.encode(), {**BEARER, **JSON})


def test_every_route_of_version_2_has_an_argument_here() -> None:
    """A new route is tested like the others."""
    rules = {rule.rule for rule in create_v2().url_map.iter_rules()}
    assert rules - set(V2_ARGUMENTS) == {"/oauth2/token", "/apitul/1/<token>"}


def is_content_route(route: str) -> bool:
    """Whether a route of version 2 takes its argument in a header."""
    names = "upload download get_preview download_zip get_thumbnail get_thumbnail_v2"
    sessions = "start append append_v2 finish"
    content = {f"/files/{name}" for name in names.split()}
    content |= {f"/files/upload_session/{name}" for name in sessions.split()}
    return route in content | {"/sharing/get_shared_link_file"}


@pytest.mark.parametrize(("method", "path"), sorted(CONTROL_BODIES))
def test_no_body_for_the_control_plane_is_an_internal_error(
    emulator: Emulator, method: str, path: str
) -> None:
    """Each field of the JSON object."""
    body = CONTROL_BODIES[method, path]
    bodies = list(with_each_value(body))
    # A field alone as well: some of them exclude each other.
    for name in body:
        bodies += [f'{{"{name}": {value}}}' for value in JSON_VALUES]
    for text in bodies:
        emulator.check(method, f"/_fakebox{path}", "", text.encode(), JSON)
        if path == "/faults":
            if not any(name in text for name in NOT_ALONE):
                emulator.check("GET", "/1/account/info")
            emulator.check("GET", "/_fakebox/faults")
            emulator.check("DELETE", "/_fakebox/faults")
    emulator.check("DELETE", "/_fakebox/rate-limit")
    emulator.check("GET", "/_fakebox/")
    emulator.check("GET", "/_fakebox/clock")


@pytest.mark.parametrize("route", PARAMETERS)
def test_no_parameter_is_an_internal_error(emulator: Emulator, route: str) -> None:
    """In the query and in a form, beside valid ones."""
    valid = PARAMETERS[route]
    for name in valid:
        for text in TEXTS:
            check_parameters(emulator, route, {**valid, name: text})


@pytest.mark.parametrize("name", READ_BY_ALL)
def test_no_parameter_of_every_route_is_an_internal_error(emulator: Emulator, name: str) -> None:
    """Credentials and the namespace, to one route of each dialect."""
    for text in TEXTS:
        for route in ("/1/account/info", "/oauth2/authorize", "/oauth2/token"):
            headers = {"Authorization": ""}
            check_parameters(emulator, route, {**OAUTH1, name: text}, headers)
            check_parameters(emulator, route, {name: text}, headers)
        check_parameters(emulator, "/_fakebox/usage", {name: text})


def check_parameters(
    emulator: Emulator, route: str, pairs: dict[str, str], headers: dict[str, str] = BEARER
) -> None:
    """Send parameters in the query and in a form."""
    sent = urlencode(pairs, errors="surrogatepass")
    emulator.check("GET", route, sent, headers=headers)
    emulator.check("POST", route, "", sent.encode(), {**headers, **FORM})


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/1/files/dropbox/a.txt"),
        ("PUT", "/1/files_put/dropbox/a.txt"),
        ("POST", "/1/files/dropbox/"),
        ("POST", "/1/fileops/delete"),
        ("POST", "/2/files/upload"),
        ("POST", "/2/files/download"),
        ("POST", "/2/files/get_metadata"),
        ("POST", "/2/check/app"),
        ("POST", "/oauth2/token"),
        ("POST", "/apitul/1/token"),
        ("GET", "/oauth2/authorize"),
        ("POST", "/oauth2/authorize"),
        ("GET", "/s/token/name"),
        ("POST", "/_fakebox/clock"),
        ("PUT", "/_fakebox/files/1/a.txt"),
        ("GET", "/_fakebox/files/1/a.txt"),
        ("GET", "/_fakebox/journal"),
        ("GET", "/_fakebox/journal.har"),
    ],
)
def test_no_header_is_an_internal_error(
    emulator: Emulator, method: str, path: str, name: str
) -> None:
    """Headers that are parsed anywhere, with the hostile text as a part of them."""
    for form in HEADERS[name]:
        for text in HEADER_TEXTS:
            emulator.check(method, path, headers={**BEARER, name: form.format(text)})
    emulator.check("GET", "/_fakebox/journal")
    emulator.check("GET", "/_fakebox/journal.har")
    emulator.check("GET", "/_fakebox/")


@pytest.mark.parametrize("digits", ["9" * 5_000, str(2**63), "9" * 18])
def test_timestamp_of_many_digits_is_refused_as_stale(emulator: Emulator, digits: str) -> None:
    """The response is that to any other timestamp far from the emulator's clock."""
    statuses = [
        emulator.check(
            "GET",
            "/1/account/info",
            urlencode({**OAUTH1, "oauth_timestamp": timestamp}),
            headers={"Authorization": ""},
        )
        for timestamp in ("1", digits)
    ]
    assert statuses == [403, 403]


@hypothesis_settings(max_examples=40)
@given(data=st.data(), text=st.text(max_size=60))
def test_no_random_text_is_an_internal_error(
    shared_emulator: Emulator, data: st.DataObject, text: str
) -> None:
    """Whatever the characters are and wherever they stand."""
    route, methods = data.draw(st.sampled_from(routes()))
    for method in methods:
        shared_emulator.check(method, filled(route, hostile=text), headers=BEARER)
    route = data.draw(st.sampled_from(sorted(PARAMETERS)))
    name = data.draw(st.sampled_from(sorted({**PARAMETERS[route], **READ_BY_ALL})))
    check_parameters(shared_emulator, route, {**PARAMETERS[route], name: text})
