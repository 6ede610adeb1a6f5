"""The end of `error_summary`, and the errors of planned faults."""

from __future__ import annotations

import json
import re

import pytest

from fakebox.v2.permissions import PERMISSIONS
from tests.v2.service import Service

PRESETS = ("insufficient_space", "restricted_content", "too_many_requests")


@pytest.fixture
def service():
    """The whole emulator, without a socket."""
    new = Service(seed=7)
    yield new
    new.close()


def summaries(service, count):
    """Return the summaries of requests for a missing file."""
    sent = [service.rpc("files/get_metadata", {"path": "/none"}) for _ in range(count)]
    return [response.json["error_summary"].removeprefix("path/not_found") for response in sent]


def test_summary_ends_in_up_to_three_dots(service):
    """All four endings occur, and about equally often."""
    found = summaries(service, 120)
    counts = {end: found.count(end) for end in ("/", "/.", "/..", "/...")}
    assert sum(counts.values()) == 120
    assert min(counts.values()) > 10


def test_endings_are_the_same_for_a_seed(service):
    """Two emulators with the same seed send the same endings, and the same tokens."""
    other = Service(seed=7)
    found = summaries(service, 30)
    assert found == summaries(other, 30)
    summaries(other, 5)
    made = []
    for each in (service, other):
        headers = {"Content-Type": "application/json"}
        body = json.dumps({"bearer": True}).encode()
        made.append(each.open("POST", "/_fakebox/tokens", body, **headers).json)
    assert made[0] == made[1]
    other.close()


def test_summaries_of_all_statuses_vary(service):
    """The summaries of 401, 422 and 429, of faults and of ready-made faults vary as well."""
    root = json.dumps({".tag": "namespace_id", "namespace_id": "1"})
    unknown = {"Authorization": f"Bearer {'A' * 64}"}
    found: dict[str, set[str]] = {}
    for _ in range(16):
        sent = {
            "401": service.rpc("files/get_metadata", {"path": "/a"}, **unknown),
            "422": service.rpc("files/list_folder", {}, **{"Dropbox-API-Path-Root": root}),
        }
        for status in (401, 403, 409, 422, 429):
            service.fault(status=status)
            sent[f"fault {status}"] = service.rpc("files/get_metadata", {"path": "/a"})
        service.fault(expired_token=True)
        sent["expired"] = service.rpc("files/get_metadata", {"path": "/a"})
        for preset in (*PRESETS, "too_many_write_operations"):
            service.fault(preset=preset)
            sent[preset] = service.content("files/upload", {"path": "/a"}, b"x")
        for name, response in sent.items():
            summary = response.json["error_summary"]
            assert re.fullmatch(r"[a-z_]+(/[a-z_]+)*/\.{0,3}", summary)
            found.setdefault(name, set()).add(summary)
    assert {name for name, ends in found.items() if len(ends) < 2} == set()


@pytest.mark.parametrize("route", sorted(PERMISSIONS))
def test_planned_409_has_an_error_of_the_route(service, route):
    """A planned 409 has tags, which are also those of its summary."""
    service.fault(status=409)
    response = service.rpc(route, None)
    assert response.status_code == 409
    error, tags = response.json["error"], []
    while isinstance(error, dict):
        tags.append(error[".tag"])
        error = error.get("reason") or error.get(tags[-1])
    assert response.json["error_summary"].rstrip(".") == "".join(f"{tag}/" for tag in tags)


def test_planned_403_is_an_error_of_access(service):
    """A planned 403 says that the account has not the feature, and a 422 concerns the root."""
    expected = {403: "invalid_account_type/feature/", 422: "no_permission/"}
    for status, summary in expected.items():
        service.fault(status=status)
        response = service.rpc("files/get_metadata", {"path": "/a"})
        assert response.status_code == status
        assert response.json["error_summary"].rstrip(".") == summary
