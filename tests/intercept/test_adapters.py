"""Adapters for those who pass a transport to their client, and the WSGI application."""

from __future__ import annotations

import asyncio

import pytest

from fakebox import Fakebox

httpx = pytest.importorskip("httpx")
requests = pytest.importorskip("requests")

URL = "http://any.example/2/users/get_current_account"
BEARER = {"Authorization": "Bearer fakebox-bearer-token"}


def test_requests_adapter_sends_to_the_emulator(emulator):
    """A session with the adapter reaches the emulator, whatever the host."""
    with requests.Session() as session:
        session.mount("http://any.example", emulator.requests_adapter())
        assert session.post(URL, headers=BEARER).json()["email"] == "user@fakebox.example"


def test_requests_adapter_uses_no_proxy(emulator, monkeypatch):
    """A proxy of the environment does not get the requests."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    with requests.Session() as session:
        session.mount("http://", emulator.requests_adapter())
        assert session.post(URL, headers=BEARER).status_code == 200


def test_requests_adapter_plays_faults(emulator):
    """A reset is the exception that requests raises for a socket."""
    emulator.faults.add(reset="before_read")
    with requests.Session() as session:
        session.mount("http://", emulator.requests_adapter())
        with pytest.raises(requests.ConnectionError):
            session.post(URL, headers=BEARER)


def test_httpx_transport_serves_both_kinds_of_clients(emulator):
    """The transport is for synchronous and for asynchronous clients."""

    async def main():
        async with httpx.AsyncClient(transport=emulator.httpx_transport()) as client:
            return (await client.post(URL, headers=BEARER)).status_code

    with httpx.Client(transport=emulator.httpx_transport()) as client:
        assert client.post(URL, headers=BEARER).status_code == 200
    assert asyncio.run(main()) == 200


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"reset": "before_read"}, httpx.ReadError),
        ({"cut_after_bytes": 0}, httpx.RemoteProtocolError),
        ({"cut_after_bytes": 5}, httpx.RemoteProtocolError),
        ({"latency_s": 60}, httpx.ReadTimeout),
    ],
)
def test_httpx_transport_raises_exceptions_of_httpx(emulator, fault, error):
    """Exceptions are those of httpx, also while the body is read."""

    async def main():
        async with httpx.AsyncClient(transport=emulator.httpx_transport(), timeout=0.1) as client:
            await client.post(URL, headers=BEARER)

    emulator.faults.add(**fault, times=2)
    client = httpx.Client(transport=emulator.httpx_transport(), timeout=0.1)
    with client, pytest.raises(error):
        client.post(URL, headers=BEARER)
    with pytest.raises(error):
        asyncio.run(main())


def test_httpx_transport_of_a_stopped_emulator_refuses(emulator):
    """A client of a stopped emulator sees a refused connection."""
    transport = emulator.httpx_transport()
    emulator.stop()
    with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectError):
        client.post(URL, headers=BEARER)


def test_requests_adapter_of_a_stopped_emulator_refuses(emulator):
    """A session of a stopped emulator sees a refused connection."""
    with requests.Session() as session:
        session.mount("http://any.example", emulator.requests_adapter())
        emulator.stop()
        with pytest.raises(requests.ConnectionError):
            session.post(URL, headers=BEARER)


@pytest.mark.parametrize("name", ["requests_adapter", "httpx_transport", "wsgi_app"])
def test_stopped_emulator_makes_no_transport(emulator, name):
    """The error says in one line that the emulator is stopped."""
    emulator.stop()
    with pytest.raises(RuntimeError, match=r"^this Fakebox is stopped.*$"):
        getattr(emulator, name)()


def test_wsgi_app_serves_another_test_client(emulator):
    """The application may be called by any WSGI server."""
    with httpx.Client(transport=httpx.WSGITransport(app=emulator.wsgi_app)) as client:
        assert client.post(URL, headers=BEARER).json()["email"] == "user@fakebox.example"


def test_wsgi_app_breaks_off_where_it_has_no_connection(emulator):
    """A reset raises ConnectionResetError in a server that gives no access to the connection."""
    emulator.faults.add(reset="before_read")
    client = httpx.Client(transport=httpx.WSGITransport(app=emulator.wsgi_app))
    with client, pytest.raises(ConnectionResetError):
        client.post(URL, headers=BEARER)


def test_adapters_work_with_an_emulator_that_has_a_socket():
    """An emulator with a server has the same adapters."""
    with Fakebox() as box, requests.Session() as session:
        session.mount("http://any.example", box.requests_adapter())
        assert session.post(URL, headers=BEARER).status_code == 200
