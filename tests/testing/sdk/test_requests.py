"""The record of what was asked and answered."""

from __future__ import annotations

import pytest

from dropbox.rest import ErrorResponse


@pytest.fixture
def busy(quick):
    """A double that has seen some traffic."""
    client = quick.client()
    client.put_file("/a.txt", b"hello")
    client.file_copy("/a.txt", "/b.txt")
    with pytest.raises(ErrorResponse):
        client.metadata("/nothing")
    return quick


def test_author_finds_requests_by_what_they_were(busy):
    """By endpoint, method, path, status and parameter."""
    requests = busy.requests
    assert [record.endpoint for record in requests] == ["files_put", "fileops/copy", "metadata"]
    assert len(requests.find("files_put", method="PUT", path="/a.txt", status=200)) == 1
    assert len(requests.find("fileops/*", to_path="/b.txt")) == 1
    assert requests.find(status=404) == [requests[2]]
    assert requests.find("delta") == []


def test_author_looks_at_a_request(busy):
    """What was sent, what was answered, how much of it."""
    put, copy, _ = busy.requests
    assert (put.request_bytes, put.status, put.params["overwrite"]) == (5, 200, "False")
    assert put.response_headers["Content-Type"].startswith("text/javascript")
    assert put.response_bytes == len(put.response_text)
    assert '"path": "/b.txt"' in copy.response_text
    assert put.duration_s > 0
    assert busy.requests[1:] == list(busy.requests)[1:]


def test_author_asserts_what_was_requested(busy):
    """What is asserted comes back, to look into."""
    assert busy.requests.assert_made("metadata", status=404)[0].path == "/nothing"
    busy.requests.assert_made("files_put", times=1)
    busy.requests.assert_made("delta", times=0)


def test_failed_assertion_shows_the_nearest_miss(busy):
    """And in what it differs."""
    with pytest.raises(AssertionError) as failed:
        busy.requests.assert_made("files_put", path="/a.text")
    first, second, third, *rest = str(failed.value).splitlines()
    assert first == "files_put path='/a.text' was to be requested at least once, but was 0 times"
    assert second == (
        "the nearest is: PUT files_put /a.txt overwrite=False -> 200,"
        " but path is '/a.txt', not '/a.text'"
    )
    assert third == "of 3 requests, the latest:"
    assert len(rest) == 3


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"endpoint": "metadata", "status": 200}, "status is 404, not 200"),
        ({"endpoint": "fileops/copy", "to_path": "/c.txt"}, "to_path is '/b.txt', not '/c.txt'"),
        ({"endpoint": "metadata", "rev": "1"}, "there is no rev"),
        ({"method": "DELETE", "path": "/a.txt"}, "method is 'PUT', not 'DELETE'"),
    ],
)
def test_failed_assertion_says_why_it_is_a_miss(busy, wanted, reason):
    """For every kind of difference."""
    with pytest.raises(AssertionError, match=reason):
        busy.requests.assert_made(**wanted)


def test_failed_assertion_counts(busy):
    """Too many is wrong as well as too few."""
    with pytest.raises(AssertionError, match="requested 2 times, but was once"):
        busy.requests.assert_made("files_put", times=2)


def test_failed_assertion_copes_without_any_request(quick):
    """There is no nearest of none."""
    with pytest.raises(AssertionError, match="of 0 requests"):
        quick.requests.assert_made("files_put")


def test_record_is_bounded(quick):
    """A server that runs for weeks keeps the latest only."""
    client = quick.client()
    for _ in range(1_005):
        client.account_info()
    assert len(quick.requests) == 1_000
    assert quick.requests[0].number == 6


def test_record_names_the_fault(quick):
    """Which of the failures was one on purpose."""
    quick.faults.add(status=500, times=None)
    with pytest.raises(ErrorResponse):
        quick.client().delta()
    assert quick.requests[-1].fault == "times=None status=500"


def test_record_clears(busy):
    """And counts from 1 again."""
    busy.requests.clear()
    busy.client().account_info()
    assert [record.number for record in busy.requests] == [1]


def test_record_holds_no_secret(quick):
    """Whatever way the credentials took: query, form, header or answer."""
    session = quick.session(linked=False)
    token = session.obtain_request_token()
    quick.allow(token.key)
    access = session.obtain_access_token(token)
    client = quick.client()
    client.put_file("/a.txt", b"")
    bearer = client.create_oauth2_access_token()
    url = session.build_url(session.API_HOST, "/account/info")
    session.rest_client.GET(url, {"Authorization": f"Bearer {bearer}"})
    shown = "\n".join(
        f"{record!r} {record.url} {record.params} {record.headers} {record.response_headers}"
        f" {record.response_text}"
        for record in quick.requests
    )
    assert len(quick.requests) == 5
    for secret in (token.key, token.secret, access.key, access.secret, bearer, "app-secret"):
        assert secret not in shown


def test_author_exports_an_archive(busy):
    """HAR 1.2, as browsers and proxies read it."""
    log = busy.requests.har()["log"]
    assert log["version"] == "1.2"
    put = log["entries"][0]
    assert put["request"]["method"] == "PUT"
    assert put["request"]["url"].startswith("http://fakebox.localhost/1/files_put/dropbox/a.txt?")
    assert "oauth_signature=***" in put["request"]["url"]
    assert put["response"]["status"] == 200
    assert put["response"]["content"]["size"] == len(put["response"]["content"]["text"])
