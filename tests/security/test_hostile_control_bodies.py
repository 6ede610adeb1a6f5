"""Tests that no request body of the control plane causes an internal error."""

from __future__ import annotations

from typing import Any

import pytest

from fakebox.core import defaults
from tests.security.hostile import JSON, JSON_VALUES, Emulator, with_each_value

FAULT = {
    "endpoint": "no_such_call",
    "method": "GET",
    "path": "/nothing",
    "account": "1",
    "nth": 1,
    "times": 1,
    "probability": 0.5,
    "seed": 1,
    "latency_s": 0,
    "jitter_s": 0,
    "bandwidth_bytes_per_s": 1024,
    "status": 503,
    "body": {"error": "e"},
    "headers": {"X-Name": "value"},
    "retry_after_s": 1,
}
# A fault with one of these fields alone would delay the request or need a socket.
NOT_ALONE = ("latency_s", "jitter_s", "bandwidth_bytes_per_s")
CONTROL_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/faults"): FAULT,
    ("POST", "/clock"): {"set_s": 1, "advance_s": 1, "frozen": True, "reset": True},
    ("PATCH", "/settings"): {
        "delta_page_size": 100,
        "upload_limit_bytes": 1000,
        "media_lifetime_s": 100,
        "quota_status": 507,
        "auth": "strict",
        "is_retired": False,
        "longpoll_backoff_s": 0,
        "thumbnail_pixel_limit": 100,
    },
    ("PUT", "/rate-limit"): {"requests": 1000, "per_s": 1, "status": 429},
    ("POST", "/accounts"): {
        "email": "new@fakebox.example",
        "password": "p",
        "given_name": "A",
        "surname": "B",
        "country": "US",
        "locale": "en",
        "quota_bytes": 1,
        "auto_approve": True,
    },
    ("PATCH", "/accounts/2"): {"quota_bytes": 1, "auto_approve": True},
    ("POST", "/apps"): {
        "name": "New",
        "key": "k",
        "secret": "s",
        "redirect_uris": ["http://localhost/"],
        "access": "app_folder",
        "auto_approve": True,
    },
    ("PATCH", f"/apps/{defaults.APP_KEY}"): {"auto_approve": True, "is_disabled": False},
    ("POST", "/tokens"): {
        "app": defaults.APP_KEY,
        "uid": 1,
        "access": "dropbox",
        "token": "t",
        "secret": "s",
        "type": "bearer",
    },
}


@pytest.mark.parametrize(("method", "path"), sorted(CONTROL_BODIES))
def test_hostile_control_plane_body_causes_no_internal_error(
    emulator: Emulator, method: str, path: str
) -> None:
    """A hostile value in any field of the JSON object causes no 500."""
    body = CONTROL_BODIES[method, path]
    bodies = list(with_each_value(body))
    # Each field is also sent alone, because some fields exclude each other.
    for name in body:
        bodies += [f'{{"{name}": {value}}}' for value in JSON_VALUES]
    for text in bodies:
        emulator.check(method, f"/_fakebox{path}", "", text.encode(), JSON)
        if path == "/faults":
            if not any(name in text for name in NOT_ALONE):
                emulator.check("GET", "/1/account/info")
            emulator.check("GET", "/_fakebox/faults")
            emulator.check("DELETE", "/_fakebox/faults")
    emulator.check("DELETE", "/_fakebox/rate-limit")
    emulator.check("GET", "/_fakebox/")
    emulator.check("GET", "/_fakebox/clock")
