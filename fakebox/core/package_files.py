"""Reads files of the package, also in a test that replaces the file system."""

import pkgutil
import sys
from importlib.machinery import SourceFileLoader


def read(package: str, name: str) -> bytes:
    """Return the content of a file.

    Args:
        package: the full name of an imported package.
        name: the path of the file, relative to the package.
    """
    try:
        data = pkgutil.get_data(package, name)
    except FileNotFoundError:
        # The loader of pytest, which rewrites plugins, uses `open`, and pyfakefs replaces it.
        path = f"{sys.modules[package].__path__[0]}/{name}"
        data = SourceFileLoader(package, path).get_data(path)
    assert data is not None
    return data
