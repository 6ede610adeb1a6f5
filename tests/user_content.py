"""Routes that return the content of a file, for the tests of headers and browsers."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode, urlsplit

import urllib3

TOKEN = "fakebox-bearer-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}

V1 = {
    "/files/<root><everything:path>",
    "/thumbnails/<root><everything:path>",
    "/previews/<root><everything:path>",
}
V2 = {
    "/files/download",
    "/files/download_zip",
    "/files/get_preview",
    "/files/get_thumbnail",
    "/files/get_thumbnail_v2",
    "/sharing/get_shared_link_file",
}
WEB = {
    "/1/view/<token>/<path:name>",
    "/cd/0/get/<address>/file",
    "/cd/0/inline/<address>/file",
    "/s/<token>/<path:name>",
    "/s/dl/<token>/<path:name>",
    "/s/raw/<token>/<path:name>",
    "/zip_download_get/<address>",
    "/scl/fi/<key>/<path:name>",
    "/scl/fo/<key>/<path:name>",
}
CONTROL = {"/accounts/<int:uid>/files/<everything:path>", "/files/<int:uid>/<path:path>"}


def routes(box, path):
    """Yield the URL rule and the request target of every GET route that returns a file.

    Args:
        box: The emulator.
        path: The path of a file of the first account.
    """
    plain, with_token = quote(path), urlencode({"access_token": TOKEN})
    # Version 1 returns the existing link when a file is shared again.
    url = f"{box.url}/1/shares/dropbox{plain}?short_url=false"
    link = urllib3.request("POST", url, headers=BEARER).json()["url"]
    url = f"{box.url}/2/files/get_temporary_link"
    temporary = urllib3.request("POST", url, json={"path": path}, headers=BEARER).json()["link"]
    shared = urlsplit(link).path
    arguments = {
        "/files/download": {"path": path},
        "/files/download_zip": {"path": path.rpartition("/")[0]},
        "/files/get_preview": {"path": path},
        "/files/get_thumbnail": {"path": path},
        "/files/get_thumbnail_v2": {"resource": {".tag": "path", "path": path}},
        "/sharing/get_shared_link_file": {"url": link},
    }
    for rule in sorted(V1):
        yield rule, f"/1{rule.replace('<root><everything:path>', f'dropbox{plain}')}?{with_token}"
    for rule, argument in arguments.items():
        query = urlencode({"arg": json.dumps(argument), "access_token": TOKEN})
        yield rule, f"/2{rule}?{query}"
    for query, step, form in (("raw=1", "raw", "inline"), ("dl=1", "dl", "get")):
        yield "/s/<token>/<path:name>", f"{shared}?{query}"
        redirected = _location(f"{box.url}{shared}?{query}")
        yield f"/s/{step}/<token>/<path:name>", redirected
        yield f"/cd/0/{form}/<address>/file", _location(f"{box.url}{redirected}")
    url = f"{box.url}/1/shares/dropbox{quote(path.rpartition('/')[0])}?short_url=false"
    folder = urllib3.request("POST", url, headers=BEARER).json()["url"].replace("/s/", "/s/dl/")
    yield "/zip_download_get/<address>", _location(folder)
    listed = {"path": path, "direct_only": True}
    url = f"{box.url}/2/sharing/list_shared_links"
    (keyed,) = urllib3.request("POST", url, json=listed, headers=BEARER).json()["links"]
    parts = urlsplit(keyed["url"])
    for form in ("fi", "fo"):
        rule = f"/scl/{form}/<key>/<path:name>"
        yield rule, f"{parts.path.replace('/fi/', f'/{form}/')}?{parts.query.replace('=0', '=1')}"
    yield "/cd/0/get/<address>/file", urlsplit(temporary).path
    media = urllib3.request("POST", f"{box.url}/1/media/dropbox{plain}", headers=BEARER).json()
    yield "/1/view/<token>/<path:name>", urlsplit(media["url"]).path
    yield "/files/<int:uid>/<path:path>", f"/_fakebox/files/1{plain}"
    rule = "/accounts/<int:uid>/files/<everything:path>"
    yield rule, f"/_fakebox/accounts/1/files{plain}"


def _location(url):
    """Return the target of the request to which a URL is redirected."""
    location = urllib3.request("GET", url, redirect=False).headers["Location"]
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
