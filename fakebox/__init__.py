"""An emulator of the Dropbox API for tests: `from fakebox import Fakebox`.

It needs the `server` extra and says so when that is missing. Importing it is cheap:
nothing that serves HTTP is loaded before `Fakebox` is used.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakebox.middleware.faults import Fault
    from fakebox.testing import Fakebox

    __version__: str

__all__ = ["Fakebox", "Fault", "__version__"]

_SERVER_EXTRA = ("flask", "multipart", "PIL", "trustme")

if any(find_spec(module) is None for module in _SERVER_EXTRA):
    raise ImportError(
        "the emulator needs its extra: pip install 'fakebox[server]'", name="fakebox[server]"
    )


def __getattr__(name: str) -> object:
    if name == "Fakebox":
        from fakebox.testing import Fakebox

        return Fakebox
    if name == "Fault":
        from fakebox.middleware.faults import Fault

        return Fault
    if name == "__version__":
        from importlib.metadata import version

        return version("fakebox")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
