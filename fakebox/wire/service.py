"""The emulated Dropbox that a request is for, as the dialects find it.

Which one that is gets decided once, at the door; from there on it travels in the request's
environment.
"""

from dataclasses import dataclass
from typing import Any, Literal

from fakebox.core.defaults import WELL_KNOWN
from fakebox.core.world import World

_KEY = "fakebox.service"


@dataclass(frozen=True, slots=True)
class Options:
    """How the dialects answer, where the service itself changed over the years.

    Attributes:
        quota_status: the status of an answer to an upload that the account has no room for: 503
            (seed), or 507 as the later service had it.
        auth: `strict` refuses a stale timestamp and a nonce seen before; `lenient` takes both.
        is_retired: answer as the service does since it was shut down.
        longpoll_backoff_s: for how many seconds whoever has waited for changes is told to leave the
            service alone (`backoff`); 0 tells nobody.
    """

    quota_status: Literal[503, 507] = 503
    auth: Literal["strict", "lenient"] = "strict"
    is_retired: bool = False
    longpoll_backoff_s: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """One emulated Dropbox: its world, and how it answers.

    Attributes:
        world: what it holds.
        options: how the dialects answer.
        prefix: what may stand before its ready-made app's key and tokens, to say that they are
            meant for it rather than for another one at the same address.
    """

    world: World
    options: Options = Options()
    prefix: str = ""

    def plain(self, word: str) -> str:
        """A key or token as the world knows it: a ready-made one without the prefix."""
        bare = word.removeprefix(self.prefix)
        return bare if bare in WELL_KNOWN else word

    @staticmethod
    def of(environ: dict[str, Any]) -> "Service":
        """The one that a WSGI request is for."""
        service: Service = environ[_KEY]
        return service

    def bind(self, environ: dict[str, Any]) -> None:
        """Have a WSGI request be for this one."""
        environ[_KEY] = self
