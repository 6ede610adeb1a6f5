"""Send requests with a bearer token to the version 2 application, without a socket."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from fakebox.context import Namespace, Options
from fakebox.core import defaults
from fakebox.core.world import World
from fakebox.v1.app import create_v1
from fakebox.v1.request import V1Request
from fakebox.v2.app import create_v2
from fakebox.v2.request import V2Request
from tests.transactions import PerEntry, Transactions, counted_transactions, limited

_V1, _V2 = create_v1(), create_v2()
_SESSIONS = "/2/files/upload_session/"
# Requests of version 2 with more than one transaction.
LIMITS = {
    "/1/": None,
    # A batch has one transaction for the caller, one for each entry, and one for the results.
    f"{_SESSIONS}finish_batch": PerEntry("entries", 2),
    "/2/files/create_folder_batch": PerEntry("paths", 2),
    "/2/files/delete_batch": PerEntry("entries", 2),
    "/2/files/copy_batch": PerEntry("entries", 2),
    "/2/files/move_batch": PerEntry("entries", 2),
    "/2/files/get_thumbnail_batch": PerEntry("entries", 1),
    # One transaction checks the caller, another one stores the body. It is received between them.
    # The first request for a session after a restart takes one more.
    f"{_SESSIONS}start_batch": 1,
    _SESSIONS: 2,
    "/2/files/upload": 2,
    "/apitul/": 2,
    # Each check of the change log is one transaction.
    "/2/files/list_folder/longpoll": None,
}
APP = "Basic " + b64encode(f"{defaults.APP_KEY}:{defaults.APP_SECRET}".encode()).decode()


class Api:
    """The API of a new world.

    `api.rpc("files/get_metadata", path="/a")` returns the JSON; `api.fails(...)` returns the error.
    """

    def __init__(self, transactions: Transactions) -> None:
        self.world = World()
        self.options = Options()
        self.user = f"Bearer {defaults.BEARER_TOKEN}"
        self._client = Client(limited(self._app, transactions, LIMITS))

    def configure(self, **settings: Any) -> None:
        """Change settings of the world."""
        self.world.settings = replace(self.world.settings, **settings)

    def bearer(self, account_id: int = 1, access: Any = "dropbox", **details: Any) -> str:
        """Return the Authorization header with a new token."""
        app = self.world.apps.find(defaults.APP_KEY)
        return (
            f"Bearer {self.world.tokens.issue_bearer(app.id, account_id, access, **details).token}"
        )

    def bearer_of_app(self, *scopes: str, **details: Any) -> str:
        """Return the Authorization header with a new token of a new app with these scopes."""
        app = self.world.apps.create("Scoped", scopes=scopes)
        return f"Bearer {self.world.tokens.issue_bearer(app.id, 1, 'dropbox', **details).token}"

    def post(self, route: str, argument: Any = None, who: str | None = None) -> TestResponse:
        """Send a request with an argument in its body."""
        return self.raw(f"/2/{route}", json.dumps(argument), "application/json", who)

    def rpc(self, route: str, who: str | None = None, **argument: Any) -> Any:
        """Return the result of a call with these fields as its argument."""
        return _result(self.post(route, argument, who))

    def rpc_null(self, route: str, who: str | None = None) -> Any:
        """Return the result of a call whose argument is null."""
        return _result(self.post(route, None, who))

    def upload(
        self,
        path: str,
        body: bytes = b"content",
        *,
        route: str = "files/upload",
        who: str | None = None,
        **argument: Any,
    ) -> Any:
        """Return the result of an upload."""
        return _result(self.send(route, {"path": path, **argument}, body, who))

    def send(
        self, route: str, argument: Any, body: bytes = b"", who: str | None = None, **headers: str
    ) -> TestResponse:
        """Send a request with its argument in a header."""
        all_headers = {"Dropbox-API-Arg": json.dumps(argument), **headers}
        return self.raw(f"/2/{route}", body, "application/octet-stream", who, headers=all_headers)

    def fails(self, route: str, **argument: Any) -> Any:
        """Return the error of a call that fails."""
        return _error_of(self.post(route, argument))

    def raw(
        self, target: str, data: Any, kind: str | None, who: str | None = None, **options: Any
    ) -> TestResponse:
        """Send a request without changing it."""
        headers = options.pop("headers", {})
        who = self.user if who is None else who
        if who:
            headers = {"Authorization": who, **headers}
        return self._client.open(
            target,
            method=options.pop("method", "POST"),
            data=data,
            content_type=kind,
            headers=headers,
            base_url="http://api.example",
            environ_overrides={"RAW_URI": target, **options.pop("overrides", {})},
            buffered=True,
            **options,
        )

    def _app(self, environ: Any, start_response: Any) -> Any:
        mount = environ["PATH_INFO"][:2]
        context = V1Request(environ) if mount == "/1" else V2Request(environ)
        context.namespace = Namespace(self.world, self.options)
        if mount in ("/1", "/2"):
            environ["SCRIPT_NAME"], environ["PATH_INFO"] = mount, environ["PATH_INFO"][2:]
        return (_V1 if mount == "/1" else _V2)(environ, start_response)


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


@pytest.fixture
def tree(api):
    """A folder with a file, and a folder in it with another file."""
    for path in ("/top/a", "/top/sub/b"):
        api.upload(path)


@pytest.fixture
def failed():
    """A function that returns the error of a response."""
    return _error_of


@pytest.fixture
def basic(api):
    """A function that returns the Authorization header of a new app with these scopes."""

    def header(*scopes):
        app = api.world.apps.create("Basic", scopes=scopes)
        return "Basic " + b64encode(f"{app.key}:{app.secret}".encode()).decode()

    return header


@pytest.fixture
def app_credentials():
    """The Authorization header of the default app."""
    return APP


def _error_of(response: TestResponse) -> Any:
    assert response.status_code == 409, response.text
    payload = json.loads(response.text)
    assert payload["error_summary"].startswith(payload["error"][".tag"])
    return payload["error"]


def _result(response: TestResponse) -> Any:
    assert response.status_code == 200, response.text
    return json.loads(response.text)
