"""The keys of shared links: in their URLs, for clients that may use them, and for downloads.

They are derived from the token of a link and the key of the world, so no row contains them.
"""

import hmac
from dataclasses import dataclass

from fakebox.core.context import WorldContext
from fakebox.core.errors import LinkAccessDenied, LinkNotFound, LinkSpent
from fakebox.core.plans import LinkAudience
from fakebox.core.signed import BadSignedValue, derive, sign, unsign

# Lengths as in URLs of the service: a key of 21 characters contains a token of 15.
_KEY_SUFFIX = 6
_RLKEY = 25
_DIGEST = 12
# The purposes of derived and signed values.
_URL = "shared link"
_ACCESS = "use of a shared link"
_ADDRESS = "address of the content of a link"


@dataclass(frozen=True, slots=True)
class ContentAddress:
    """The address of a content of a link, which works for some time without the token.

    Attributes:
        link_id: the row of the link.
        digest: the digest of the token of the link. After a snapshot was restored, another link may
            have the id.
        access_key: the access key of the client that the address was made for.
        path: the path within a shared folder.
    """

    link_id: int
    digest: str
    access_key: str
    path: str


class LinkKeys:
    """Makes and checks the keys of the links of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context

    def url_keys(self, token: str) -> tuple[str, str]:
        """Return the key and the second key in the URL of a link of today's form."""
        derived = derive(self._context.key(), _URL, token.encode())
        return token + derived[:_KEY_SUFFIX], derived[_KEY_SUFFIX : _KEY_SUFFIX + _RLKEY]

    def token_of(self, key: str, rlkey: str) -> str:
        """Return the token of a link with the keys in its URL of today's form.

        Args:
            key: the key.
            rlkey: the second key; empty if the URL has none.

        Raises:
            LinkNotFound: no link has this key.
            LinkAccessDenied: the second key is missing or wrong.
        """
        token = key[:-_KEY_SUFFIX]
        expected, second = self.url_keys(token)
        if not hmac.compare_digest(key.encode(), expected.encode()):
            raise LinkNotFound(key)
        if not hmac.compare_digest(rlkey.encode(), second.encode()):
            raise LinkAccessDenied(key)
        return token

    def access_key(self, token: str, audience: LinkAudience, password: str | None) -> str:
        """Return a value that shows that a client may use a link, until its settings change.

        Args:
            token: the token of the link.
            audience: the audience of the link.
            password: the hash of the password of the link; `None` if it has none.

        Returns:
            The value, which is empty for a link that every client may use.
        """
        if audience == "public" and password is None:
            return ""
        value = f"{token} {audience} {password}"
        return derive(self._context.key(), _ACCESS, value.encode())

    def digest(self, token: str) -> str:
        """Return a value from which nobody can compute the token of a link."""
        return derive(self._context.key(), _ADDRESS, token.encode())[:_DIGEST]

    def sign_address(self, address: ContentAddress) -> str:
        """Return the text of an address, which is valid for `media_lifetime_s`."""
        expires_s = self._context.clock.now_s() + self._context.settings.media_lifetime_s
        value = (
            f"{expires_s} {address.link_id} {address.digest} {address.access_key} {address.path}"
        )
        return self._context.ids.prefix + sign(self._context.key(), _ADDRESS, value.encode())

    def read_address(self, text: str) -> ContentAddress:
        """Return the address of a text that `sign_address` returned.

        Raises:
            LinkNotFound: this world did not return the text.
            LinkSpent: the text has expired.
        """
        signed = text.removeprefix(self._context.ids.prefix)
        try:
            value = unsign(self._context.key(), _ADDRESS, signed).decode()
        except BadSignedValue as error:
            raise LinkNotFound(text) from error
        expires_s, link_id, digest, access_key, path = value.split(" ", 4)
        if int(expires_s) <= self._context.clock.now_s():
            raise LinkSpent(text)
        return ContentAddress(int(link_id), digest, access_key, path)
