"""Tests that ids, cursors and jobs of one caller reveal nothing to another caller."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from fakebox import Fakebox

SECRET = "outside-secret"
JSON = {"Content-Type": "application/json"}
V2_JOBS = ("delete_batch/check", "copy_batch/check_v2", "upload_session/finish_batch/check")


class Dropbox:
    """An HTTP client of the emulator, with the tokens of several callers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = urllib3.PoolManager(retries=False)
        self.call("POST", "/_fakebox/apps", {"name": "Second", "key": "second-key"})
        self.owner: str = self.token()
        self.others: dict[str, str] = {
            "app folder": self.token(access="app_folder"),
            "other account": self.token(uid=2),
            "other app": self.token(app="second-key", access="app_folder"),
        }

    def token(self, **fields: Any) -> str:
        """Creates a bearer token."""
        status, text = self.call("POST", "/_fakebox/tokens", {"type": "bearer", **fields})
        assert status == 201, text
        return str(json.loads(text)["token"])

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, str]:
        """Sends a JSON request and returns the status and body of the response."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            headers |= JSON
        sent = None if body is None else json.dumps(body)
        response = self._http.request(method, self._url + path, body=sent, headers=headers)
        return response.status, response.data.decode("utf-8", "replace")

    def rpc(self, route: str, token: str, **argument: Any) -> tuple[int, str]:
        """Sends an RPC request of API v2 and returns the status and body of the response."""
        return self.call("POST", f"/2/{route}", argument, token)

    def owner_call(self, route: str, **argument: Any) -> Any:
        """Sends an RPC request of the owner and returns the JSON of the response."""
        status, text = self.rpc(route, self.owner, **argument)
        assert status == 200, text
        return json.loads(text)

    def content(self, route: str, token: str, body: bytes = b"", **argument: Any) -> Any:
        """Sends an upload or a download of API v2 and returns the status and body."""
        headers = {"Authorization": f"Bearer {token}", "Dropbox-API-Arg": json.dumps(argument)}
        if body or "upload" in route:
            headers["Content-Type"] = "application/octet-stream"
        response = self._http.request("POST", f"{self._url}/2/{route}", body=body, headers=headers)
        return response.status, response.data.decode("utf-8", "replace")


@pytest.fixture
def dropbox() -> Iterator[Dropbox]:
    """Returns a client of an emulator with a secret file outside the app folders."""
    with Fakebox() as box:
        client = Dropbox(box.url)
        status, text = client.content(
            "files/upload", client.owner, SECRET.encode(), path=f"/{SECRET}/{SECRET}.txt"
        )
        assert status == 200, text
        yield client


SendRequest = Callable[[Dropbox, str], tuple[int, str]]


def requests_of(dropbox: Dropbox) -> dict[str, SendRequest]:
    """Creates ids, cursors and jobs of the owner, and returns one request for each."""
    path = f"/{SECRET}/{SECRET}.txt"
    entry = dropbox.owner_call("files/get_metadata", path=path)
    cursor = dropbox.owner_call("files/list_folder", path=f"/{SECRET}")["cursor"]
    recursive = dropbox.owner_call("files/list_folder", path="", recursive=True)["cursor"]
    found = dropbox.owner_call("files/search_v2", query="txt", options={"max_results": 1})
    link = dropbox.owner_call("sharing/create_shared_link_with_settings", path=path)["url"]
    job = dropbox.owner_call(
        "files/copy_batch_v2", entries=[{"from_path": path, "to_path": f"/{SECRET}/copy.txt"}]
    )
    saved = dropbox.owner_call("files/save_url", path=f"/{SECRET}/saved.txt", url=link)
    found = dropbox.owner_call("files/search_v2", query="txt", options={"max_results": 1})
    delta = json.loads(dropbox.call("POST", "/1/delta", token=dropbox.owner)[1])["cursor"]
    url_job = json.loads(
        dropbox.call(
            "POST", f"/1/save_url/dropbox/{SECRET}/v1.txt?url={link}", token=dropbox.owner
        )[1]
    )["job"]
    session = json.loads(
        dropbox.content("files/upload_session/start", dropbox.owner, SECRET.encode())[1]
    )["session_id"]
    job_id = job.get("async_job_id", "unknown")
    finish = {"cursor": {"session_id": session, "offset": len(SECRET)}, "commit": {"path": "/x"}}

    def rpc(route: str, **argument: Any) -> SendRequest:
        return lambda box, token: box.rpc(route, token, **argument)

    return {
        "list_folder cursor": rpc("files/list_folder/continue", cursor=cursor),
        "recursive cursor": rpc("files/list_folder/continue", cursor=recursive),
        "search cursor": rpc("files/search/continue_v2", cursor=found["cursor"]),
        "file id": rpc("files/get_metadata", path=entry["id"]),
        "revision": rpc("files/get_metadata", path=f"rev:{entry['rev']}"),
        "file id as a download": lambda box, token: box.content(
            "files/download", token, path=entry["id"]
        ),
        "revision as a download": lambda box, token: box.content(
            "files/download", token, path=f"rev:{entry['rev']}"
        ),
        "list_shared_links": rpc("sharing/list_shared_links"),
        "list_shared_links of a file id": rpc("sharing/list_shared_links", path=entry["id"]),
        "save_url job": rpc("files/save_url/check_job_status", async_job_id=saved["async_job_id"]),
        **{f"job by {route}": rpc(f"files/{route}", async_job_id=job_id) for route in V2_JOBS},
        "revoked link": rpc("sharing/revoke_shared_link", url=link),
        "version 1 delta cursor": lambda box, token: box.call(
            "POST", f"/1/delta?cursor={delta}", token=token
        ),
        "version 1 save_url job": lambda box, token: box.call(
            "GET", f"/1/save_url_job/{url_job}", token=token
        ),
        "upload session": lambda box, token: box.content(
            "files/upload_session/finish", token, **finish
        ),
        "version 1 upload id": lambda box, token: box.call(
            "POST", f"/1/commit_chunked_upload/auto/x.txt?upload_id={session}", token=token
        ),
    }


@pytest.mark.parametrize("caller", ["app folder", "other account", "other app"])
def test_other_callers_receive_no_secret(dropbox: Dropbox, caller: str) -> None:
    """A request with another caller's token and the owner's ids returns no secret."""
    token = dropbox.others[caller]
    for name, send in requests_of(dropbox).items():
        status, text = send(dropbox, token)
        assert status < 500, (name, status, text)
        assert SECRET not in text, (name, status, text)
        assert status >= 400 or is_empty(text), (name, status, text)


def is_empty(text: str) -> bool:
    """Returns whether a response lists no entries."""
    fields = json.loads(text)
    return not any(fields.get(name) for name in ("entries", "links", "matches", "path", "status"))


def test_v1_job_of_either_root_is_found_by_a_token_for_both_roots() -> None:
    """A token for both roots finds the jobs of both roots, because a job URL contains no root."""
    with Fakebox() as box:
        dropbox = Dropbox(box.url)
        either = dropbox.token(access="either")
        assert dropbox.content("files/upload", dropbox.owner, b"x", path="/a.txt")[0] == 200
        link = dropbox.owner_call("sharing/create_shared_link_with_settings", path="/a.txt")["url"]
        for root in ("dropbox", "sandbox"):
            _, text = dropbox.call("POST", f"/1/save_url/{root}/b.txt?url={link}", token=either)
            job = json.loads(text)["job"]
            status, text = dropbox.call("GET", f"/1/save_url_job/{job}", token=either)
            assert (status, json.loads(text)["status"]) == (200, "COMPLETE")
