"""The request context, which parses each part of a request once, when it is first used."""

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
    """Return a WSGI environment with a body."""
    return {
        "REQUEST_METHOD": method,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **environ,
    }


def with_target(target):
    """Return the context of a request with this target, as a server passes it."""
    return RequestContext(environ_of("GET", RAW_URI=target))


def with_form(body, **environ):
    """Return the context of a request with an urlencoded body."""
    content_type = "application/x-www-form-urlencoded; charset=utf-8"
    return RequestContext(environ_of("POST", body, CONTENT_TYPE=content_type, **environ))


class OneReadOnly(io.BytesIO):
    """A stream that fails the test when it is read again after its end."""

    ended = False

    def read(self, size=-1):
        """Read bytes, and fail if the end was already reached."""
        assert not self.ended, "the body was read twice"
        data = super().read(size)
        self.ended = self.tell() == len(self.getvalue())
        return data


def test_target_stays_percent_encoded():
    """An encoded slash in a path is not a separator."""
    context = RequestContext(environ_of(RAW_URI="/1/files/a%2Fb?c=%20d", PATH_INFO="/files/a/b"))
    assert (context.raw_path, context.raw_query) == ("/1/files/a%2Fb", "c=%20d")


def test_target_is_encoded_from_the_path_when_the_server_passes_none():
    """Without RAW_URI, the target is encoded from the decoded path of WSGI."""
    context = RequestContext(
        environ_of(SCRIPT_NAME="/1", PATH_INFO="/files/\xc3\xa9 %+", QUERY_STRING="a=b")
    )
    assert (context.raw_path, context.raw_query) == ("/1/files/%C3%A9%20%25+", "a=b")


def test_query_keeps_order_duplicates_and_empty_values():
    """The query keeps everything that a signature covers."""
    assert with_target("/?b=1&a=2&b=&c&&d=x%26y=z+%2B").query == (
        ("b", "1"),
        ("a", "2"),
        ("b", ""),
        ("c", ""),
        ("d", "x&y=z +"),
    )


@pytest.mark.parametrize("target", ["/?n=%C3%A9", "/?n=\xc3\xa9"])
def test_query_is_decoded_as_utf8_with_or_without_percent_encoding(target):
    """Some clients send bytes without percent-encoding."""
    assert with_target(target).query == (("n", "é"),)


@pytest.mark.parametrize("encoded", ["%E9", "%ED%A0%80", "%C0%AF"])
def test_query_that_is_not_utf8_is_rejected(encoded):
    """A query that is not UTF-8 raises NotUtf8, and the journal contains no parameters."""
    context = with_target(f"/?ok=1&name={encoded}")
    with pytest.raises(NotUtf8):
        _ = context.query
    assert context.readable_pairs == ()


def test_form_keeps_order_and_duplicates():
    """The form keeps everything that a signature covers."""
    assert with_form(b"b=1&a=%C3%A9&b=+").form == (("b", "1"), ("a", "é"), ("b", " "))


def test_form_is_read_only_once():
    """The form can be used repeatedly, although the body can be read only once."""
    context = with_form(b"a=1", **{"wsgi.input": OneReadOnly(b"a=1")})
    assert context.readable_form == b"a=1"
    assert context.pairs == context.readable_pairs == (("a", "1"),)


def test_form_can_still_be_parsed_by_flask():
    """Pages can read the form with Flask's `request.form` afterwards."""
    context = with_form(b"a=1")
    assert context.form == (("a", "1"),)
    assert context.environ["wsgi.input"].read() == b"a=1"


def test_body_with_another_content_type_is_not_a_form():
    """A body with another content type is left for the view, even if it looks like a form."""
    context = RequestContext(environ_of("POST", b"a=b", CONTENT_TYPE="text/plain"))
    assert context.form == ()
    assert b"".join(raw_stream(context.environ)) == b"a=b"


def test_body_of_a_put_is_not_a_form():
    """The body of a PUT request is content, with any content type."""
    content_type = "application/x-www-form-urlencoded"
    assert RequestContext(environ_of("PUT", b"a=b", CONTENT_TYPE=content_type)).form == ()


def test_form_is_empty_without_a_body():
    """Some clients send a content type with every request."""
    assert with_form(b"", CONTENT_LENGTH="").form == ()


@pytest.mark.parametrize("chunked", [{}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_form_over_the_size_limit_is_rejected(chunked):
    """A form is held in memory, so its size is limited."""
    context = with_form(b"a=" + b"x" * FORM_LIMIT_BYTES, **chunked)
    with pytest.raises(TooLarge):
        _ = context.form
    assert context.readable_form == b""


def test_form_can_have_chunked_transfer_encoding():
    """A form with chunked transfer encoding has no Content-Length."""
    context = with_form(b"a=1&b=2", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert context.form == (("a", "1"), ("b", "2"))


def test_form_that_ends_early_raises_on_each_use():
    """Each use of the form raises the error; a second use does not return an empty form."""
    context = with_form(b"a=1", CONTENT_LENGTH="9")
    assert context.readable_pairs == ()
    for _ in range(2):
        with pytest.raises(AbortedUpload):
            _ = context.form


def test_form_that_is_not_utf8_is_rejected():
    """A form that is not UTF-8 raises NotUtf8."""
    with pytest.raises(NotUtf8):
        _ = with_form(b"a=%ff").form


@given(st.lists(st.tuples(st.text(min_size=1), st.text())))
def test_form_round_trips_any_text(pairs):
    """Parsing the output of `urlencode` returns the same pairs."""
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
def test_operation_has_the_name_of_the_call_and_the_path(target, operation):
    """Faults and the journal use the name of the documented call."""
    assert with_target(target).operation == Operation(*operation)


def test_released_context_keeps_the_data_of_the_journal():
    """A released context has no streams and worlds, but still has the data of the journal."""
    context = with_form(b"a=1", RAW_URI="/1/account/info", **{"wsgi.input": OneReadOnly(b"a=1")})
    context.release()
    assert context.operation.endpoint == "account/info"
    assert context.readable_pairs == ()
    assert not any(hasattr(value, "read") for value in context.environ.values())
