"""Requests of version 1, parsed into call, path and parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dropbox.json_response import JsonObject
from dropbox.v2.client import V2Client
from dropbox.v2.errors import v1_error
from dropbox.v2.metadata import is_same_path, to_v1_metadata

_NO_SUCH_REVISION = "Unable to find the revision at that path"
_REV = re.compile(r"[0-9a-f]{9,}")
_NAMESPACED_CALLS = ("account", "delta", "fileops", "oauth2")


@dataclass(frozen=True)
class V1Request:
    """A request of version 1.

    Attributes:
        client: sends the requests of version 2.
        call: the call, such as `metadata` or `fileops/copy`.
        path: the path after the root in the URL; empty for the root folder.
        params: the parameters, without OAuth parameters.
        headers: the headers to pass on.
        body: the content to upload.
        options: arguments for the `rest_client`, such as `read_timeout_s`.
    """

    client: V2Client
    call: str
    path: str
    params: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    options: JsonObject = field(default_factory=dict)

    @classmethod
    def parse(
        cls,
        client: V2Client,
        url: str,
        form: Mapping[str, object] | None,
        headers: Mapping[str, str] | None,
        body: object,
        options: JsonObject,
    ) -> V1Request:
        """Parse a request.

        Args:
            client: sends the requests of version 2.
            url: the URL, with its query.
            form: the parameters in the body of a POST.
            headers: the headers; only `Range` is kept.
            body: the content of a PUT.
            options: arguments for the `rest_client`.
        """
        parts = urlsplit(url)
        _, _, target = parts.path.partition(f"/{client.session.API_VERSION}/")
        name, _, rest = target.partition("/")
        call, path = name, ""
        if name in _NAMESPACED_CALLS:
            call = target
        elif rest:
            path = "/" + rest.partition("/")[2]
        params = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **(form or {})}
        own = {key: str(value) for key, value in params.items() if not key.startswith("oauth_")}
        passed = {key: value for key, value in (headers or {}).items() if key == "Range"}
        return cls(client, call, unquote(path).rstrip("/"), own, passed, body, options)

    @property
    def root(self) -> str:
        """The root as in metadata: `dropbox` or `app_folder`."""
        return "app_folder" if self.client.session.root == "sandbox" else "dropbox"

    @property
    def rev(self) -> str | None:
        """The requested revision, or `None`.

        Raises:
            ErrorResponse: 404 if `rev` is not a revision; 400 if the path is invalid as well.
        """
        rev = self.params.get("rev")
        if rev is not None and not _REV.fullmatch(rev):
            if self.path:
                # Version 2 checks the path here; version 1 reports an invalid path first.
                self.client.call("files/get_metadata", {"path": self.path, "include_deleted": True})
            raise v1_error(404, _NO_SUCH_REVISION)
        return rev

    def v1_metadata(self, entry: JsonObject) -> JsonObject:
        """Convert metadata of version 2 to metadata of version 1.

        Args:
            entry: the metadata of version 2.
        """
        return to_v1_metadata(entry, self.root)

    def v1_metadata_at_rev(self, entry: JsonObject) -> JsonObject:
        """Convert metadata of the requested revision, which version 2 finds by `rev` alone.

        Args:
            entry: the metadata of version 2.

        Raises:
            ErrorResponse: 404 if the revision belongs to another path.
        """
        metadata = self.v1_metadata(entry)
        if self.rev and not is_same_path(metadata["path"], self.path):
            raise v1_error(404, _NO_SUCH_REVISION)
        return metadata

    def integer(self, name: str, default: int) -> int:
        """Return an integer parameter.

        Args:
            name: the name of the parameter.
            default: the value if the parameter is missing.

        Raises:
            ErrorResponse: 400 if the value is not an integer.
        """
        value = self.params.get(name, str(default))
        try:
            return int(value)
        except ValueError:
            raise v1_error(400, {name: f"{value!r} is not an integer"}) from None

    def flag(self, name: str) -> bool:
        """Return whether a parameter is true.

        Args:
            name: the name of the parameter. A missing parameter is false.
        """
        return self.params.get(name, "").lower() in ("true", "1")
