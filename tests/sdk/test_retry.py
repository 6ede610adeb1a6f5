"""`RetryPolicy`: the requests that are sent again, and the limits of attempts and time."""

import io
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.client import DropboxClient, DropboxOAuth2FlowNoRedirect
from dropbox.rest import ErrorResponse, RESTSocketError
from dropbox.retry import NEVER, RetryPolicy

NOW_S = 1_500_000_000.0


class Time:
    """A clock that advances only by `sleep`."""

    def __init__(self):
        self.now_s = NOW_S
        self.waits = []

    def clock(self):
        """Return the current time."""
        return self.now_s

    def sleep(self, wait_s):
        """Advance the clock, and record the wait."""
        self.waits.append(wait_s)
        self.now_s += wait_s


@pytest.fixture
def time():
    """A clock that advances only by `sleep`."""
    return Time()


@pytest.fixture
def client(scripted_client, time):
    """A client of the scripted server with that clock."""
    scripted_client.retries = RetryPolicy(clock=time.clock, sleep=time.sleep)
    return scripted_client


CALLS = {
    "put_file": lambda client: client.put_file("/a", io.BytesIO(b"0123")),
    "put_file_of_text": lambda client: client.put_file("/a", io.StringIO("0123")),
    "upload_chunk": lambda client: client.upload_chunk(io.BytesIO(b"0123"), 4),
    "commit": lambda client: client.commit_chunked_upload("/a", "id"),
    "delete": lambda client: client.file_delete("/a"),
    "delta": lambda client: client.delta(),
    "search": lambda client: client.search("/", "abc"),
    "restore": lambda client: client.restore("/a", "1"),
    "metadata": lambda client: client.metadata("/a"),
    "longpoll": lambda client: client.longpoll_delta("cursor"),
    "get_file": lambda client: client.get_file("/a").close(),
}
READS = ("delta", "search", "metadata", "longpoll", "get_file")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [429, 503])
def test_request_that_was_not_executed_is_sent_again(script, client, time, call, status):
    """Any request with such a response is sent again with the same body, after `Retry-After`."""
    script.respond("{}", status, Retry_After="7")
    CALLS[call](client)
    assert time.waits == [7.0]
    first, second = script.requests
    if first.method == "PUT":
        assert first.body == second.body == b"0123"


def test_put_of_a_pipe_is_sent_again(script, client, pipe_of):
    """The content of a pipe, which can be read only once, is sent again."""
    script.respond("{}", 429)
    client.put_file("/a", pipe_of(b"0123"))
    assert [request.body for request in script.requests] == [b"0123", b"0123"]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_request_that_may_have_been_executed_is_sent_again_if_it_changes_nothing(
    script, client, call, status
):
    """A request that changes nothing is sent again; any other request raises its error."""
    script.respond("{}", status)
    if call in READS:
        CALLS[call](client)
    else:
        with pytest.raises(ErrorResponse):
            CALLS[call](client)
    assert len(script.requests) == 1 + (call in READS)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [(507, "{}", {}), (507, "{}", {"Retry_After": "0"}), (503, '{"error": "over quota"}', {})],
)
@pytest.mark.parametrize("call", ["put_file", "delete", "metadata"])
def test_request_without_space_left_is_not_sent_again(script, client, call, status, body, headers):
    """An error for a full account is raised, even with `Retry-After`."""
    script.respond(body, status, **headers)
    with pytest.raises(ErrorResponse):
        CALLS[call](client)
    assert len(script.requests) == 1


def test_policy_waits_until_a_date(script, client, time):
    """`Retry-After` may be a date; a date without a time zone is in UTC."""
    script.respond("{}", 429, Retry_After=formatdate(NOW_S + 30, usegmt=True))
    script.respond(
        "{}", 429, Retry_After=formatdate(NOW_S + 35, usegmt=True).replace("GMT", "-0000")
    )
    client.account_info()
    assert time.waits == [30.0, 5.0]


@pytest.mark.parametrize("value", ["soon", "-1", "1.5", "Fri, 99 Foo 2016 00:00:00 GMT"])
def test_write_is_not_sent_again_after_a_503_with_a_malformed_retry_after(script, client, value):
    """A malformed `Retry-After` does not show that the server did not execute the request."""
    script.respond("{}", 503, Retry_After=value)
    with pytest.raises(ErrorResponse):
        client.file_delete("/a")
    assert len(script.requests) == 1


def test_policy_ends_with_its_total_time(script, linked, time):
    """A wait that would exceed the total time is not started, and the error is raised."""
    for _ in range(9):
        script.respond("{}", 429, Retry_After="40")
    policy = RetryPolicy(attempts=9, total_s=100, clock=time.clock, sleep=time.sleep)
    with pytest.raises(ErrorResponse):
        DropboxClient(linked, retries=policy).account_info()
    assert time.waits == [40.0, 40.0]
    assert len(script.requests) == 3


def test_pause_waits_or_raises(time):
    """`pause` waits after every attempt except the last, whose error it raises."""
    policy = RetryPolicy(attempts=2, clock=time.clock, sleep=time.sleep)
    error = RESTSocketError("host", OSError("lost"))
    policy.pause(error, 1)
    assert len(time.waits) == 1
    with pytest.raises(RESTSocketError):
        policy.pause(error, 2)


@given(
    waits=st.lists(st.integers(0, 200), max_size=30),
    attempts=st.integers(1, 10),
    total_s=st.integers(0, 300),
)
def test_policy_exceeds_neither_its_attempts_nor_its_time(waits, attempts, total_s):
    """No sequence of `Retry-After` headers makes a policy exceed its attempts or its time."""
    time, sent = Time(), []
    policy = RetryPolicy(attempts=attempts, total_s=total_s, clock=time.clock, sleep=time.sleep)

    class Response:
        status, reason = 429, "Too Many Requests"

        def __init__(self, wait_s):
            self.headers = {"Retry-After": str(wait_s)}

        def read(self):
            return b"{}"

    def send():
        sent.append(None)
        if len(sent) <= len(waits):
            raise ErrorResponse(Response(waits[len(sent) - 1]))
        return "done"

    try:
        result = policy.run(send)
    except ErrorResponse:
        result = None
    assert len(sent) <= attempts
    assert sum(time.waits) <= total_s
    assert (result == "done") == (len(sent) == len(waits) + 1)


def test_tokens_are_requested_again(script, linked):
    """A request for a token that was not executed is sent again too."""
    script.respond("{}", 429, Retry_After="0")
    script.respond("oauth_token=a&oauth_token_secret=b")
    assert linked.obtain_request_token() == ("a", "b")
    script.respond("{}", 429, Retry_After="0")
    script.respond('{"access_token": "token", "uid": "1"}')
    assert DropboxOAuth2FlowNoRedirect("key", "secret").finish("code") == ("token", "1")


def test_never_sends_once(script, scripted_client):
    """The policy `NEVER` sends a request once, even if the server did not execute it."""
    script.respond("{}", 429, Retry_After="0")
    scripted_client.retries = NEVER
    with pytest.raises(ErrorResponse):
        scripted_client.account_info()
    assert len(script.requests) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_error_with_quota_in_a_path_is_sent_again(script, client, status):
    """A path with the word quota does not report a full account."""
    script.respond('{"error": "Internal error at /storage/quota.txt"}', status)
    script.respond('{"path": "/storage/quota.txt"}')
    assert client.metadata("/storage/quota.txt") == {"path": "/storage/quota.txt"}


def test_rate_limit_with_quota_in_its_text_is_sent_again(script, client, time):
    """An error about a request quota does not report a full account."""
    script.respond('{"error": "API request quota exceeded"}', 429, Retry_After="7")
    script.respond('{"path": "/made"}')
    assert client.file_create_folder("/made") == {"path": "/made"}
    assert time.waits == [7]


def test_upload_ends_if_the_server_reports_another_offset_each_time(script, client):
    """Corrections of the offset count as failed attempts unless a chunk was accepted in between."""
    for offset in range(1, 20):
        script.respond(f'{{"upload_id": "id", "offset": {offset}, "error": "alignment"}}', 400)
    with pytest.raises(ErrorResponse) as caught:
        client.upload(io.BytesIO(bytes(9 * 1024 * 1024)), "/a")
    assert caught.value.status == 400
    assert len(script.requests) < 5


def test_download_ends_if_each_attempt_receives_a_single_byte(script, client, tmp_path):
    """Progress of a single byte does not reset the count of attempts."""
    script.cut = True
    metadata = '{"path": "/a", "bytes": 1000, "rev": "1"}'
    script.respond(b"x", x_dropbox_metadata=metadata)
    for start in range(1, 20):
        script.respond(b"x", 206, Content_Range=f"bytes {start}-999/1000")
    with pytest.raises((ErrorResponse, RESTSocketError)):
        client.download("/a", tmp_path / "a")
    assert len(script.requests) < 5
