"""A request's target, undecoded."""

from __future__ import annotations

import pytest

from fakebox.wire.target import Target, raw_target
from fakebox.wire.urlencoded import NotUtf8


def test_target_is_what_the_server_received():
    """An encoded slash stays one."""
    environ = {"RAW_URI": "/1/files/a%2Fb?c=%20d", "PATH_INFO": "/files/a/b"}
    assert raw_target(environ) == Target("/1/files/a%2Fb", "c=%20d")


def test_target_is_put_together_when_no_server_received_it():
    """Without a socket there is only the decoded path."""
    environ = {"SCRIPT_NAME": "/1", "PATH_INFO": "/files/\xc3\xa9 %+", "QUERY_STRING": "a=b"}
    assert raw_target(environ) == Target("/1/files/%C3%A9%20%25+", "a=b")


def test_query_keeps_order_duplicates_and_empty_values():
    """A signature covers all of them."""
    environ = {"RAW_URI": "/?b=1&a=2&b=&c&&d=x%26y=z+%2B"}
    assert raw_target(environ).pairs == (
        ("b", "1"),
        ("a", "2"),
        ("b", ""),
        ("c", ""),
        ("d", "x&y=z +"),
    )


def test_query_is_utf8():
    """Encoded, or as some clients send it."""
    assert raw_target({"RAW_URI": "/?n=%C3%A9"}).pairs == (("n", "é"),)
    assert raw_target({"RAW_URI": "/?n=\xc3\xa9"}).pairs == (("n", "é"),)


@pytest.mark.parametrize("encoded", ["%E9", "%ED%A0%80", "%C0%AF"])
def test_query_is_refused_when_it_is_not_utf8(encoded):
    """Latin-1, a lone surrogate, an overlong slash."""
    with pytest.raises(NotUtf8):
        _ = raw_target({"RAW_URI": f"/?ok=1&name={encoded}"}).pairs
