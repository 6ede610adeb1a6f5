"""Parsing of the Range header."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.http.file_response import ByteRange, Unsatisfiable, parse_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-4", b"01234"),
        ("bytes=3-3", b"3"),
        ("bytes=6-", b"6789"),
        ("bytes=-3", b"789"),
        ("bytes=-99", b"0123456789"),
        ("bytes=5-99", b"56789"),
        ("BYTES= 2-3 ", b"23"),
        (f"bytes=5-{'9' * 19}", b"56789"),
        (f"bytes=5-{'9' * 5000}", b"56789"),
        (f"bytes=-{'9' * 5000}", b"0123456789"),
        (f"bytes={'0' * 5000}5-{'0' * 5000}6", b"56"),
    ],
)
def test_range_is_parsed(header, part):
    """A range is from one offset to another, from an offset to the end, or the last bytes."""
    byte_range = parse_range(header, 10)
    assert b"0123456789"[byte_range.start : byte_range.stop] == part
    assert byte_range.length_bytes == len(part)


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "bytes=a-b", "bytes=4-2", "lines=1-2", "bytes=0-1,4-5", "0-4"],
)
def test_unsupported_range_is_ignored(header):
    """A header that is not a single byte range is answered with the whole content."""
    assert parse_range(header, 10) is None


@pytest.mark.parametrize(
    "header",
    [
        "bytes=10-",
        "bytes=99-100",
        "bytes=-0",
        f"bytes={'9' * 19}-",
        f"bytes={'9' * 5000}-{'9' * 5001}",
    ],
)
def test_range_without_bytes_is_unsatisfiable(header):
    """A range without bytes raises Unsatisfiable with the length of the content."""
    with pytest.raises(Unsatisfiable) as error:
        parse_range(header, 10)
    assert error.value.content_range == "bytes */10"


def test_range_of_empty_content_is_unsatisfiable():
    """Empty content has no first byte, so that every range is unsatisfiable."""
    with pytest.raises(Unsatisfiable):
        parse_range("bytes=0-", 0)


def test_content_range_has_an_inclusive_end():
    """The end in the Content-Range header is inclusive."""
    assert ByteRange(2, 5, 10).content_range == "bytes 2-4/10"


@given(
    first=st.integers(0, 50) | st.none(),
    last=st.integers(0, 50) | st.none(),
    size=st.integers(0, 40),
)
def test_range_is_always_within_the_content(first, last, size):
    """A parsed range contains at least one byte, and only bytes that exist."""
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    try:
        byte_range = parse_range(header, size)
    except Unsatisfiable:
        assert size == 0 or (first is None and last == 0) or first >= size
    else:
        assert byte_range is None or 0 <= byte_range.start < byte_range.stop <= size


@given(st.text())
def test_any_range_header_is_parsed_ignored_or_unsatisfiable(header):
    """No header raises an exception other than Unsatisfiable."""
    with contextlib.suppress(Unsatisfiable):
        parse_range(f"bytes={header}", 10)
