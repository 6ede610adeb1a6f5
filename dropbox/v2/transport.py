"""The transport that converts requests of version 1 to requests of version 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dropbox import urls
from dropbox.bearer_token import BearerToken
from dropbox.session import DropboxSession
from dropbox.v2 import account, content, files, sharing
from dropbox.v2.client import FIELD_ERRORS, CallerError, V2Client
from dropbox.v2.errors import RouteError, v1_error
from dropbox.v2.v1_request import V1Request

_CALLS: dict[str, Callable[[V1Request], object]] = {
    "account/info": account.account_info,
    "disable_access_token": account.disable_access_token,
    "oauth2/token_from_oauth1": account.token_from_oauth1,
    "metadata": files.metadata,
    "revisions": files.revisions,
    "restore": files.restore,
    "search": files.search,
    "files": content.download,
    "thumbnails": content.thumbnails,
    "files_put": content.files_put,
    "chunked_upload": content.chunked_upload,
    "commit_chunked_upload": content.commit_chunked_upload,
    "fileops/copy": files.copy,
    "fileops/move": files.move,
    "fileops/create_folder": files.create_folder,
    "fileops/delete": files.delete,
    "delta": files.delta,
    "longpoll_delta": files.longpoll_delta,
    "shares": sharing.shares,
    "media": sharing.media,
    "copy_ref": sharing.copy_ref,
}


class V2Transport:
    """A `RESTClient` that sends requests of version 1 as requests of version 2.

    Args:
        session: the session with the names of the hosts and the token.
        rest_client: sends requests by its method `request`.
    """

    def __init__(self, session: DropboxSession, rest_client: Any) -> None:
        self._session = session
        self._rest_client = rest_client

    def GET(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        raw_response: bool = False,
        **options: object,
    ) -> object:
        """Perform a GET request of version 1."""
        del raw_response
        return self._perform(url, None, headers, None, options)

    def POST(
        self,
        url: str,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **options: object,
    ) -> object:
        """Perform a POST request of version 1."""
        return self._perform(url, params, headers, None, options)

    def PUT(
        self, url: str, body: object, headers: Mapping[str, str] | None = None, **options: object
    ) -> object:
        """Perform a PUT request of version 1."""
        return self._perform(url, None, headers, body, options)

    def _perform(
        self,
        url: str,
        form: Mapping[str, object] | None,
        headers: Mapping[str, str] | None,
        body: object,
        options: dict[str, object],
    ) -> object:
        client = V2Client(self._session, self._rest_client, access_token(self._session))
        request = V1Request.parse(client, url, form, headers, body, options)
        if request.call not in _CALLS:
            raise v1_error(404, f"Version 2 of the API has no equivalent of {request.call!r}.")
        try:
            return _CALLS[request.call](request)
        except CallerError as error:
            raise error.error from error.error.__cause__
        except RouteError as error:
            raise error.to_v1_error() from error
        except KeyError as error:
            raise v1_error(200, f"The response has no {error}.") from error
        except FIELD_ERRORS as error:
            # A field does not have the documented type.
            raise v1_error(200, f"The response is malformed: {error}.") from error


def uses_v2(session: object) -> bool:
    """Return whether the calls of a session are sent to version 2.

    If the attribute `api` is set, it decides. If it is not set, version 2 is used for an OAuth 2
    token and a host of the live service, which has no version 1 any more.

    Args:
        session: a `DropboxSession`, or an object with its attributes.
    """
    api = getattr(session, "api", None)
    if api is not None:
        return bool(api == "v2")
    is_live = getattr(session, "API_HOST", None) == urls.API_HOST
    return is_live and getattr(session, "bearer_token", None) is not None


def access_token(session: object) -> str:
    """Return the OAuth 2 access token of a session, refreshed if it expires soon.

    Args:
        session: as for `uses_v2`.

    Raises:
        ErrorResponse: 401 if the session has no OAuth 2 token; as `BearerToken.current`.
        RESTSocketError: as `BearerToken.current`.
    """
    bearer_token: BearerToken | None = getattr(session, "bearer_token", None)
    token = None if bearer_token is None else bearer_token.current()
    if token is None:
        raise v1_error(
            401,
            "Version 2 of the API accepts OAuth 2 tokens only: use DropboxOAuth2Session, or"
            " set_token(token, '')",
        )
    return token
