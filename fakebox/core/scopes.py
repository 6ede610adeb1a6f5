"""The scopes of OAuth 2: the permissions of apps and tokens.

Source: https://developers.dropbox.com/oauth-guide, scopes of a user app; the words are those of the
consent page.
"""

from collections.abc import Iterable

from fakebox.core.errors import InvalidScope

# Every scope that an app can have, with the words of the consent page, in the order of responses.
# Scopes of teams are not here, except for permanent deletion, which no user app has.
DESCRIPTIONS = {
    "account_info.read": (
        "View basic information about your Dropbox account such as your username, email, and"
        " country"
    ),
    "account_info.write": (
        "View and edit basic information about your Dropbox account such as your profile photo"
    ),
    "contacts.read": "View your manually added Dropbox contacts",
    "contacts.write": "View and manage your manually added Dropbox contacts",
    "email": "View your email address",
    "file_requests.read": "View your Dropbox file requests",
    "file_requests.write": "View and manage your Dropbox file requests",
    "files.content.read": "View content of your Dropbox files and folders",
    "files.content.write": "Edit content of your Dropbox files and folders",
    "files.metadata.read": "View information about your Dropbox files and folders",
    "files.metadata.write": "View and edit information about your Dropbox files and folders",
    "files.permanent_delete": "Permanently delete your Dropbox files and folders",
    "openid": "Sign you in with your Dropbox account",
    "profile": "View your name and profile photo",
    "sharing.read": "View your Dropbox sharing settings and collaborators",
    "sharing.write": "View and manage your Dropbox sharing settings and collaborators",
}
# Scopes that are granted only to an authorization that names them.
_OPENID_SCOPES = ("email", "openid", "profile")
ALL_SCOPES = tuple(DESCRIPTIONS)
# All scopes of a user app.
USER_SCOPES = tuple(
    scope for scope in ALL_SCOPES if scope not in (*_OPENID_SCOPES, "files.permanent_delete")
)


def check_scopes(scopes: Iterable[str], accepted: Iterable[str] = ALL_SCOPES) -> tuple[str, ...]:
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


def granted_scopes(requested: str | None, of_app: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that an authorization grants.

    Args:
        requested: scopes that are separated by spaces; `None` for the default scopes of the app.
        of_app: the scopes of the app. Other scopes are left out, and none may remain.
    """
    if requested is None:
        return tuple(scope for scope in of_app if scope not in _OPENID_SCOPES)
    names = requested.split()
    return tuple(scope for scope in of_app if scope in names)
