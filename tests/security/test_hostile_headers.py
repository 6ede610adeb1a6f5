"""Tests that no value of a header causes an internal error."""

from __future__ import annotations

import pytest

from tests.security.hostile import BEARER, TEXTS, Emulator

HEADERS = {
    "Range": ("bytes={}-", "bytes=-{}", "bytes=0-{}", "{}"),
    "If-Range": ("{}", '"{}"'),
    "If-None-Match": ("{}", '"{}"'),
    "Content-Length": ("{}",),
    "Content-Type": ("{}", "multipart/form-data; boundary={}", "text/plain; charset={}"),
    "Authorization": (
        "{}",
        "Basic {}",
        "Bearer {}",
        'Digest username="{}"',
        'OAuth oauth_consumer_key="{0}", oauth_token="{0}", oauth_timestamp="{0}"',
    ),
    "Accept-Language": ("{}",),
    "Accept-Encoding": ("{}", "gzip;q={}", "{};q=1, gzip"),
    "Cookie": ("{}", "csrf={}"),
    "Dropbox-API-Arg": ("{}",),
    "Dropbox-API-Path-Root": ("{}", '{{".tag": "root", "root": "{}"}}'),
    "Dropbox-API-Select-User": ("{}",),
    "Host": ("{}", "localhost:{}"),
    "Origin": ("{}", "http://{}"),
    "Referer": ("{}",),
    "Sec-Fetch-Site": ("{}",),
    "X-Fakebox-Namespace": ("{}",),
}
# Texts with NUL or a line break are left out, because a server rejects them in a header.
HEADER_TEXTS = tuple(
    text.encode("utf-8", "surrogatepass").decode("latin-1")
    for text in TEXTS
    if "\0" not in text and "\n" not in text
)


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/1/files/dropbox/a.txt"),
        ("PUT", "/1/files_put/dropbox/a.txt"),
        ("POST", "/1/files/dropbox/"),
        ("POST", "/1/fileops/delete"),
        ("POST", "/2/files/upload"),
        ("POST", "/2/files/download"),
        ("POST", "/2/files/get_metadata"),
        ("POST", "/2/check/app"),
        ("POST", "/oauth2/token"),
        ("POST", "/apitul/1/token"),
        ("GET", "/oauth2/authorize"),
        ("POST", "/oauth2/authorize"),
        ("GET", "/s/token/name"),
        ("POST", "/_fakebox/clock"),
        ("PUT", "/_fakebox/files/1/a.txt"),
        ("GET", "/_fakebox/files/1/a.txt"),
        ("GET", "/_fakebox/journal"),
        ("GET", "/_fakebox/journal.har"),
    ],
)
def test_hostile_header_causes_no_internal_error(
    emulator: Emulator, method: str, path: str, name: str
) -> None:
    """A hostile text within any header that the emulator parses causes no 500."""
    for form in HEADERS[name]:
        for text in HEADER_TEXTS:
            emulator.check(method, path, headers={**BEARER, name: form.format(text)})
    emulator.check("GET", "/_fakebox/journal")
    emulator.check("GET", "/_fakebox/journal.har")
    emulator.check("GET", "/_fakebox/")
