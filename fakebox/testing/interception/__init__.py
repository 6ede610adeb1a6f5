"""Interception: this process's requests to Dropbox are answered by an emulator, without sockets."""

from fakebox.testing.interception.activation import Interception
from fakebox.testing.interception.memory_stream import Endpoint

__all__ = ["Endpoint", "Interception"]
