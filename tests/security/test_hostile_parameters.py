"""Tests that no value of a path, query or form parameter causes an internal error."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from oauthlib.oauth1 import SIGNATURE_TYPE_QUERY, Client

from fakebox.core import defaults
from tests.security.hostile import (
    BEARER,
    OAUTH1,
    TEXTS,
    Emulator,
    check_parameters,
    filled,
    routes,
)

AUTHORIZE = {
    "response_type": "code",
    "client_id": defaults.APP_KEY,
    "redirect_uri": "http://localhost/",
    "state": "s",
    "code_challenge": "c" * 43,
    "code_challenge_method": "S256",
    "token_access_type": "offline",
    "oauth_token": "t",
    "oauth_callback": "http://localhost/",
    "locale": "en",
    "action": "allow",
    "csrf": "c",
    "email": "e",
    "password": "p",
}
TOKEN = {
    "grant_type": "authorization_code",
    "code": "c",
    "client_id": defaults.APP_KEY,
    "client_secret": defaults.APP_SECRET,
    "redirect_uri": "http://localhost/",
    "code_verifier": "v" * 43,
    "refresh_token": "r",
    "scope": "files.content.read",
}
WRITE_MODE = {"overwrite": "true", "autorename": "true", "parent_rev": "0123456789"}
COPY_OR_MOVE = {"root": "dropbox", "from_path": "/a.txt", "to_path": "/b.txt"}
JOURNAL = {"endpoint": "files", "method": "GET", "path": "/", "status": "200", "rev": "r"}
LINK_PAGE = {"dl": "1", "raw": "1"}
# The parameters that each route reads from the query or a form, except for READ_BY_ALL.
PARAMETERS = {
    "/1/account/info": {"locale": "en"},
    "/1/delta": {"cursor": "c", "path_prefix": "/", "include_media_info": "true"},
    "/1/delta/latest_cursor": {"path_prefix": "/", "include_media_info": "true"},
    "/1/longpoll_delta": {"cursor": "c", "timeout": "30"},
    "/1/fileops/copy": {**COPY_OR_MOVE, "from_copy_ref": ""},
    "/1/fileops/move": COPY_OR_MOVE,
    "/1/fileops/create_folder": {"root": "dropbox", "path": "/folder"},
    "/1/fileops/delete": {"root": "dropbox", "path": "/b.txt"},
    "/1/files/dropbox/a.txt": {"rev": "0123456789", **WRITE_MODE},
    "/1/files_put/dropbox/a.txt": WRITE_MODE,
    "/1/metadata/dropbox/": {
        "file_limit": "10",
        "hash": "h",
        "list": "true",
        "include_deleted": "true",
        "include_media_info": "true",
        "rev": "0123456789",
        "path": "/",
    },
    "/1/search/dropbox/": {
        "path": "/",
        "query": "txt",
        "file_limit": "10",
        "include_deleted": "true",
    },
    "/1/oauth/request_token": OAUTH1,
    "/1/oauth/access_token": OAUTH1,
    "/1/oauth2/token": TOKEN,
    "/1/oauth2/token_from_oauth1": OAUTH1,
    "/1/revisions/dropbox/a.txt": {"rev_limit": "10"},
    "/1/restore/dropbox/a.txt": {"rev": "0123456789"},
    "/1/shares/dropbox/a.txt": {"short_url": "true"},
    "/1/media/dropbox/a.txt": {},
    "/1/copy_ref/dropbox/a.txt": {},
    # A URL that ends with the root has the path as a parameter.
    **{
        f"/1/{call}/dropbox/": {"path": "/a.txt", **params}
        for call, params in {
            "files": WRITE_MODE,
            "files_put": WRITE_MODE,
            "shares": {"short_url": "true"},
            "media": {},
            "copy_ref": {},
            "revisions": {},
            "restore": {"rev": "0123456789"},
            "thumbnails": {},
            "previews": {},
            "save_url": {"url": "http://localhost/s/x"},
            "commit_chunked_upload": {"upload_id": "u"},
        }.items()
    },
    "/1/save_url/dropbox/c.txt": {"url": "http://localhost/s/x"},
    "/1/thumbnails/dropbox/a.txt": {"format": "jpeg", "size": "small", "rev": "0123456789"},
    "/1/previews/dropbox/a.txt": {"rev": "0123456789"},
    "/1/chunked_upload": {"upload_id": "u", "offset": "0"},
    "/1/commit_chunked_upload/dropbox/a.txt": {"upload_id": "u", **WRITE_MODE},
    "/2/files/download": {"arg": '{"path": "/a.txt"}', "authorization": "Bearer t"},
    "/oauth2/token": TOKEN,
    "/1/oauth/authorize": AUTHORIZE,
    "/1/oauth2/authorize": AUTHORIZE,
    "/oauth2/authorize": AUTHORIZE,
    "/s/token/name": LINK_PAGE,
    "/scl/fi/key/name": {**LINK_PAGE, "rlkey": "k"},
    "/db.tt/code": LINK_PAGE,
    "/1/view/token/name": LINK_PAGE,
    "/_fakebox/journal": JOURNAL,
    "/_fakebox/journal.har": JOURNAL,
    "/_fakebox/page/faults": {
        "effect": "503, Retry-After 1",
        "endpoint": "no_such_call",
        "path": "/nothing",
        "times": "1",
    },
    "/_fakebox/page/faults/clear": {"id": "1"},
    "/_fakebox/page/tokens": {
        "uid": "1",
        "app": "fakebox-app-key",
        "token": "t",
        "scopes": "sharing.read",
        "expires_in_s": "1",
    },
    "/_fakebox/page/tokens/revoke": {"token": "t"},
    "/_fakebox/page/clock": {"action": "advance", "hours": "1"},
}
READ_BY_ALL = {"access_token": "t", "namespace": "n", "unknown": "u", **OAUTH1}


@pytest.mark.parametrize(("route", "methods"), routes())
def test_hostile_path_causes_no_internal_error(
    emulator: Emulator, route: str, methods: tuple[str, ...]
) -> None:
    """A hostile text in place of a variable of a route causes no 500."""
    for text in TEXTS if "<" in route else TEXTS[:1]:
        for method in methods:
            emulator.check(method, filled(route, hostile=text))


@pytest.mark.parametrize("route", PARAMETERS)
def test_hostile_parameter_causes_no_internal_error(emulator: Emulator, route: str) -> None:
    """A hostile parameter together with valid ones, in the query or in a form, causes no 500."""
    valid = PARAMETERS[route]
    for name in valid:
        for text in TEXTS:
            check_parameters(emulator, route, {**valid, name: text})


@pytest.mark.parametrize("name", READ_BY_ALL)
def test_hostile_common_parameter_causes_no_internal_error(emulator: Emulator, name: str) -> None:
    """A hostile credential or namespace, sent to one route of each API, causes no 500."""
    for text in TEXTS:
        for route in ("/1/account/info", "/oauth2/authorize", "/oauth2/token"):
            headers = {"Authorization": ""}
            check_parameters(emulator, route, {**OAUTH1, name: text}, headers)
            check_parameters(emulator, route, {name: text}, headers)
        check_parameters(emulator, "/_fakebox/usage", {name: text})


@pytest.mark.parametrize("digits", ["9" * 5_000, str(2**63), "9" * 18])
def test_timestamp_with_many_digits_is_rejected_as_stale(emulator: Emulator, digits: str) -> None:
    """A very long signed timestamp gets the same status as any other wrong timestamp."""
    keys = defaults.APP_KEY, defaults.APP_SECRET, defaults.TOKEN, defaults.TOKEN_SECRET
    statuses = []
    for timestamp in ("1", digits):
        client = Client(*keys, timestamp=timestamp, signature_type=SIGNATURE_TYPE_QUERY)
        url, _, _ = client.sign("http://localhost/1/account/info")
        query = url.partition("?")[2]
        headers = {"Authorization": ""}
        statuses.append(emulator.check("GET", "/1/account/info", query, headers=headers))
    assert statuses == [403, 403]
    unsigned = urlencode({**OAUTH1, "oauth_timestamp": digits})
    headers = {"Authorization": ""}
    assert emulator.check("GET", "/1/account/info", unsigned, headers=headers) == 200


@hypothesis_settings(max_examples=40)
@given(data=st.data(), text=st.text(max_size=60))
def test_random_text_causes_no_internal_error(
    shared_emulator: Emulator, data: st.DataObject, text: str
) -> None:
    """Random text in a path or in a parameter causes no 500."""
    route, methods = data.draw(st.sampled_from(routes()))
    for method in methods:
        shared_emulator.check(method, filled(route, hostile=text), headers=BEARER)
    route = data.draw(st.sampled_from(sorted(PARAMETERS)))
    name = data.draw(st.sampled_from(sorted({**PARAMETERS[route], **READ_BY_ALL})))
    check_parameters(shared_emulator, route, {**PARAMETERS[route], name: text})
