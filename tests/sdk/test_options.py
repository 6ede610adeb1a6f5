"""Options of clients: timeouts, the user agent, the size of the pool, and closing."""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import threading

import pytest
import urllib3

from dropbox import rest
from dropbox.client import DropboxClient
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.retry import NEVER, RetryPolicy
from dropbox.urls import RedactionFilter


@pytest.fixture
def silent_server():
    """The URL of a server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def session_of(monkeypatch):
    """Makes a session of version 1 or 2 that uses one server for all hosts."""

    def make(url, api):
        monkeypatch.setenv("DROPBOX_ENDPOINT_URL", url)
        return DropboxOAuth2Session("fakebox-bearer-token", api=api)

    return make


def refreshable(session_of, url, access_token=None):
    """Return a session of version 2 with a refresh token, which sends each request once."""
    session_of(url, "v2")
    session = DropboxOAuth2Session(
        access_token, oauth2_refresh_token="a-refresh-token", app_key="key", api="v2"
    )
    session.retries = NEVER
    return session


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_client_has_a_timeout(silent_server, session_of, api):
    """A request of a client with a timeout is a `RESTSocketError` after the timeout."""
    client = DropboxClient(session_of(silent_server, api), timeout_s=0.05, retries=NEVER)
    with pytest.raises(rest.RESTSocketError, match="timed out"):
        client.account_info()


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_call_has_a_timeout(silent_server, session_of, api):
    """`with_options` changes the options of one call only."""
    client = DropboxClient(session_of(silent_server, api), user_agent="app/1")
    once = client.with_options(timeout_s=0.05, retries=NEVER)
    with pytest.raises(rest.RESTSocketError, match="timed out"):
        once.put_file("/a", b"x")
    assert (client.timeout_s, client.retries) == (None, RetryPolicy())
    assert (once.session, once.rest_client, once.user_agent) == (
        client.session,
        client.rest_client,
        "app/1",
    )


def test_token_request_has_the_timeout_of_the_call(silent_server, session_of):
    """A call with a timeout does not wait longer for a new token."""
    session = refreshable(session_of, silent_server)
    with pytest.raises(rest.RESTSocketError, match="timed out"):
        DropboxClient(session).with_options(timeout_s=0.05).account_info()


def test_repeated_token_request_has_the_timeout_of_the_call(silent_server, session_of, script):
    """The timeout also applies to the request for a token after an expired token."""
    session = refreshable(session_of, script.url, "an-expired-token")
    client = DropboxClient(session, timeout_s=0.05)
    script.respond('{"error_summary": "expired_access_token/"}', 401)

    class Silent(rest.RESTClientObject):
        def POST(self, url, *n, **kw):
            return super().POST(silent_server + "/oauth2/token", *n, **kw)

    session.rest_client = Silent()
    with pytest.raises(rest.RESTSocketError, match="timed out"):
        client.account_info()


def test_token_request_has_the_user_agent_of_the_client(session_of, script):
    """The requests for tokens name the program, like its other requests."""
    script.respond('{"access_token": "a", "token_type": "bearer", "expires_in": 14400}')
    script.respond('{"account_id": "dbid:x"}')
    client = DropboxClient(refreshable(session_of, script.url), user_agent="my-app/1.0")
    with contextlib.suppress(rest.ErrorResponse):
        client.account_info()
    agents = [request.headers["User-Agent"] for request in script.requests]
    assert script.requests[0].target == "/oauth2/token"
    assert agents == [f"my-app/1.0 {rest.USER_AGENT}"] * len(agents)


def test_long_poll_waits_longer_than_the_timeout(script, session_of):
    """The timeout of the client is not the one of a long poll, which waits on purpose."""
    seen = []

    class Recorder(rest.RESTClientObject):
        def request(self, *n, **kw):
            seen.append((kw["connect_timeout_s"], kw["read_timeout_s"]))
            return super().request(*n, **kw)

    client = DropboxClient(session_of(script.url, "v1"), Recorder(), timeout_s=5)
    script.respond('{"changes": false}')
    client.longpoll_delta("cursor", timeout=30)
    client.account_info()
    assert seen == [(5, 150), (5, 5)]


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_user_agent_begins_with_the_program(script, session_of, api):
    """The header names the program, then the SDK, in every request."""
    client = DropboxClient(session_of(script.url, api), user_agent="my-app/1.0 (test)")
    for call in (client.account_info, lambda: client.put_file("/a", b"x")):
        with contextlib.suppress(rest.ErrorResponse):  # the response is empty
            call()
    agents = {request.headers["User-Agent"] for request in script.requests}
    assert agents == {f"my-app/1.0 (test) {rest.USER_AGENT}"}


def test_user_agent_of_a_rest_client(script):
    """A `RESTClientObject` has a user agent as well, for sessions."""
    rest.RESTClientObject(user_agent="my-app/1.0").GET(script.url)
    assert script.requests[0].headers["User-Agent"] == f"my-app/1.0 {rest.USER_AGENT}"


@pytest.mark.parametrize("value", ["", " ", "a\r\nX: y", "ü", "a\x00"])
def test_invalid_user_agent_is_rejected(linked, value):
    """A text that is not valid in a header is a `ValueError`."""
    with pytest.raises(ValueError, match="user_agent must be printable ASCII"):
        DropboxClient(linked, user_agent=value)
    with pytest.raises(ValueError, match="user_agent must be printable ASCII"):
        rest.RESTClientObject(user_agent=value)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "5", True])
def test_invalid_timeout_is_rejected(linked, value):
    """A timeout that is not a positive number is a `ValueError`."""
    with pytest.raises(ValueError, match="timeout_s must be a positive number"):
        DropboxClient(linked, timeout_s=value)
    with pytest.raises(ValueError, match="timeout_s must be a positive number"):
        DropboxClient(linked).with_options(timeout_s=value)
    with pytest.raises(ValueError, match="read_timeout_s must be a positive number"):
        rest.RESTClientObject(read_timeout_s=value)


@pytest.mark.parametrize("value", [0, -1, 1.5, "5", True])
def test_invalid_pool_size_is_rejected(value):
    """A size that is not a positive integer is a `ValueError`."""
    with pytest.raises(ValueError, match="pool_size must be an integer of at least 1"):
        rest.RESTClientObject(pool_size=value)


def test_pool_size_of_a_pool_of_the_caller_is_rejected():
    """The caller sizes its own pool."""
    with pytest.raises(ValueError, match="only one is accepted"):
        rest.RESTClientObject(urllib3.PoolManager(), pool_size=4)


def test_client_closes_its_idle_connections(script, session_of):
    """A client closes its connections at the end of `with`, and can be used again."""
    with DropboxClient(session_of(script.url, "v1"), rest.RESTClientObject()) as client:
        client.account_info()
        client.account_info()
        assert len(script.connections) == 1
    client.account_info()
    assert len(script.connections) == 2


def test_client_closes_with_any_rest_client(script, session_of):
    """The default `rest_client` is closed too; another object need not have `close`."""
    session = session_of(script.url, "v1")
    DropboxClient(session).close()
    DropboxClient(session, object()).close()


@pytest.mark.parametrize("pool_size", [1, 16, 40])
def test_threads_beyond_the_pool_size_log_no_warning(script, session_of, caplog, pool_size):
    """40 threads may share a client; connections beyond the size of the pool close quietly."""
    caplog.set_level(logging.WARNING)
    rest_client = rest.RESTClientObject(pool_size=pool_size)
    client = DropboxClient(session_of(script.url, "v1"), rest_client)
    barrier = threading.Barrier(40)

    def use():
        response = client.get_file("/a")
        barrier.wait()
        response.read()
        response.close()

    threads = [threading.Thread(target=use) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    script.connections.clear()
    for _ in range(3):
        client.account_info()
    assert len(script.connections) == 1
    assert [record.getMessage() for record in caplog.records] == []
    rest_client.close()


def test_log_of_other_users_of_urllib3_is_unchanged(script, caplog):
    """Only the requests of the SDK are redacted in the log of urllib3."""
    caplog.set_level(logging.DEBUG)
    pools = urllib3.PoolManager()
    pools.request("GET", f"{script.url}/?code=other", retries=False)
    rest.RESTClientObject().GET(f"{script.url}/?code=secret")
    assert "code=other" in caplog.text
    assert "code=secret" not in caplog.text
    assert "code=***" in caplog.text
    pools.clear()


def test_filter_is_active_in_its_own_thread_only():
    """Another thread that logs at the same time is not redacted."""
    record = logging.LogRecord("urllib3", logging.DEBUG, "", 0, "%s", ("/?code=other",), None)
    redaction = RedactionFilter()
    with redaction.active():
        thread = threading.Thread(target=redaction.filter, args=(record,))
        thread.start()
        thread.join()
    assert record.getMessage() == "/?code=other"


@pytest.mark.parametrize("path", ["", "/x?code=secret"])
@pytest.mark.parametrize("endpoint", ["http://user:secret@127.0.0.1:1", "x://user:secret@host"])
def test_password_in_the_endpoint_is_hidden(session_of, caplog, endpoint, path):
    """A password in `DROPBOX_ENDPOINT_URL` is neither in the error nor in the log."""
    caplog.set_level(logging.DEBUG)
    for api in ("v1", "v2"):
        client = DropboxClient(session_of(endpoint, api), retries=NEVER)
        with pytest.raises(rest.RESTSocketError) as caught:
            client.metadata("/a")
        assert "secret" not in f"{caught.value} {caught.value!r} {caught.value.host}"
    with pytest.raises(rest.RESTSocketError) as caught:
        rest.RESTClientObject().GET(endpoint + path)
    assert "secret" not in str(caught.value)
    assert "secret" not in caplog.text


@pytest.mark.parametrize("proxy", ["http://user:secret@127.0.0.1:1", "socks9://user:secret@host"])
def test_password_of_a_proxy_is_hidden(script, session_of, monkeypatch, caplog, proxy):
    """A password in the URL of a proxy is neither in the error nor in the log."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    client = DropboxClient(session_of("http://server.example", "v1"), retries=NEVER)
    with pytest.raises(rest.RESTSocketError) as caught:
        client.account_info()
    assert "secret" not in str(caught.value) + caplog.text


def test_call_has_other_retries(script, session_of):
    """`with_options` may change the retries of one call, and leave its timeout."""
    client = DropboxClient(session_of(script.url, "v1"), timeout_s=30)
    once = client.with_options(retries=NEVER)
    script.respond('{"error": "wait"}', 503, Retry_After="0")
    with pytest.raises(rest.ErrorResponse):
        once.account_info()
    assert len(script.requests) == 1
    assert (once.timeout_s, client.retries) == (30, RetryPolicy())


def test_request_that_fails_while_the_pool_is_full_leaves_it_usable(script, session_of, caplog):
    """A failed request, for which another one has opened a connection, logs no warning."""
    rest_client = rest.RESTClientObject(pool_size=1)
    client = DropboxClient(session_of(script.url, "v1"), rest_client, retries=NEVER)

    class Source(io.BytesIO):
        def read(self, size=-1):
            if self.tell() == 0:
                return super().read(size)
            # Another request of the same pool ends, while this one has a connection.
            client.account_info()
            raise LookupError("no source")

    with pytest.raises(LookupError, match="no source"):
        client.put_file("/a", Source(bytes(2_000_000)))
    assert client.account_info() == {}
    assert [record.getMessage() for record in caplog.records] == []
    rest_client.close()
