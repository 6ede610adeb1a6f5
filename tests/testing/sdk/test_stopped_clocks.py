"""A `Fakebox` in tests that stop Python's clocks."""

from __future__ import annotations

import freezegun
import pytest

from fakebox import Fakebox, Fault


@pytest.mark.parametrize("when", ["2013-05-01", "2040-01-01"])
@pytest.mark.parametrize("transport", ["http", "inprocess"])
def test_client_works_while_clocks_are_stopped(transport, when):
    """Calls made before, meanwhile and afterwards are all answered, and the emulator stops."""
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
def test_emulator_starts_and_stops_while_clocks_are_stopped(transport):
    """Nothing in it was made with the real clocks."""
    with freezegun.freeze_time("2013-05-01"), Fakebox(transport) as box:
        client = box.client()
        box.faults.add(Fault(endpoint="files_put", latency_s=0.001))
        client.put_file("/a", b"1")
        assert client.get_file("/a").read() == b"1"
