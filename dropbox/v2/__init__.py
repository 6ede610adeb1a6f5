"""Version 2 of the API, used for the documented calls of version 1.

The service shut version 1 down in 2017. `V2Transport` replaces `rest.RESTClient`: it
accepts requests of version 1, sends the equivalent requests of version 2, and converts responses
and errors to the documented format of version 1. See docs/howto/todays-service.md.
"""

from dropbox.v2.transport import V2Transport, uses_v2

__all__ = ["V2Transport", "uses_v2"]
