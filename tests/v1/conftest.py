"""Send signed requests to the version 1 application, without a socket."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode

import pytest
from werkzeug.test import Client, TestResponse

from fakebox.context import Namespace, Options
from fakebox.core import defaults
from fakebox.core.world import World
from fakebox.v1.app import create_v1
from fakebox.v1.request import V1Request
from tests.transactions import Transactions, counted_transactions, limited

USER = (defaults.TOKEN, defaults.TOKEN_SECRET)
SANDBOX = (defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET)
OTHER = (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET)

_V1 = create_v1()
# Requests with more than one transaction.
LIMITS = {
    # One transaction checks the caller, another one stores the body. It is received between them.
    "/files_put/": 2,
    "POST /files/": 2,
    "/chunked_upload": 2,
    # One transaction checks the caller, another one stores the content. Between them, the request
    # waits for a chunk that is arriving, and the content is hashed and written to the disk.
    "/commit_chunked_upload/": 2,
    # One transaction checks the cursor. Each check of the change log is another transaction.
    "/longpoll_delta": None,
}


class Api:
    """The API of a new world.

    `api.get("/metadata/dropbox/a", list="false")` signs and sends; `who` selects the token.
    """

    def __init__(self, transactions: Transactions) -> None:
        self.world = World()
        self.options = Options()
        self._client = Client(limited(self._app, transactions, LIMITS))

    def configure(self, **settings: Any) -> None:
        """Change settings of the world."""
        self.world.settings = replace(self.world.settings, **settings)

    def get(
        self, path: str, /, who: Any = USER, headers: Any = None, **params: Any
    ) -> TestResponse:
        """Send a signed GET request."""
        return self.send("GET", path, params, who, headers=headers)

    def post(self, path: str, /, who: Any = USER, **params: Any) -> TestResponse:
        """Send a signed POST request with the parameters in a form."""
        form = urlencode(self.signed(params, who))
        form_type = "application/x-www-form-urlencoded"
        return self.raw("POST", path, data=form, content_type=form_type)

    def put(self, path: str, /, body: bytes = b"", who: Any = USER, **params: Any) -> TestResponse:
        """Send a signed PUT request with a body."""
        return self.stream("PUT", path, body, len(body), who, **params)

    def stream(
        self, method: str, path: str, body: bytes, length: int, who: Any = USER, **params: Any
    ) -> TestResponse:
        """Send a signed request whose Content-Length may differ from the length of its body."""
        overrides = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(length)}
        return self.send(method, path, params, who, overrides=overrides)

    def send(
        self, method: str, path: str, params: dict[str, Any], who: Any = USER, **options: Any
    ) -> TestResponse:
        """Send a request with its signed parameters in the query."""
        return self.raw(method, f"{path}?{urlencode(self.signed(params, who))}", **options)

    def raw(
        self, method: str, target: str, *, overrides: Any = None, **options: Any
    ) -> TestResponse:
        """Send a request without changing it."""
        path, _, query = target.partition("?")
        decoded = unquote_to_bytes(path).decode("latin-1")
        environ = {"RAW_URI": f"/1{target}", "PATH_INFO": decoded, **(overrides or {})}
        return self._client.open(
            method=method,
            query_string=query,
            base_url="http://api.example/1",
            environ_overrides=environ,
            buffered=True,
            **options,
        )

    def upload(self, path: str, /, body: bytes = b"content", who: Any = USER, **params: Any) -> Any:
        """Upload a file and return its metadata."""
        root = "sandbox" if who == SANDBOX else "dropbox"
        response = self.put(f"/files_put/{root}{quote(path)}", body, who, **params)
        assert response.status_code == 200, response.text
        return json.loads(response.text)

    @staticmethod
    def signed(params: dict[str, Any], who: Any) -> dict[str, Any]:
        """Return the parameters with a PLAINTEXT signature."""
        if who is None:
            return params
        token, secret = who
        return {
            **params,
            "oauth_consumer_key": defaults.APP_KEY,
            "oauth_signature_method": "PLAINTEXT",
            "oauth_signature": f"{defaults.APP_SECRET}&{secret}",
            "oauth_token": token,
        }

    def _app(self, environ: Any, start_response: Any) -> Any:
        V1Request(environ).namespace = Namespace(self.world, self.options)
        return _V1(environ, start_response)


@pytest.fixture(scope="session")
def transactions():
    """The counter of transactions."""
    with counted_transactions() as counter:
        yield counter


@pytest.fixture
def api(transactions):
    """The API of a new world; each request must be one transaction, except those in `LIMITS`."""
    new_api = Api(transactions)
    yield new_api
    new_api.world.close()


def payload(response: TestResponse) -> Any:
    """Return the decoded JSON of a response."""
    return json.loads(response.text)
