"""Which part of a content a Range header asks for."""

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
def test_range_is_the_part_that_the_header_names(header, part):
    """A range from one offset to another, to the end, or the last few bytes."""
    sent = parse_range(header, 10)
    assert b"0123456789"[sent.start : sent.stop] == part
    assert sent.length_bytes == len(part)


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "bytes=a-b", "bytes=4-2", "lines=1-2", "bytes=0-1,4-5", "0-4"],
)
def test_range_is_ignored_when_it_is_no_single_range_of_bytes(header):
    """What isn't understood is answered with the whole content."""
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
def test_range_is_refused_when_no_byte_is_in_it(header):
    """The refusal says how long the content is."""
    with pytest.raises(Unsatisfiable) as error:
        parse_range(header, 10)
    assert error.value.content_range == "bytes */10"


def test_range_is_refused_when_the_content_is_empty():
    """There is no first byte of nothing."""
    with pytest.raises(Unsatisfiable):
        parse_range("bytes=0-", 0)


def test_range_writes_the_content_range_of_its_answer():
    """Both ends are inclusive there."""
    assert ByteRange(2, 5, 10).content_range == "bytes 2-4/10"


@given(
    first=st.integers(0, 50) | st.none(),
    last=st.integers(0, 50) | st.none(),
    size=st.integers(0, 40),
)
def test_range_never_leaves_the_content(first, last, size):
    """Whatever a client asks for, what is served exists."""
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    try:
        sent = parse_range(header, size)
    except Unsatisfiable:
        assert size == 0 or (first is None and last == 0) or first >= size
    else:
        assert sent is None or 0 <= sent.start < sent.stop <= size


@given(st.text())
def test_range_survives_any_header(header):
    """Rubbish is no reason to fail."""
    with contextlib.suppress(Unsatisfiable):
        parse_range(f"bytes={header}", 10)
