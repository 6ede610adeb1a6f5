"""Authentication: the app and the account that a request is authorized for."""

from fakebox.auth import oauth1, oauth2
from fakebox.auth.oauth1 import identify_app, identify_request
from fakebox.auth.oauth2 import Client, identify_client, revoke
from fakebox.auth.token_endpoint import granted_to
from fakebox.auth.token_endpoint import respond as respond_with_token
from fakebox.context import Caller, RequestContext
from fakebox.core.errors import NoCredentials

__all__ = [
    "Caller",
    "Client",
    "granted_to",
    "identify",
    "identify_app",
    "identify_client",
    "identify_request",
    "respond_with_token",
    "revoke",
]


def identify(context: RequestContext) -> Caller:
    """Authenticate a request by its bearer token or its OAuth 1.0 signature.

    Raises:
        NotAllowed: the credentials are missing or not valid.
    """
    caller = oauth2.identify(context) or oauth1.identify(context)
    if caller is None:
        raise NoCredentials
    return caller
