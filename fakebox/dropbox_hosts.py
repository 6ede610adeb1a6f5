"""The host names of the service. Interception, guard, proxy and certificates use this list.

The domains of the service are those of `DOMAINS` and every name below them.
"""

from __future__ import annotations

DOMAINS = ("dropbox.com", "dropboxapi.com", "dropboxusercontent.com", "db.tt")
API_HOSTS = ("api.dropbox.com", "api.dropboxapi.com")
CONTENT_HOSTS = ("api-content.dropbox.com", "content.dropboxapi.com")
NOTIFY_HOSTS = ("api-notify.dropbox.com", "notify.dropboxapi.com")
# The host of the addresses to which downloads of links are redirected. The service has many hosts
# of this form: `uc` and 26 hexadecimal digits.
DOWNLOAD_HOST = "uc0123456789abcdef0123456789.dl.dropboxusercontent.com"
WEB_HOSTS = (
    "www.dropbox.com",
    "dl.dropbox.com",
    "dl.dropboxusercontent.com",
    DOWNLOAD_HOST,
    "db.tt",
)
# The names that programs use.
DROPBOX_HOSTS = API_HOSTS + CONTENT_HOSTS + NOTIFY_HOSTS + WEB_HOSTS
# The same for certificates, where a wildcard stands for one label.
CERTIFICATE_NAMES = (
    *DROPBOX_HOSTS,
    *(name for domain in DOMAINS for name in (domain, f"*.{domain}") if name not in DROPBOX_HOSTS),
    "*.dl.dropboxusercontent.com",
)
_SUFFIXES = tuple(f".{domain}" for domain in DOMAINS)


def is_dropbox_host(host: str | bytes) -> bool:
    """Whether a host name, without a port, is one of the service's."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    name = name.lower().rstrip(".")
    return name in DOMAINS or name.endswith(_SUFFIXES)


def is_content_host(host: str) -> bool:
    """Whether a Host header, with or without a port, is a content host of the service."""
    return host.partition(":")[0].lower() in CONTENT_HOSTS


def is_notify_host(host: str) -> bool:
    """Whether a Host header, with or without a port, is a notify host of the service."""
    return host.partition(":")[0].lower() in NOTIFY_HOSTS


def is_real_host(host: str) -> bool:
    """Whether a Host header, with or without a port, is a host name of the service."""
    return is_dropbox_host(host.partition(":")[0])
