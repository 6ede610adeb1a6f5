"""What one caller is given tells another caller nothing outside its own root."""

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
    """The emulator over HTTP, with the tokens of five callers."""

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
        """A bearer token."""
        status, text = self.call("POST", "/_fakebox/tokens", {"type": "bearer", **fields})
        assert status == 201, text
        return str(json.loads(text)["token"])

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, str]:
        """Status and body of the response to a JSON request."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            headers |= JSON
        sent = None if body is None else json.dumps(body)
        response = self._http.request(method, self._url + path, body=sent, headers=headers)
        return response.status, response.data.decode("utf-8", "replace")

    def rpc(self, route: str, token: str, **argument: Any) -> tuple[int, str]:
        """Status and body of the response to a call of version 2."""
        return self.call("POST", f"/2/{route}", argument, token)

    def made(self, route: str, **argument: Any) -> Any:
        """What the owner's call of version 2 returned."""
        status, text = self.rpc(route, self.owner, **argument)
        assert status == 200, text
        return json.loads(text)

    def content(self, route: str, token: str, body: bytes = b"", **argument: Any) -> Any:
        """Status and body of the response to an upload or a download of version 2."""
        headers = {"Authorization": f"Bearer {token}", "Dropbox-API-Arg": json.dumps(argument)}
        if body or "upload" in route:
            headers["Content-Type"] = "application/octet-stream"
        response = self._http.request("POST", f"{self._url}/2/{route}", body=body, headers=headers)
        return response.status, response.data.decode("utf-8", "replace")


@pytest.fixture
def dropbox() -> Iterator[Dropbox]:
    """An emulator that holds a secret outside every app folder."""
    with Fakebox() as box:
        made = Dropbox(box.url)
        status, text = made.content(
            "files/upload", made.owner, SECRET.encode(), path=f"/{SECRET}/{SECRET}.txt"
        )
        assert status == 200, text
        yield made


Use = Callable[[Dropbox, str], tuple[int, str]]


def uses(dropbox: Dropbox) -> dict[str, Use]:
    """What the owner is given, each with the request that uses it."""
    path = f"/{SECRET}/{SECRET}.txt"
    entry = dropbox.made("files/get_metadata", path=path)
    cursor = dropbox.made("files/list_folder", path=f"/{SECRET}")["cursor"]
    recursive = dropbox.made("files/list_folder", path="", recursive=True)["cursor"]
    found = dropbox.made("files/search_v2", query="txt", options={"max_results": 1})
    link = dropbox.made("sharing/create_shared_link_with_settings", path=path)["url"]
    job = dropbox.made(
        "files/copy_batch_v2", entries=[{"from_path": path, "to_path": f"/{SECRET}/copy.txt"}]
    )
    saved = dropbox.made("files/save_url", path=f"/{SECRET}/saved.txt", url=link)
    found = dropbox.made("files/search_v2", query="txt", options={"max_results": 1})
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

    def rpc(route: str, **argument: Any) -> Use:
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
def test_another_caller_learns_nothing(dropbox: Dropbox, caller: str) -> None:
    """Ids, cursors, jobs and sessions of a full token, in the hands of a token that sees less."""
    token = dropbox.others[caller]
    for name, use in uses(dropbox).items():
        status, text = use(dropbox, token)
        assert status < 500, (name, status, text)
        assert SECRET not in text, (name, status, text)
        assert status >= 400 or is_empty(text), (name, status, text)


def is_empty(text: str) -> bool:
    """Whether a response lists nothing."""
    fields = json.loads(text)
    return not any(fields.get(name) for name in ("entries", "links", "matches", "path", "status"))


def test_job_of_version_1_is_told_to_a_token_for_either_root() -> None:
    """The path names no root, so a token that may use both finds the jobs of both."""
    with Fakebox() as box:
        dropbox = Dropbox(box.url)
        either = dropbox.token(access="either")
        assert dropbox.content("files/upload", dropbox.owner, b"x", path="/a.txt")[0] == 200
        link = dropbox.made("sharing/create_shared_link_with_settings", path="/a.txt")["url"]
        for root in ("dropbox", "sandbox"):
            _, text = dropbox.call("POST", f"/1/save_url/{root}/b.txt?url={link}", token=either)
            job = json.loads(text)["job"]
            status, text = dropbox.call("GET", f"/1/save_url_job/{job}", token=either)
            assert (status, json.loads(text)["status"]) == (200, "COMPLETE")
