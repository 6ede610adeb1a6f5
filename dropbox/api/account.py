"""Calls about the account and its token."""

from __future__ import annotations

from typing import cast

from dropbox.api.base import ApiBase
from dropbox.bearer_token import hidden_body
from dropbox.json_response import checked_fields
from dropbox.types import AccountInfo


class AccountCalls(ApiBase):
    """Calls about the account."""

    def account_info(self) -> AccountInfo:
        """Retrieve information about the user's account.

        Returns:
            A dictionary with `uid`, `display_name`, `email`, `country`, `referral_link` and
            `quota_info` (`quota`, `normal` and `shared`, in bytes), among others.

        Over version 2:
            `users/get_current_account` and `users/get_space_usage`. `uid` is derived from the
            account's id, because version 2 has no number. `normal` contains the shared folders, and
            `shared` is 0.

        Example:
            >>> info = client.account_info()
            >>> info["display_name"], info["quota_info"]["normal"]
            ('Fakebox User', 167)

        Source: Dropbox Python SDK documentation; Dropbox API v1, /account/info.
        """
        return cast("AccountInfo", self._get("/account/info"))

    def disable_access_token(self) -> None:
        """Disable the access token of this client; every later call raises status 401.

        Over version 2:
            `auth/token/revoke`. It revokes the refresh token of the access token as well.

        Example:
            >>> client.disable_access_token()
            >>> client.account_info()
            Traceback (most recent call last):
            ...
            dropbox.errors.UnauthorizedError: [401] ...

        Source: Dropbox API v1, /disable_access_token.
        """
        self._post("/disable_access_token")

    def create_oauth2_access_token(self) -> str:
        """Create an OAuth 2 access token for the app and user of this client's OAuth 1 token.

        Returns:
            The access token.

        Raises:
            ErrorResponse: 401 if this client's token is not valid; 200 if the response has no
                access token.

        Over version 2:
            Not available; status 400. The session has an OAuth 2 token already.

        Example:
            >>> from dropbox.client import DropboxClient
            >>> token = client.create_oauth2_access_token()
            >>> DropboxClient(token).account_info()["email"]
            'user@fakebox.example'

        Source: Dropbox API v1, /oauth2/token_from_oauth1.
        """
        with hidden_body():
            response = self._post("/oauth2/token_from_oauth1")
        (token,) = checked_fields(response, access_token=str)
        return cast("str", token)
