"""Comparison of entity tags in conditional requests."""

from __future__ import annotations

import pytest

from fakebox.http.file_response import is_fresh, is_same, make_etag

ETAG = make_etag("1a2b")


def test_etag_is_quoted():
    """An entity tag is a strong validator in double quotes."""
    assert ETAG == '"1a2b"'


@pytest.mark.parametrize("header", ['"1a2b"', 'W/"1a2b"', '"other", "1a2b"', "*", ' "1a2b" '])
def test_is_fresh_is_true_for_a_matching_tag(header):
    """Tags are compared weakly, and lists and the wildcard are accepted."""
    assert is_fresh(header, ETAG)


@pytest.mark.parametrize("header", [None, "", '"1a2"', '"x1a2b"', "1a2b"])
def test_is_fresh_is_false_for_another_tag(header):
    """A part of a tag does not match."""
    assert not is_fresh(header, ETAG)


@pytest.mark.parametrize("header", [None, '"1a2b"'])
def test_is_same_is_true_for_an_equal_tag_or_without_a_header(header):
    """Without an If-Range header, a range is always returned."""
    assert is_same(header, ETAG)


@pytest.mark.parametrize("header", ['W/"1a2b"', '"other"', "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_is_same_is_false_for_weak_tags_and_dates(header):
    """A weak tag and a date do not prove that the content is the same."""
    assert not is_same(header, ETAG)
