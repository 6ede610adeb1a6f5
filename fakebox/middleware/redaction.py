"""Masks credentials in URLs, headers, parameters and bodies that are shown.

Each text is parsed by its format (URL, form, JSON, HTML), so that no part of a secret remains
because of quotes, escapes or a truncated end. Everything else stays as it was sent.
"""

from __future__ import annotations

import json
import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import unquote_plus

MASK = "***"
_SECRET_NAMES = frozenset(
    {
        "access_token",
        "app_secret",
        "authorization",
        "client_assertion",
        "client_secret",
        "code",
        "code_verifier",
        "csrf",
        "link_password",
        "oauth1_token",
        "oauth1_token_secret",
        "oauth2_token",
        "oauth_signature",
        "oauth_token",
        "oauth_token_secret",
        "oauth_verifier",
        "password",
        "refresh_token",
    }
)
# The ids of HTML elements that contain a credential as text.
_SECRET_IDS = frozenset({"auth-code"})
_URL_ATTRIBUTES = frozenset({"action", "content", "formaction", "href", "src"})
_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_COOKIES = frozenset({"cookie", "set-cookie"})
# A string that may be truncated, another value, white space, or punctuation.
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[^\s"{}\[\]:,]+|\s+|[{}\[\]:,]', re.DOTALL)
_WORD = re.compile(r"[^\s\"'<>]+")
# A name begins after a delimiter. Matching at every position would take quadratic time.
_PAIR = re.compile(r"(?<![^=&?#;])(?P<name>[^=&?#;]+)=(?P<value>[^&#;]*)")
# The limit for URLs within URLs; values that are nested deeper are masked as a whole.
_NESTING_LIMIT = 20


def masked_body(text: str, *, is_page: bool) -> str:
    """Mask the credentials in a body, or in its beginning.

    Args:
        text: the body.
        is_page: whether it is well-formed HTML of a template of the emulator. HTML that users
            store is masked as text: parsing it may fail, or take very long.
    """
    return _masked_html(text) if is_page else masked_text(text)


def masked_text(text: str, *, _depth: int = 0) -> str:
    """Mask the credentials in a URL, a form, JSON or plain text."""
    if _depth > _NESTING_LIMIT:
        return MASK
    if text.lstrip().startswith(("{", "[")):
        return _masked_json(text, _depth)

    def mask_word(word: re.Match[str]) -> str:
        return _PAIR.sub(lambda pair: _masked_pair(pair, _depth), word[0])

    return _WORD.sub(mask_word, text)


def masked_parameter(name: str, value: str) -> str:
    """Mask the credentials in the decoded value of a parameter."""
    return MASK if name.lower() in _SECRET_NAMES and value else masked_text(value)


def masked_value(name: str, value: object) -> object:
    """Mask the credentials in a decoded JSON value.

    Args:
        name: the name of the field with the value.
        value: the value; objects and lists are copied.
    """
    if name.lower() in _SECRET_NAMES and value:
        return MASK
    if isinstance(value, (dict, list)):
        # Masked as text, whose depth is not limited.
        masked: object = json.loads(masked_text(json.dumps(value)))
        return masked
    return masked_text(value) if isinstance(value, str) else value


def masked_header(name: str, value: str) -> str:
    """Mask the credentials in the value of a header."""
    lower = name.lower()
    if lower in _CREDENTIALS:
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {MASK}" if space else MASK
    return MASK if lower in _COOKIES else masked_text(value)


def _masked_pair(pair: re.Match[str], depth: int) -> str:
    name, value = pair["name"], pair["value"]
    if not value:
        return pair[0]
    if unquote_plus(name).lower() in _SECRET_NAMES:
        return f"{name}={MASK}"
    # A value may be a URL, a form or JSON, such as `arg` and `redirect_uri`.
    decoded = unquote_plus(value)
    masked = masked_text(decoded, _depth=depth + 1) if decoded != value else value
    return pair[0] if masked == decoded else f"{name}={masked}"


def _masked_json(text: str, depth: int) -> str:
    # Tokenized instead of parsed: a body may be truncated, or malformed by a fault.
    written: list[str] = []
    tokens = _JSON_TOKEN.findall(text)
    position, key = 0, ""
    while position < len(tokens):
        token = tokens[position]
        if key in _SECRET_NAMES and not token.isspace() and token not in ":,}]":
            position = _value_end(tokens, position)
            written.append(f'"{MASK}"')
            key = ""
            continue
        written.append(_masked_string(token, depth) if token.startswith('"') else token)
        if token.startswith('"'):
            key = _key(tokens, position)
        elif token in ",{}[]":
            key = ""
        position += 1
    return "".join(written)


def _key(tokens: list[str], position: int) -> str:
    following = (token for token in tokens[position + 1 : position + 3] if not token.isspace())
    return _decoded(tokens[position]).lower() if next(following, "") == ":" else ""


def _value_end(tokens: list[str], start: int) -> int:
    depth = 0
    for position in range(start, len(tokens)):
        depth += (tokens[position] in "{[") - (tokens[position] in "}]")
        if depth <= 0:
            return position + 1
    return len(tokens)


def _masked_string(token: str, depth: int) -> str:
    decoded = _decoded(token)
    is_plain = "=" not in decoded and ":" not in decoded
    masked = decoded if is_plain else masked_text(decoded, _depth=depth + 1)
    return token if masked == decoded else json.dumps(masked)


def _decoded(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token.strip('"')


def _masked_html(text: str) -> str:
    # The parser treats a truncated tag as text.
    head, _, tail = text.rpartition("<")
    masker = _HTMLMasker()
    masker.feed(text if ">" in tail else head or text)
    masker.close()
    return "".join(masker.written)


class _HTMLMasker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._secret = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._start(tag, values)
        if values.get("id") in _SECRET_IDS:
            self._secret = tag
            self.written.append(MASK)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._start(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if tag == self._secret:
            self._secret = ""
        self._text(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._text(masked_text(data))

    def handle_entityref(self, name: str) -> None:
        self._text(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._text(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._text(f"<!--{masked_text(data)}-->")

    def handle_decl(self, decl: str) -> None:
        self._text(f"<!{decl}>")

    def _text(self, text: str) -> None:
        if not self._secret:
            self.written.append(text)

    def _start(self, tag: str, values: dict[str, str]) -> None:
        masked = dict(values)
        if values.get("name", "").lower() in _SECRET_NAMES and "value" in values:
            masked["value"] = MASK
        for name in _URL_ATTRIBUTES & masked.keys():
            masked[name] = masked_text(masked[name])
        if masked == values:
            self._text(self.get_starttag_text() or "")
            return
        written = " ".join(f'{name}="{escape(value)}"' for name, value in masked.items())
        self._text(f"<{tag} {written}>")
