"""The names that the real service answers to, in the early years and the late ones."""

API_HOSTS = ("api.dropbox.com", "api.dropboxapi.com")
CONTENT_HOSTS = ("api-content.dropbox.com", "content.dropboxapi.com")
NOTIFY_HOSTS = ("api-notify.dropbox.com", "notify.dropboxapi.com")
WEB_HOSTS = ("www.dropbox.com", "dl.dropbox.com", "dl.dropboxusercontent.com", "db.tt")
DROPBOX_HOSTS = API_HOSTS + CONTENT_HOSTS + NOTIFY_HOSTS + WEB_HOSTS


def is_content_host(host: str) -> bool:
    """Whether a request's Host, with or without a port, is one that serves contents."""
    return host.partition(":")[0].lower() in CONTENT_HOSTS


def is_real_host(host: str) -> bool:
    """Whether a request's Host, with or without a port, is one of the real service's names."""
    return host.partition(":")[0].lower() in DROPBOX_HOSTS
