"""Multipart forms as clients send them."""

from __future__ import annotations

import io
from typing import NamedTuple

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from fakebox.http.body import AbortedUpload, LengthRequired, MalformedBody, TooLarge
from fakebox.http.forms import read_parts


class SlowStream(io.BytesIO):
    """A stream that returns a few bytes at a time."""

    def __init__(self, data: bytes, read_size: int) -> None:
        super().__init__(data)
        self.read_size = read_size

    def read(self, size: int = -1) -> bytes:  # type: ignore[override]
        """Return the next bytes, at most `read_size`."""
        return super().read(min(size, self.read_size))


def request(fields, *, read_size=1_000_000, **environ):
    """Return a WSGI environment with a form that urllib3 encodes."""
    body, content_type = urllib3.encode_multipart_formdata(fields, boundary="b0undary")
    return {
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": SlowStream(body, read_size),
        **environ,
    }


class PartWithContent(NamedTuple):
    """A part with its content."""

    name: str
    filename: str | None
    content: bytes


def read(environ, **limits):
    """Return every part of a form."""
    return [
        PartWithContent(part.name, part.filename, b"".join(part.blocks))
        for part in read_parts(environ, **limits)
    ]


def test_form_yields_its_parts_in_order():
    """Fields and files have their names and contents."""
    environ = request([("note", "hello"), ("file", ("photo.jpg", b"\xff\xd8", "image/jpeg"))])
    assert read(environ) == [("note", None, b"hello"), ("file", "photo.jpg", b"\xff\xd8")]


def test_part_has_its_content_type():
    """The content type is that of the part, not that of the form."""
    [part] = read_parts(request([("file", ("photo.jpg", b"\xff\xd8", "image/jpeg"))]))
    assert part.content_type == "image/jpeg"


def test_file_can_be_empty():
    """A part with an empty file has empty content."""
    assert read(request([("file", ("empty", b""))])) == [("file", "empty", b"")]


def test_form_can_have_no_parts():
    """A form without parts is parsed without an error."""
    assert read(request([])) == []


def test_filename_can_be_any_utf8_text():
    """File names are decoded as UTF-8."""
    assert read(request([("file", ("Größe ✓.txt", b"x"))])) == [("file", "Größe ✓.txt", b"x")]


def test_large_file_is_read_in_blocks():
    """The content of a large part is not held in memory as a whole."""
    content = bytes(range(256)) * 8192
    part = next(read_parts(request([("file", ("large", content))])))
    blocks = list(part.blocks)
    assert b"".join(blocks) == content
    assert len(blocks) > 1


def test_unread_content_is_skipped():
    """The next part is returned even if the content of the previous one was not read."""
    environ = request([("file", ("large", b"x" * 1_000_000)), ("note", "hello")])
    assert [part.name for part in read_parts(environ)] == ["file", "note"]


PIECES = [b"\r", b"\n", b"--", b"b0undary", b"\r\n--b0undar", b"text"]
CONTENTS = st.lists(st.sampled_from(PIECES)).map(b"".join)


@given(
    contents=st.lists(
        CONTENTS.filter(lambda content: b"\r\n--b0undary" not in content), max_size=3
    ),
    read_size=st.integers(1, 40),
)
def test_contents_do_not_depend_on_the_read_size(contents, read_size):
    """Boundaries can be split between two reads, and contents can resemble boundaries."""
    fields = [("file", (f"{number}.bin", content)) for number, content in enumerate(contents)]
    assert [part.content for part in read(request(fields, read_size=read_size))] == contents


@given(st.binary(max_size=300), st.integers(1, 40))
def test_malformed_form_is_rejected(body, read_size):
    """Random bytes raise MalformedBody and no other error."""
    environ = {
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": SlowStream(b"--b\r\n" + body, read_size),
    }
    with pytest.raises(MalformedBody):
        read(environ)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "",
    ],
)
def test_form_without_a_boundary_is_rejected(content_type):
    """A content type without a boundary raises MalformedBody."""
    with pytest.raises(MalformedBody):
        read_parts(request([("note", "hello")], CONTENT_TYPE=content_type))


def test_form_with_too_many_parts_is_rejected():
    """A form with more than 100 parts raises MalformedBody."""
    with pytest.raises(MalformedBody):
        read(request([(f"field{number}", "x") for number in range(101)]))


def test_form_with_long_headers_is_rejected():
    """The length of the headers of a part is limited."""
    body = b'--b\r\nContent-Disposition: form-data; name="' + b"x" * 200_000
    environ = {
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    with pytest.raises(MalformedBody):
        read(environ)


@pytest.mark.parametrize(
    "head",
    [b"Content-Disposition", b"Content-Disposition: \xff", b"\r\n".join([b"X%d: y"] * 30), b"--x"],
)
def test_form_with_malformed_headers_is_rejected(head):
    """Incomplete, undecodable and too many headers raise MalformedBody."""
    numbered = head % tuple(range(head.count(b"%d")))
    body = b"--b\r\n" + numbered + b"\r\n\r\ncontent\r\n--b--"
    environ = {
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    with pytest.raises(MalformedBody):
        read(environ)


def posted(body, read_size=1_000_000):
    """Return a WSGI environment with this body and the boundary `b`."""
    return {
        "CONTENT_TYPE": 'multipart/form-data; boundary="b"',
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": SlowStream(body, read_size),
    }


def test_part_can_have_no_name():
    """A part without a name is parsed without an error."""
    body = b"--b\r\nContent-Disposition: form-data\r\n\r\ncontent\r\n--b--\r\n"
    assert read(posted(body)) == [("", None, b"content")]


@pytest.mark.parametrize(
    "head", [b"", b"Content-Type: text/plain\r\n", b"Content-Disposition: attachment\r\n"]
)
def test_part_without_the_disposition_form_data_is_rejected(head):
    """RFC 7578 requires `Content-Disposition: form-data` in every part."""
    with pytest.raises(MalformedBody, match="Content-Disposition"):
        read(posted(b"--b\r\n" + head + b"\r\ncontent\r\n--b--\r\n"))


@pytest.mark.parametrize(
    ("options", "filename"),
    [
        (b'filename="plain.txt"', "plain.txt"),
        (b"filename=token.txt", "token.txt"),
        (b'filename="a;b, c.txt"', "a;b, c.txt"),
        (b'filename="a%22b.txt"', 'a"b.txt'),
        (b'filename="a\\"b.txt"', 'a"b.txt'),
        (b'filename="100%.txt"', "100%.txt"),
        (b'filename="dir/a.txt"', "dir/a.txt"),
        ('filename="Größe.txt"'.encode(), "Größe.txt"),
        (b"filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt", "Größe.txt"),
        (b"filename=a.txt; filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt", "Größe.txt"),
        (b'filename=""', ""),
    ],
)
def test_filename_is_parsed_in_all_common_encodings(options, filename):
    """File names can be quoted, unquoted, percent-encoded, escaped, UTF-8 or RFC 5987."""
    head = b'Content-Disposition: form-data; name="file"; ' + options
    body = b"--b\r\n" + head + b"\r\n\r\ncontent\r\n--b--\r\n"
    assert read(posted(body)) == [("file", filename, b"content")]


@pytest.mark.parametrize("read_size", [1, 5, 1000])
@pytest.mark.parametrize("before", [b"", b"\r\n", b"a preamble of an e-mail client\r\n"])
@pytest.mark.parametrize("after", [b"", b"\r\n", b"\r\nan epilogue"])
def test_preamble_and_epilogue_are_ignored(before, after, read_size):
    """RFC 2046 allows text before and after the parts."""
    form = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ncontent\r\n--b--'
    assert read(posted(before + form + after, read_size)) == [("a", None, b"content")]


def test_error_for_too_many_parts_has_the_limit():
    """The error contains the maximum number of parts."""
    with pytest.raises(MalformedBody, match="more than 100 parts"):
        read(request([(f"field{number}", "x") for number in range(101)]))


def test_form_that_ends_early_raises():
    """A form that ends early raises AbortedUpload."""
    environ = request([("file", ("large", b"x" * 1000))])
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].getvalue()[:500])
    with pytest.raises(AbortedUpload):
        read(environ)


def test_form_over_the_size_limit_is_rejected_unread():
    """A form over the limit is rejected before it is read."""
    with pytest.raises(TooLarge):
        read_parts(request([("file", ("large", b"x" * 1000))]), limit_bytes=100)


def test_form_without_a_content_length_is_rejected():
    """A form in a chunked body is rejected, because its length is not limited."""
    with pytest.raises(LengthRequired):
        read_parts(request([("note", "hello")], HTTP_TRANSFER_ENCODING="chunked"))
