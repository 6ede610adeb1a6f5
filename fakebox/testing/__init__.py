"""`Fakebox`: an emulated Dropbox for other people's tests."""

from fakebox.testing.fakebox import Fakebox
from fakebox.testing.server import FakeboxServer

__all__ = ["Fakebox", "FakeboxServer"]
