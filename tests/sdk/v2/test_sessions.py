"""Sessions and OAuth 2 flows that use version 2."""

from __future__ import annotations

from unittest.mock import Mock
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3

from dropbox.client import DropboxClient, DropboxOAuth2Flow, DropboxOAuth2FlowNoRedirect
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.rest import ErrorResponse
from dropbox.session import DropboxSession
from dropbox.v2.client import V2Client
from fakebox.core import defaults
from fakebox.core.defaults import BEARER_TOKEN


def test_program_for_version_1_works_unchanged(box, rest_client, use_server):
    """A program for version 1 works over version 2 with an OAuth 2 token."""
    session = use_server(DropboxSession("key", "secret", "dropbox", api="v2"), box.url)
    session.set_token(BEARER_TOKEN, "")
    client = DropboxClient(session, rest_client)
    put = client.put_file("/notes.txt", b"content")
    with client.get_file_and_metadata("/notes.txt")[0] as response:
        assert response.read() == b"content"
    assert client.metadata("/")["contents"] == [put]
    assert client.metadata("/notes.txt") == put


def test_session_without_an_oauth_2_token_is_an_error(box, rest_client, error_of, use_server):
    """An OAuth 1.0 token over version 2 raises status 401."""
    session = use_server(DropboxSession("key", "secret", "dropbox", api="v2"), box.url)
    session.set_token("token", "token-secret")
    error = error_of(DropboxClient(session, rest_client).account_info)
    assert error.status == 401
    assert "accepts OAuth 2 tokens only" in error.error_msg


def test_session_rejects_an_unknown_api():
    """An `api` other than `v1` or `v2` raises an error."""
    with pytest.raises(ValueError, match="'v1' or 'v2'"):
        DropboxSession("key", "secret", "dropbox", api="v3")


class ErrorStatus:
    """A response with an error."""

    status, reason, headers = 418, "No", {}

    @staticmethod
    def read():
        """Return an empty body."""
        return b""


@pytest.mark.parametrize(
    ("api", "secret", "expected"),
    [(None, "", "/2/"), (None, "s", "/1/"), ("v1", "", "/1/"), ("v2", "", "/2/")],
    ids=["oauth 2", "oauth 1", "v1", "v2"],
)
def test_token_selects_the_version_for_the_live_service(api, secret, expected, error_of):
    """A session without `api` uses version 2 for an OAuth 2 token, otherwise version 1."""
    urls = []

    class Recording:
        """Records the URLs of requests."""

        def request(self, method, url, **options):
            """Record a request of version 2."""
            self.GET(url)

        def GET(self, url, *args, **options):
            """Record a request of version 1."""
            urls.append(url)
            raise ErrorResponse(ErrorStatus())

    session = DropboxSession("key", "secret", "dropbox", api=api)
    session.set_token("token", secret)
    error_of(DropboxClient(session, Recording()).account_info)
    assert expected in urls[0]
    hosts = {"/1/": "https://api.dropbox.com/", "/2/": "https://api.dropboxapi.com/"}
    assert urls[0].startswith(hosts[expected])


def test_metadata_of_an_app_folder_has_its_root(box, rest_client, use_server):
    """The metadata of an app folder has the root `app_folder`."""
    session = use_server(DropboxSession("key", "secret", "app_folder", api="v2"), box.url)
    session.set_token(BEARER_TOKEN, "")
    assert DropboxClient(session, rest_client).put_file("/a", b"")["root"] == "app_folder"


def test_repr_has_no_token(client):
    """The `repr` of a client does not contain the token."""
    assert BEARER_TOKEN not in repr(client)
    v2_client = V2Client(client.session, client.rest_client, BEARER_TOKEN)
    assert BEARER_TOKEN not in repr(v2_client)


def test_flow_uses_the_addresses_of_version_2(box, monkeypatch):
    """A flow with `api="v2"` uses the URLs of version 2, and its token works there."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", box.url)
    callback = "https://app.example/done"
    app = box.add_app("Flow", auto_approve=True, redirect_uris=(callback,))
    flow = DropboxOAuth2Flow(app.key, app.secret, callback, {}, "csrf", locale="de", api="v2")
    url = flow.start("here")
    assert url.startswith(f"{box.url}/oauth2/authorize?")
    redirect = urllib3.request("GET", url, redirect=False).headers["Location"]
    token, uid, state = flow.finish(dict(parse_qsl(urlsplit(redirect).query)))
    assert (uid, state) == ("1", "here")
    client = DropboxClient(DropboxOAuth2Session(token, api="v2"))
    assert client.account_info()["email"] == defaults.USER.email


def test_flow_uses_the_hosts_of_version_2():
    """Without an endpoint, a flow uses the hosts of the live service."""
    rest_client = Mock()
    rest_client.POST.return_value = {"access_token": "token", "uid": "7"}
    flow = DropboxOAuth2FlowNoRedirect("key", "secret", rest_client=rest_client, api="v2")
    expected = "https://www.dropbox.com/oauth2/authorize?response_type=code&client_id=key"
    assert flow.start() == f"{expected}&token_access_type=offline"
    assert flow.finish("code") == ("token", "7")
    assert rest_client.POST.call_args.args == ("https://api.dropboxapi.com/oauth2/token",)
