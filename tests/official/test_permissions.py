"""The exceptions of the official SDK for rejected tokens, scopes and requests."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from fakebox import Fakebox

TOKEN = "fakebox-bearer-token"
KEY, SECRET = "fakebox-app-key", "fakebox-app-secret"
URI = "http://localhost:8000/callback"


@pytest.fixture
def dropbox():
    """The package of the official SDK."""
    import dropbox.exceptions

    return dropbox


@pytest.fixture
def box():
    """An emulator that responds to the SDK."""
    with Fakebox("inprocess") as box, box.intercept():
        yield box


def test_unknown_revoked_and_expired_tokens_are_auth_errors(box, dropbox):
    """`AuthError` has the reason as its tag."""
    revoked, expired = box.add_token(bearer=True), box.add_token(expires_in_s=0)
    box.world.tokens.revoke(revoked.access_token)
    for token in ("A" * 64, "sl.unknown", str(revoked)):
        with pytest.raises(dropbox.exceptions.AuthError) as caught:
            dropbox.Dropbox(token).users_get_current_account()
        assert caught.value.error.is_invalid_access_token()
    with pytest.raises(dropbox.exceptions.AuthError) as caught:
        dropbox.Dropbox(str(expired)).users_get_current_account()
    assert caught.value.error.is_expired_access_token()


def test_missing_scope_is_an_auth_error_with_the_scope(box, dropbox):
    """`AuthError` has the scope that the token lacks."""
    token = box.add_token(scopes=["account_info.read"])
    client = dropbox.Dropbox(str(token))
    assert client.users_get_current_account().email == "user@fakebox.example"
    with pytest.raises(dropbox.exceptions.AuthError) as caught:
        client.files_list_folder("")
    assert caught.value.error.is_missing_scope()
    assert caught.value.error.get_missing_scope().required_scope == "files.metadata.read"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda box, sdk: sdk.Dropbox("my-token").users_get_current_account(), "is malformed"),
        (lambda box, sdk: sdk.Dropbox(TOKEN).files_permanently_delete("/a"), "is not allowed"),
        (
            lambda box, sdk: sdk.Dropbox(
                str(box.add_token(app=box.add_app("A", scopes=["account_info.read"]), bearer=True))
            ).files_list_folder(""),
            "does not have the required scope 'files.metadata.read'",
        ),
        (
            lambda box, sdk: sdk.Dropbox(
                oauth2_refresh_token="not one", app_key=KEY
            ).users_get_current_account(),
            None,
        ),
    ],
    ids=["malformed token", "route of a team", "scope of the app", "malformed refresh token"],
)
def test_request_that_the_app_must_not_send_is_an_error(box, dropbox, call, text):
    """`BadInputError` has the text of the service; a refresh token is an `AuthError`."""
    kind = dropbox.exceptions.BadInputError if text else dropbox.exceptions.AuthError
    with pytest.raises(kind) as caught:
        call(box, dropbox)
    assert text is None or text in caught.value.message


def test_wrong_secret_is_a_bad_input_error(box, dropbox):
    """A refresh with a wrong secret is not an invalid grant."""
    client = dropbox.Dropbox(
        oauth2_refresh_token="fakebox-refresh-token", app_key=KEY, app_secret="wrong"
    )
    with pytest.raises(dropbox.exceptions.BadInputError, match="invalid_client"):
        client.users_get_current_account()


def test_rate_limit_is_a_rate_limit_error(box, dropbox):
    """`RateLimitError` has the time to wait."""
    box.limit_rate(1, per_s=3600)
    with dropbox.Dropbox(TOKEN) as client:
        client.users_get_current_account()
        with pytest.raises(dropbox.exceptions.RateLimitError) as caught:
            client.request_json_string(
                "api", "users/get_current_account", "rpc", "null", "user", None
            )
    assert caught.value.backoff >= 1


def test_flow_with_scopes_returns_a_client_with_those_scopes(box, dropbox):
    """The flow with a redirect gets the requested scopes, and a refresh may have fewer."""
    session, scope = {}, ["account_info.read", "files.metadata.read"]
    flow = dropbox.DropboxOAuth2Flow(
        KEY,
        URI,
        session,
        "csrf",
        consumer_secret=SECRET,
        token_access_type="offline",
        scope=scope,
        include_granted_scopes="user",
    )
    url = box.authorize(flow.start())
    assert url.startswith(URI)
    query = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    granted = flow.finish(query)
    assert granted.scope == " ".join(scope)
    client = dropbox.Dropbox(
        oauth2_refresh_token=granted.refresh_token, app_key=KEY, app_secret=SECRET
    )
    assert client.files_list_folder("").entries == []
    client.refresh_access_token(scope=["account_info.read"])
    client.users_get_current_account()
    with pytest.raises(dropbox.exceptions.AuthError):
        client.files_list_folder("")
    with pytest.raises(dropbox.exceptions.BadInputError, match="invalid_scope"):
        client.refresh_access_token(scope=["sharing.read"])


def test_flow_without_a_redirect_and_without_a_secret(box, dropbox):
    """A flow with PKCE needs no secret, and its token expires after four hours."""
    flow = dropbox.DropboxOAuth2FlowNoRedirect(KEY, use_pkce=True)
    granted = flow.finish(box.authorize(flow.start()))
    client = dropbox.Dropbox(granted.access_token)
    assert client.users_get_current_account().account_id == granted.account_id
    box.clock.advance(4 * 60 * 60)
    with pytest.raises(dropbox.exceptions.AuthError) as caught:
        client.users_get_current_account()
    assert caught.value.error.is_expired_access_token()


def test_planned_403_and_422_are_decoded(box, dropbox):
    """A planned 403 is an `ApiError`, and a planned 422 one of the path root."""
    client = dropbox.Dropbox(TOKEN)
    for call in (client.users_get_current_account, lambda: client.files_list_folder("/a")):
        box.faults.add(status=403)
        with pytest.raises(dropbox.exceptions.ApiError):
            call()
    box.faults.add(status=422)
    with pytest.raises(dropbox.exceptions.PathRootError) as caught:
        client.users_get_current_account()
    assert caught.value.error.is_no_permission()
