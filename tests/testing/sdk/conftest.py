"""Clients of the SDK for an emulator."""

from __future__ import annotations

import pytest

from dropbox.client import DropboxClient
from dropbox.retry import NEVER
from fakebox import Fakebox


@pytest.fixture
def client(box: Fakebox) -> DropboxClient:
    """A linked client that does not retry."""
    client = box.client()
    client.retries = NEVER
    return client
