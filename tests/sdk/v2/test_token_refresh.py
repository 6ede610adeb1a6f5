"""Sessions that refresh their OAuth 2 tokens, with the emulator and its clock."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import urllib3

from dropbox.client import DropboxClient, DropboxOAuth2Flow, DropboxOAuth2FlowNoRedirect
from dropbox.oauth2 import RefreshTokenError
from dropbox.rest import ErrorResponse, RESTSocketError, UnauthorizedError
from dropbox.retry import RetryPolicy
from dropbox.session import REFRESH_TOKEN, DropboxOAuth2Session, DropboxSession
from fakebox import Fault
from fakebox.core.defaults import BEARER_TOKEN

CALLBACK = "https://app.example/done"
LIFETIME_S = 4 * 60 * 60
ENDPOINT = "/oauth2/token"
THREADS = 20


@pytest.fixture(autouse=True)
def environment(box, monkeypatch):
    """Every new session uses the emulator."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", box.url)
    box.clock.freeze()


@pytest.fixture
def app(box):
    """An app that every user has allowed."""
    return box.add_app("Refresh", auto_approve=True, redirect_uris=(CALLBACK,))


@pytest.fixture
def authorize(app):
    """Authorizes the app with a flow, and returns the result."""

    def do(*, secret=True, **options):
        flow = DropboxOAuth2Flow(
            app.key, app.secret if secret else None, CALLBACK, {}, "csrf", api="v2", **options
        )
        redirect = urllib3.request("GET", flow.start(), redirect=False).headers["Location"]
        return flow.finish(dict(parse_qsl(urlsplit(redirect).query)))

    return do


@pytest.fixture
def make_session(app, authorize, box):
    """Makes a session with a refresh token, whose policy uses the emulator's clock."""

    def do(clock=None, **options):
        result = authorize()
        options = {
            "oauth2_refresh_token": result.refresh_token,
            # The clock of the flow is the machine's clock, which is not frozen.
            "oauth2_access_token_expiration": None,
            "app_key": app.key,
            "app_secret": app.secret,
            "api": "v2",
            **options,
        }
        session = DropboxOAuth2Session(None, **options)
        session.retries = RetryPolicy(
            clock=clock or box.clock.now, sleep=box.clock.advance, backoff_s=0.1
        )
        return session

    return do


@pytest.fixture
def connect(box, rest_client):
    """Makes a client of a session."""

    def do(session):
        policy = RetryPolicy(clock=box.clock.now, sleep=box.clock.advance, backoff_s=0.1)
        return DropboxClient(session, rest_client, retries=policy)

    return do


@pytest.fixture
def linked(make_session, connect, box):
    """A client with a fresh access token; the journal of the emulator is empty."""
    made = connect(make_session())
    made.account_info()
    box.requests.clear()
    return made


def token_requests(box):
    """Return the statuses of the requests for tokens."""
    return [entry.status for entry in box.requests if entry.endpoint == ENDPOINT]


def revoke(box, token):
    """Revoke a token and its refresh token, as another program does."""
    url = f"{box.url}/2/auth/token/revoke"
    response = urllib3.request("POST", url, headers={"Authorization": f"Bearer {token}"})
    assert response.status == 200


def test_session_requests_the_first_access_token(make_session, connect, box):
    """A session with only a refresh token obtains an access token before its first request."""
    session = make_session()
    assert session.is_linked()
    assert session.access_token is None
    assert connect(session).account_info()["email"] == "user@fakebox.example"
    assert session.expires_at.timestamp() == pytest.approx(box.clock.now() + LIFETIME_S)


def test_session_refreshes_before_expiry(linked, box):
    """A token that expires in less than five minutes is replaced, and no request is rejected."""
    old = linked.session.access_token
    box.clock.advance(LIFETIME_S - 301)
    linked.metadata("/")
    assert token_requests(box) == []
    box.clock.advance(2)
    linked.metadata("/")
    assert token_requests(box) == [200]
    assert linked.session.access_token != old
    assert {entry.status for entry in box.requests} == {200}


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_session_refreshes_after_a_rejected_token(make_session, connect, box, api):
    """If the local clock is behind, the rejected request is sent again with a new token."""
    session = make_session(clock=lambda: 0.0, api=api)
    client = connect(session)
    client.account_info()
    box.clock.advance(LIFETIME_S + 1)
    box.requests.clear()
    assert client.put_file("/a.txt", io.BytesIO(b"content"))["path"] == "/a.txt"
    assert [entry.status for entry in box.requests] == [401, 200, 200]
    assert box.read("/a.txt") == b"content"


def test_file_that_cannot_seek_is_uploaded_after_a_rejected_token(
    make_session, connect, box, pipe_of
):
    """The content of a pipe is sent again after the refresh."""
    client = connect(make_session(clock=lambda: 0.0))
    client.account_info()
    box.clock.advance(LIFETIME_S + 1)
    client.put_file("/a.txt", pipe_of(b"content"))
    assert box.read("/a.txt") == b"content"


def test_wrong_clock_that_is_ahead_costs_one_refresh(make_session, connect, box):
    """A clock that is ahead of the saved expiry causes one refresh, not one for each request."""
    saved = make_session().to_dict()
    saved |= {"oauth2_access_token": "x", "oauth2_access_token_expiration": "2001-01-01T00:00:00"}
    session = DropboxOAuth2Session.from_dict(saved)
    session.retries = RetryPolicy(clock=lambda: 4e9)
    client = connect(session)
    for _ in range(3):
        client.metadata("/")
    assert token_requests(box)[1:] == [200]


def test_token_that_the_service_always_rejects_is_refreshed_once(linked, box):
    """If the new token is rejected as well, the error is raised."""
    box.faults.add(Fault(endpoint="files/list_folder", expired_token=True, times=5))
    with pytest.raises(ErrorResponse, match="expired_access_token") as caught:
        linked.metadata("/", list=True)
    assert caught.value.status == 401
    assert token_requests(box) == [200]


def test_revoked_access_token_is_not_refreshed(linked, box):
    """The error `invalid_access_token` is raised, because a refresh cannot help."""
    revoke(box, linked.session.access_token)
    with pytest.raises(ErrorResponse, match="invalid_access_token") as caught:
        linked.metadata("/")
    assert caught.value.status == 401
    assert token_requests(box) == []


def test_rejected_refresh_token_is_an_error_with_status_401(linked, box):
    """A revoked refresh token raises `RefreshTokenError`; the session keeps its tokens."""
    before = linked.session.to_dict()
    revoke(box, linked.session.access_token)
    box.clock.advance(LIFETIME_S + 1)
    with pytest.raises(RefreshTokenError, match="invalid or revoked") as caught:
        linked.metadata("/")
    assert caught.value.status == 401
    assert isinstance(caught.value, UnauthorizedError)
    assert linked.session.to_dict() == before


def test_rejected_refresh_token_is_an_error_that_can_be_pickled(linked, box):
    """A copy of the error has its class, its status and its text."""
    revoke(box, linked.session.access_token)
    box.clock.advance(LIFETIME_S + 1)
    with pytest.raises(RefreshTokenError) as caught:
        linked.metadata("/")
    for same in (pickle.loads(pickle.dumps(caught.value)), copy.deepcopy(caught.value)):
        assert type(same) is RefreshTokenError
        assert (same.status, str(same)) == (401, str(caught.value))


def test_wrong_app_secret_is_reported_as_such(make_session, connect):
    """The error for a wrong secret of the app does not ask the user to authorize again."""
    client = connect(make_session(app_secret="wrong"))
    with pytest.raises(ErrorResponse, match="invalid_client") as caught:
        client.metadata("/")
    assert not isinstance(caught.value, RefreshTokenError)


@pytest.mark.parametrize("is_known", [True, False], ids=["before expiry", "after rejection"])
def test_threads_share_one_refresh(make_session, connect, box, is_known):
    """Threads that need a new token at the same moment send one request for it."""
    session = make_session(clock=None if is_known else lambda: 0.0)
    client = connect(session)
    client.account_info()
    box.clock.advance(LIFETIME_S + 1)
    box.requests.clear()
    barrier = threading.Barrier(THREADS)

    def call(_):
        barrier.wait()
        return client.metadata("/")["path"]

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(call, range(THREADS))) == ["/"] * THREADS
    assert token_requests(box) == [200]


def test_token_stays_in_use_if_an_early_refresh_fails(linked, box, caplog):
    """An outage of the token endpoint does not delay calls until the token has expired."""
    old = linked.session.access_token
    box.clock.advance(LIFETIME_S - 200)
    box.faults.add(Fault(endpoint=ENDPOINT, status=503, times=3))
    before_s = box.clock.now()
    with caplog.at_level(logging.WARNING, "dropbox.oauth2"):
        linked.metadata("/")
        linked.metadata("/")
    assert token_requests(box) == [503]
    assert box.clock.now() == before_s
    assert "stays in use" in caplog.text
    assert linked.session.access_token == old
    box.faults.clear()
    box.clock.advance(60)
    linked.metadata("/")
    assert linked.session.access_token != old


def test_outage_of_the_token_endpoint_is_the_error_of_the_call(linked, box):
    """With an expired token, the call raises the endpoint's error, and a later call succeeds."""
    before = linked.session.to_dict()
    box.clock.advance(LIFETIME_S + 1)
    # Three attempts before the call, and three after the service has rejected the old token.
    fault = box.faults.add(Fault(endpoint=ENDPOINT, status=500, times=6))
    with pytest.raises(ErrorResponse) as caught:
        linked.put_file("/a.txt", b"content")
    assert caught.value.status == 500
    assert linked.session.to_dict() == before
    assert box.tree() == []
    box.faults.remove(fault)
    linked.put_file("/a.txt", b"content")
    assert box.tree() == ["/a.txt"]


def test_rate_limit_of_the_token_endpoint_is_waited_for(linked, box):
    """A 429 of the token endpoint is sent again after `Retry-After`."""
    box.clock.advance(LIFETIME_S + 1)
    box.faults.add(Fault(endpoint=ENDPOINT, status=429, retry_after_s=7))
    before_s = box.clock.now()
    linked.metadata("/")
    assert token_requests(box) == [429, 200]
    assert box.clock.now() == before_s + 7


def test_truncated_token_response_is_requested_again(linked, box):
    """A response that is cut off does not lose the token: the request is sent again."""
    box.clock.advance(LIFETIME_S + 1)
    box.faults.add(Fault(endpoint=ENDPOINT, cut_after_bytes=20))
    linked.metadata("/")
    assert len(token_requests(box)) == 2
    assert {entry.status for entry in box.requests if entry.endpoint != ENDPOINT} == {200}


def test_lost_connection_to_the_token_endpoint_is_an_error(make_session, connect, box):
    """Without an access token, the error of the connection is raised."""
    client = connect(make_session())
    box.faults.add(Fault(endpoint=ENDPOINT, reset="before_read", times=3))
    with pytest.raises(RESTSocketError):
        client.metadata("/")
    assert client.metadata("/")["is_dir"]


def test_large_upload_continues_with_a_new_token(make_session, connect, box):
    """A token that expires during an upload in chunks is replaced between two chunks."""
    client = connect(make_session(clock=lambda: 0.0))
    client.account_info()
    content = bytes(range(256)) * 40_000

    def expire(sent, total):
        box.clock.advance(LIFETIME_S + 1)

    client.upload(io.BytesIO(content), "/big.bin", chunk_size=4 * 1024 * 1024, progress=expire)
    assert box.read("/big.bin") == content


# --- storing tokens ------------------------------------------------------------------------------


def test_callback_stores_the_new_tokens(make_session, connect, box):
    """`on_refresh` receives the session, whose dictionary restores it."""
    stored = []
    client = connect(make_session(on_refresh=lambda session: stored.append(session.to_dict())))
    client.account_info()
    box.clock.advance(LIFETIME_S + 1)
    client.account_info()
    assert len(stored) == 2
    assert stored[1] == client.session.to_dict() != stored[0]
    box.requests.clear()
    restored = DropboxOAuth2Session.from_dict(json.loads(json.dumps(stored[1])))
    restored.retries = client.session.retries
    connect(restored).account_info()
    assert token_requests(box) == []
    assert restored.to_dict() == stored[1]


def test_callback_that_raises_does_not_lose_the_token(make_session, connect, box):
    """The call raises the callback's error and sends nothing; the next call stores the token."""
    stored = []
    errors = [OSError("disk full"), OSError("disk full")]

    def store(session):
        if errors:
            raise errors.pop()
        stored.append(session.to_dict())

    client = connect(make_session(on_refresh=store))
    box.requests.clear()
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            client.put_file("/a.txt", b"")
    assert [entry.endpoint for entry in box.requests] == [ENDPOINT]
    client.put_file("/a.txt", b"")
    assert token_requests(box) == [200]
    assert stored == [client.session.to_dict()]
    client.put_file("/b.txt", b"")
    assert len(stored) == 1


def test_callback_may_use_the_client(make_session, connect, box):
    """A callback that makes calls, also in other threads, neither blocks nor recurses."""
    calls = []

    def store(session):
        client.put_file("/token.json", json.dumps({"expires": str(session.expires_at)}))
        with ThreadPoolExecutor(2) as pool:
            calls.extend(pool.map(client.metadata, ["/", "/token.json"]))

    client = connect(make_session(on_refresh=store))
    client.account_info()
    assert len(calls) == 2
    assert token_requests(box)[1:] == [200]


def test_callback_may_refresh_again(make_session, connect, box):
    """A callback that refreshes is not called recursively, but again for the newer token."""
    calls = []

    def store(session):
        calls.append(session.access_token)
        if len(calls) == 1:
            session.refresh_access_token()

    client = connect(make_session(on_refresh=store))
    client.account_info()
    client.account_info()
    assert calls[1:] == [client.session.access_token] != calls[:1]


def test_threads_get_the_error_of_a_callback_that_always_raises(make_session, connect, box):
    """With a callback that always raises, every call raises, and one token is requested."""

    def store(session):
        raise OSError("disk full")

    client = connect(make_session(on_refresh=store))
    box.requests.clear()

    def call(_):
        with pytest.raises(OSError, match="disk full"):
            client.metadata("/")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(call, range(THREADS)))
    assert [entry.endpoint for entry in box.requests] == [ENDPOINT]


def test_token_that_is_replaced_during_a_refresh_stays(authorize, app, box):
    """A refresh that ends after `set_token` does not change the new token."""
    session = DropboxSession(app.key, app.secret, "dropbox", api="v2")
    session.set_token(authorize().refresh_token, REFRESH_TOKEN)
    refreshing = session.bearer_token
    session.set_token("another", "its-secret")
    refreshing.refresh()
    assert session.token == ("another", "its-secret")
    session.unlink()
    refreshing.refresh()
    assert not session.is_linked()


# --- programs for version 1 ----------------------------------------------------------------------


@pytest.mark.parametrize("api", [None, "v1", "v2"])
def test_old_program_needs_only_a_refresh_token(authorize, app, connect, box, api):
    """A program for OAuth 1.0 works for days if its token is replaced by a refresh token."""
    result = authorize()
    session = DropboxSession(app.key, app.secret, "dropbox", api=api)
    session.retries = RetryPolicy(clock=box.clock.now)
    session.set_token(result.refresh_token, REFRESH_TOKEN)
    client = connect(session)
    for day in range(3):
        client.put_file(f"/day{day}.txt", b"")
        box.clock.advance(24 * 60 * 60)
    assert box.tree() == ["/day0.txt", "/day1.txt", "/day2.txt"]
    assert session.token == (result.refresh_token, REFRESH_TOKEN)
    restored = DropboxSession.from_dict(json.loads(json.dumps(session.to_dict())))
    assert connect(restored).account_info()["email"] == "user@fakebox.example"


@pytest.mark.parametrize("api", [None, "v1", "v2"])
def test_old_program_works_with_a_bearer_token(authorize, app, connect, api):
    """An OAuth 2 access token with an empty secret works over both versions."""
    session = DropboxSession(app.key, app.secret, "dropbox", api=api)
    session.set_token(authorize().access_token, "")
    assert connect(session).account_info()["email"] == "user@fakebox.example"


def test_token_of_the_session_can_be_replaced(linked):
    """`set_token` replaces the tokens of an OAuth 2 session."""
    linked.session.set_token(BEARER_TOKEN, "")
    assert linked.session.access_token == BEARER_TOKEN
    assert linked.account_info()["email"] == "user@fakebox.example"
    assert linked.session.refresh_token is None


# --- flows ---------------------------------------------------------------------------------------


def test_flow_returns_everything_that_the_service_grants(authorize, box):
    """The result has the refresh token, the expiry, the scopes and the ids of the account."""
    result = authorize(scope=["files.metadata.read"])
    assert result.user_id == "1"
    assert result.account_id.startswith("dbid:")
    assert "files.metadata.read" in result.scope.split()
    assert result.refresh_token
    assert result.expires_at is not None


def test_flow_without_a_secret_uses_pkce(authorize, app, connect, box):
    """A program without the app's secret links an account and refreshes its token."""
    result = authorize(secret=False)
    session = DropboxOAuth2Session(
        result.access_token,
        oauth2_refresh_token=result.refresh_token,
        app_key=app.key,
        api="v2",
    )
    session.refresh_access_token()
    assert session.access_token != result.access_token
    assert connect(session).account_info()["email"] == "user@fakebox.example"


def test_flow_with_pkce_finishes_in_another_object(app, box):
    """The verifier is in the web session, so another object of the web application has it."""
    web_session = {}

    def flow():
        return DropboxOAuth2Flow(
            app.key, None, CALLBACK, web_session, "csrf", use_pkce=True, api="v2"
        )

    redirect = urllib3.request("GET", flow().start("here"), redirect=False).headers["Location"]
    result = flow().finish(dict(parse_qsl(urlsplit(redirect).query)))
    assert result.url_state == "here"
    assert web_session == {}


def test_flow_with_pkce_rejects_the_code_of_another_flow(app, box):
    """A code that was issued for another verifier is rejected by the service."""
    flows = [DropboxOAuth2FlowNoRedirect(app.key, use_pkce=True, api="v2") for _ in range(2)]
    page = urllib3.request("GET", flows[0].start()).data.decode()
    code = page.partition('id="auth-code">')[2].partition("<")[0]
    with pytest.raises(ErrorResponse) as caught:
        flows[1].finish(code)
    assert caught.value.status == 400
    assert flows[0].finish(code).refresh_token


# --- forks ---------------------------------------------------------------------------------------

FORK_DURING_REFRESH = """
import os, sys, threading
from dropbox.client import DropboxClient
from dropbox.session import DropboxOAuth2Session

refresh_token, key, secret, forks_in = sys.argv[1:]
inside, release = threading.Event(), threading.Event()

def store(session):
    if os.getpid() != parent:
        return
    if forks_in == "callback":
        in_child.append(os.fork() == 0)
    inside.set()
    release.wait()

parent, in_child = os.getpid(), []
session = DropboxOAuth2Session(
    oauth2_refresh_token=refresh_token, app_key=key, app_secret=secret, api="v2", on_refresh=store
)
client = DropboxClient(session)
if forks_in == "callback":
    release.set()
    client.account_info()
    if in_child == [True]:
        session.refresh_access_token()
        client.account_info()
        os._exit(0)
    _, status = os.wait()
else:
    thread = threading.Thread(target=client.account_info)
    thread.start()
    inside.wait()
    child = os.fork()
    if not child:
        session.refresh_access_token()
        client.account_info()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    release.set()
    thread.join()
session.refresh_access_token()
client.account_info()
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(sys.modules["os"], "fork"), reason="the system has no fork")
@pytest.mark.parametrize("place", ["thread", "callback"])
def test_process_may_fork_during_a_refresh(authorize, app, box, place):
    """The child of a fork during a refresh has a free lock, and refreshes independently."""
    token = authorize().refresh_token
    box.clock.run()
    command = [sys.executable, "-c", FORK_DURING_REFRESH, token, app.key, app.secret, place]
    subprocess.run(command, check=True, timeout=60)
    assert token_requests(box)[1:] == [200, 200, 200]


# --- secrets -------------------------------------------------------------------------------------


def test_no_text_contains_a_token(make_session, connect, box, caplog, app):
    """Neither `repr`, errors nor logs contain a token or a secret."""
    texts = []
    session = make_session()
    client = connect(session)
    with caplog.at_level(logging.DEBUG):
        client.account_info()
        first = session.access_token
        box.faults.add(Fault(endpoint=ENDPOINT, status=500, times=1))
        box.clock.advance(LIFETIME_S - 100)
        client.account_info()
        revoke(box, session.access_token)
        box.clock.advance(LIFETIME_S + 1)
        with pytest.raises(RefreshTokenError) as caught:
            client.account_info()
    error = caught.value
    texts = [repr(session), repr(client), repr(session.bearer_token), str(error), repr(error)]
    texts += [str(error.body), caplog.text, repr(session.bearer_token.grant)]
    for secret in (first, session.access_token, session.refresh_token, app.secret):
        assert not any(secret in text for text in texts)


def test_pkce_verifier_is_not_in_the_url(app):
    """The URL has the challenge, and `repr` has neither verifier nor secret."""
    web_session = {}
    flow = DropboxOAuth2Flow(
        app.key, app.secret, CALLBACK, web_session, "csrf", use_pkce=True, api="v2"
    )
    sent = {name: values[0] for name, values in parse_qs(urlsplit(flow.start()).query).items()}
    assert sent["code_challenge_method"] == "S256"
    verifier = web_session["csrf-code-verifier"]
    assert verifier not in str(sent)
    assert verifier not in repr(flow)


def test_token_stays_in_use_if_the_token_endpoint_cannot_be_reached(linked, box):
    """A lost connection of an early refresh does not fail the call."""
    old = linked.session.access_token
    box.clock.advance(LIFETIME_S - 200)
    box.faults.add(Fault(endpoint=ENDPOINT, reset="before_read", times=None))
    assert linked.metadata("/")["path"] == "/"
    assert linked.session.access_token == old
