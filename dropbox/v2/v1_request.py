"""A request of version 1, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dropbox.v2.errors import refusal
from dropbox.v2.metadata import metadata

if TYPE_CHECKING:
    from dropbox.v2.client import Wire

_NO_SUCH_REVISION = "Unable to find the revision at that path"
_REV = re.compile(r"[0-9a-f]{9,}")


@dataclass(frozen=True)
class Asked:
    """What a request asks for.

    Attributes:
        wire: what sends requests of version 2.
        call: the call, as `metadata` or `fileops/copy`.
        path: the path that stands in the URL after the root; empty for the root folder.
        params: the parameters, without those of the signature.
        headers: the headers, without the credentials.
        body: what is uploaded.
        options: what else is known of how to send it.
    """

    wire: Wire
    call: str
    path: str
    params: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The root as metadata names it."""
        return "app_folder" if self.wire.session.root == "sandbox" else "dropbox"

    def shown(self, told: dict[str, Any]) -> dict[str, Any]:
        """Metadata of version 2 as version 1 has it."""
        return metadata(told, self.root)

    @property
    def rev(self) -> str | None:
        """The revision asked for, if one is.

        Raises:
            ErrorResponse: 404 if there can be none of that name; to version 2 that is a bad
                request. 400 if there can't be the path either.
        """
        rev = self.params.get("rev")
        if rev is not None and not _REV.fullmatch(rev):
            if self.path:
                # A path that there can't be is the worse mistake.
                self.wire.call("files/get_metadata", {"path": self.path, "include_deleted": True})
            raise refusal(404, _NO_SUCH_REVISION)
        return rev

    def shown_at_rev(self, told: dict[str, Any]) -> dict[str, Any]:
        """Metadata of the revision asked for, which version 2 finds wherever it is.

        Raises:
            ErrorResponse: 404 if it is one of another path.
        """
        shown = self.shown(told)
        if self.rev and shown["path"].lower() != self.path.lower():
            raise refusal(404, _NO_SUCH_REVISION)
        return shown

    def number(self, name: str, default: int) -> int:
        """The integer that a parameter has, or `default` if it is not given.

        Raises:
            ErrorResponse: 400 if it is no integer.
        """
        value = self.params.get(name, str(default))
        try:
            return int(value)
        except ValueError:
            raise refusal(400, {name: f"{value!r} is not an integer"}) from None

    def flag(self, name: str) -> bool:
        """Whether a parameter is true."""
        return self.params.get(name, "").lower() in ("true", "1")


def take_apart(
    wire: Wire,
    url: str,
    form: dict[str, Any] | None,
    headers: dict[str, str] | None,
    body: Any,
    options: dict[str, Any],
) -> Asked:
    """What a request of version 1 asks for.

    Args:
        wire: what sends requests of version 2.
        url, form, headers, body: the request.
        options: how to send it, as `read_timeout_s`.
    """
    parts = urlsplit(url)
    _, _, words = parts.path.partition(f"/{wire.session.API_VERSION}/")
    name, _, rest = words.partition("/")
    call, path = name, ""
    if name in ("fileops", "account", "oauth2", "delta"):
        call = words
    elif rest:
        path = "/" + rest.partition("/")[2]
    params = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **(form or {})}
    kept = {key: str(value) for key, value in params.items() if not key.startswith("oauth_")}
    passed = {key: value for key, value in (headers or {}).items() if key == "Range"}
    return Asked(wire, call, unquote(path).rstrip("/"), kept, passed, body, options)
