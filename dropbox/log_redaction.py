"""Keeps credentials out of logs: URLs as they may be shown."""

import logging
import re

_SECRET_PARAMETERS = re.compile(
    r"(?P<name>[?&](?:oauth_token|oauth_signature|access_token|client_secret|code|refresh_token)=)"
    r"[^&#\s'\"]*"
)


def masked_url(text: str) -> str:
    """The URL, or a text with URLs in it, with the values of its credentials replaced by `***`."""
    return _SECRET_PARAMETERS.sub(r"\g<name>***", text)


class Masking(logging.Filter):
    """Masks the URLs among a record's arguments, for loggers that know nothing of credentials."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, masked."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                masked_url(arg) if isinstance(arg, str) else arg for arg in record.args
            )
        return True
