"""Several emulated Dropboxes behind one address, each a world of its own.

Which one a request is for is decided here and nowhere else. What is done with it is not this
module's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakebox.core.world import World
from fakebox.wire.service import Options, Service

if TYPE_CHECKING:
    from pathlib import Path

_KEY = "fakebox.namespace"


@dataclass(slots=True)
class Namespace:
    """One emulated Dropbox with all that belongs to it.

    Attributes:
        service: its world, and how it answers.
    """

    service: Service

    @staticmethod
    def of(environ: dict[str, Any]) -> Namespace:
        """The one that a WSGI request is for."""
        namespace: Namespace = environ[_KEY]
        return namespace

    def bind(self, environ: dict[str, Any]) -> None:
        """Have a WSGI request be for this one."""
        environ[_KEY] = self
        self.service.bind(environ)

    @property
    def world(self) -> World:
        """Its accounts and files."""
        return self.service.world

    def reset(self) -> None:
        """Become as new."""
        self.world.reset()

    def close(self) -> None:
        """Let go of everything; nothing may be called afterwards."""
        self.world.close()


class Namespaces:
    """The emulated Dropboxes of one server.

    Args:
        directory: where they are kept across restarts; `None` keeps them in memory.
        options: how they answer.

    Attributes:
        default: the one that a request is for which names none.
    """

    def __init__(self, directory: Path | None = None, options: Options = Options()) -> None:  # noqa: B008 -- frozen
        self.default: Namespace = Namespace(Service(World(directory), options))

    def find(self, environ: dict[str, Any]) -> Namespace:
        """The one that a WSGI request is for."""
        del environ
        return self.default

    def close(self) -> None:
        """Let go of all of them."""
        self.default.close()
