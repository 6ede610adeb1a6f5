"""JSON in responses: decoding, checks, and the errors for malformed responses."""

from __future__ import annotations

import json
from typing import Any

from dropbox.errors import AnyResponse, ErrorResponse

JsonObject = dict[str, Any]

# A listing of 25,000 entries, the largest response of the API, has about 15 MB.
_LIMIT_BYTES = 256 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_SHOWN_CHARACTERS = 200


def parse(text: bytes | str) -> Any:
    """Decode a JSON text.

    Args:
        text: the text; bytes are decoded as UTF-8, UTF-16 or UTF-32.

    Returns:
        The decoded value.

    Raises:
        ValueError: the text is not JSON, or is nested more deeply than Python can decode.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def parse_object(text: bytes | str) -> JsonObject | None:
    """Decode a JSON text that has to be an object.

    Args:
        text: as for `parse`.

    Returns:
        The object; `None` if the text is not JSON, or is not an object.
    """
    try:
        value = parse(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


class _DecodedResponse:
    """A response with status 200 and only a decoded body."""

    status: int = 200
    reason: str | None = "OK"

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}

    def read(self) -> bytes:
        raise NotImplementedError


def malformed_response(response: AnyResponse, problem: str) -> ErrorResponse:
    """Make the error for a response that reports success but has unusable content.

    Args:
        response: the response; its body is not read.
        problem: the error, with the value; it becomes `error_msg`.
    """
    return ErrorResponse(response, json.dumps({"error": problem}))


def read_body(response: Any) -> bytes:
    """Read a body that has to be JSON, up to a limit.

    Args:
        response: the open response.

    Raises:
        ErrorResponse: the body is larger than 256 MiB.
    """
    body = bytearray()
    while block := response.read(_BLOCK_BYTES):
        body += block
        if len(body) > _LIMIT_BYTES:
            response.close()
            raise malformed_response(response, f"The body has more than {_LIMIT_BYTES} bytes.")
    return bytes(body)


def malformed_header(response: AnyResponse, name: str) -> ErrorResponse:
    """Make the error for a header that has to contain a JSON object.

    Args:
        response: the response; its body is not read.
        name: the name of the header.
    """
    value = getattr(response, "headers", {}).get(name)
    if value is None:
        return malformed_response(response, f"The response has no header {name}.")
    shown = value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}..."
    return malformed_response(response, f"The header {name} is not a JSON object: {shown!r}")


def checked_fields(payload: object, **types: type | tuple[type, ...]) -> list[Any]:
    """Check that a decoded JSON value is an object that has certain fields.

    Args:
        payload: the decoded body of a successful response.
        types: the name of each field, and the type or types that it may have.

    Returns:
        The values of the fields, in the order of the names.

    Raises:
        ErrorResponse: 200; the value is not an object, or a field is missing or has a wrong type.
    """
    fields = payload if isinstance(payload, dict) else {}
    for name, expected in types.items():
        value = fields.get(name)
        # In Python, `bool` is a subclass of `int`. In JSON, true and false are not numbers.
        is_bool = isinstance(value, bool) and expected is not bool
        if is_bool or not isinstance(value, expected):
            raise malformed_response(_DecodedResponse(), f"The response has no valid {name!r}.")
    return [fields[name] for name in types]


def repeated_cursor_error(cursor: str) -> ErrorResponse:
    """Make the error for a page with `has_more` and the cursor of an earlier page.

    Args:
        cursor: the cursor.
    """
    problem = f"The response has more pages, but its cursor {cursor!r} was used before."
    return malformed_response(_DecodedResponse(), problem)


def repeated_folder_error(path: str) -> ErrorResponse:
    """Make the error for a folder that contains itself.

    Args:
        path: the path of the folder.
    """
    problem = f"The response lists the folder {path!r}, which was listed before."
    return malformed_response(_DecodedResponse(), problem)


def unexpected_offset_error(offset: int, start: int, length: int) -> ErrorResponse:
    """Make the error for a chunk if the server reports an offset outside of the chunk.

    Args:
        offset: the offset that the server reported, in bytes.
        start: the offset of the chunk, in bytes.
        length: the length of the chunk, in bytes.
    """
    problem = f"The response has offset {offset}; the chunk had {length} bytes, from {start}."
    return malformed_response(_DecodedResponse(), problem)
