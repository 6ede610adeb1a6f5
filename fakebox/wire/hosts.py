"""The names that the real service answers to, in the early years and the late ones."""

API_HOSTS = ("api.dropbox.com", "api.dropboxapi.com")
CONTENT_HOSTS = ("api-content.dropbox.com", "content.dropboxapi.com")
NOTIFY_HOSTS = ("api-notify.dropbox.com", "notify.dropboxapi.com")
WEB_HOSTS = ("www.dropbox.com", "dl.dropbox.com", "dl.dropboxusercontent.com", "db.tt")
DROPBOX_HOSTS = API_HOSTS + CONTENT_HOSTS + NOTIFY_HOSTS + WEB_HOSTS
