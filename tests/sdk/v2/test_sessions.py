"""What a session and the OAuth 2 flows have to say about version 2."""

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
    """Only its token differs: an OAuth 2 token without a secret."""
    session = use_server(DropboxSession("key", "secret", "dropbox", api="v2"), box.url)
    session.set_token(BEARER_TOKEN, "")
    client = DropboxClient(session, rest_client)
    put = client.put_file("/magnum-opus.txt", b"content")
    with client.get_file_and_metadata("/magnum-opus.txt")[0] as response:
        assert response.read() == b"content"
    assert client.metadata("/")["contents"] == [put]
    assert client.metadata("/magnum-opus.txt") == put


def test_session_without_an_oauth_2_token_is_an_error(box, rest_client, error_of, use_server):
    """Version 2 accepts only OAuth 2 tokens."""
    session = use_server(DropboxSession("key", "secret", "dropbox", api="v2"), box.url)
    session.set_token("token", "token-secret")
    error = error_of(DropboxClient(session, rest_client).account_info)
    assert error.status == 401
    assert "accepts OAuth 2 tokens only" in error.error_msg


def test_session_rejects_an_unknown_api():
    """The error is raised when the session is made."""
    with pytest.raises(ValueError, match="'v1' or 'v2'"):
        DropboxSession("key", "secret", "dropbox", api="v3")


class Refusing:
    """A response with an error."""

    status, reason, headers = 418, "No", {}

    @staticmethod
    def read():
        """Nothing."""
        return b""


@pytest.mark.parametrize(
    ("api", "secret", "expected"),
    [(None, "", "/2/"), (None, "s", "/1/"), ("v1", "", "/1/"), ("v2", "", "/2/")],
    ids=["oauth 2", "oauth 1", "v1", "v2"],
)
def test_token_selects_the_version_for_the_live_service(api, secret, expected, error_of):
    """The live service has only version 2, which accepts only OAuth 2 tokens."""
    urls = []

    class Recording:
        """Notes where requests go."""

        def request(self, method, url, **options):
            """As the v2 bridge sends."""
            self.GET(url)

        def GET(self, url, *args, **options):
            """As version 1 sends."""
            urls.append(url)
            raise ErrorResponse(Refusing())

    session = DropboxSession("key", "secret", "dropbox", api=api)
    session.set_token("token", secret)
    error_of(DropboxClient(session, Recording()).account_info)
    assert expected in urls[0]
    hosts = {"/1/": "https://api.dropbox.com/", "/2/": "https://api.dropboxapi.com/"}
    assert urls[0].startswith(hosts[expected])


def test_metadata_of_an_app_folder_has_its_root(box, rest_client, use_server):
    """The access type of the session determines it."""
    session = use_server(DropboxSession("key", "secret", "app_folder", api="v2"), box.url)
    session.set_token(BEARER_TOKEN, "")
    assert DropboxClient(session, rest_client).put_file("/a", b"")["root"] == "app_folder"


def test_repr_has_no_token(client):
    """This holds for the client and the session."""
    assert BEARER_TOKEN not in repr(client)
    wire = V2Client(client.session, client.rest_client, BEARER_TOKEN)
    assert BEARER_TOKEN not in repr(wire)


def test_flow_uses_the_addresses_of_version_2(box, monkeypatch):
    """The user approves, and the token works over version 2."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", box.url)
    back = "https://app.example/done"
    app = box.add_app("Flow", auto_approve=True, redirect_uris=(back,))
    flow = DropboxOAuth2Flow(app.key, app.secret, back, {}, "csrf", locale="de", api="v2")
    url = flow.start("here")
    assert url.startswith(f"{box.url}/oauth2/authorize?")
    redirect = urllib3.request("GET", url, redirect=False).headers["Location"]
    token, uid, state = flow.finish(dict(parse_qsl(urlsplit(redirect).query)))
    assert (uid, state) == ("1", "here")
    client = DropboxClient(DropboxOAuth2Session(token, api="v2"))
    assert client.account_info()["email"] == defaults.USER.email


def test_flow_uses_the_hosts_of_version_2():
    """They are those of the live service."""
    rest_client = Mock()
    rest_client.POST.return_value = {"access_token": "token", "uid": "7"}
    flow = DropboxOAuth2FlowNoRedirect("key", "secret", rest_client=rest_client, api="v2")
    where = "https://www.dropbox.com/oauth2/authorize?response_type=code&client_id=key"
    assert flow.start() == where
    assert flow.finish("code") == ("token", "7")
    assert rest_client.POST.call_args.args == ("https://api.dropboxapi.com/oauth2/token",)
