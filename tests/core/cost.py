"""Cost of a call in steps of SQLite's virtual machine, which are the same on every machine."""

from __future__ import annotations

from collections.abc import Callable

from fakebox.core.world import World


def steps_of(world: World, call: Callable[[], object]) -> int:
    """Return the number of steps that the SQL statements of a call take."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with world._context.database.reading() as db:
        db.set_progress_handler(count, 1)
        try:
            call()
        finally:
            db.set_progress_handler(None, 0)
    return steps
