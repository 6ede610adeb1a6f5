"""Requests from pages of other origins, and requests without authorization."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode

import pytest
import urllib3

from fakebox.app import create_app
from fakebox.namespaces import Namespaces
from fakebox.server import Server
from tests.raw_http import V1

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Same-Site", "anything"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_request_from_another_site_is_403(control, site, method):
    """Another port of the same host is `same-site`, and is rejected as well."""
    response = control(method, "/faults", Sec_Fetch_Site=site)
    assert response.status == 403
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "http://127.0.0.1:1", "x"])
@pytest.mark.parametrize(
    "site", [{}, {"Sec_Fetch_Site": "none"}, {"Sec_Fetch_Site": "same-origin"}]
)
def test_request_with_another_origin_is_403(control, origin, site):
    """A sandboxed page sends the origin `null`."""
    assert control("POST", "/reset", Origin=origin, **site).status == 403


def test_request_from_the_emulators_own_pages_is_accepted(control, box):
    """Requests from the emulator's pages, and from programs without these headers, are accepted."""
    own_headers = {"Origin": box.url, "Sec_Fetch_Site": "same-origin"}
    assert control("POST", "/reset", **own_headers).status == 200
    assert control("POST", "/reset").status == 200


def test_link_to_the_dashboard_works(control):
    """A navigation from another site can open the dashboard, but changes nothing."""
    navigation = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "document"}
    assert control("GET", "/", **navigation).status == 200
    assert control("POST", "/reset", **navigation).status == 403
    assert control("GET", "/?namespace=n1", **navigation).status == 404


def test_request_with_a_foreign_host_is_403(control):
    """A Host header of another site, as with DNS rebinding, is answered with 403."""
    assert control("GET", "/tokens", Host="evil.example").status == 403


def names(server, **headers):
    """Return the existing namespaces."""
    url = f"{server.url}/_fakebox/namespaces"
    return urllib3.request("GET", url, headers=headers).json()["namespaces"]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/_fakebox/?namespace=n1", {}),
        ("GET", "/_fakebox/?namespace=n1", {"Sec-Fetch-Site": "cross-site"}),
        ("POST", "/_fakebox/reset?namespace=n1", {"Sec-Fetch-Site": "cross-site"}),
        ("GET", "/_fakebox/health?namespace=n1", {}),
        ("GET", "/1/account/info", {"X-Fakebox-Namespace": "n1"}),
        ("GET", "/1/account/info?access_token=n1~unknown", {}),
        ("GET", "/2/files/download?access_token=n1~unknown", {}),
        ("GET", "/oauth2/authorize?response_type=code&client_id=n1~fakebox-app-key", {}),
        ("GET", "/1/oauth/authorize?oauth_token=n1~x", {}),
        ("GET", "/s/n1~x/a", {}),
        ("GET", "/db.tt/n1~x", {}),
        ("POST", "/apitul/1/n1~x", {}),
    ],
)
def test_request_without_authorization_creates_no_namespace(box, method, path, headers):
    """Neither another site's page nor an unknown token creates a namespace."""
    urllib3.request(method, f"{box.url}{path}", headers=headers, redirect=False)
    assert names(box) == []


def test_request_without_the_admin_token_creates_no_namespace():
    """The admin token is checked before the namespace is created."""
    namespaces = Namespaces()
    with Server(create_app(namespaces, "secret")) as server:
        for headers in ({"X-Fakebox-Namespace": "n1"}, {"Sec-Fetch-Site": "none"}):
            url = f"{server.url}/_fakebox/usage?namespace=n1"
            assert urllib3.request("GET", url, headers=headers).status == 401
        assert names(server, Authorization="Bearer secret") == []
        assert (
            urllib3.request(
                "GET", url, headers={**headers, "Authorization": "Bearer secret"}
            ).status
            == 200
        )
        assert names(server, Authorization="Bearer secret") == ["n1"]
    namespaces.close()


def test_missing_namespace_responds_like_one_with_an_unknown_token(box):
    """A request to a missing namespace gets an API error, and the namespace is not created."""
    headers = {"Authorization": "Bearer n1~unknown"}
    url = f"{box.url}/2/users/get_current_account"
    assert urllib3.request("POST", url, headers=headers).status in (400, 401)
    page = f"{box.url}/oauth2/authorize?response_type=code&client_id=fakebox-app-key"
    assert b"csrf" in urllib3.request("GET", page, headers={"X-Fakebox-Namespace": "n1"}).data
    assert names(box) == []


@pytest.mark.parametrize("scheme", ["data:text/html,x", "DATA:text/html,x", "javascript:x()"])
@pytest.mark.parametrize("parameter", ["oauth_callback", "redirect_uri"])
def test_callback_with_a_script_scheme_is_400(box, scheme, parameter):
    """OAuth 1.0 and OAuth 2 reject callback URLs that would run as a script."""
    if parameter == "oauth_callback":
        form = V1(box.url, token="", secret="").post("/oauth/request_token").data.decode()
        token = parse_qs(form)["oauth_token"][0]
        url = f"{box.url}/1/oauth/authorize?{urlencode({'oauth_token': token, parameter: scheme})}"
    else:
        query = {"client_id": "fakebox-app-key", "response_type": "code", parameter: scheme}
        url = f"{box.url}/oauth2/authorize?{urlencode(query)}"
    assert urllib3.request("GET", url, redirect=False).status == 400


def test_redirect_uri_with_a_script_scheme_cannot_be_registered(box):
    """A redirect URI that would run as a script is rejected in Python and over HTTP."""
    uri = "data:text/html,x"
    with pytest.raises(ValueError, match="must be an absolute URI of a page or app"):
        box.add_app(name="evil", redirect_uris=[uri])
    response = urllib3.request(
        "POST", f"{box.url}/_fakebox/apps", json={"name": "evil", "redirect_uris": [uri]}
    )
    assert response.status == 400


@pytest.mark.parametrize("csrf", ["", None, "wrong"])
@pytest.mark.parametrize("has_session", [True, False])
def test_form_without_a_valid_csrf_token_is_403(box, csrf, has_session):
    """A missing, empty or wrong CSRF token is answered with 403."""
    url = f"{box.url}/oauth2/authorize?client_id=fakebox-app-key&response_type=code"
    headers = {"Content-Type": FORM}
    if has_session:
        page = urllib3.request("GET", url)
        assert re.search(rb'name="csrf" value="[^"]+"', page.data)
        headers["Cookie"] = page.headers["Set-Cookie"].partition(";")[0]
    fields = {"action": "deny"} if csrf is None else {"action": "deny", "csrf": csrf}
    response = urllib3.request("POST", url, body=urlencode(fields), headers=headers)
    assert response.status == 403
