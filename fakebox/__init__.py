"""An emulator of the Dropbox API for tests: `from fakebox import Fakebox`.

Importing the package is cheap: the modules that serve HTTP are imported when `Fakebox` is first
used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakebox.middleware.faults import Fault
    from fakebox.testing import Fakebox, Token, mock_dropbox
    from fakebox.testing.remote import connect

    __version__: str

__all__ = ["Fakebox", "Fault", "Token", "__version__", "connect", "mock_dropbox"]


def __getattr__(name: str) -> object:
    if name == "Fakebox":
        from fakebox.testing import Fakebox

        return Fakebox
    if name == "Token":
        from fakebox.testing import Token

        return Token
    if name == "mock_dropbox":
        from fakebox.testing import mock_dropbox

        return mock_dropbox
    if name == "connect":
        from fakebox.testing.remote import connect

        return connect
    if name == "Fault":
        from fakebox.middleware.faults import Fault

        return Fault
    if name == "__version__":
        from importlib.metadata import version

        return version("fakebox")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
