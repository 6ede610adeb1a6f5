"""Validators: what tells a client that it already has the content (RFC 9110, sections 8 and 13)."""

import re

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def make_etag(value: str) -> str:
    """A strong entity tag.

    Args:
        value: what changes with the content, such as its rev; printable ASCII without quotes.
    """
    return f'"{value}"'


def is_fresh(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has the content already, so that 304 is the answer.

    Args:
        if_none_match: the header's value; None if there is none.
        etag: the content's entity tag.
    """
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag.strip('"') in _TAG.findall(if_none_match)


def is_same(if_range: str | None, etag: str) -> bool:
    """Whether a range may be served: the rest that the client asks for is of what it has.

    Args:
        if_range: the header's value, an entity tag or a date; None if there is none. No date
            ever matches, and neither does a weak tag: the whole content is always right.
        etag: the content's entity tag.
    """
    return if_range is None or if_range.strip() == etag
