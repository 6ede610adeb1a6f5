"""The declared form of a world: JSON or TOML that a world is loaded from, and written to.

`load` reads a form and checks all of it; `describe` writes the form of a world.
"""

from fakebox.world_form.load import DeclaredWorld, WorldError, load
from fakebox.world_form.writer import WorldFormError, describe

__all__ = ["DeclaredWorld", "WorldError", "WorldFormError", "describe", "load"]
