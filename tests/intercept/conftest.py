"""Clients of other libraries that are not changed: they use Dropbox's real host names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.network_guard import Guard

httpx = pytest.importorskip("httpx")
aiohttp = pytest.importorskip("aiohttp")
requests = pytest.importorskip("requests")

API = "https://api.dropboxapi.com/2"
CONTENT = "https://content.dropboxapi.com/2"
BEARER = {"Authorization": "Bearer fakebox-bearer-token"}
LIBRARIES = ("urllib3", "requests", "httpx", "httpx-async", "aiohttp")


@dataclass
class Reply:
    """A response, whatever the library."""

    status: int
    headers: Any
    body: bytes


@dataclass
class Library:
    """One way to send a request.

    Attributes:
        name: the library.
        send: sends a request with a new client and reads the response.
    """

    name: str
    send: Callable[..., Reply] = field(repr=False)

    def account(self, **options: Any) -> Reply:
        """Request the current account."""
        # aiohttp sends the type of a body even if there is none.
        headers = {**BEARER, "Content-Type": "application/json"}
        url = f"{API}/users/get_current_account"
        return self.send("POST", url, headers=headers, body=b"null", **options)

    def upload(self, path: str, body: Any, **options: Any) -> Reply:
        """Upload a file."""
        headers = {
            **BEARER,
            "Dropbox-API-Arg": json.dumps({"path": path}),
            "Content-Type": "application/octet-stream",
        }
        return self.send("POST", f"{CONTENT}/files/upload", headers=headers, body=body, **options)

    def download(self, path: str, **options: Any) -> Reply:
        """Download a file."""
        headers = {**BEARER, "Dropbox-API-Arg": json.dumps({"path": path})}
        return self.send("POST", f"{CONTENT}/files/download", headers=headers, **options)


def _urllib3(method, url, *, headers=None, body=None, timeout=30):
    with urllib3.PoolManager() as pool:
        reply = pool.request(
            method, url, headers=headers, body=body, timeout=timeout, retries=False
        )
        return Reply(reply.status, reply.headers, reply.data)


def _requests(method, url, *, headers=None, body=None, timeout=30):
    reply = requests.request(method, url, headers=headers, data=body, timeout=timeout)
    return Reply(reply.status_code, reply.headers, reply.content)


def _httpx(method, url, *, headers=None, body=None, timeout=30):
    reply = httpx.request(method, url, headers=headers, content=body, timeout=timeout)
    return Reply(reply.status_code, reply.headers, reply.content)


def _httpx_async(method, url, *, headers=None, body=None, timeout=30):
    async def send():
        async with httpx.AsyncClient(timeout=timeout) as client:
            reply = await client.request(method, url, headers=headers, content=_async(body))
            return Reply(reply.status_code, reply.headers, reply.content)

    return asyncio.run(send())


def _aiohttp(method, url, *, headers=None, body=None, timeout=30):
    async def send():
        limits = aiohttp.ClientTimeout(total=None, sock_read=timeout)
        async with (
            aiohttp.ClientSession(timeout=limits) as session,
            session.request(method, url, headers=headers, data=_async(body)) as reply,
        ):
            return Reply(reply.status, reply.headers, await reply.read())

    return asyncio.run(send())


def _async(body):
    if body is None or isinstance(body, (bytes, str)):
        return body

    async def blocks():
        for block in body:
            yield block

    return blocks()


_SEND = {
    "urllib3": _urllib3,
    "requests": _requests,
    "httpx": _httpx,
    "httpx-async": _httpx_async,
    "aiohttp": _aiohttp,
}


@pytest.fixture(params=LIBRARIES)
def library(request) -> Library:
    """Each library in turn."""
    return Library(request.param, _SEND[request.param])


@pytest.fixture
def guard() -> Iterator[None]:
    """No test reaches the real service, whatever it tests."""

    def reject(host: str) -> None:
        raise AssertionError(f"a request was sent to {host}")

    with Guard(reject):
        yield


@pytest.fixture
def emulator(guard) -> Iterator[Fakebox]:
    """An emulator that intercepts nothing."""
    with Fakebox("inprocess") as box:
        yield box


@pytest.fixture
def box(emulator) -> Iterator[Fakebox]:
    """An emulator that responds to requests for Dropbox's hosts."""
    with emulator.intercept():
        yield emulator
