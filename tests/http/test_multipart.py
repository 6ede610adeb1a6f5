"""Multipart forms, as clients really send them."""

from __future__ import annotations

import io
from typing import NamedTuple

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from fakebox.http.body import AbortedUpload, LengthRequired, MalformedBody, TooLarge
from fakebox.http.forms import read_parts


class Trickle(io.BytesIO):
    """A connection that delivers a few bytes at a time."""

    def __init__(self, data: bytes, at_once: int) -> None:
        super().__init__(data)
        self.at_once = at_once

    def read(self, size: int = -1) -> bytes:  # type: ignore[override]
        """The next bytes, however many are asked for."""
        return super().read(min(size, self.at_once))


def request(fields, *, at_once=1_000_000, **environ):
    """A WSGI request with the form that urllib3 makes of the fields."""
    body, content_type = urllib3.encode_multipart_formdata(fields, boundary="b0undary")
    return {
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": Trickle(body, at_once),
        **environ,
    }


class Read(NamedTuple):
    """A part with its content."""

    name: str
    filename: str | None
    content: bytes


def read(environ, **limits):
    """Every part of a form."""
    return [
        Read(part.name, part.filename, b"".join(part.blocks))
        for part in read_parts(environ, **limits)
    ]


def test_form_yields_its_parts_in_order():
    """Fields and files, with their names and types."""
    environ = request([("note", "hello"), ("file", ("photo.jpg", b"\xff\xd8", "image/jpeg"))])
    assert read(environ) == [("note", None, b"hello"), ("file", "photo.jpg", b"\xff\xd8")]


def test_part_says_its_type():
    """It is the part's own, not the form's."""
    [part] = read_parts(request([("file", ("photo.jpg", b"\xff\xd8", "image/jpeg"))]))
    assert part.content_type == "image/jpeg"


def test_file_may_be_empty():
    """It is there, with nothing in it."""
    assert read(request([("file", ("empty", b""))])) == [("file", "empty", b"")]


def test_form_may_have_no_parts():
    """That is for the dialect to refuse."""
    assert read(request([])) == []


def test_filename_may_be_any_text():
    """Names are UTF-8."""
    assert read(request([("file", ("Größe ✓.txt", b"x"))])) == [("file", "Größe ✓.txt", b"x")]


def test_large_file_arrives_in_blocks():
    """It never stands in memory as a whole."""
    content = bytes(range(256)) * 8192
    part = next(read_parts(request([("file", ("large", content))])))
    blocks = list(part.blocks)
    assert b"".join(blocks) == content
    assert len(blocks) > 1


def test_next_part_comes_when_a_content_is_not_read():
    """What nobody wants is passed over."""
    environ = request([("file", ("large", b"x" * 1_000_000)), ("note", "hello")])
    assert [part.name for part in read_parts(environ)] == ["file", "note"]


PIECES = [b"\r", b"\n", b"--", b"b0undary", b"\r\n--b0undar", b"text"]
CONTENTS = st.lists(st.sampled_from(PIECES)).map(b"".join)


@given(
    contents=st.lists(
        CONTENTS.filter(lambda content: b"\r\n--b0undary" not in content), max_size=3
    ),
    at_once=st.integers(1, 40),
)
def test_form_yields_what_was_sent_however_it_is_cut(contents, at_once):
    """A boundary may lie across two packets, and much looks like a boundary."""
    fields = [("file", (f"{number}.bin", content)) for number, content in enumerate(contents)]
    assert [part.content for part in read(request(fields, at_once=at_once))] == contents


@given(st.binary(max_size=300), st.integers(1, 40))
def test_form_that_is_rubbish_is_refused(body, at_once):
    """It ends in a refusal, not in a failure."""
    environ = {
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": Trickle(b"--b\r\n" + body, at_once),
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
def test_form_without_a_boundary_is_refused_unread(content_type):
    """There is no telling its parts apart."""
    with pytest.raises(MalformedBody):
        read_parts(request([("note", "hello")], CONTENT_TYPE=content_type))


def test_form_with_too_many_parts_is_refused():
    """A form has a handful of them."""
    with pytest.raises(MalformedBody):
        read(request([(f"field{number}", "x") for number in range(101)]))


def test_form_with_endless_headers_is_refused():
    """Only contents may be long."""
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
def test_form_with_malformed_headers_is_refused(head):
    """Whatever would have to be guessed."""
    numbered = head % tuple(range(head.count(b"%d")))
    body = b"--b\r\n" + numbered + b"\r\n\r\ncontent\r\n--b--"
    environ = {
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    with pytest.raises(MalformedBody):
        read(environ)


def posted(body, at_once=1_000_000):
    """A WSGI request with a form that is written by hand; its boundary is `b`."""
    return {
        "CONTENT_TYPE": 'multipart/form-data; boundary="b"',
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": Trickle(body, at_once),
    }


def test_part_may_have_no_name():
    """The dialect decides whether it needs one."""
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
def test_filename_is_read_as_browsers_and_http_clients_write_it(options, filename):
    """Quoted, bare, percent-encoded, backslash-escaped, UTF-8, and as in RFC 5987."""
    head = b'Content-Disposition: form-data; name="file"; ' + options
    body = b"--b\r\n" + head + b"\r\n\r\ncontent\r\n--b--\r\n"
    assert read(posted(body)) == [("file", filename, b"content")]


@pytest.mark.parametrize("at_once", [1, 5, 1000])
@pytest.mark.parametrize("before", [b"", b"\r\n", b"a preamble of an e-mail client\r\n"])
@pytest.mark.parametrize("after", [b"", b"\r\n", b"\r\nan epilogue"])
def test_text_around_the_form_is_skipped_however_it_is_split(before, after, at_once):
    """RFC 2046 allows a preamble and an epilogue."""
    form = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ncontent\r\n--b--'
    assert read(posted(before + form + after, at_once)) == [("a", None, b"content")]


def test_limits_are_named_when_a_form_exceeds_one():
    """The error says how many parts and headers are accepted."""
    with pytest.raises(MalformedBody, match="more than 100 parts"):
        read(request([(f"field{number}", "x") for number in range(101)]))


def test_form_breaks_off_when_the_client_leaves():
    """Half a file is no file."""
    environ = request([("file", ("large", b"x" * 1000))])
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].getvalue()[:500])
    with pytest.raises(AbortedUpload):
        read(environ)


def test_form_is_refused_unread_when_it_is_too_long():
    """Nobody uploads gigabytes to learn that."""
    with pytest.raises(TooLarge):
        read_parts(request([("file", ("large", b"x" * 1000))]), limit_bytes=100)


def test_form_is_refused_when_no_length_is_announced():
    """A chunked body could be endless."""
    with pytest.raises(LengthRequired):
        read_parts(request([("note", "hello")], HTTP_TRANSFER_ENCODING="chunked"))
