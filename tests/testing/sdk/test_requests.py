"""Tests of `box.requests`, the recorded requests and responses."""

from __future__ import annotations

import pytest

from dropbox.rest import ErrorResponse


@pytest.fixture
def used_box(quick):
    """Returns an emulator with three recorded requests."""
    client = quick.client()
    client.put_file("/a.txt", b"hello")
    client.file_copy("/a.txt", "/b.txt")
    with pytest.raises(ErrorResponse):
        client.metadata("/nothing")
    return quick


def test_find_filters_requests(used_box):
    """`find` filters requests by endpoint, method, path, status and parameter."""
    requests = used_box.requests
    assert [record.endpoint for record in requests] == ["files_put", "fileops/copy", "metadata"]
    assert len(requests.find("files_put", method="PUT", path="/a.txt", status=200)) == 1
    assert len(requests.find("fileops/*", to_path="/b.txt")) == 1
    assert requests.find(status=404) == [requests[2]]
    assert requests.find("delta") == []


def test_record_has_the_request_and_the_response(used_box):
    """A record has the parameters, sizes, status, headers, text and duration of a request."""
    put, copy, _ = used_box.requests
    assert (put.request_bytes, put.status, put.params["overwrite"]) == (5, 200, "False")
    assert put.response_headers["Content-Type"].startswith("text/javascript")
    assert put.response_bytes == len(put.response_text)
    assert '"path": "/b.txt"' in copy.response_text
    assert put.duration_s > 0
    assert used_box.requests[1:] == list(used_box.requests)[1:]


def test_assert_made_returns_the_matching_requests(used_box):
    """`assert_made` returns the matching requests, and accepts an exact count."""
    assert used_box.requests.assert_made("metadata", status=404)[0].path == "/nothing"
    used_box.requests.assert_made("files_put", times=1)
    used_box.requests.assert_made("delta", times=0)


def test_failed_assertion_shows_the_most_similar_request(used_box):
    """The error of `assert_made` shows the most similar request and the difference."""
    with pytest.raises(AssertionError) as raised:
        used_box.requests.assert_made("files_put", path="/a.text")
    first, second, third, *rest = str(raised.value).splitlines()
    assert first == "files_put path='/a.text' was expected at least once, but was requested 0 times"
    assert second == (
        "the most similar request: PUT files_put /a.txt overwrite=False -> 200,"
        " but path is '/a.txt', not '/a.text'"
    )
    assert third == "the latest of 3 requests:"
    assert len(rest) == 3


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        ({"endpoint": "metadata", "status": 200}, "status is 404, not 200"),
        ({"endpoint": "fileops/copy", "to_path": "/c.txt"}, "to_path is '/b.txt', not '/c.txt'"),
        ({"endpoint": "metadata", "rev": "1"}, "there is no rev"),
        ({"method": "DELETE", "path": "/a.txt"}, "method is 'PUT', not 'DELETE'"),
    ],
)
def test_failed_assertion_shows_the_difference(used_box, conditions, reason):
    """The error states a difference in the status, the method or a parameter."""
    with pytest.raises(AssertionError, match=reason):
        used_box.requests.assert_made(**conditions)


def test_failed_assertion_shows_the_count(used_box):
    """The error states the expected and the actual number of requests."""
    with pytest.raises(AssertionError, match="expected 2 times, but was requested once"):
        used_box.requests.assert_made("files_put", times=2)


def test_failed_assertion_works_without_requests(quick):
    """Without recorded requests, the error states that there are 0 requests."""
    with pytest.raises(AssertionError, match="of 0 requests"):
        quick.requests.assert_made("files_put")


def test_requests_keep_the_latest_1000(quick):
    """Only the latest 1000 requests are kept."""
    client = quick.client()
    for _ in range(1_005):
        client.account_info()
    assert len(quick.requests) == 1_000
    assert quick.requests[0].number == 6


def test_record_has_the_applied_fault(quick):
    """The record of a request has the description of the fault that was applied to it."""
    quick.faults.add(status=500, times=None)
    with pytest.raises(ErrorResponse):
        quick.client().delta()
    assert quick.requests[-1].fault == "times=None status=500"


def test_clear_restarts_the_numbers(used_box):
    """After `clear`, the next request has the number 1."""
    used_box.requests.clear()
    used_box.client().account_info()
    assert [record.number for record in used_box.requests] == [1]


def test_records_contain_no_secret(quick):
    """Records contain no credential from a query, a form, a header or a response."""
    session = quick.session(linked=False)
    token = session.obtain_request_token()
    quick.allow(token.key)
    access = session.obtain_access_token(token)
    client = quick.client()
    client.put_file("/a.txt", b"")
    bearer = client.create_oauth2_access_token()
    url = session.build_url(session.API_HOST, "/account/info")
    session.rest_client.GET(url, {"Authorization": f"Bearer {bearer}"})
    text = "\n".join(
        f"{record!r} {record.url} {record.params} {record.headers} {record.response_headers}"
        f" {record.response_text}"
        for record in quick.requests
    )
    assert len(quick.requests) == 5
    for secret in (token.key, token.secret, access.key, access.secret, bearer, "app-secret"):
        assert secret not in text


def test_har_exports_the_requests(used_box):
    """`har` returns the requests in the format HAR 1.2, with masked credentials."""
    log = used_box.requests.har()["log"]
    assert log["version"] == "1.2"
    put = log["entries"][0]
    assert put["request"]["method"] == "PUT"
    assert put["request"]["url"].startswith("http://fakebox.localhost/1/files_put/dropbox/a.txt?")
    assert "oauth_signature=***" in put["request"]["url"]
    assert put["response"]["status"] == 200
    assert put["response"]["content"]["size"] == len(put["response"]["content"]["text"])
