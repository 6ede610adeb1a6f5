"""Send requests to the whole emulator, without a socket."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.test import Client, TestResponse

from fakebox.app import create_app
from fakebox.core import defaults
from fakebox.namespaces import Namespaces

JSON = "application/json"
OCTETS = "application/octet-stream"


class Service:
    """The emulator with its journal, rate limit, faults and control plane."""

    def __init__(self, **options: Any) -> None:
        self.namespaces = Namespaces(**options)
        self._client = Client(create_app(self.namespaces))

    def open(self, method: str, target: str, data: bytes = b"", **headers: str) -> TestResponse:
        """Send a request with a bearer token, unless the headers have other credentials."""
        sent = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}", **headers}
        path, _, query = target.partition("?")
        return self._client.open(
            path,
            method=method,
            query_string=query,
            data=data,
            headers={name: value for name, value in sent.items() if value},
            base_url="http://localhost",
            environ_overrides={"RAW_URI": target},
            buffered=True,
        )

    def rpc(self, route: str, argument: Any, **headers: str) -> TestResponse:
        """Send a request with its argument in the body."""
        data = json.dumps(argument).encode()
        return self.open("POST", f"/2/{route}", data, **{"Content-Type": JSON, **headers})

    def content(self, route: str, argument: Any, data: bytes = b"", **headers: str) -> TestResponse:
        """Send a request with its argument in a header."""
        sent = {"Dropbox-API-Arg": json.dumps(argument)}
        if "upload" in route:
            sent["Content-Type"] = OCTETS
        return self.open("POST", f"/2/{route}", data, **{**sent, **headers})

    def upload(self, path: str, data: bytes = b"content", **argument: Any) -> TestResponse:
        """Write a file."""
        return self.content("files/upload", {"path": path, **argument}, data)

    def link(self, path: str) -> str:
        """Create a shared link, and return its URL."""
        response = self.rpc("sharing/create_shared_link_with_settings", {"path": path})
        url: str = response.json["url"]
        return url

    def put(self, target: str, value: Any) -> TestResponse:
        """Send JSON to the control plane."""
        return self.open("PUT", target, json.dumps(value).encode(), **{"Content-Type": JSON})

    def fault(self, **fields: Any) -> None:
        """Plan a fault."""
        data = json.dumps(fields).encode()
        response = self.open("POST", "/_fakebox/faults", data, **{"Content-Type": JSON})
        assert response.status_code in (200, 201), response.text

    def close(self) -> None:
        """Release what the emulator holds."""
        self.namespaces.close()
