"""Record requests and responses without secrets."""

from __future__ import annotations

import io
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import urllib3

from dropbox.connection_pool import ConnectionPools

# Fields with personal data or credentials. Their types are recorded, their values are not.
PRIVATE = frozenset(
    {
        "access_token",
        "copy_ref",
        "country",
        "cursor",
        "display_name",
        "email",
        "familiar_name",
        "given_name",
        "member_id",
        "normal",
        "oauth_token",
        "oauth_token_secret",
        "quota",
        "referral_link",
        "shared",
        "surname",
        "team",
        "uid",
        "upload_id",
        "url",
        "user_id",
    }
)
MASK = "(removed)"
_OWNER = re.compile(r"\([^/(]*'s(?= conflicted copy)")
_CREDENTIAL = re.compile(r"oauth_\w+|access_token|client_secret|code")


class Recorder:
    """A connection pool that records requests and responses.

    Attributes:
        exchanges: recorded requests and responses, oldest first.
        folder: the run's folder; its name is replaced in recorded texts.
    """

    def __init__(self, folder: str) -> None:
        self.exchanges: list[dict[str, Any]] = []
        self.folder = folder
        self._pools = ConnectionPools()

    def urlopen(self, method: str, url: str, **options: Any) -> Any:
        """Send a request, like `urllib3.PoolManager.urlopen`."""
        response = self._pools.urlopen(method, url, **options)
        kind = response.headers.get("Content-Type", "")
        body: Any = kind
        if "json" in kind or "javascript" in kind:
            data = response.read()
            response.release_conn()
            body = _decoded(data)
            response = _readable_again(response, data)
        self.exchanges.append(self._exchange(method, url, response.status, body))
        return response

    def close(self) -> None:
        """Close the connections."""
        self._pools.clear()

    def _exchange(self, method: str, url: str, status: int, body: Any) -> dict[str, Any]:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query)
        params = {name: value for name, value in pairs if not _CREDENTIAL.fullmatch(name)}
        body = self._inside_folder(body)
        request = {"method": method, "call": parts.path, "params": masked(params)}
        whole = {"request": request, "response": {"status": status, "body": masked(body)}}
        text = json.dumps(whole).replace(self.folder.strip("/"), "FOLDER")
        decoded: dict[str, Any] = json.loads(text)
        return decoded

    def _inside_folder(self, body: Any) -> Any:
        """Return a response body without entries outside the run's folder, which may be private."""
        if not isinstance(body, dict):
            return body
        listed = {name: body[name] for name in ("entries", "contents") if name in body}
        inside = self.folder.lower()
        kept = {
            name: [item for item in items if inside in json.dumps(item).lower()]
            for name, items in listed.items()
        }
        return {**body, **kept}


def masked(value: Any, name: str = "") -> Any:
    """Return a value of the same structure and types, without tokens and personal data."""
    if isinstance(value, dict):
        return {key: masked(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, name) for inner in value]
    if isinstance(value, str) and name not in PRIVATE:
        return _OWNER.sub("(NAME's", MASK if "oauth_" in value else value)
    if name not in PRIVATE or value is None or isinstance(value, bool):
        return value
    return 0 if isinstance(value, int) else MASK


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _readable_again(response: Any, data: bytes) -> Any:
    return urllib3.HTTPResponse(
        io.BytesIO(data),
        response.headers,
        response.status,
        reason=response.reason,
        preload_content=False,
    )
