"""Requests and answers as they went over the wire, without secrets; not for replaying them."""

from __future__ import annotations

import io
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import urllib3

from dropbox.connection_pool import ConnectionPools

# What tells who somebody is, and what lets somebody in. Types stay, values go.
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
    """A pool of connections that remembers what went through it.

    Attributes:
        exchanges: what was sent and answered, oldest first.
        folder: the run's folder, whose name is replaced in what is remembered.
    """

    def __init__(self, folder: str) -> None:
        self.exchanges: list[dict[str, Any]] = []
        self.folder = folder
        self._pools = ConnectionPools()

    def urlopen(self, method: str, url: str, **options: Any) -> Any:
        """Send a request, as urllib3 does."""
        answer = self._pools.urlopen(method, url, **options)
        kind = answer.headers.get("Content-Type", "")
        body: Any = kind
        if "json" in kind or "javascript" in kind:
            data = answer.read()
            answer.release_conn()
            body = _decoded(data)
            answer = _again(answer, data)
        self.exchanges.append(self._remembered(method, url, answer.status, body))
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._pools.clear()

    def _remembered(self, method: str, url: str, status: int, body: Any) -> dict[str, Any]:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query)
        params = {name: value for name, value in pairs if not _CREDENTIAL.fullmatch(name)}
        body = self._own(body)
        request = {"method": method, "call": parts.path, "params": masked(params)}
        whole = {"request": request, "answer": {"status": status, "body": masked(body)}}
        text = json.dumps(whole).replace(self.folder.strip("/"), "FOLDER")
        decoded: dict[str, Any] = json.loads(text)
        return decoded

    def _own(self, body: Any) -> Any:
        """An answer without what lies outside the run's folder, which is somebody's own."""
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
    """A value without tokens and personal data, of the same structure and types."""
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


def _again(answer: Any, data: bytes) -> Any:
    return urllib3.HTTPResponse(
        io.BytesIO(data),
        answer.headers,
        answer.status,
        reason=answer.reason,
        preload_content=False,
    )
