"""Version 2 of the API under the calls of version 1, which the service shut down in 2017.

A transport in the place of `rest.RESTClient`: what comes in are version 1's requests, what goes out
are version 2's, and answers and errors come back in version 1's documented shapes. Source: the
guide on today's service.
"""

from dropbox.v2.transport import Bridge, speaks_v2

__all__ = ["Bridge", "speaks_v2"]
