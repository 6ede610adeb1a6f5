"""Directives that show what only the code knows: the command line, and the control plane.

```{command-help} serve
```

```{control-plane}
```
"""

from __future__ import annotations

import subprocess
import sys

from control_plane import markdown
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx


class CommandHelp(Directive):
    """`command-help`: what a command prints for `--help`."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Ask the command itself."""
        command = [sys.executable, "-m", "fakebox", *self.arguments, "--help"]
        text = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            env={"COLUMNS": "88", "NO_COLOR": "1"},
        ).stdout
        return [nodes.literal_block(text, text, language="text")]


class ControlPlane(Directive):
    """`control-plane`: the operations of the control plane, from its OpenAPI description."""

    def run(self) -> list[nodes.Node]:
        """Parse the Markdown, with its headings."""
        lines = StringList(markdown().splitlines(), "openapi.json")
        container = nodes.section()
        container.document = self.state.document
        self.state.nested_parse(lines, 0, container, match_titles=True)
        return container.children


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives with Sphinx."""
    app.add_directive("command-help", CommandHelp)
    app.add_directive("control-plane", ControlPlane)
    return {"parallel_read_safe": True}
