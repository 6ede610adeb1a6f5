"""Parameters as `application/x-www-form-urlencoded` writes them, in a query or in a body."""

from urllib.parse import unquote_to_bytes

Pairs = tuple[tuple[str, str], ...]


class NotUtf8(Exception):
    """A parameter's name or value isn't UTF-8 once decoded.

    Attributes:
        field: the offending `name=value`, still encoded.
    """

    def __init__(self, field: bytes) -> None:
        super().__init__(field)
        self.field = field


def parse_pairs(encoded: bytes) -> Pairs:
    """The parameters in their order, with duplicates and empty values kept.

    Raises:
        NotUtf8: there is something that no text is written as.
    """
    return tuple(_parse(field) for field in encoded.split(b"&") if field) if encoded else ()


def _parse(field: bytes) -> tuple[str, str]:
    name, _, value = field.partition(b"=")
    try:
        return _decode(name), _decode(value)
    except UnicodeDecodeError as error:
        raise NotUtf8(field) from error


def _decode(encoded: bytes) -> str:
    return unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
