"""`Fakebox`: an emulated Dropbox for other people's tests."""

from fakebox.double.fakebox import Fakebox
from fakebox.double.server import FakeboxServer

__all__ = ["Fakebox", "FakeboxServer"]
