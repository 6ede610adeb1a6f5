"""The environment variables that lead clients to an emulator."""

from __future__ import annotations

from fakebox.core import defaults

_OFFICIAL_HOSTS = ("API_HOST", "API_CONTENT_HOST", "API_NOTIFY_HOST", "WEB_HOST")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def tls_environment(url: str, ca_file: str | None = None) -> dict[str, str]:
    """Return the variables for the SDK of fakebox and the official SDK.

    Args:
        url: the base URL of the emulator, with https.
        ca_file: the absolute name of the file with the CA certificate; `None` if the certificate
            of the emulator is trusted already.
    """
    # The official SDK has variables for hosts without a scheme, and always uses https.
    host = url.removeprefix("https://").rstrip("/")
    trust = ("DROPBOX_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
    return {
        **bearer_environment(url),
        **(dict.fromkeys(trust, ca_file) if ca_file else {}),
        **{f"DROPBOX_{name}": host for name in _OFFICIAL_HOSTS},
        **no_proxy(host),
    }


def bearer_environment(url: str) -> dict[str, str]:
    """Return the variables of `defaults.environment`, with a bearer token.

    The token of version 1 has a secret, and version 2 rejects it.

    Args:
        url: the base URL of the emulator.
    """
    variables = defaults.environment(url)
    del variables["DROPBOX_ACCESS_TOKEN_SECRET"]
    return {**variables, "DROPBOX_ACCESS_TOKEN": defaults.BEARER_TOKEN}


def no_proxy(*hosts: str) -> dict[str, str]:
    """Return the variables with the hosts that clients reach without a proxy.

    Args:
        hosts: host names or addresses, with or without a port; addresses of this machine are added.
    """
    names = [host.rpartition(":")[0] or host for host in hosts]
    value = ",".join(dict.fromkeys((*_LOOPBACK, *(name.strip("[]") for name in names))))
    return {"NO_PROXY": value, "no_proxy": value}
