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


def test_program_of_2012_goes_on_unchanged(box, rest_client, lead):
    """All that differs is what its token store holds: an OAuth 2 token, and no secret."""
    session = lead(DropboxSession("key", "secret", "dropbox", api="v2"), box.url)
    session.set_token(BEARER_TOKEN, "")
    client = DropboxClient(session, rest_client)
    put = client.put_file("/magnum-opus.txt", b"content")
    with client.get_file_and_metadata("/magnum-opus.txt")[0] as response:
        assert response.read() == b"content"
    assert client.metadata("/")["contents"] == [put]
    assert client.metadata("/magnum-opus.txt") == put


def test_session_without_an_oauth_2_token_is_told_so(box, rest_client, refused, lead):
    """Version 2 takes no other."""
    session = lead(DropboxSession("key", "secret", "dropbox", api="v2"), box.url)
    session.set_token("token", "token-secret")
    error = refused(DropboxClient(session, rest_client).account_info)
    assert error.status == 401
    assert "accepts OAuth 2 tokens only" in error.error_msg


def test_api_is_one_that_there_is():
    """Any other word is refused when the session is made."""
    with pytest.raises(ValueError, match="'v1' or 'v2'"):
        DropboxSession("key", "secret", "dropbox", api="v3")


class Refusing:
    """An answer that says no."""

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
def test_live_service_is_called_by_what_the_token_is_for(api, secret, expected, refused):
    """It speaks version 2 alone, which takes OAuth 2 tokens alone."""
    asked = []

    class Recording:
        """Notes where requests go."""

        def request(self, method, url, **options):
            """As the v2 bridge sends."""
            self.GET(url)

        def GET(self, url, *args, **options):
            """As version 1 sends."""
            asked.append(url)
            raise ErrorResponse(Refusing())

    session = DropboxSession("key", "secret", "dropbox", api=api)
    session.set_token("token", secret)
    refused(DropboxClient(session, Recording()).account_info)
    assert expected in asked[0]
    hosts = {"/1/": "https://api.dropbox.com/", "/2/": "https://api.dropboxapi.com/"}
    assert asked[0].startswith(hosts[expected])


def test_app_folder_is_named_as_such(box, rest_client, lead):
    """By the session's access type."""
    session = lead(DropboxSession("key", "secret", "app_folder", api="v2"), box.url)
    session.set_token(BEARER_TOKEN, "")
    assert DropboxClient(session, rest_client).put_file("/a", b"")["root"] == "app_folder"


def test_secrets_are_not_shown(client):
    """Neither by a client nor by a session."""
    assert BEARER_TOKEN not in repr(client)
    wire = V2Client(client.session, client.rest_client, BEARER_TOKEN)
    assert BEARER_TOKEN not in repr(wire)


def test_flow_takes_an_app_in_by_todays_addresses(box, monkeypatch):
    """The user says yes, and the token that comes of it is one for version 2."""
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


def test_flow_knows_todays_hosts():
    """Where the live service takes apps in."""
    rest_client = Mock()
    rest_client.POST.return_value = {"access_token": "token", "uid": "7"}
    flow = DropboxOAuth2FlowNoRedirect("key", "secret", rest_client=rest_client, api="v2")
    where = "https://www.dropbox.com/oauth2/authorize?response_type=code&client_id=key"
    assert flow.start() == where
    assert flow.finish("code") == ("token", "7")
    assert rest_client.POST.call_args.args == ("https://api.dropboxapi.com/oauth2/token",)
