"""Tests of the SDK's client of `Fakebox(tls=True)`."""

from __future__ import annotations

from fakebox import Fakebox


def test_client_trusts_the_emulator():
    """The client of a `Fakebox` with TLS needs no setting."""
    with Fakebox(tls=True) as box:
        box.write("/a.txt", "hello")
        assert box.client().get_file("/a.txt").read() == b"hello"
