"""Hostile values, and an emulator that must respond to each of them without an internal error."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.test import Client

from fakebox.app import create_app
from fakebox.control.app import create_control
from fakebox.core import defaults
from fakebox.namespaces import Namespaces
from fakebox.v1.app import create_v1
from fakebox.v2.app import create_v2
from fakebox.web.app import create_web

BEARER = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
CONTENT = {"Content-Type": "application/octet-stream"}
TEXTS = (
    "",
    "\0",
    "x" * 20_000,
    "/" * 5_000,
    "9" * 5_000,
    str(2**63),
    "-" + "9" * 5_000,
    "\u0663" * 5_000,
    "\u00b2",
    "1e400",
    "NaN",
    "a\r\nb: c",
    "http://[",
    "\ud800",
    "%",
    "id:",
    "ns:" + "9" * 5_000,
    "ns:\u0663",
    "rev:" + "9" * 5_000,
)
# Some of them are invalid JSON that Python's parser accepts.
JSON_VALUES = (
    "9" * 5_000,
    str(2**63),
    str(-(2**63) - 1),
    "9" * 400,
    "-1",
    "0.5",
    "1e400",
    "-Infinity",
    "NaN",
    "true",
    "null",
    '""',
    r'"\u0000"',
    r'"\ud800"',
    r'"/a\ud800"',
    '"' + "x" * 20_000 + '"',
    '"/' + "9" * 5_000 + '"',
    '"' + "9" * 5_000 + '"',
    '"ns:' + "9" * 5_000 + '"',
    '"ns:\u0663"',
    '"id:\u00b2"',
    '"rev:' + "9" * 5_000 + '"',
    '"http://["',
    '"http://127.0.0.1:99999999/s/x"',
    "[]",
    "{}",
    '{"a": 1}',
    "[[]]",
    "[" * 900 + "]" * 900,
    "[" * 50_000,
)
OAUTH1 = {
    "oauth_consumer_key": defaults.APP_KEY,
    "oauth_token": defaults.TOKEN,
    "oauth_signature_method": "PLAINTEXT",
    "oauth_signature": f"{defaults.APP_SECRET}&{defaults.TOKEN_SECRET}",
    "oauth_timestamp": "1",
    "oauth_nonce": "n",
    "oauth_version": "1.0",
    "oauth_callback": "http://localhost/",
    "oauth_verifier": "v",
}
APPLICATIONS = {"/1": create_v1, "/2": create_v2, "": create_web, "/_fakebox": create_control}


@cache
def routes() -> list[tuple[str, tuple[str, ...]]]:
    """Returns every route of the emulator with its methods; variables have the form `<...>`."""
    return sorted(
        {
            (mount + rule.rule, tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})))
            for mount, create in APPLICATIONS.items()
            for rule in create().url_map.iter_rules()
        }
    )


class Emulator:
    """A complete emulator that receives requests without a socket."""

    def __init__(self) -> None:
        self._namespaces = Namespaces()
        self._client = Client(create_app(self._namespaces))
        self._settings: bytes = self._client.get("/_fakebox/settings").data

    def check(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        headers: dict[str, str] = BEARER,
    ) -> int:
        """Sends a request, asserts that its status is not 500, and returns the status."""
        response = self._client.open(
            path,
            method=method,
            query_string=query,
            data=body,
            headers=headers,
            environ_overrides={"RAW_URI": f"{path}?{query}" if query else path},
            buffered=True,
        )
        assert response.status_code != 500, (method, path[:200], query[:99], body[:99], headers)
        return response.status_code

    def restore(self) -> None:
        """Resets the emulator and its settings, and stores one file."""
        self.check("POST", "/_fakebox/reset")
        # A reset does not change the settings.
        self.check("PATCH", "/_fakebox/settings", "", self._settings, JSON)
        headers = {**BEARER, **CONTENT}
        assert self.check("PUT", "/1/files_put/dropbox/a.txt", "", b"text", headers) == 200

    def close(self) -> None:
        """Releases the resources of the emulator."""
        self._namespaces.close()


def encoded(text: str) -> str:
    """Percent-encodes a text, including lone surrogates."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def filled(route: str, *, ordinary: str = "dropbox", hostile: str | None = None) -> str:
    """Returns the path of a route with a value for each variable."""

    def value(variable: re.Match[str]) -> str:
        if hostile is not None and variable[1] != "root":
            return ("/" if "everything" in variable[0] else "") + (encoded(hostile) or "x")
        if "int:" in variable[0]:
            return "1"
        return "/a.txt" if "everything" in variable[0] else ordinary

    return re.sub(r"<(?:\w+:)?(\w+)>", value, route)


def with_each_value(argument: Any, replaced: Any = None) -> Iterator[str]:
    """Yields the JSON of an argument, with each part in turn replaced by each hostile value."""
    for value in JSON_VALUES:
        yield value
    for path in value_paths(argument):
        changed = copy.deepcopy(argument)
        parent = changed
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = "<here>"
        text = json.dumps(changed)
        for value in JSON_VALUES:
            yield text.replace('"<here>"', value)


def value_paths(argument: Any) -> Iterator[tuple[Any, ...]]:
    """Yields the path to every value within a JSON value."""
    items: Any = ()
    if isinstance(argument, dict):
        items = argument.items()
    elif isinstance(argument, list):
        items = enumerate(argument)
    for key, value in items:
        yield (key,)
        yield from ((key, *rest) for rest in value_paths(value))


def check_parameters(
    emulator: Emulator, route: str, pairs: dict[str, str], headers: dict[str, str] = BEARER
) -> None:
    """Sends parameters in the query and in a form."""
    sent = urlencode(pairs, errors="surrogatepass")
    emulator.check("GET", route, sent, headers=headers)
    emulator.check("POST", route, "", sent.encode(), {**headers, **FORM})
