"""Record requests and responses without secrets and personal data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.connections import Connections, buffered

# Fields with values that every account has, or that the cases send. The values of all other fields
# are masked, so a field that the service adds is masked until it is added here.
PUBLIC = frozenset(
    {
        ".tag",
        "Content-Type",
        "abort",
        "autorename",
        "bytes",
        "changes",
        "client_mtime",
        "client_modified",
        "close",
        "content_hash",
        "contents",
        "entries",
        "error",
        "error_summary",
        "expires",
        "file_limit",
        "format",
        "has_more",
        "icon",
        "include_deleted",
        "include_media_info",
        "is_deleted",
        "is_dir",
        "is_downloadable",
        "limit",
        "list",
        "matches",
        "max_results",
        "mime_type",
        "mode",
        "modified",
        "mute",
        "offset",
        "overwrite",
        "query",
        "recursive",
        "reset",
        "rev_limit",
        "root",
        "server_modified",
        "short_url",
        "size",
        "status",
        "strict_conflict",
        "thumb_exists",
        "timeout",
        "visibility",
    }
)
# Fields with a path. It is recorded if it is in the folder of the case.
PATHS = frozenset({"from_path", "path", "path_display", "path_lower", "path_prefix", "to_path"})
MASK = "(removed)"
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_OWNER = re.compile(r"\([^/(]*'s(?= conflicted copy)")
# The names of fields and of the calls of both versions. Others may be values, such as ids.
_FIELD = re.compile(r"\.?[A-Za-z_][A-Za-z_-]{0,60}")
_CALL = re.compile(
    r"/1/[a-z_]+(/(info|[a-z]+_token|copy|create_folder|delete|move|latest_cursor))?"
    r"|/2(/[a-z_]+[0-9]?){1,3}|(/1)?/oauth2/token"
)
_ROOTED = re.compile(r"(/1/[a-z_]+/(?:dropbox|sandbox|auto))(/.*)", re.DOTALL)
# A path in a text of an error, up to the last quote: names of files may have quotes.
_QUOTED_PATH = re.compile(r"(?P<quote>['\"])(?P<path>/.*)(?P=quote)", re.DOTALL)
# Words of a text that may be recorded: they have no digits and signs, as tokens and addresses have.
_WORD = re.compile(r"['\"(]*(v1_)?[A-Za-z_]+(['-][A-Za-z]+)*['\".,:;!?)]*")
_TYPED_MASKS: dict[type, Any] = {bool: False, int: 0, float: 0.0, str: MASK}


class Recorder:
    """Records the requests that it sends, and their responses.

    Args:
        folder: see below.
        connections: sends the requests.

    Attributes:
        exchanges: recorded requests and responses, oldest first.
        folder: folder of the case; its name is replaced in recorded texts.
        connections: as given.
    """

    def __init__(self, folder: str, connections: Connections) -> None:
        self.exchanges: list[dict[str, Any]] = []
        self.folder = folder
        self.connections = connections

    def urlopen(self, method: str, url: str, **options: Any) -> Any:
        """Send a request, like `urllib3.PoolManager.urlopen`."""
        headers = options.get("headers") or {}
        body = options.get("body")
        if headers.get("Content-Type", "").startswith((_JSON, _FORM)) and isinstance(
            body, Iterator
        ):
            options["body"] = body = b"".join(body)
        response = self.connections.urlopen(method, url, **options)
        kind = response.headers.get("Content-Type", "")
        shown: Any = {"Content-Type": kind}
        if "json" in kind or "javascript" in kind:
            response, data = buffered(response)
            shown = _decoded(data)
        arguments = _arguments(url, headers, body)
        request = {"method": method, "call": urlsplit(url).path, "arguments": arguments}
        self.exchanges.append(recorded(request, response.status, shown, self.folder))
        return response

    def close(self) -> None:
        """Close the connections."""
        self.connections.close()


def recorded(
    request: dict[str, Any], status: int, body: Any, folder: str
) -> dict[str, dict[str, Any]]:
    """Return an exchange without secrets, personal data, and entries outside the folder."""
    masks = _Masks(folder)
    whole = {
        "request": {
            "method": request["method"],
            "call": masks.call(request["call"]),
            "arguments": masks.value(request["arguments"]),
        },
        "response": {"status": status, "body": masks.value(masks.listed(body))},
    }
    name = json.dumps(folder.strip("/"), ensure_ascii=False)[1:-1]
    # Some fields have the lowercase form of a path.
    text = re.sub(
        re.escape(name), "FOLDER", json.dumps(whole, ensure_ascii=False), flags=re.IGNORECASE
    )
    decoded: dict[str, dict[str, Any]] = json.loads(text)
    return decoded


class _Masks:
    """Replaces private values by values of the same type.

    Args:
        folder: the folder whose paths are public.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder.lower()

    def value(self, value: Any, name: str = "") -> Any:
        """Return a value of a field."""
        if isinstance(value, Mapping):
            return self._fields(value)
        if isinstance(value, list):
            return [self.value(inner, name) for inner in value]
        if value is None or (not isinstance(value, str) and name in PUBLIC):
            return value
        if name in PATHS or (name == "entries" and isinstance(value, str)):
            return _without_owner(value) if self._is_inside(value) else MASK
        if name not in PUBLIC:
            return _TYPED_MASKS[type(value)]
        return self._text(value) if name == "error" else _without_owner(value)

    def _fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        masked = {
            name if _FIELD.fullmatch(name) else MASK: self.value(inner, name)
            for name, inner in fields.items()
        }
        # The name of a file is public, that of an account is not.
        path, name = fields.get("path_display"), fields.get("name")
        if self._is_inside(path) and isinstance(name, str):
            is_folder = path.lower() == self._folder
            masked["name"] = self._folder.strip("/") if is_folder else _without_owner(name)
        return masked

    def listed(self, body: Any) -> Any:
        """Return a response body without entries outside the folder."""
        if not isinstance(body, dict):
            return body
        kept = {
            name: [item for item in body[name] if self._is_about_folder(item)]
            for name in ("entries", "contents", "matches")
            if isinstance(body.get(name), list)
        }
        return {**body, **kept}

    def _is_about_folder(self, item: Any) -> bool:
        if isinstance(item, Mapping):
            item = list(item.values())
        if isinstance(item, list):
            return any(map(self._is_about_folder, item))
        return isinstance(item, str) and self._folder in item.lower()

    def call(self, path: str) -> str:
        """Return the path of a URL."""
        path = unquote(path)
        match = _ROOTED.fullmatch(path)
        if match:
            return path if self._is_inside(match[2]) else f"{match[1]}/{MASK}"
        return path if _CALL.fullmatch(path) else f"/{MASK}"

    def _text(self, text: str) -> str:
        """Return the text of an error: its words, and a path in the folder."""
        found = _QUOTED_PATH.search(text)
        if not found:
            return _words(text)
        path = _without_owner(found["path"]) if self._is_inside(found["path"]) else MASK
        quoted = f"{found['quote']}{path}{found['quote']}"
        return f"{_words(text[: found.start()])}{quoted}{_words(text[found.end() :])}"

    def _is_inside(self, path: Any) -> bool:
        lower = path.lower() if isinstance(path, str) else ""
        is_plain = {".", ".."}.isdisjoint(lower.split("/"))
        return is_plain and f"{lower}/".startswith(f"{self._folder}/")


def _words(text: str) -> str:
    return re.sub(r"\S+", lambda found: found[0] if _WORD.fullmatch(found[0]) else MASK, text)


def _without_owner(text: str) -> str:
    """Replace the name of the user in the name of a conflicted copy."""
    return _OWNER.sub("(NAME's", text)


def _arguments(url: str, headers: Mapping[str, str], body: Any) -> Any:
    """Return the arguments of a request: parameters, or JSON in the body, a header or the query."""
    kind = headers.get("Content-Type", "")
    params = dict(parse_qsl(urlsplit(url).query))
    in_json = params.pop("arg", None) or headers.get("Dropbox-API-Arg")
    if in_json is None and kind.startswith(_JSON):
        in_json = body
    if in_json is not None:
        return _decoded(in_json)
    if body and kind.startswith(_FORM):
        params |= parse_qsl(body if isinstance(body, str) else body.decode())
    return params


def _decoded(data: bytes | str) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None
