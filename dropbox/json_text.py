"""Reading JSON that a server sent, whatever it sent."""

from __future__ import annotations

import json
from typing import Any


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
