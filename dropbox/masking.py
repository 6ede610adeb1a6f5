"""Keeps credentials out of logs: URLs as they may be shown."""

import re

_SECRET_PARAMETERS = re.compile(
    r"(?P<name>[?&](?:oauth_token|oauth_signature|access_token|client_secret|code|refresh_token)=)[^&#]*"
)


def masked_url(url: str) -> str:
    """The URL with the values of its credentials replaced by `***`."""
    return _SECRET_PARAMETERS.sub(r"\g<name>***", url)
