"""Tests of `Fakebox` in tests that freeze Python's clocks."""

from __future__ import annotations

import freezegun
import pytest

from fakebox import Fakebox, Fault


@pytest.mark.parametrize("when", ["2013-05-01", "2040-01-01"])
@pytest.mark.parametrize("transport", ["http", "inprocess"])
def test_client_works_while_clocks_are_frozen(transport, when):
    """Calls before, during and after a freeze succeed, and a frozen emulator can be stopped."""
    box = Fakebox(transport).start()
    client = box.client()
    client.put_file("/before", b"0")
    with freezegun.freeze_time(when):
        client.put_file("/a", b"1")
        assert client.get_file("/a").read() == b"1"
        assert len(client.delta()["entries"]) == 2
    client.put_file("/b", b"2")
    with freezegun.freeze_time(when):
        box.stop()


@pytest.mark.parametrize("transport", ["http", "inprocess"])
def test_emulator_starts_and_stops_while_clocks_are_frozen(transport):
    """An emulator created while clocks are frozen serves requests and faults."""
    with freezegun.freeze_time("2013-05-01"), Fakebox(transport) as box:
        client = box.client()
        box.faults.add(Fault(endpoint="files_put", latency_s=0.001))
        client.put_file("/a", b"1")
        assert client.get_file("/a").read() == b"1"
