"""The part of a content that a request asks for (RFC 9110, section 14).

Several ranges at once are answered with the whole, as a server may.
"""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.ASCII | re.IGNORECASE)
# More than any content's size has. Python refuses to read numbers that have thousands.
_DIGITS = 19


class Unsatisfiable(Exception):
    """The range begins behind the end of the content.

    Attributes:
        size_bytes: where that end is.
    """

    def __init__(self, size_bytes: int) -> None:
        super().__init__(size_bytes)
        self.size_bytes = size_bytes

    @property
    def content_range(self) -> str:
        """The Content-Range of the refusal."""
        return f"bytes */{self.size_bytes}"


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a content; never empty.

    Attributes:
        start: the offset of its first byte.
        stop: the offset behind its last byte.
        size_bytes: the size of the whole content.
    """

    start: int
    stop: int
    size_bytes: int

    @property
    def length_bytes(self) -> int:
        """How many bytes it holds."""
        return self.stop - self.start

    @property
    def content_range(self) -> str:
        """The Content-Range of the answer."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size_bytes}"


def parse_range(header: str | None, size_bytes: int) -> ByteRange | None:
    """The range that a Range header asks for.

    Args:
        header: the header's value; None if there is none.
        size_bytes: the size of the content.

    Returns:
        The range, cut to the content; None if the whole content is to be sent: without the
        header, or when it is malformed, names another unit, or several ranges.

    Raises:
        Unsatisfiable: no byte of the content is in the range.
    """
    match = _RANGE.fullmatch(header or "")
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size_bytes - _number(last)), size_bytes
    else:
        start = _number(first)
        stop = min(_number(last) + 1, size_bytes) if last else size_bytes
        if last and _number(last) < start:
            return None
    if start >= stop:
        raise Unsatisfiable(size_bytes)
    return ByteRange(start, stop, size_bytes)


def _number(digits: str) -> int:
    # What is cut short still is beyond the end of any content.
    return int(digits.lstrip("0")[:_DIGITS] or "0")
