"""Send raw requests to version 2 of the API, without an SDK."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

from conformance import live, wire
from conformance.account import URL
from conformance.connections import PatientConnections
from conformance.inventory import tomllib
from conformance.v2.shapes import check_error, check_file

OCTETS = "application/octet-stream"
JSON = "application/json"
FROM_PAGES = "text/plain; charset=dropbox-cors-hack"
LIVE_HOSTS = {
    "api": "https://api.dropboxapi.com",
    "content": "https://content.dropboxapi.com",
    "notify": "https://notify.dropboxapi.com",
    "www": "https://www.dropbox.com",
}
# Cases have fewer pages. Without a limit, a case would not end if `has_more` were always true.
_PAGES = 1000
_JOB_S = 180
_JOB_WAIT_S = 1.0
_TIMEOUT = urllib3.Timeout(connect=20, read=150)


@cache
def routes() -> dict[str, dict[str, Any]]:
    """Return the routes of the specification by their names, with their attributes."""
    text = Path(__file__).with_name("routes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def arguments() -> dict[str, dict[str, Any]]:
    """Return the documented fields of the routes' arguments, with valid and invalid values."""
    text = Path(__file__).with_name("arguments.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


class Response(wire.Response):
    """A response."""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.data.decode("utf-8", "replace")

    def result(self) -> Any:
        """Return the decoded Dropbox-API-Result header of a download."""
        assert self.status in (200, 206), (self.status, self.text[:300])
        return json.loads(self.headers["Dropbox-API-Result"])


@dataclass(repr=False)
class Credentials:
    """The credentials of a target.

    Attributes:
        token: bearer token, which a long run may have to renew.
        app: key and secret of the token's app; empty texts if they are unknown.
    """

    token: str
    app: tuple[str, str] = ("", "")


@dataclass(repr=False)
class Api:
    """Version 2 of the API with a folder for one case.

    Attributes:
        name: name of the target, `fake v2` or `live`.
        hosts: URL of each host.
        credentials: the token and the app.
        folder: path of the folder that the case uses.
        connections: sends requests, as `urllib3.PoolManager` does.
        box: the emulator; `None` for the live service.
        pace_s: delay before each request, in seconds.
        exchanges: requests and responses of the case, without tokens and contents.
    """

    name: str
    hosts: dict[str, str]
    credentials: Credentials
    folder: str
    connections: Any
    box: Any = None
    pace_s: float = 0.0
    exchanges: list[dict[str, Any]] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"Api({self.name!r}, {self.folder!r})"

    @property
    def token(self) -> str:
        """The bearer token."""
        return self.credentials.token

    @property
    def app(self) -> tuple[str, str]:
        """The key and the secret of the token's app."""
        return self.credentials.app

    @property
    def is_live(self) -> bool:
        """Whether the target is the live service."""
        return self.name == "live"

    def path(self, name: str) -> str:
        """Return a path in the case's folder."""
        return name if name.startswith(("/", "id:", "rev:", "ns:")) else f"{self.folder}/{name}"

    def send(
        self,
        route: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        *,
        method: str = "POST",
        query: str = "",
        authorization: str | None = "",
    ) -> Response:
        """Send a request to a route without changing it.

        Args:
            route: the route, such as `files/get_metadata`.
            body: request body.
            headers: request headers.
            method: HTTP method.
            query: query string, encoded.
            authorization: the Authorization header; empty for the target's token, `None` for none.
        """
        host = self.hosts[routes()[route]["host"] if route in routes() else "api"]
        sent = dict(headers or {})
        if authorization is not None:
            sent["Authorization"] = authorization or f"Bearer {self.token}"
        response = self.fetch(f"{host}/2/{route}{query and '?'}{query}", method, body, sent)
        self.exchanges.append(
            {
                "request": {"method": method, "call": f"/2/{route}"},
                "response": {"status": response.status},
            }
        )
        return response

    def fetch(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Send a request to a URL without following redirects."""
        time.sleep(self.pace_s)
        response = wire.fetch(
            url, method, body, headers, connections=self.connections, timeout=_TIMEOUT
        )
        return Response(response.status, response.headers, response.data)

    def form(self, call: str, fields: dict[str, str], **headers: str) -> Response:
        """POST a form to the API host, as the token endpoint requires."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self.fetch(f"{self.hosts['api']}{call}", "POST", urlencode(fields), headers)

    def call(
        self,
        route: str,
        argument: Any = None,
        body: bytes = b"",
        *,
        authorization: str | None = "",
        **headers: str,
    ) -> Response:
        """Call a route in its style.

        Args:
            route: the route, such as `files/upload`.
            argument: the argument, to be encoded as JSON.
            body: the content that an upload sends.
            authorization: as for `send`.
            **headers: more request headers; underscores become hyphens.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        encoded = json.dumps(argument)
        style = routes()[route]["style"]
        if style == "rpc":
            sent = {"Content-Type": JSON, **sent}
            return self.send(route, encoded, sent, authorization=authorization)
        sent = {"Dropbox-API-Arg": encoded, **sent}
        if style == "upload":
            sent = {"Content-Type": OCTETS, **sent}
            return self.send(route, body, sent, authorization=authorization)
        return self.send(route, None, sent, authorization=authorization)

    def ok(self, route: str, argument: Any = None, body: bytes = b"", **headers: str) -> Any:
        """Return the result of a call that must succeed."""
        response = self.call(route, argument, body, **headers)
        assert response.status == 200, (route, response.status, response.text[:500])
        return response.json()

    def fails(self, route: str, argument: Any = None, body: bytes = b"", **headers: str) -> str:
        """Return the tags of a call that must fail, such as `path/not_found`."""
        return check_error(self.call(route, argument, body, **headers))

    def rejects(self, route: str, argument: Any = None, body: bytes = b"", **headers: str) -> str:
        """Return the text of a call that must be rejected with 400, without its common prefix."""
        return rejection(self.call(route, argument, body, **headers), route)

    def upload(self, name: str, body: bytes = b"content", **argument: Any) -> Response:
        """Upload a file to the case's folder."""
        return self.call("files/upload", {"path": self.path(name), **argument}, body)

    def put(self, name: str, body: bytes = b"content", **argument: Any) -> Any:
        """Upload a file and return its metadata, after checking all of its fields."""
        response = self.upload(name, body, **argument)
        assert response.status == 200, (response.status, response.text[:500])
        metadata = response.json()
        check_file(metadata, body)
        return metadata

    def put_fails(self, name: str, body: bytes = b"content", **argument: Any) -> str:
        """Return the tags of an upload that must fail."""
        return check_error(self.upload(name, body, **argument))

    def get(self, name: str, **headers: str) -> Response:
        """Download a file."""
        return self.call("files/download", {"path": self.path(name)}, **headers)

    def content(self, name: str) -> bytes:
        """Return the content of a file."""
        response = self.get(name)
        assert response.status == 200, (response.status, response.text[:500])
        return response.data

    def metadata(self, name: str, **argument: Any) -> Any:
        """Return the metadata of a file or folder."""
        return self.ok("files/get_metadata", {"path": self.path(name), **argument})

    def mkdir(self, name: str, **argument: Any) -> Any:
        """Create a folder and return its metadata."""
        argument = {"path": self.path(name), **argument}
        return self.ok("files/create_folder_v2", argument)["metadata"]

    def delete(self, name: str) -> Any:
        """Delete a file or folder and return its last metadata."""
        return self.ok("files/delete_v2", {"path": self.path(name)})["metadata"]

    def relocate(self, kind: str, source: str, target: str, **argument: Any) -> Any:
        """Copy or move a file or folder and return its new metadata."""
        argument = {"from_path": self.path(source), "to_path": self.path(target), **argument}
        return self.ok(f"files/{kind}_v2", argument)["metadata"]

    def pages(self, name: str = "", **argument: Any) -> list[Any]:
        """Return all pages of a folder."""
        path = self.path(name) if name else self.folder
        page = self.ok("files/list_folder", {"path": path, **argument})
        return [page, *self.following(page)]

    def following(self, page: Any, route: str = "files/list_folder/continue") -> list[Any]:
        """Return the pages after a page, until `has_more` is false."""
        found: list[Any] = []
        while page["has_more"]:
            assert len(found) < _PAGES, f"{route} still has more after {_PAGES} pages"
            page = self.ok(route, {"cursor": page["cursor"]})
            found.append(page)
        return found

    def entries(self, name: str = "", **argument: Any) -> list[Any]:
        """Return all entries of a folder."""
        return [entry for page in self.pages(name, **argument) for entry in page["entries"]]

    def cursor(self, name: str = "", **argument: Any) -> str:
        """Return the cursor after a folder's present contents."""
        return str(self.pages(name, **argument)[-1]["cursor"])

    def changes(self, cursor: str) -> tuple[list[Any], str]:
        """Return the changes since a cursor, and the cursor after them."""
        page = self.ok("files/list_folder/continue", {"cursor": cursor})
        pages = [page, *self.following(page)]
        return [entry for page in pages for entry in page["entries"]], pages[-1]["cursor"]

    def job(self, route: str, argument: Any, check: str) -> Any:
        """Start a batch, wait for its job, and return the completed result."""
        launch = self.ok(route, argument)
        if launch[".tag"] == "complete":
            return launch
        assert launch[".tag"] == "async_job_id"
        return self.done(check, launch["async_job_id"])

    def done(self, check: str, job_id: str) -> Any:
        """Wait for a job and return its status."""
        deadline = time.monotonic() + _JOB_S
        while True:
            status = self.ok(check, {"async_job_id": job_id})
            if status[".tag"] != "in_progress":
                return status
            assert time.monotonic() < deadline, "the job is still in progress"
            time.sleep(min(_JOB_WAIT_S, 10 * self.pace_s))

    def eventually(self, request: Callable[[], Any], is_expected: Callable[[Any], bool]) -> Any:
        """Repeat a request until the search index of the live service has the recent changes."""
        return live.eventually(request, is_expected) if self.is_live else request()

    def other(self) -> str:
        """Return the Authorization header of the emulator's second account."""
        token = self.box.add_token(account="other@fakebox.example", bearer=True)
        return f"Bearer {token.token}"

    def reachable(self, url: str) -> str:
        """Return a URL of the emulator with the address of this target's server."""
        parts = urlsplit(url)
        if self.is_live:
            return url
        return f"{self.hosts['api']}{parts.path}{parts.query and '?'}{parts.query}"


def rejection(response: Response, route: str) -> str:
    """Check a 400 response and return its text without the common prefix."""
    assert response.status == 400, (response.status, response.text[:500])
    assert response.headers["Content-Type"].startswith("text/plain")
    prefix = f'Error in call to API function "{route}": '
    assert response.text.startswith(prefix), response.text
    return response.text.removeprefix(prefix)


def names(entries: list[Any]) -> list[str]:
    """Return the sorted names of entries."""
    return sorted(entry["name"] for entry in entries)


def of_emulator() -> Iterator[Api]:
    """Start an emulator for one case."""
    from fakebox import Fakebox
    from fakebox.core import defaults

    with Fakebox() as box, urllib3.PoolManager(maxsize=4) as pool:
        hosts = dict.fromkeys(LIVE_HOSTS, box.url)
        credentials = Credentials(defaults.BEARER_TOKEN, (defaults.APP_KEY, defaults.APP_SECRET))
        api = Api("fake v2", hosts, credentials, "/conformance", pool, box)
        api.ok("files/create_folder_v2", {"path": api.folder})
        yield api


def of_live_run(folder: str) -> Iterator[Api]:
    """Open the live service with a new folder, which is deleted afterwards.

    `CONFORMANCE_LIVE_URL` replaces the URLs of all hosts. With a refresh token, the access token is
    renewed when it expires.
    """
    url = os.environ.get(URL)
    hosts = dict.fromkeys(LIVE_HOSTS, url.rstrip("/")) if url else LIVE_HOSTS
    given = live.Credentials.of_environment()
    credentials = Credentials(given.token, given.app)

    def renew() -> str:
        credentials.token = given.renew()
        return credentials.token

    connections = PatientConnections(renew if given.refresh_token else None)
    if given.refresh_token:
        renew()
    api = Api("live", hosts, credentials, folder, connections, pace_s=live.pace_s())
    api.ok("files/create_folder_v2", {"path": folder})
    try:
        yield api
    finally:
        # The folder of the whole run is deleted after this one.
        with suppress(AssertionError, OSError, urllib3.exceptions.HTTPError):
            api.delete(folder)
        connections.close()
