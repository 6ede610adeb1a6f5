"""Decoding of JSON that a server sent."""

from __future__ import annotations

import json
from typing import Any

JsonObject = dict[str, Any]


def parse(text: bytes | str) -> Any:
    """Decode a JSON text.

    Args:
        text: the text; bytes are decoded as UTF-8, UTF-16 or UTF-32.

    Returns:
        The decoded value.

    Raises:
        ValueError: it is not JSON, or it is nested more deeply than Python can decode.
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
        The object; `None` if the text is not JSON, or is another value than an object.
    """
    try:
        value = parse(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
