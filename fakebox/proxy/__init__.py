"""A proxy that leads programs to the emulator which only know the real service's names.

It carries the TLS of the real hosts' clients to the emulator and nothing anywhere else, so that a
program under test can't reach the real service, or any other, by mistake. It looks into nothing.
"""

from fakebox.proxy.proxy import Proxy, reachable

__all__ = ["Proxy", "reachable"]
