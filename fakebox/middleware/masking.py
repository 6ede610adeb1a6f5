"""Keeps credentials out of what is shown of a request: its URL, its headers and its texts."""

from __future__ import annotations

import re

MASK = "***"
_NAMES = (
    "oauth_token|oauth_token_secret|oauth_signature|oauth_verifier|access_token|refresh_token"
    "|client_secret|code|code_verifier|password|csrf|oauth1_token|oauth1_token_secret"
    "|link_password|authorization"
)
_SECRET_NAMES = frozenset(_NAMES.split("|"))
_IN_PAIRS = re.compile(rf"(?P<name>(?:^|[?&#\s])(?:{_NAMES})=)[^&#\s]+")
_IN_JSON = re.compile(rf'(?P<name>"(?:{_NAMES}|oauth2_token)"\s*:\s*")[^"]*')
_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_COOKIES = frozenset({"cookie", "set-cookie"})


def masked_text(text: str) -> str:
    """A URL, form or JSON text without the values of its credentials."""
    return _IN_JSON.sub(rf"\g<name>{MASK}", _IN_PAIRS.sub(rf"\g<name>{MASK}", text))


def masked_parameter(name: str, value: str) -> str:
    """A parameter's value, unless it is a credential."""
    return MASK if name in _SECRET_NAMES and value else value


def masked_header(name: str, value: str) -> str:
    """A header's value without its credentials."""
    lower = name.lower()
    if lower in _CREDENTIALS:
        return f"{value.partition(' ')[0]} {MASK}"
    return MASK if lower in _COOKIES else masked_text(value)
