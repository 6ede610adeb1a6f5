"""Shared and temporary links, opened without credentials."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from dataclasses import replace
from html import unescape
from io import BytesIO
from urllib.parse import quote, urlencode, urljoin, urlsplit
from zipfile import ZipFile

import pytest
from werkzeug.test import Client

from fakebox.context import Namespace, RequestContext
from fakebox.core import defaults
from fakebox.core.world import World
from fakebox.dropbox_hosts import is_dropbox_host
from fakebox.http.urls import keyed_path_of
from fakebox.web.app import create_web

CONTENT = b"0123456789"
CONTENT_HOSTS = [
    "api-content.dropbox.com",
    "content.dropboxapi.com",
    "dl.dropbox.com",
    "dl.dropboxusercontent.com",
    "DL.dropboxusercontent.com:8710",
    "uc0123.dl.dropboxusercontent.com",
]

_WEB = create_web()


class Visitor:
    """A client without credentials, and the world with the links."""

    def __init__(self) -> None:
        self.world = World()
        self.scope = self.world.tokens.scope(self.world.tokens.find(defaults.TOKEN), "dropbox")
        self._client = Client(self._app)

    def get(self, url, **headers):
        """Send a GET request."""
        return self._client.get(url, headers=headers, buffered=True)

    def follow(self, url, **headers):
        """Send a GET request, and follow the redirects of the response."""
        return self._client.get(url, headers=headers, follow_redirects=True, buffered=True)

    def head(self, url):
        """Send a HEAD request."""
        return self._client.head(url)

    def upload(self, path, content=CONTENT):
        """Upload a file as the owner."""
        self.world.files.upload(self.scope, path, [content])

    def share(self, path):
        """Share a file or folder, and return the path of the link without the file name."""
        return f"/s/{self.world.shared_links.create(self.scope, path)[0].link.token}"

    def keyed(self, path, **query):
        """Share a file or folder, and return its URL of today's form with more parameters."""
        link = self.world.shared_links.create(self.scope, path)[0].link
        return f"{keyed_path_of(link)}?{urlencode({'rlkey': link.rlkey, **query})}"

    def media(self, path):
        """Create a temporary link, and return its path."""
        return f"/1/view/{self.world.shared_links.create_temporary(self.scope, path).token}/name"

    def _app(self, environ, start_response):
        RequestContext(environ).namespace = Namespace(self.world)
        return _WEB(environ, start_response)


@pytest.fixture
def visitor():
    """A visitor of a new world."""
    new_visitor = Visitor()
    yield new_visitor
    new_visitor.world.close()


def test_page_of_a_shared_file_has_its_name_size_and_download_link(visitor):
    """The download link is the same URL with `dl=1`."""
    visitor.upload("/a <b>.bin")
    page = visitor.get(visitor.share("/a <b>.bin") + "/a.bin").text
    assert "<h1>a &lt;b&gt;.bin</h1>" in page
    assert "10 bytes" in page
    assert 'href="?dl=1"' in page


def test_download_of_a_shared_file_has_its_name(visitor):
    """The Content-Disposition header contains the file's own name."""
    visitor.upload("/ü.txt")
    response = visitor.follow(visitor.share("/ü.txt") + "/x?dl=1")
    assert response.data == CONTENT
    assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%BC.txt"


@pytest.mark.parametrize("name", ["two\nlines.bin", "\r\nX-Header: 1", "\U0001f60a", "tab\t"])
def test_download_of_a_name_with_control_characters_has_an_encoded_name(visitor, name):
    """The URL of every kind of link reaches the file, and its name is no header of its own."""
    visitor.upload(f"/folder/{name}")
    encoded = f"attachment; filename*=UTF-8''{quote(name)}"
    below = visitor.keyed("/folder").replace("?", f"/{quote(name)}?")
    for url in (
        f"{visitor.share(f'/folder/{name}')}/{quote(name)}?dl=1",
        visitor.keyed(f"/folder/{name}", dl=1),
        f"{below}&dl=1",
        f"{visitor.media(f'/folder/{name}')}?dl=1",
        f"{visitor.media(f'/folder/{name}').removesuffix('/name')}/{quote(name)}?dl=1",
    ):
        response = visitor.follow(url)
        assert response.data == CONTENT
        assert response.headers["Content-Disposition"] == encoded
        assert "X-Header" not in response.headers
    assert visitor.get(visitor.keyed(f"/folder/{name}")).status_code == 200


@pytest.mark.parametrize("host", CONTENT_HOSTS)
def test_link_with_a_content_host_returns_the_file(visitor, host):
    """Some clients replace the host of a link by a content host."""
    visitor.upload("/a.txt")
    for url in (
        visitor.share("/a.txt") + "/a.txt",
        visitor.share("/a.txt") + "/a.txt?dl=0",
        visitor.keyed("/a.txt", dl=0),
    ):
        assert visitor.get(url, Host=host).data == CONTENT


def test_keyed_link_shows_a_page_or_sends_the_file(visitor):
    """`dl=0` shows a page, `dl=1` is a download, and `raw=1` sends the file to be shown."""
    visitor.upload("/a b.png")
    page = visitor.get(visitor.keyed("/a b.png", dl=0))
    assert "<h1>a b.png</h1>" in page.text
    download = visitor.follow(visitor.keyed("/a b.png", dl=1))
    assert download.data == CONTENT
    assert download.headers["Content-Disposition"].startswith("attachment")
    raw = visitor.follow(visitor.keyed("/a b.png", raw=1))
    assert raw.data == CONTENT
    assert raw.headers["Content-Disposition"].startswith("inline")
    for url in re.findall('(?:src|href)="([^"]*(?:rlkey|/cd/)[^"]*)"', page.text):
        target = urljoin(visitor.keyed("/a b.png"), unescape(url))
        assert visitor.follow(target).data == CONTENT


CONTENT_URL = r"http://localhost/cd/0/{}/[\w-]{{30,}}/file"


@pytest.mark.parametrize(
    ("query", "step", "form", "kind", "disposition"),
    [
        ("dl=1", "dl", r"get", "application/binary", "attachment"),
        ("raw=1", "raw", r"inline", "image/png", "inline"),
        ("raw", "raw", r"inline", "image/png", "inline"),
    ],
)
def test_older_link_is_redirected_in_two_steps(visitor, query, step, form, kind, disposition):
    """A link of version 1 is redirected to a path with `dl` or `raw`, and then to the content."""
    visitor.upload("/a b.png")
    url = visitor.share("/a b.png")
    first = visitor.get(f"{url}/a%20b.png?{query}")
    expected = f"{url.replace('/s/', f'/s/{step}/')}/a%20b.png"
    assert (first.status_code, first.headers["Location"]) == (301, expected)
    second = visitor.get(expected)
    suffix = r"\?dl=1" if step == "dl" else ""
    assert second.status_code == 302
    assert re.fullmatch(CONTENT_URL.format(form) + suffix, second.headers["Location"])
    content = visitor.get(second.headers["Location"])
    assert (content.status_code, content.data) == (200, CONTENT)
    assert content.headers["Content-Type"] == kind
    name = "filename=\"a b.png\"; filename*=UTF-8''a%20b.png"
    assert content.headers["Content-Disposition"] == f"{disposition}; {name}"


def test_keyed_link_is_redirected_in_one_step(visitor):
    """A link of today's form is redirected to the content at once."""
    visitor.upload("/a.txt")
    for query, form in (({"dl": 1}, "get"), ({"raw": 1}, "inline")):
        response = visitor.get(visitor.keyed("/a.txt", **query))
        assert response.status_code == 302
        assert re.match(CONTENT_URL.format(form), response.headers["Location"])


def test_address_of_the_content_has_the_download_host_for_hosts_of_the_service(visitor):
    """The host is one of the service's, which the emulator serves as well."""
    visitor.upload("/folder/a.txt")
    host = r"https://uc[0-9a-f]{26}\.dl\.dropboxusercontent\.com"
    for url, path in (
        (visitor.keyed("/folder/a.txt", dl=1), "/cd/0/get/"),
        (visitor.keyed("/folder", dl=1), "/zip_download_get/"),
    ):
        location = visitor.get(url, Host="www.dropbox.com").headers["Location"]
        assert re.match(host + path, location)
        parts = urlsplit(location)
        response = visitor.get(f"{parts.path}?{parts.query}", Host=parts.hostname)
        assert response.status_code == 200
        assert is_dropbox_host(parts.hostname)


def test_address_of_the_content_supports_ranges(visitor):
    """A download can be continued."""
    visitor.upload("/a.mov")
    address = visitor.get(visitor.keyed("/a.mov", dl=1)).headers["Location"]
    response = visitor.get(address, Range="bytes=2-4")
    assert (response.status_code, response.data) == (206, b"234")


def test_address_of_the_content_expires_and_does_not_show_the_link(visitor):
    """After four hours the address is 410, and it never contains the key of the link."""
    visitor.upload("/a.txt")
    url = visitor.keyed("/a.txt", dl=1)
    address = visitor.get(url).headers["Location"]
    encoded = re.search("/get/([^/]*)/", address)[1]
    token = visitor.share("/a.txt").removeprefix("/s/")
    assert token.encode() not in urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    visitor.world.clock.advance(4 * 3600 - 1)
    assert visitor.get(address).data == CONTENT
    visitor.world.clock.advance(1)
    response = visitor.get(address)
    assert (response.status_code, CONTENT in response.data) == (410, False)
    assert visitor.follow(url).data == CONTENT


def test_address_of_the_content_does_not_open_another_link_after_a_restoration(visitor):
    """The address of a link that a restoration removed does not open a link created afterwards."""
    visitor.upload("/a.txt")
    visitor.upload("/other.txt", b"other")
    snapshot = visitor.world.snapshot()
    address = visitor.get(visitor.keyed("/a.txt", dl=1)).headers["Location"]
    visitor.world.restore(snapshot)
    visitor.keyed("/other.txt")
    assert visitor.get(address).status_code == 404


def test_address_of_the_content_ends_with_the_link(visitor):
    """An address is 404 once the link is revoked, and so is one that was altered."""
    visitor.upload("/a.txt")
    address = visitor.get(visitor.keyed("/a.txt", dl=1)).headers["Location"]
    assert visitor.get(address.replace("/get/", "/get/A")).status_code == 404
    assert visitor.get("/cd/0/get/x/file").status_code == 404
    assert visitor.get("/zip_download_get/x").status_code == 404
    token = visitor.share("/a.txt").removeprefix("/s/")
    visitor.world.shared_links.revoke(visitor.scope, token)
    assert visitor.get(address).status_code == 404


def test_archive_of_a_folder_that_was_deleted_is_not_found(visitor):
    """The address of a folder below the folder of the link is 404 when it was deleted."""
    visitor.upload("/folder/sub/a.txt")
    url = visitor.keyed("/folder", dl=1).replace("?", "/sub?")
    address = visitor.get(url).headers["Location"]
    assert visitor.get(address).status_code == 200
    visitor.world.files.delete(visitor.scope, "/folder/sub")
    assert visitor.get(address).status_code == 404


@pytest.mark.parametrize("form", ["older", "keyed"])
def test_folder_is_downloaded_as_an_archive(visitor, form):
    """With `dl=1` the link of a folder leads to a ZIP archive of everything below it."""
    visitor.upload("/My Folder/sub/é b.txt")
    visitor.upload("/My Folder/c", b"")
    visitor.world.files.create_folder(visitor.scope, "/My Folder/empty")
    url = f"{visitor.share('/My Folder')}/My%20Folder?dl=1"
    response = visitor.follow(url if form == "older" else visitor.keyed("/My Folder", dl=1))
    assert [one.status_code for one in response.history] == ([301] if form == "older" else []) + [
        302
    ]
    assert (response.status_code, response.mimetype) == (200, "application/zip")
    name = "filename=\"My Folder.zip\"; filename*=UTF-8''My%20Folder.zip"
    assert response.headers["Content-Disposition"] == f"attachment; {name}"
    with ZipFile(BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {"sub/", "sub/é b.txt", "c", "empty/"}
        assert archive.read("sub/é b.txt") == CONTENT


def test_folder_below_a_linked_folder_is_downloaded_as_an_archive(visitor):
    """The archive has the name and the entries of the inner folder."""
    visitor.upload("/top/sub/deep/a")
    visitor.upload("/top/b")
    response = visitor.follow(f"{visitor.share('/top')}/top/sub?dl=1")
    assert '"sub.zip"' in response.headers["Content-Disposition"]
    with ZipFile(BytesIO(response.data)) as archive:
        assert archive.namelist() == ["deep/", "deep/a"]


def test_archive_of_too_many_entries_is_400(visitor):
    """The page says so, and no archive is made."""
    visitor.upload("/top/a")
    visitor.upload("/top/b")
    settings = replace(visitor.world.settings, operation_limit=1)
    visitor.world.settings = settings
    response = visitor.follow(visitor.keyed("/top", dl=1))
    assert (response.status_code, "too many" in response.text) == (400, True)


def test_raw_content_of_a_folder_is_its_page(visitor):
    """A folder has no content to be shown, so `raw=1` makes no difference."""
    visitor.upload("/folder/a.txt")
    assert "<h1>folder</h1>" in visitor.get(visitor.keyed("/folder", raw=1)).text
    url = visitor.share("/folder")
    response = visitor.get(f"{url.replace('/s/', '/s/raw/')}/folder")
    assert (response.status_code, response.headers["Location"]) == (302, f"{url}/folder")


def test_keyed_link_without_its_second_key_is_403(visitor):
    """The page without the right `rlkey` says so and does not show the file."""
    visitor.upload("/secret.txt")
    url = visitor.keyed("/secret.txt", dl=1)
    for wrong in (re.sub("rlkey=[^&]*", "", url), re.sub("rlkey=[^&]*", "rlkey=x", url)):
        response = visitor.get(wrong)
        assert response.status_code == 403
        assert CONTENT not in response.data
    altered = url.replace("/scl/fi/", "/scl/fi/x")
    assert visitor.get(altered).status_code == 404


def test_keyed_link_to_a_folder_leads_to_its_entries(visitor):
    """Every link on the page of a folder has the second key."""
    visitor.upload("/My Folder/sub/a b.txt")
    url = visitor.keyed("/My Folder", dl=0)
    assert url.startswith("/scl/fo/")
    for name in ("sub/", "a b.txt"):
        page = visitor.get(url).text
        url = unescape(re.search(f'href="([^"]*)">{name}</a>', page)[1])
    assert "<h1>a b.txt</h1>" in visitor.get(url).text
    assert visitor.follow(url.replace("dl=0", "dl=1")).data == CONTENT


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "&lt;script&gt;"),
        ("a.svg", "&lt;script&gt;"),
        ("a.png", "<img"),
        ("a.mov", "<video"),
        ("a.mp3", "<audio"),
    ],
)
def test_page_of_a_shared_file_has_a_preview(visitor, name, expected):
    """Text is escaped, and media files are loaded from the link."""
    visitor.upload(f"/{name}", b"<script>")
    url = visitor.share(f"/{name}")
    page = visitor.get(f"{url}/{name}").text
    assert expected in page
    assert "<script>" not in page


def test_preview_is_loaded_from_the_address_of_the_content(visitor):
    """The page refers to the bytes of the file, on the same host, instead of containing them."""
    visitor.upload("/a b?.png")
    url = f"{visitor.share('/a b?.png')}/a%20b%3F.png"
    for host in ("localhost", "www.dropbox.com"):
        source = re.search('src="(/cd/0/inline/[^"]*)"', visitor.get(url, Host=host).text)[1]
        response = visitor.get(source, Host=host)
        assert (response.data, response.mimetype) == (CONTENT, "image/png")


def test_short_url_redirects_to_the_long_url(visitor):
    """A short URL redirects to the long one, and an unknown short URL is answered with 404."""
    visitor.upload("/a b.txt")
    link = visitor.world.shared_links.create(visitor.scope, "/a b.txt")[0].link
    response = visitor.get(f"/db.tt/{link.short_code}")
    assert response.status_code == 302
    assert response.headers["Location"] == f"/s/{link.token}/a%20b.txt"
    assert visitor.get("/db.tt/unknown").status_code == 404


def test_url_without_the_name_redirects_to_the_url_with_the_name(visitor):
    """The redirect keeps the query."""
    visitor.upload("/a b.txt")
    url = visitor.share("/a b.txt")
    assert visitor.get(f"{url}?dl=1").headers["Location"] == f"{url}/a%20b.txt?dl=1"
    assert visitor.get(url).headers["Location"] == f"{url}/a%20b.txt"


def test_shared_folder_has_a_page_for_each_entry(visitor):
    """Every entry below the folder has its own page and download."""
    visitor.upload("/My Folder/sub/a b.txt")
    url = visitor.share("/My Folder") + "/My%20Folder"
    page = visitor.get(url).text
    assert "<h1>My Folder</h1>" in page
    assert f'href="{url}/sub"' in page
    assert f'href="{url}/sub/a%20b.txt"' in visitor.get(f"{url}/sub").text
    assert "<h1>a b.txt</h1>" in visitor.get(f"{url}/sub/a%20b.txt").text
    assert visitor.follow(f"{url}/sub/a%20b.txt?dl=1").data == CONTENT


def test_page_of_an_empty_folder_shows_that_it_is_empty(visitor):
    """Deleted entries are not shown."""
    visitor.upload("/folder/a.txt")
    url = visitor.share("/folder")
    visitor.world.files.delete(visitor.scope, "/folder/a.txt")
    page = visitor.get(f"{url}/folder").text
    assert "Nothing here" in page
    assert "a.txt" not in page


@pytest.mark.parametrize("subpath", ["missing", "..", "../secret.txt", "a%5Cb", "%FF", "x" * 300])
def test_path_outside_of_a_shared_folder_is_404(visitor, subpath):
    """A path that is missing, illegal or outside of the shared folder is answered with 404."""
    visitor.upload("/folder/a.txt")
    visitor.upload("/secret.txt")
    url = visitor.share("/folder")
    assert visitor.get(f"{url}/folder/{subpath}").status_code == 404


def test_link_to_a_deleted_file_and_an_unknown_link_are_404(visitor):
    """Links of both kinds to a deleted file are answered with 404, as are unknown tokens."""
    visitor.upload("/a.txt")
    shared_url, temporary_url = visitor.share("/a.txt"), visitor.media("/a.txt")
    visitor.world.files.delete(visitor.scope, "/a.txt")
    for url in (
        f"{shared_url}/a.txt",
        temporary_url,
        "/s/unknown/a",
        "/s/unknown",
        "/1/view/unknown/a",
    ):
        assert visitor.get(url).status_code == 404


def test_tokens_of_temporary_and_shared_links_are_not_interchangeable(visitor):
    """A token of one kind is answered with 404 at the URL of the other kind."""
    visitor.upload("/a.txt")
    shared_url, temporary_url = visitor.share("/a.txt"), visitor.media("/a.txt")
    assert visitor.get(temporary_url.replace("/1/view/", "/s/")).status_code == 404
    assert visitor.get(shared_url.replace("/s/", "/1/view/") + "/a.txt").status_code == 404


def test_temporary_link_supports_ranges(visitor):
    """The response has the content type of the file, and no disposition."""
    visitor.upload("/a.mov")
    response = visitor.get(visitor.media("/a.mov"), Range="bytes=2-4")
    assert (response.status_code, response.data) == (206, b"234")
    assert response.headers["Content-Type"] == "video/quicktime"
    assert "Content-Disposition" not in response.headers


def test_temporary_link_of_version_2_sends_the_same_content(visitor):
    """The URL of version 2 has ranges, the end and the errors of the URL of version 1."""
    visitor.upload("/a.mov")
    url = visitor.media("/a.mov").replace("/1/view/", "/cd/0/get/").replace("/name", "/file")
    response = visitor.get(url, Range="bytes=2-4")
    assert (response.status_code, response.data) == (206, b"234")
    assert response.headers["Content-Type"] == "video/quicktime"
    assert "Content-Disposition" not in response.headers
    assert "attachment" in visitor.get(f"{url}?dl=1").headers["Content-Disposition"]
    assert visitor.get("/cd/0/get/unknown/file").status_code == 404
    visitor.world.clock.advance(4 * 3600)
    assert visitor.get(url).status_code == 410


def test_range_after_the_end_is_416_with_the_size(visitor):
    """A HEAD request returns the size as well."""
    visitor.upload("/a.mov")
    url = visitor.media("/a.mov")
    response = visitor.get(url, Range="bytes=10-")
    assert (response.status_code, response.headers["Content-Range"]) == (416, "bytes */10")
    assert visitor.head(url).headers["Content-Length"] == "10"


def test_temporary_link_expires_after_four_hours(visitor):
    """A temporary link is answered with 410 after four hours of the world's clock, for a day."""
    visitor.upload("/a.mov")
    url = visitor.media("/a.mov")
    visitor.world.clock.advance(4 * 3600 - 60)
    assert visitor.get(url).status_code == 200
    visitor.world.clock.advance(60)
    response = visitor.get(url)
    assert response.status_code == 410
    assert CONTENT not in response.data
    visitor.world.clock.advance(24 * 3600 - 1)
    visitor.media("/a.mov")
    assert visitor.get(url).status_code == 410
    visitor.world.clock.advance(1)
    visitor.media("/a.mov")
    assert visitor.get(url).status_code == 404


def test_temporary_link_to_a_path_that_became_a_folder_is_404(visitor):
    """A temporary link works only while its path is a file."""
    visitor.upload("/a.mov")
    url = visitor.media("/a.mov")
    visitor.world.files.delete(visitor.scope, "/a.mov")
    visitor.world.files.create_folder(visitor.scope, "/a.mov")
    assert visitor.get(url).status_code == 404


def test_unexpected_exception_is_500_without_details(visitor, monkeypatch, caplog):
    """The log contains the exception, and the page does not."""
    visitor.upload("/a.txt")
    url = visitor.share("/a.txt")
    monkeypatch.setattr(visitor.world.shared_links, "look", lambda *_, **__: 1 / 0)
    response = visitor.get(f"{url}/a.txt")
    assert (response.status_code, "ZeroDivisionError" in response.text) == (500, False)
    assert "ZeroDivisionError" in caplog.text
