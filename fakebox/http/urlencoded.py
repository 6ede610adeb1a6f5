"""Parameters in `application/x-www-form-urlencoded`, in a query or in a body."""

from urllib.parse import parse_qsl

Pairs = tuple[tuple[str, str], ...]

PARAMETERS_LIMIT = 1000


class NotUtf8(Exception):
    """The name or the value of a parameter is not UTF-8 once decoded."""


class TooManyParameters(Exception):
    """A query or a form has more than `PARAMETERS_LIMIT` parameters."""


def parse_pairs(encoded: bytes) -> Pairs:
    """Decode parameters as `urllib.parse.parse_qsl` does.

    Args:
        encoded: the query or the form; only `&` separates parameters.

    Returns:
        Names and values in their order, with duplicates and empty values.

    Raises:
        NotUtf8: a name or a value is not UTF-8.
        TooManyParameters: there are more than `PARAMETERS_LIMIT`.
    """
    if not encoded:
        return ()
    if encoded.count(b"&") >= PARAMETERS_LIMIT:
        raise TooManyParameters
    try:
        return tuple(parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError as error:
        raise NotUtf8 from error
