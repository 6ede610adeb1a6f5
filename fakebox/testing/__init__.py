"""`Fakebox`: an emulated Dropbox for tests."""

try:
    from fakebox.testing.fakebox import Fakebox
    from fakebox.testing.server import FakeboxServer
except ImportError as _failure:
    if not (_failure.name or "").startswith("dropbox"):
        raise
    raise ImportError(
        "the package 'dropbox' is not the SDK that comes with fakebox: the distribution 'dropbox' "
        "was installed over it, and needs an environment of its own",
        name="dropbox",
    ) from _failure

__all__ = ["Fakebox", "FakeboxServer"]
