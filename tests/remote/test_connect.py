"""`fakebox.connect`: addresses, credentials, namespaces, and servers that cannot be used."""

from __future__ import annotations

import inspect
import json
import socket
import ssl
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import urllib3

import fakebox
from fakebox import Fakebox, Fault
from fakebox.middleware.faults import Faults, InvalidFault
from fakebox.middleware.journal import Journal
from fakebox.middleware.journal_entry import JournalEntry
from fakebox.testing.emulator import Emulator
from fakebox.testing.protocols import EmulatedClock
from fakebox.testing.remote import (
    AdminTokenError,
    EmulatorUnreachable,
    NotAnEmulator,
    NotSupportedRemotely,
    RemoteFakebox,
)
from fakebox.testing.remote.resources import RemoteClock, RemoteEntry, RemoteFaults, RemoteJournal
from tests.other_server import other_server
from tests.raw_http import V1


def public_names(kind: type) -> set[str]:
    """The public names of a class."""
    return {name for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("local", "remote", "only_local"),
    [
        # A remote emulator has the file that `connect` was given.
        (Fakebox, RemoteFakebox, {"ca_file"}),
        # The middleware uses these.
        (Faults, RemoteFaults, {"take"}),
        (Journal, RemoteJournal, {"begin"}),
        (fakebox.core.clock.Clock, RemoteClock, {"at_once", "machine_s", "now_us", "now_s"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_methods_are_those_of_the_local_class(
    local: type, remote: type, only_local: set[str]
) -> None:
    """Every public name exists in both classes, with the same parameters."""
    assert public_names(remote) == public_names(local) - only_local
    # The module of the local clock does not postpone its annotations.
    is_clock = remote is RemoteClock
    for name in public_names(remote):
        ours, theirs = getattr(remote, name), getattr(local, name)
        assert isinstance(ours, property) == isinstance(theirs, property), name
        if not isinstance(ours, property):
            parameters = inspect.signature(ours, eval_str=is_clock).parameters
            assert parameters == inspect.signature(theirs).parameters, name


def test_entries_of_both_journals_have_the_same_attributes(box: Emulator) -> None:
    """An entry of a remote journal has every attribute of a local one."""
    V1(box.url).get("/account/info")
    used_by_the_middleware = {"count", "end", "follow", "listen"}
    expected = {"number", "began_s", "status", "response_bytes", "duration_s", "fault", "method"}
    expected |= public_names(JournalEntry) - used_by_the_middleware
    assert public_names(RemoteEntry) | set(RemoteEntry.__dataclass_fields__) == expected
    assert expected <= set(dir(box.requests[0]))


def test_clock_has_the_methods_of_the_interface() -> None:
    """The interface of the clock has the names of both clocks."""
    assert public_names(EmulatedClock) == public_names(RemoteClock)


def test_remote_emulator_continues_after_the_connection_is_closed(served_url: str) -> None:
    """The end of the block closes the connections, and files stay."""
    with fakebox.connect(f"{served_url}/") as box:
        box.reset()
        box.write("/a.txt", "a")
    with fakebox.connect(served_url) as box:
        assert box.tree() == ["/a.txt"]
        assert repr(box) == f"<RemoteFakebox {served_url}>"


def test_admin_token_is_required_and_sent(serve: Callable[..., str]) -> None:
    """A missing or wrong token is one clear line, without the token."""
    url = serve("--admin-token", "sesame")
    with pytest.raises(AdminTokenError) as caught:
        fakebox.connect(url)
    assert str(caught.value) == f"the emulator at {url} requires an admin_token"
    with pytest.raises(ValueError, match="does not accept the admin_token") as caught:
        fakebox.connect(url, admin_token="wrong-hush")
    assert "hush" not in str(caught.value)
    with fakebox.connect(url, "sesame") as box:
        box.write("/a.txt", "a")
        assert box.tree() == ["/a.txt"]
        assert "sesame" not in repr(box)


def test_emulator_with_tls_is_controlled_with_its_ca(
    serve: Callable[..., str], tmp_path: Path
) -> None:
    """With the CA the connection is secure, and without it there is one clear line."""
    ca_file = tmp_path / "ca.pem"
    url = serve("--tls", "--ca-file", ca_file)
    with fakebox.connect(url, ca_file=ca_file) as box:
        box.write("/a.txt", "a")
        assert box.read("/a.txt") == b"a"
    with pytest.raises(EmulatorUnreachable, match=r"certificate.*; use ca_file for the CA"):
        fakebox.connect(url)


def test_environment_of_an_emulator_with_tls_is_that_of_the_local_class(
    serve: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program gets the CA certificate, by its absolute name, and a bearer token."""
    monkeypatch.chdir(tmp_path)
    url = serve("--tls", "--ca-file", "ca.pem")
    with fakebox.connect(url, ca_file="ca.pem", namespace="billing") as box:
        remote = box.env()
    with Fakebox(tls=True) as local:
        assert remote.keys() == local.env().keys()
    assert remote["DROPBOX_CA_BUNDLE"] == str(tmp_path / "ca.pem")
    assert remote["DROPBOX_ACCESS_TOKEN"] == "billing~fakebox-bearer-token"
    context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    headers = {"Authorization": f"Bearer {remote['DROPBOX_ACCESS_TOKEN']}"}
    with urllib3.PoolManager(ssl_context=context) as pool:
        path = "/1/account/info"
        response = pool.request("GET", remote["DROPBOX_ENDPOINT_URL"] + path, headers=headers)
    assert response.status == 200


def test_wrong_scheme_is_one_clear_line(serve: Callable[..., str], tmp_path: Path) -> None:
    """Both http for a server with TLS and https for one without it are errors at once."""
    url = serve("--tls", "--ca-file", tmp_path / "ca.pem").replace("https:", "http:")
    with pytest.raises(NotAnEmulator, match=r"status 400; the server uses TLS, so use https://$"):
        fakebox.connect(url)
    url = serve().replace("http:", "https:")
    with pytest.raises(EmulatorUnreachable, match=r"use http:// if the emulator has no TLS$"):
        fakebox.connect(url)


def test_namespace_is_controlled(served_url: str) -> None:
    """Each namespace has its own files, and its credentials have its name."""
    with (
        fakebox.connect(served_url, namespace="billing") as billing,
        fakebox.connect(served_url, namespace="search") as search,
    ):
        billing.reset()
        search.reset()
        billing.write("/a.txt", "a")
        assert (billing.tree(), search.tree()) == (["/a.txt"], [])
        environment = billing.env()
        assert environment["DROPBOX_ACCESS_TOKEN"] == "billing~fakebox-token"
        client = V1(
            served_url,
            environment["DROPBOX_ACCESS_TOKEN"],
            app_key=environment["DROPBOX_APP_KEY"],
        )
        assert client.get("/metadata/dropbox/a.txt").status == 200
        token = billing.add_token(bearer=True).access_token
        assert token.startswith("billing~")
        headers = {"Authorization": f"Bearer {token}"}
        assert urllib3.request("GET", f"{served_url}/1/account/info", headers=headers).status == 200
        assert [request.endpoint for request in billing.requests] == ["metadata", "account/info"]


def test_emulator_that_does_not_run_is_unreachable() -> None:
    """A port that nothing listens on is a ConnectionError."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ConnectionError) as caught:
            fakebox.connect(url)
    assert str(caught.value) == f"no emulator responds at {url}: Connection refused"


def test_emulator_that_has_stopped_is_unreachable() -> None:
    """A method raises a ConnectionError after the emulator has stopped."""
    local = Fakebox().start()
    with fakebox.connect(local.url) as box:
        box.write("/a.txt", "a")
        local.stop()
        with pytest.raises(EmulatorUnreachable, match="no emulator responds at") as caught:
            box.tree()
        assert "\n" not in str(caught.value)


def test_emulator_that_stops_while_files_are_copied_is_unreachable(
    served_url: str, directory: Path
) -> None:
    """The error is that of the emulator, not of a file of the directory."""
    accounts = urllib3.request("GET", f"{served_url}/_fakebox/accounts").json()
    body = json.dumps({"status": "ok", "version": version("fakebox"), **accounts}).encode()
    with (
        other_server(200, body) as url,
        fakebox.connect(url) as box,
        pytest.raises(EmulatorUnreachable) as caught,
    ):
        box.seed(directory)
    assert str(caught.value).startswith(f"no emulator responds at {url}: ")


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"<h1>Not Found</h1>"), (200, b"{}"), (200, b"[]"), (302, b"")]
)
def test_other_server_is_rejected(status: int, body: bytes) -> None:
    """A server that is not fakebox is one clear line."""
    with other_server(status, body) as url, pytest.raises(NotAnEmulator) as caught:
        fakebox.connect(url)
    assert str(caught.value) == (
        f"the server at {url} is not fakebox: GET /_fakebox/health was answered with status"
        f" {status}"
    )


@pytest.mark.parametrize(
    ("body", "other"),
    [(b'{"status": "ok"}', "of an older version"), (b'{"status": "ok", "version": "9.9"}', "9.9")],
)
def test_emulator_of_another_version_is_rejected(body: bytes, other: str) -> None:
    """The text has both versions."""
    with other_server(200, body) as url, pytest.raises(NotAnEmulator) as caught:
        fakebox.connect(url)
    assert str(caught.value) == (
        f"the emulator at {url} is fakebox {other}, but this is fakebox {version('fakebox')};"
        " install the same version on both sides"
    )


def test_methods_for_this_process_are_not_supported(remote: RemoteFakebox) -> None:
    """Methods that need the emulator in this process say what to use instead."""
    calls: list[tuple[str, Callable[[], object]]] = [
        ("intercept", remote.intercept),
        ("requests_adapter", remote.requests_adapter),
        ("httpx_transport", remote.httpx_transport),
        ("wsgi_app", lambda: remote.wsgi_app),
        ("world", lambda: remote.world),
    ]
    for name, call in calls:
        with pytest.raises(NotSupportedRemotely) as caught:
            call()
        text = f"{name} is not available for an emulator in another process; "
        assert str(caught.value).startswith(text)


@pytest.mark.parametrize("body", [lambda request: "x", b"\xff"])
def test_body_that_cannot_be_sent_is_rejected(remote: RemoteFakebox, body: Any) -> None:
    """A function and bytes that are not a text cannot be sent, and no fault is added."""
    with pytest.raises(InvalidFault, match="for an emulator in another process"):
        remote.faults.add(Fault(status=500), Fault(status=500, body=body))
    assert len(remote.faults) == 0


def test_connection_is_not_intercepted(remote: RemoteFakebox) -> None:
    """Requests to the control plane reach the remote emulator while another one intercepts."""
    with Fakebox("inprocess") as local, local.intercept():
        remote.write("/a.txt", "remote")
        assert local.tree() == []
    assert remote.tree() == ["/a.txt"]


def test_connection_to_a_host_of_dropbox_is_not_intercepted(
    served_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container network, an emulator may have the name of a real host."""
    look_up = socket.getaddrinfo

    def look_up_here(_: str, *arguments: Any, **options: Any) -> Any:
        return look_up("127.0.0.1", *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    port = served_url.rpartition(":")[2]
    with Fakebox("inprocess") as local, local.intercept():
        with fakebox.connect(f"http://api.dropboxapi.com:{port}") as box:
            box.reset()
            box.write("/a.txt", "remote")
            assert box.tree() == ["/a.txt"]
        assert local.tree() == []
