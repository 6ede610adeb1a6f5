"""The word that a client keeps between two looks at the change log.

It says whose log it belongs to and how far the client has come; it is signed with the world's key.
"""

from dataclasses import dataclass

from fakebox.core.errors import BadCursor
from fakebox.core.signed import BadSignedValue, sign, unsign

_PURPOSE = "changes"
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a client has read a change log.

    Attributes:
        account_id, app_id, root: whose log, on behalf of which app, within which folder (folded
            path).
        prefix: the folder below the root that is looked at (folded path); empty for all.
        with_media: whether the client asked for photo and video details.
        epoch: the account's, when the client began.
        root_mark: the change that made the root folder, when the client last looked; 0 if there was
            none.
        baseline: the account's last change when the client began; what was dead by then is no news.
        seq, node_id: the last change that the client has seen.
    """

    account_id: int
    app_id: int
    root: str
    prefix: str
    with_media: int
    epoch: int
    root_mark: int
    baseline: int
    seq: int
    node_id: int

    def encode(self, key: bytes) -> str:
        """The cursor as the client keeps it."""
        fields = (getattr(self, name) for name in self.__slots__)
        return sign(key, _PURPOSE, _SEPARATOR.join(map(str, fields)).encode())

    @classmethod
    def decode(cls, key: bytes, word: str) -> "Cursor":
        """The cursor that a client sent.

        Raises:
            BadCursor: this world never issued it (`malformed`).
        """
        try:
            text = unsign(key, _PURPOSE, word)
        except BadSignedValue as error:
            raise BadCursor("malformed") from error
        account_id, app_id, root, prefix, *numbers = text.decode().split(_SEPARATOR)
        return cls(int(account_id), int(app_id), root, prefix, *map(int, numbers))
