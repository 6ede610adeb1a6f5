"""`Fakebox`: an emulated Dropbox for tests."""

from fakebox.testing.fakebox import Fakebox
from fakebox.testing.mock import mock_dropbox
from fakebox.testing.server import FakeboxServer

__all__ = ["Fakebox", "FakeboxServer", "mock_dropbox"]
