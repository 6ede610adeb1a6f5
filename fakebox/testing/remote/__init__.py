"""`connect`: control an emulator that runs in another process or on another machine."""

from fakebox.testing.remote.control_plane import (
    AdminTokenError,
    ControlPlaneError,
    EmulatorUnreachable,
    NotAnEmulator,
    RemoteError,
)
from fakebox.testing.remote.remote_fakebox import NotSupportedRemotely, RemoteFakebox, connect

__all__ = [
    "AdminTokenError",
    "ControlPlaneError",
    "EmulatorUnreachable",
    "NotAnEmulator",
    "NotSupportedRemotely",
    "RemoteError",
    "RemoteFakebox",
    "connect",
]
