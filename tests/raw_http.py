"""Send requests of version 1 by HTTP, without an SDK."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import urllib3

from fakebox.core import defaults

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class V1:
    """Sends requests to version 1 of the API, signed by OAuth 1.0 with PLAINTEXT.

    Args:
        url: the URL of the emulator.
        token: an access token; the empty string for requests without one.
        secret: its secret.
        app_key: the key of the app.
        app_secret: its secret.
    """

    def __init__(
        self,
        url: str,
        token: str = defaults.TOKEN,
        secret: str = defaults.TOKEN_SECRET,
        app_key: str = defaults.APP_KEY,
        app_secret: str = defaults.APP_SECRET,
    ) -> None:
        self._url = f"{url}/1"
        self._oauth = {
            "oauth_consumer_key": app_key,
            "oauth_signature_method": "PLAINTEXT",
            "oauth_signature": f"{app_secret}&{secret}",
            **({"oauth_token": token} if token else {}),
        }

    def get(self, path: str, /, **params: Any) -> urllib3.BaseHTTPResponse:
        """Send a GET with its parameters in the query."""
        return self._send("GET", f"{path}?{self._signed(params)}")

    def put(self, path: str, /, body: bytes = b"", **params: Any) -> urllib3.BaseHTTPResponse:
        """Send a PUT with a body, and the parameters in the query."""
        return self._send("PUT", f"{path}?{self._signed(params)}", body=body)

    def post(self, path: str, /, **params: Any) -> urllib3.BaseHTTPResponse:
        """Send a POST with its parameters in a form."""
        return self._send("POST", path, body=self._signed(params), headers=_FORM)

    def upload(self, path: str, body: bytes) -> dict[str, Any]:
        """Put a file, and return its metadata."""
        response = self.put(f"/files_put/dropbox{path}", body)
        assert response.status == 200, response.data
        metadata: dict[str, Any] = response.json()
        return metadata

    def _signed(self, params: dict[str, Any]) -> str:
        return urlencode({**params, **self._oauth})

    def _send(self, method: str, target: str, **options: Any) -> urllib3.BaseHTTPResponse:
        return urllib3.request(method, self._url + target, retries=False, timeout=60, **options)
