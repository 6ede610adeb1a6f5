"""The environment variables that lead clients to an emulator."""

from __future__ import annotations

from fakebox.core import defaults

_OFFICIAL_HOSTS = ("API_HOST", "API_CONTENT_HOST", "API_NOTIFY_HOST", "WEB_HOST")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def environment(url: str) -> dict[str, str]:
    """Return the environment variables that connect the SDK and the examples to an emulator.

    Args:
        url: the base URL of the emulator.
    """
    return {
        "DROPBOX_ENDPOINT_URL": url.rstrip("/"),
        "DROPBOX_APP_KEY": defaults.APP_KEY,
        "DROPBOX_APP_SECRET": defaults.APP_SECRET,
        "DROPBOX_ACCESS_TOKEN": defaults.TOKEN,
        "DROPBOX_ACCESS_TOKEN_SECRET": defaults.TOKEN_SECRET,
        "DROPBOX_ACCESS_TYPE": "dropbox",
    }


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
        **_bearer_environment(url),
        **(dict.fromkeys(trust, ca_file) if ca_file else {}),
        **{f"DROPBOX_{name}": host for name in _OFFICIAL_HOSTS},
        **no_proxy(host),
    }


def no_proxy(*hosts: str) -> dict[str, str]:
    """Return the variables with the hosts that clients reach without a proxy.

    Args:
        hosts: host names or addresses, with or without a port; addresses of this machine are added.
    """
    names = [host.rpartition(":")[0] or host for host in hosts]
    value = ",".join(dict.fromkeys((*_LOOPBACK, *(name.strip("[]") for name in names))))
    return {"NO_PROXY": value, "no_proxy": value}


def _bearer_environment(url: str) -> dict[str, str]:
    # The token of version 1 has a secret, and version 2 rejects it.
    variables = environment(url)
    del variables["DROPBOX_ACCESS_TOKEN_SECRET"]
    return {**variables, "DROPBOX_ACCESS_TOKEN": defaults.BEARER_TOKEN}
