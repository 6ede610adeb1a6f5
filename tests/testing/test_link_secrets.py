"""Passwords of shared links are in no journal, HTTP archive, log, repr or snapshot."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import urllib3

from fakebox import Fakebox
from fakebox.core.defaults import BEARER_TOKEN

PASSWORD = "hunter-two-of-the-link"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKEN = {"Authorization": f"Bearer {BEARER_TOKEN}"}


def use_password(box):
    """Set the password of a link, and send it in each place that has a password."""

    def rpc(route, **argument):
        return urllib3.request("POST", f"{box.url}/2/{route}", json=argument, headers=TOKEN)

    box.write("/d/a.txt", b"text")
    settings = {"require_password": True, "link_password": PASSWORD}
    create = "sharing/create_shared_link_with_settings"
    url = rpc(create, path="/d", settings=settings).json()["url"]
    responses = [
        rpc("sharing/modify_shared_link_settings", url=url, settings=settings),
        rpc("sharing/get_shared_link_metadata", url=url, link_password=PASSWORD),
        rpc("files/list_folder", path="", shared_link={"url": url, "password": PASSWORD}),
        rpc("sharing/get_shared_link_metadata", url=url, link_password=[PASSWORD]),
        urllib3.request("POST", url, body=urlencode({"password": PASSWORD}), headers=FORM),
        urllib3.request("POST", url, fields={"password": PASSWORD}),
    ]
    for route, argument in (
        ("sharing/get_shared_link_file", {"path": "/a.txt", "url": url, "link_password": PASSWORD}),
        (
            "files/get_thumbnail_v2",
            {"resource": {".tag": "link", "url": url, "path": "/a.txt", "password": PASSWORD}},
        ),
    ):
        headers = {**TOKEN, "Dropbox-API-Arg": json.dumps(argument)}
        responses.append(urllib3.request("POST", f"{box.url}/2/{route}", headers=headers))
        target = f"{box.url}/2/{route}?arg={quote(json.dumps(argument))}"
        responses.append(urllib3.request("GET", target, headers=TOKEN))
    return responses


def test_password_of_a_link_is_in_no_journal_or_log(capfd):
    """The journal, its archive, the log of requests and the control plane do not contain it."""
    with Fakebox() as box:
        responses = use_password(box)
        shown = [json.dumps(box.requests.har()), repr(list(box.requests)), repr(box)]
        for route in ("journal", "journal.har", "world", "accounts", "namespaces"):
            response = urllib3.request("GET", f"{box.url}/_fakebox/{route}")
            assert response.status == 200, route
            shown.append(response.data.decode())
        page = urllib3.request("GET", f"{box.url}/_fakebox/page/requests").data.decode()
    shown += [page, *capfd.readouterr()]
    assert [response.status for response in responses[:3]] == [200, 200, 200]
    for text in shown:
        assert PASSWORD not in text
    assert responses[3].status == 400
    for response in responses:
        assert PASSWORD.encode() not in response.data
