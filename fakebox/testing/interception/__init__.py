"""Interception: requests of this process to Dropbox are sent to an emulator, without sockets."""

from fakebox.testing.interception.activation import Interception
from fakebox.testing.interception.memory_stream import Endpoint

__all__ = ["Endpoint", "Interception"]
