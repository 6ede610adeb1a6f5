"""Directives that show what only the code knows: the command line, and the control plane.

```{command-help} serve
```

```{control-plane}
```
"""

from __future__ import annotations

import inspect
import subprocess
import sys

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from werkzeug.routing import Rule

from fakebox.control.app import create_control


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
    """`control-plane`: every route under `/_fakebox/`, with what its view says of itself."""

    def run(self) -> list[nodes.Node]:
        """Make a list out of the application's routes."""
        app = create_control()
        listing = nodes.definition_list()
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
            view = app.view_functions[rule.endpoint]
            listing += nodes.definition_list_item(
                "",
                nodes.term("", "", nodes.literal("", _request_line(rule))),
                nodes.definition("", nodes.paragraph("", _summary(view))),
            )
        return [listing]


def _request_line(rule: Rule) -> str:
    methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    return f"{methods} /_fakebox{rule.rule}"


def _summary(view: object) -> str:
    return " ".join((inspect.getdoc(view) or "").partition("\n\n")[0].split())


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives with Sphinx."""
    app.add_directive("command-help", CommandHelp)
    app.add_directive("control-plane", ControlPlane)
    return {"parallel_read_safe": True}
