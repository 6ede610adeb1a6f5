"""Clients of the SDK for an emulator in this process, and for one in another process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fakebox
from fakebox.testing.emulator import Emulator

OTHER = "other@fakebox.example"


def test_client_is_linked(box: Emulator) -> None:
    """A client is linked to each account, with each access type."""
    box.write("/a.txt", "a")
    assert box.client().get_file("/a.txt").read() == b"a"
    assert box.client(OTHER).account_info()["uid"] == 2
    box.client(access_type="app_folder").put_file("/b.txt", b"b")
    assert any(path.endswith("/b.txt") for path in box.tree())


def test_client_of_another_app_and_account_is_linked(box: Emulator) -> None:
    """An app and an account that a test has created have clients as well."""
    app = box.add_app("Printer", "app_folder")
    account = box.add_account("ada@fakebox.example")
    client = box.client(account.email, "app_folder", app=app)
    assert client.account_info()["uid"] == account.id


def test_session_is_linked_by_a_user(box: Emulator) -> None:
    """A session without a token is linked after the user has allowed it."""
    session = box.session(linked=False)
    token = session.obtain_request_token()
    box.allow(token.key, OTHER)
    session.obtain_access_token(token)
    assert session.is_linked()


def test_client_uses_the_namespace(served_url: str) -> None:
    """The credentials of sessions have the name of the namespace."""
    with fakebox.connect(served_url, namespace="clients") as box:
        box.reset()
        box.client().put_file("/a.txt", b"a")
        app = box.add_app("Printer")
        box.client(app=app).put_file("/b.txt", b"b")
        session = box.session(linked=False)
        box.allow(session.obtain_request_token().key)
        session.obtain_access_token()
        assert box.tree() == ["/a.txt", "/b.txt"]


def test_client_trusts_the_ca(serve: Callable[..., str], tmp_path: Path) -> None:
    """Clients use TLS with the CA of the connection."""
    url = serve("--tls", "--ca-file", tmp_path / "ca.pem")
    with fakebox.connect(url, ca_file=tmp_path / "ca.pem") as box:
        assert box.client().account_info()["uid"] == 1
