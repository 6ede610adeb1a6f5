"""How Sphinx builds these pages; `tox -e docs` runs it with warnings as errors."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
# `conformance` is not installed. The installed packages come first.
sys.path.append(str(Path(__file__).parents[1]))

project = "fakebox"
author = "the fakebox maintainers"
project_copyright = author
release = installed_version("fakebox")
version = release

extensions = [
    "conformance_table",
    "from_the_code",
    "import_picture",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
default_role = "code"
# A bare word in a docstring, such as `headers`, may name more than one attribute.
suppress_warnings = ["ref.python"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

napoleon_custom_sections = ["Over version 2"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"

html_theme = "furo"
html_title = f"fakebox {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_theme_options = {"footer_icons": []}
