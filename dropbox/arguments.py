"""Checks of arguments, and of files that callers pass."""

from __future__ import annotations

import math
import re
from typing import IO

_USER_AGENT = re.compile(r"[!-~](?:[ -~]*[!-~])?")


def check_length(length: object) -> int:
    """Check that a value is a number of bytes, and return it.

    Args:
        length: the value.

    Raises:
        ValueError: it is not an integer, or is negative.
    """
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise ValueError(f"length must be at least 0 bytes, not {length!r}")
    return length


def check_count(name: str, value: object) -> int:
    """Check that a value is a number of things, at least 1, and return it.

    Args:
        name: the name of the argument.
        value: the value.

    Raises:
        ValueError: it is not an integer, or is less than 1.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be an integer of at least 1, not {value!r}")
    return value


def check_timeout(name: str, value_s: object) -> float:
    """Check that a value is a time in seconds, and return it.

    Args:
        name: the name of the argument.
        value_s: the value.

    Raises:
        ValueError: it is not a positive number.
    """
    seconds = value_s if isinstance(value_s, (int, float)) else math.nan
    if isinstance(value_s, bool) or not 0 < seconds < math.inf:
        raise ValueError(f"{name} must be a positive number of seconds, not {value_s!r}")
    return seconds


def check_user_agent(user_agent: str) -> str:
    """Check that a text is valid in the header `User-Agent`, and return it.

    Args:
        user_agent: the text.

    Raises:
        ValueError: it is empty, or has other characters than printable ASCII.
    """
    if not _USER_AGENT.fullmatch(user_agent):
        raise ValueError(f"user_agent must be printable ASCII characters, not {user_agent!r}")
    return user_agent


def read_block(file: IO[bytes], size: int) -> bytes:
    """Read from a file, and check that it returns at most the requested number of bytes.

    Args:
        file: a binary file.
        size: the maximum number of bytes.

    Returns:
        The bytes; empty at the end.

    Raises:
        TypeError: the file returned text, or another object.
        BlockingIOError: the file does not block, and has no bytes yet.
        ValueError: the file returned more bytes.
    """
    block: object = file.read(size)
    if block is None:
        raise BlockingIOError("the file has no bytes yet; it must be in blocking mode")
    if not isinstance(block, (bytes, bytearray, memoryview)):
        raise TypeError(f"read() of the file must return bytes, not {type(block).__name__}")
    if len(block) > size:
        raise ValueError(f"read({size}) of the file returned {len(block)} bytes")
    return bytes(block)
