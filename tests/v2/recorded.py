"""Fields and forms in recorded responses of the service, shared by the `test_recorded_*` modules.

The sources are public: the VCR cassettes of Jesus/dropbox_api (2016 to 2022) and of its fork
unmanbearpig/dropbox_api, the replay files of watermint/toolbox (2019 and 2020), the fixtures of
bryggan (2019), the results in the documentation of OpenIntegrations (2024), network captures, and
responses that other clients quote. Each test names its source and year.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

# The members of metadata in their order.
FOLDER = ("name", "path_lower", "path_display", "id")
FILE = (
    *FOLDER,
    "client_modified",
    "server_modified",
    "rev",
    "size",
    "is_downloadable",
    "content_hash",
)
TAGGED_FILE, TAGGED_FOLDER = (".tag", *FILE), (".tag", *FOLDER)
# The flags of a link of an account of the type `basic` (Jesus/dropbox_api, 12 November 2018).
BASIC_FLAGS = {
    "can_set_expiry": False,
    "can_remove_expiry": True,
    "allow_download": True,
    "can_allow_download": True,
    "can_disallow_download": False,
    "allow_comments": True,
    "team_restricts_comments": False,
}
TEXT = "text/plain; charset=utf-8"
URL_SAFE = "[A-Za-z0-9_-]"


def error_of(response: TestResponse, status: int = 409) -> Any:
    """Return the error of a response; its summary has the tags of the error.

    The number of dots at the end of the summary varies, so it is not compared.
    """
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/json")
    payload = json.loads(response.text)
    assert set(payload) == {"error_summary", "error"}
    assert payload["error_summary"].rstrip(".").endswith("/")
    return payload["error"]


def summary_of(response: TestResponse) -> str:
    """Return the tags in the summary of an error, without the dots at the end."""
    summary: str = json.loads(response.text)["error_summary"]
    return summary.rstrip(".").removesuffix("/")


def nested(*tags: str) -> Any:
    """Return a union that contains others, the tag of the outermost first."""
    error: Any = {".tag": tags[-1]}
    for tag in reversed(tags[:-1]):
        error = {".tag": tag, tag: error}
    return error


def is_text(response: TestResponse, route: str, text: str) -> bool:
    """Whether a response is the 400 of a route with a text."""
    expected = f'Error in call to API function "{route}": {text}'
    return (response.status_code, response.headers["Content-Type"], response.text) == (
        400,
        TEXT,
        expected,
    )
