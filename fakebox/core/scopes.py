"""The scopes of OAuth 2: the permissions of apps and tokens.

Source: https://developers.dropbox.com/oauth-guide, scopes of a user app.
"""

from collections.abc import Iterable

from fakebox.core.errors import InvalidScope

# All scopes of a user app, in the order of responses. Scopes of teams are not here.
USER_SCOPES = (
    "account_info.read",
    "account_info.write",
    "contacts.read",
    "contacts.write",
    "file_requests.read",
    "file_requests.write",
    "files.content.read",
    "files.content.write",
    "files.metadata.read",
    "files.metadata.write",
    "sharing.read",
    "sharing.write",
)


def check_scopes(scopes: Iterable[str], accepted: Iterable[str] = USER_SCOPES) -> tuple[str, ...]:
    """Return scopes without duplicates, in the order of responses.

    Args:
        scopes: the scopes to check.
        accepted: the scopes that are accepted.

    Raises:
        InvalidScope: a scope is unknown or not accepted, or `scopes` is a single string.
    """
    if isinstance(scopes, str) or not isinstance(scopes, Iterable):
        raise InvalidScope(f"scopes must be a list of strings, not {scopes!r}")
    requested, known = tuple(scopes), tuple(accepted)
    for scope in requested:
        if scope not in known:
            raise InvalidScope(f"unknown scope {scope!r}; accepted: {', '.join(known)}")
    return tuple(scope for scope in known if scope in requested)
