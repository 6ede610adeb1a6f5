"""Redaction of credentials in log messages and error messages."""

import logging
import re

_SECRET_PARAMETERS = re.compile(
    r"(?P<name>[?&](?:oauth_token|oauth_signature|access_token|client_secret|code|refresh_token)=)"
    r"[^&#\s'\"]*"
)


def redact(text: str) -> str:
    """Replace the values of credentials in URLs by `***`.

    Args:
        text: a URL, or a text that contains URLs.
    """
    return _SECRET_PARAMETERS.sub(r"\g<name>***", text)


class RedactionFilter(logging.Filter):
    """Redacts the arguments of log records, for loggers that log URLs with credentials."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact a record; every record is logged."""
        if isinstance(record.args, tuple):
            record.args = tuple(redact(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True
