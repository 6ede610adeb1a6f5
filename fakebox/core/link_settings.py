"""The settings of shared links, and the clients that use links."""

from dataclasses import dataclass, field

from fakebox.core.errors import InvalidLinkSettings, LinkSettingNotAllowed
from fakebox.core.plans import LinkAudience, Plan


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """The settings of a new link, or the changes of settings. `None` changes nothing.

    Attributes:
        audience: who may use the link.
        requires_password: whether the link requires a password.
        password: the password. It is stored as a hash.
        expires_s: when the link expires, in seconds since 1970.
        removes_expiry: whether the expiry is removed; `expires_s` has precedence.
        allows_download: whether the link allows downloads.
    """

    audience: LinkAudience | None = None
    requires_password: bool | None = None
    password: str | None = field(default=None, repr=False)
    expires_s: int | None = None
    removes_expiry: bool = False
    allows_download: bool | None = None

    def check(self, plan: Plan, now_s: int) -> None:
        """Check that the settings are valid, and that a plan has them.

        Raises:
            LinkSettingNotAllowed: the plan does not have them.
            InvalidLinkSettings: the password is empty or contradicts `requires_password`, or the
                expiry is in the past.
        """
        if (
            (self.audience is not None and self.audience not in plan.link_audiences)
            or ((self.requires_password or self.password is not None) and not plan.link_password)
            or (self.expires_s is not None and not plan.link_expiry)
            or (self.allows_download is False and not plan.link_without_download)
        ):
            raise LinkSettingNotAllowed
        if self.expires_s is not None and self.expires_s <= now_s:
            raise InvalidLinkSettings
        if self.password == "" or (self.password and self.requires_password is False):
            raise InvalidLinkSettings


@dataclass(frozen=True, slots=True)
class LinkVisitor:
    """A client that uses a link.

    Attributes:
        account_id: the account of the client; `None` if it is not known.
        password: the password that the client has sent; `None` if there is none.
        access_key: a value that `SharedLinks.access_key` returned to the client before.
    """

    account_id: int | None = None
    password: str | None = field(default=None, repr=False)
    access_key: str = field(default="", repr=False)


UNCHANGED = LinkSettings()
ANYBODY = LinkVisitor()
