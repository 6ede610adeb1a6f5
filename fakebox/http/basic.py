"""HTTP Basic authentication (RFC 7617), as Werkzeug reads it."""

from __future__ import annotations

from werkzeug.datastructures import Authorization


def parse_authorization(header: str) -> Authorization | None:
    """Parse an `Authorization` header of any scheme.

    Args:
        header: the header's value, or an empty string.

    Returns:
        The parsed header; None if there is none, or if its Basic credentials cannot be decoded.
    """
    try:
        return Authorization.from_header(header)
    except ValueError:
        # Werkzeug passes on what the base64 module raises for characters outside ASCII.
        return None


def name_and_password(header: str) -> tuple[str, str] | None:
    """Read the name and the password of Basic credentials.

    Args:
        header: the value of the `Authorization` header, or an empty string.

    Returns:
        Name and password, both empty if they cannot be decoded; None if the scheme is not Basic.
    """
    if header.partition(" ")[0].lower() != "basic":
        return None
    parsed = parse_authorization(header)
    if parsed is None:
        return "", ""
    return parsed.username or "", parsed.password or ""
