"""Where the four hosts of the API are: the defaults, and what the environment says instead."""

import os

API_HOST = "api.dropbox.com"
API_CONTENT_HOST = "api-content.dropbox.com"
WEB_HOST = "www.dropbox.com"
API_NOTIFY_HOST = "api-notify.dropbox.com"

# The hosts that serve version 2, in place of those of version 1.
_TODAY = {
    API_HOST: "api.dropboxapi.com",
    API_CONTENT_HOST: "content.dropboxapi.com",
    API_NOTIFY_HOST: "notify.dropboxapi.com",
}

ENDPOINT_VARIABLE = "DROPBOX_ENDPOINT_URL"
CA_BUNDLE_VARIABLE = "DROPBOX_CA_BUNDLE"


def base_url(host: str) -> str:
    """The scheme and authority of a host: `https` unless the host already names a scheme."""
    return host.rstrip("/") if "://" in host else f"https://{host}"


def v2_base_url(host: str) -> str:
    """As `base_url`, of the host that serves version 2 where a session has this one."""
    return base_url(_TODAY.get(host, host))


def endpoint_from_environment() -> str | None:
    """The one base URL for all four hosts that `DROPBOX_ENDPOINT_URL` names, if it is set."""
    return os.environ.get(ENDPOINT_VARIABLE) or None


def ca_bundle_from_environment() -> str | None:
    """The PEM file of roots that `DROPBOX_CA_BUNDLE` names, if it is set."""
    return os.environ.get(CA_BUNDLE_VARIABLE) or None
