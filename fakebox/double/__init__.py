"""`Fakebox`: an emulated Dropbox for other people's tests."""

try:
    from fakebox.double.fakebox import Fakebox
    from fakebox.double.server import FakeboxServer
except ImportError as failure:
    if not (failure.name or "").startswith("dropbox"):
        raise
    raise ImportError(
        "the package 'dropbox' is not the SDK that comes with fakebox: the distribution 'dropbox' "
        "was installed over it, and needs an environment of its own",
        name="dropbox",
    ) from failure

__all__ = ["Fakebox", "FakeboxServer"]
