"""The request context: each part of a request is parsed when it is first used, and only once."""

from __future__ import annotations

import io
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.context import Operation, RequestContext
from fakebox.http.body import FORM_LIMIT_BYTES, AbortedUpload, TooLarge, raw_stream
from fakebox.http.forms import NotUtf8


def environ_of(method="POST", body=b"", **environ):
    """A WSGI environment with a body."""
    return {
        "REQUEST_METHOD": method,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **environ,
    }


def with_target(target):
    """A request with a target as a server passes it on."""
    return RequestContext(environ_of("GET", RAW_URI=target))


def with_form(body, **environ):
    """A request with an urlencoded body."""
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    return RequestContext(environ_of("POST", body, CONTENT_TYPE=kind, **environ))


class OneReadOnly(io.BytesIO):
    """A stream that fails the test when it is read again after its end."""

    ended = False

    def read(self, size=-1):
        """Read, but not past the end twice."""
        assert not self.ended, "the body was read twice"
        data = super().read(size)
        self.ended = self.tell() == len(self.getvalue())
        return data


def test_target_stays_percent_encoded():
    """An encoded slash in a path is not a separator."""
    context = RequestContext(environ_of(RAW_URI="/1/files/a%2Fb?c=%20d", PATH_INFO="/files/a/b"))
    assert (context.raw_path, context.raw_query) == ("/1/files/a%2Fb", "c=%20d")


def test_target_is_made_of_the_decoded_path_when_the_server_passes_none():
    """WSGI itself has only the decoded path."""
    context = RequestContext(
        environ_of(SCRIPT_NAME="/1", PATH_INFO="/files/\xc3\xa9 %+", QUERY_STRING="a=b")
    )
    assert (context.raw_path, context.raw_query) == ("/1/files/%C3%A9%20%25+", "a=b")


def test_query_keeps_order_duplicates_and_empty_values():
    """A signature covers all of them."""
    assert with_target("/?b=1&a=2&b=&c&&d=x%26y=z+%2B").query == (
        ("b", "1"),
        ("a", "2"),
        ("b", ""),
        ("c", ""),
        ("d", "x&y=z +"),
    )


@pytest.mark.parametrize("target", ["/?n=%C3%A9", "/?n=\xc3\xa9"])
def test_query_is_utf8_whether_or_not_it_is_percent_encoded(target):
    """Some clients send the bytes as they are."""
    assert with_target(target).query == (("n", "é"),)


@pytest.mark.parametrize("encoded", ["%E9", "%ED%A0%80", "%C0%AF"])
def test_query_is_refused_when_it_is_not_utf8(encoded):
    """Latin-1, a lone surrogate, an overlong slash; the journal shows no parameters then."""
    context = with_target(f"/?ok=1&name={encoded}")
    with pytest.raises(NotUtf8):
        _ = context.query
    assert context.readable_pairs == ()


def test_form_keeps_order_and_duplicates():
    """A signature covers all of them."""
    assert with_form(b"b=1&a=%C3%A9&b=+").form == (("b", "1"), ("a", "é"), ("b", " "))


def test_form_is_read_once_however_often_it_is_used():
    """The body of a request can be read only once."""
    context = with_form(b"a=1", **{"wsgi.input": OneReadOnly(b"a=1")})
    assert context.readable_form == b"a=1"
    assert context.pairs == context.readable_pairs == (("a", "1"),)


def test_form_stays_readable_for_the_frameworks_own_parser():
    """Pages use Flask's `request.form`."""
    context = with_form(b"a=1")
    assert context.form == (("a", "1"),)
    assert context.environ["wsgi.input"].read() == b"a=1"


def test_body_of_another_type_is_not_a_form():
    """A file may look like a form; its bytes are left for the view."""
    context = RequestContext(environ_of("POST", b"a=b", CONTENT_TYPE="text/plain"))
    assert context.form == ()
    assert b"".join(raw_stream(context.environ)) == b"a=b"


def test_body_of_a_put_is_not_a_form():
    """It is content, whatever type it states."""
    kind = "application/x-www-form-urlencoded"
    assert RequestContext(environ_of("PUT", b"a=b", CONTENT_TYPE=kind)).form == ()


def test_form_is_empty_when_there_is_no_body():
    """Some clients state a type in every request."""
    assert with_form(b"", CONTENT_LENGTH="").form == ()


@pytest.mark.parametrize("chunked", [{}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_form_is_refused_when_it_is_too_long(chunked):
    """A form is kept in memory, so its length is bounded."""
    context = with_form(b"a=" + b"x" * FORM_LIMIT_BYTES, **chunked)
    with pytest.raises(TooLarge):
        _ = context.form
    assert context.readable_form == b""


def test_form_may_be_sent_in_chunks():
    """Such a body has no Content-Length."""
    context = with_form(b"a=1&b=2", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert context.form == (("a", "1"), ("b", "2"))


def test_form_that_ends_early_is_the_same_error_for_every_user():
    """A second look must not find an empty form."""
    context = with_form(b"a=1", CONTENT_LENGTH="9")
    assert context.readable_pairs == ()
    for _ in range(2):
        with pytest.raises(AbortedUpload):
            _ = context.form


def test_form_is_refused_when_it_is_not_utf8():
    """No text is encoded like this."""
    with pytest.raises(NotUtf8):
        _ = with_form(b"a=%ff").form


@given(st.lists(st.tuples(st.text(min_size=1), st.text())))
def test_form_reads_what_urlencode_writes(pairs):
    """Any text survives."""
    assert with_form(urlencode(pairs).encode()).form == tuple(pairs)


@pytest.mark.parametrize(
    ("target", "operation"),
    [
        ("/1/files_put/dropbox/a%20b/c.txt", ("files_put", "/a b/c.txt")),
        ("/1/fileops/copy", ("fileops/copy", "")),
        ("/1/metadata/sandbox", ("metadata", "/")),
        ("/2/files/upload", ("files/upload", "")),
        ("/s/abc/name", ("/s/abc/name", "")),
    ],
)
def test_operation_is_the_documented_call_and_the_path_in_the_url(target, operation):
    """Faults and the journal name calls like this."""
    assert with_target(target).operation == Operation(*operation)


def test_released_context_keeps_what_the_journal_shows():
    """Streams and worlds are dropped, and nothing is read any more."""
    context = with_form(b"a=1", RAW_URI="/1/account/info", **{"wsgi.input": OneReadOnly(b"a=1")})
    context.release()
    assert context.operation.endpoint == "account/info"
    assert context.readable_pairs == ()
    assert not any(hasattr(value, "read") for value in context.environ.values())
