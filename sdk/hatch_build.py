"""Adds the package `dropbox` to the archives of `fakebox-sdk`, and reads its version.

In the repository the package is one level above this file, and in the source archive beside it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface


def _package(root: str) -> Path:
    for folder in (Path(root), Path(root).parent):
        if (folder / "dropbox" / "rest.py").is_file():
            return folder / "dropbox"
    raise FileNotFoundError(f"there is no package dropbox in {root} or in the folder above it")


class PackageHook(BuildHookInterface):
    """Adds the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the package's folder, unless the build is an editable one."""
        package = _package(self.root)
        if version != "editable":
            build_data["force_include"][str(package)] = "dropbox"
        elif package.parent == Path(self.root):
            raise ValueError("an editable install needs a checkout; install this folder without -e")


class VersionHook(MetadataHookInterface):
    """Sets the version."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Read the version from the module that sends it as part of the user agent."""
        source = (_package(self.root) / "rest.py").read_text(encoding="utf-8")
        found = re.search(r'^SDK_VERSION = "(.+)"$', source, re.MULTILINE)
        if found is None:
            raise ValueError("dropbox/rest.py has no line that sets SDK_VERSION")
        metadata["version"] = found[1]
