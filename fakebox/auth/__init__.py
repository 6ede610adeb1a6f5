"""Who is asking: a request becomes a caller, or is refused."""

from fakebox.auth import bearer, oauth1
from fakebox.auth.caller import Caller
from fakebox.auth.oauth1 import identify_app, identify_request
from fakebox.core.errors import NoCredentials
from fakebox.wire.call import Call
from fakebox.wire.service import Service

__all__ = ["Caller", "identify", "identify_app", "identify_request"]


def identify(call: Call, service: Service) -> Caller:
    """The caller that a request comes from.

    Raises:
        NotAllowed: its credentials aren't good, or there are none.
    """
    caller = bearer.identify(call, service) or oauth1.identify(call, service)
    if caller is None:
        raise NoCredentials
    return caller
