"""Files of the package, in a file system that a test has replaced."""

from __future__ import annotations

import pkgutil

from fakebox.core import package_files


def test_file_is_read_if_the_loader_cannot_open_it(monkeypatch):
    """A loader that uses the replaced `open` does not prevent that a file is read."""

    def fail(package, name):
        raise FileNotFoundError(package, name)

    expected = package_files.read("fakebox.core", "schema.sql")
    monkeypatch.setattr(pkgutil, "get_data", fail)
    assert package_files.read("fakebox.core", "schema.sql") == expected
