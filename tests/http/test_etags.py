"""When a client has the content already."""

from __future__ import annotations

import pytest

from fakebox.http.file_response import is_fresh, is_same, make_etag

ETAG = make_etag("1a2b")


def test_etag_is_quoted():
    """It is a strong validator."""
    assert ETAG == '"1a2b"'


@pytest.mark.parametrize("header", ['"1a2b"', 'W/"1a2b"', '"other", "1a2b"', "*", ' "1a2b" '])
def test_content_is_fresh_when_the_client_names_its_tag(header):
    """Weakly compared, in a list, or as any content at all."""
    assert is_fresh(header, ETAG)


@pytest.mark.parametrize("header", [None, "", '"1a2"', '"x1a2b"', "1a2b"])
def test_content_is_not_fresh_when_the_client_names_another(header):
    """Part of a tag is another tag."""
    assert not is_fresh(header, ETAG)


@pytest.mark.parametrize("header", [None, '"1a2b"'])
def test_range_may_be_served_when_the_client_has_the_same_content(header):
    """Without If-Range there is nothing to compare."""
    assert is_same(header, ETAG)


@pytest.mark.parametrize("header", ['W/"1a2b"', '"other"', "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_range_may_not_be_served_when_the_content_may_differ(header):
    """Neither a weak tag nor a date says that two contents are the same."""
    assert not is_same(header, ETAG)
