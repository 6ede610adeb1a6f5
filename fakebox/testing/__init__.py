"""`Fakebox`: an emulated Dropbox for tests."""

from fakebox.testing.fakebox import Fakebox
from fakebox.testing.mock import mock_dropbox
from fakebox.testing.server import FakeboxServer
from fakebox.testing.tokens import Token

__all__ = ["Fakebox", "FakeboxServer", "Token", "mock_dropbox"]
