"""Only pages of the emulator's templates may run scripts in the emulator's origin."""

from __future__ import annotations

import json
import re
from io import BytesIO

import pytest
import urllib3
from PIL import Image

from fakebox import Fakebox, Fault
from fakebox.control.app import create_control
from fakebox.v1.app import create_v1
from fakebox.v2.app import create_v2
from fakebox.web.app import create_web
from tests import user_content

EVIL = b"<!doctype html><script>fetch('/_fakebox/reset', {method: 'POST'})</script>"
# Routes that respond with JSON, redirects, static files or snapshots.
NO_FILES = {
    "v1": {
        "/account/info",
        "/copy_ref/<root><everything:path>",
        "/delta",
        "/delta/latest_cursor",
        "/fileops/copy",
        "/fileops/create_folder",
        "/fileops/delete",
        "/fileops/move",
        "/longpoll_delta",
        "/media/<root><everything:path>",
        "/metadata/<root><everything:path>",
        "/oauth/access_token",
        "/oauth/request_token",
        "/restore/<root><everything:path>",
        "/revisions/<root><everything:path>",
        "/save_url_job/<job_id>",
        "/search/<root><everything:path>",
        "/shared_folders",
        "/shared_folders/<folder_id>",
        "/shares/<root><everything:path>",
    },
    "v2": set(),
    "web": {"/", "/db.tt/<code>", "/s/<token>", "/static/<path:filename>"},
    "control": {
        "/accounts",
        "/accounts/<int:uid>",
        "/accounts/<int:uid>/content-hashes",
        "/accounts/<int:uid>/tree",
        "/apps",
        "/ca.pem",
        "/clock",
        "/faults",
        "/health",
        "/journal",
        "/journal.har",
        "/namespaces",
        "/openapi.json",
        "/requests",
        "/requests.har",
        "/settings",
        "/snapshots",
        "/snapshots/<number>",
        "/static/<path:filename>",
        "/tokens",
        "/tree/<int:uid>",
        "/usage",
        "/world",
    },
}
# Routes that respond with pages of templates.
PAGES = {
    "v1": set(),
    "v2": set(),
    "web": {
        "/1/oauth/authorize",
        "/1/oauth2/authorize",
        "/oauth2/authorize",
        "/s/<token>/<path:name>",
        "/scl/fi/<key>/<path:name>",
        "/scl/fo/<key>/<path:name>",
    },
    "control": {
        "/",
        "/page/files/<int:uid>/",
        "/page/files/<int:uid>/<path:path>",
        "/page/requests",
    },
}
FILES = {
    "v1": user_content.V1,
    "v2": user_content.V2,
    "web": user_content.WEB,
    "control": user_content.CONTROL,
}
APPS = {"v1": create_v1, "v2": create_v2, "web": create_web, "control": create_control}
DATA = ("application/json", "application/octet-stream", "text/plain")
MOUNTS = {"v1": "/1", "v2": "/2", "web": "", "control": "/_fakebox"}


@pytest.fixture(scope="module")
def box():
    """An emulator with an HTML file and a picture."""
    picture = BytesIO()
    Image.new("RGB", (40, 30)).save(picture, "PNG")
    with Fakebox() as box:
        box.write("/d/evil.html", EVIL)
        box.write("/d/evil.csv", EVIL)
        box.write("/d/picture.png", picture.getvalue())
        yield box


def is_sandboxed(response):
    """Return whether scripts in a response cannot run in the emulator's origin."""
    policies = response.headers.getlist("Content-Security-Policy")
    assert len(policies) == 1
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    directives = [directive.split() for directive in policies[0].split(";")]
    # Version 2 has the policy of the service for data, which a browser shows as text.
    if ["sandbox", "allow-forms", "allow-scripts"] in directives:
        return response.headers["Content-Type"].partition(";")[0] in DATA
    return ["sandbox"] in directives


@pytest.mark.parametrize("app", APPS)
def test_every_get_route_is_listed_here(app):
    """A new route that accepts GET must be added to one of the tables."""
    rules = {str(rule) for rule in APPS[app]().url_map.iter_rules() if "GET" in rule.methods}
    assert rules == NO_FILES[app] | PAGES[app] | FILES[app]


@pytest.mark.parametrize("file", ["/d/evil.html", "/d/evil.csv", "/d/picture.png"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_response_with_a_file_is_sandboxed(box, file, method):
    """Whole and partial responses, 304 responses and errors are sandboxed."""
    tried, sent = set(), set()
    for rule, target in user_content.routes(box, file):
        tried.add(rule)
        for extra in (
            {},
            {"Range": "bytes=0-3"},
            {"Range": "bytes=999999-"},
            {"If-None-Match": "*"},
        ):
            response = urllib3.request(method, f"{box.url}{target}", headers=extra)
            assert is_sandboxed(response), (rule, extra)
            if response.status == 200:
                sent.add(rule)
    assert tried == set().union(*FILES.values())
    if method == "GET" and file.endswith(".png"):
        # Each route sends a picture, except that of previews.
        assert sent == tried - {"/files/get_preview"}
    assert ("/files/get_preview" in sent) is file.endswith(".csv")


@pytest.mark.parametrize("host", ["dl.dropboxusercontent.com", "content.dropboxapi.com"])
def test_response_with_a_file_is_sandboxed_for_each_host_name(box, host):
    """Host names of the service lead to the same routes."""
    for rule, target in user_content.routes(box, "/d/evil.html"):
        url, headers = f"{box.url}{target}", {"Host": host}
        response = urllib3.request("GET", url, headers=headers, redirect=False)
        assert is_sandboxed(response), rule


def test_every_namespace_sandboxes_files(box):
    """A request with a namespace prefix has the same headers."""
    token = "one~fakebox-bearer-token"
    url = f"{box.url}/1/files_put/dropbox/evil.html?access_token={token}"
    assert urllib3.request("PUT", url, body=EVIL).status == 200
    response = urllib3.request("GET", url.replace("files_put", "files"))
    assert response.data == EVIL
    assert is_sandboxed(response)


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS", "DELETE"])
def test_only_pages_are_not_sandboxed(app, method):
    """Only HTML pages of the web application and the dashboard are not sandboxed."""
    with Fakebox() as box:
        for rule in APPS[app]().url_map.iter_rules():
            target = re.sub(r"<int:\w+>", "1", str(rule))
            target = re.sub(r"<[^>]*>", "%3Cscript%3E", target.replace("<root>", "dropbox/"))
            url = f"{box.url}{MOUNTS[app]}{target}?access_token={user_content.TOKEN}"
            response = urllib3.request(method, url, redirect=False, timeout=60)
            if not is_sandboxed(response):
                # An error of the web application is a page as well.
                assert response.headers["Content-Type"].startswith("text/html")
                assert app in ("web", "control")
                assert b"<script>" not in response.data


@pytest.mark.parametrize(
    "target", ["/1/<script>", "/2/<script>", "/3/%3Cscript%3E", "/apitul/1/%3Cscript%3E"]
)
def test_error_with_text_of_the_url_is_sandboxed_or_escaped(box, target):
    """An error that contains a part of the URL cannot run a script."""
    response = urllib3.request("GET", f"{box.url}{target}")
    assert is_sandboxed(response) or b"<script>" not in response.data


def test_fault_response_is_sandboxed(box):
    """The response is sandboxed even with the headers and the body of a fault."""
    headers = {"Content-Type": "text/html", "Content-Security-Policy": "script-src *"}
    box.faults.add(Fault(endpoint="account/info", body=EVIL.decode(), headers=headers, status=200))
    response = urllib3.request("GET", f"{box.url}/1/account/info?access_token=x")
    assert response.data == EVIL
    assert is_sandboxed(response)


def test_namespace_error_is_sandboxed(box):
    """The error for a wrong namespace name, which contains the name, is sandboxed."""
    response = urllib3.request("GET", f"{box.url}/1/x", headers={"X-Fakebox-Namespace": "<script>"})
    assert response.status == 400
    assert is_sandboxed(response)


def test_dashboard_has_its_own_policy(box):
    """The dashboard runs its own script, and cannot be displayed in a frame."""
    response = urllib3.request("GET", f"{box.url}/_fakebox/")
    assert not is_sandboxed(response)
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert json.loads(urllib3.request("GET", f"{box.url}/_fakebox/health").data)["status"] == "ok"
