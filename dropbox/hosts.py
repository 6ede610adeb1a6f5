"""The hosts of the API, and the environment variables that replace them."""

import os

API_HOST = "api.dropbox.com"
API_CONTENT_HOST = "api-content.dropbox.com"
WEB_HOST = "www.dropbox.com"
API_NOTIFY_HOST = "api-notify.dropbox.com"

# The hosts of version 2, by the host of version 1.
_V2_HOSTS = {
    API_HOST: "api.dropboxapi.com",
    API_CONTENT_HOST: "content.dropboxapi.com",
    API_NOTIFY_HOST: "notify.dropboxapi.com",
}

ENDPOINT_VARIABLE = "DROPBOX_ENDPOINT_URL"
CA_BUNDLE_VARIABLE = "DROPBOX_CA_BUNDLE"


def base_url(host: str) -> str:
    """Return the base URL of a host.

    Args:
        host: a host name, to which `https` is added, or a base URL with its scheme.
    """
    return host.rstrip("/") if "://" in host else f"https://{host}"


def v2_base_url(host: str) -> str:
    """Return the base URL of version 2.

    Args:
        host: the host of version 1, as for `base_url`.
    """
    return base_url(_V2_HOSTS.get(host, host))


def endpoint_from_environment() -> str | None:
    """Return the base URL in `DROPBOX_ENDPOINT_URL`, for all hosts; `None` if not set."""
    return os.environ.get(ENDPOINT_VARIABLE) or None


def ca_bundle_from_environment() -> str | None:
    """Return the path of the PEM file in `DROPBOX_CA_BUNDLE`; `None` if not set."""
    return os.environ.get(CA_BUNDLE_VARIABLE) or None
