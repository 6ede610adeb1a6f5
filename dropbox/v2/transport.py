"""The transport that takes requests of version 1 and sends those of version 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dropbox import hosts
from dropbox.errors import SizeChangedError
from dropbox.v2 import account, delta, entries, fileops, sharing, uploads
from dropbox.v2.client import Wire
from dropbox.v2.errors import refusal
from dropbox.v2.v1_request import Asked, take_apart

_CALLS: dict[str, Callable[[Asked], Any]] = {
    "account/info": account.account_info,
    "disable_access_token": account.disable_access_token,
    "oauth2/token_from_oauth1": account.token_from_oauth1,
    "metadata": entries.metadata,
    "revisions": entries.revisions,
    "restore": entries.restore,
    "search": entries.search,
    "files": uploads.files,
    "thumbnails": uploads.thumbnails,
    "files_put": uploads.files_put,
    "chunked_upload": uploads.chunked_upload,
    "commit_chunked_upload": uploads.commit_chunked_upload,
    "fileops/copy": fileops.copy,
    "fileops/move": fileops.move,
    "fileops/create_folder": fileops.create_folder,
    "fileops/delete": fileops.delete,
    "delta": delta.delta,
    "longpoll_delta": delta.longpoll_delta,
    "shares": sharing.shares,
    "media": sharing.media,
    "copy_ref": sharing.copy_ref,
}


class Bridge:
    """Sends version 1's requests as version 2's; a `rest_client` like any other.

    Args:
        session: knows the hosts and the token.
        rest_client: what sends; besides `GET`, `POST` and `PUT` it has `request`.
    """

    def __init__(self, session: Any, rest_client: Any) -> None:
        self._session = session
        self._rest_client = rest_client

    def GET(self, url: str, headers: Any = None, raw_response: bool = False, **options: Any) -> Any:
        """Answer a GET of version 1."""
        del raw_response
        return self._answer(url, None, headers, None, options)

    def POST(self, url: str, params: Any = None, headers: Any = None, **options: Any) -> Any:
        """Answer a POST of version 1."""
        return self._answer(url, params, headers, None, options)

    def PUT(self, url: str, body: Any, headers: Any = None, **options: Any) -> Any:
        """Answer a PUT of version 1."""
        return self._answer(url, None, headers, body, options)

    def _answer(
        self,
        url: str,
        form: dict[str, Any] | None,
        headers: dict[str, str] | None,
        body: Any,
        options: dict[str, Any],
    ) -> Any:
        wire = Wire(self._session, self._rest_client, bearer_of(self._session))
        asked = take_apart(wire, url, form, headers, body, options)
        if asked.call not in _CALLS:
            raise refusal(404, f"Version 2 of the API has no equal of {asked.call!r}.")
        try:
            return _CALLS[asked.call](asked)
        except SizeChangedError:
            raise
        except KeyError as error:
            raise refusal(200, f"The answer lacks {error}.") from error
        except (AttributeError, IndexError, OverflowError, TypeError, ValueError) as error:
            # A field of another type than documented.
            raise refusal(200, f"The response is malformed: {error}.") from error


def speaks_v2(session: Any) -> bool:
    """Whether a session's calls go to version 2: because it says so, or because it has an OAuth 2
    token and leads to the live service, which speaks nothing else any more.
    """
    api = getattr(session, "api", None)
    if api is not None:
        return bool(api == "v2")
    return getattr(session, "API_HOST", None) == hosts.API_HOST and bool(_bearer(session))


def bearer_of(session: Any) -> str:
    """The OAuth 2 token of a session.

    Raises:
        ErrorResponse: 401 if it has none.
    """
    bearer = _bearer(session)
    if not bearer:
        raise refusal(
            401,
            "Version 2 of the API takes OAuth 2 tokens only: use DropboxOAuth2Session, or"
            " set_token(token, '')",
        )
    return bearer


def _bearer(session: Any) -> str | None:
    access_token = getattr(session, "access_token", None)
    if access_token is not None:
        return str(access_token)
    token = getattr(session, "token", None)
    return token.key if token and not token.secret else None
