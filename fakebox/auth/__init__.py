"""Who is asking: a request becomes a caller, or is refused."""

from fakebox.auth import oauth1, oauth2
from fakebox.auth.caller import Caller
from fakebox.auth.client import Client, identify_client
from fakebox.auth.oauth1 import identify_app, identify_request
from fakebox.context import RequestContext
from fakebox.core.errors import NoCredentials

__all__ = [
    "Caller",
    "Client",
    "identify",
    "identify_app",
    "identify_client",
    "identify_request",
]


def identify(context: RequestContext) -> Caller:
    """The caller that a request comes from.

    Raises:
        NotAllowed: its credentials aren't good, or there are none.
    """
    caller = oauth2.identify(context) or oauth1.identify(context)
    if caller is None:
        raise NoCredentials
    return caller
