"""Who was let in."""

from dataclasses import dataclass

from fakebox.core.accounts import Scope
from fakebox.core.apps import Access, App
from fakebox.core.tokens import AccessToken
from fakebox.core.world import World


@dataclass(frozen=True, slots=True)
class Caller:
    """An app that acts for an account.

    Attributes:
        app: which.
        token: the right by which it does.
    """

    app: App
    token: AccessToken

    def scope(self, world: World, root: Access | None = None) -> Scope:
        """What the caller sees under a root; see `Tokens.scope`.

        Raises:
            WrongAccessLevel: the token's access has no such root.
        """
        return world.tokens.scope(self.token, root)
