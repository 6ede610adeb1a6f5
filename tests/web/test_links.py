"""Shared and temporary links, as whoever has one sees them: without credentials."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from fakebox.context import Namespace, RequestContext
from fakebox.core import defaults
from fakebox.core.world import World
from fakebox.web.app import create_web

CONTENT = b"0123456789"
CONTENT_HOST = {"Host": "api-content.dropbox.com"}

_WEB = create_web()


class Visitor:
    """Somebody with a link, and the Dropbox that it leads to."""

    def __init__(self) -> None:
        self.world = World()
        self.scope = self.world.tokens.scope(self.world.tokens.find(defaults.TOKEN), "dropbox")
        self._client = Client(self._app)

    def get(self, url, **headers):
        """What is at a URL."""
        return self._client.get(url, headers=headers)

    def head(self, url):
        """What would be there."""
        return self._client.head(url)

    def has(self, path, content=CONTENT):
        """The owner stores a file."""
        self.world.files.upload(self.scope, path, [content])

    def shared(self, path):
        """The owner shares a file or folder: the URL without its name."""
        return f"/s/{self.world.shared_links.create(self.scope, path)[0].link.token}"

    def media(self, path):
        """The owner makes a temporary link."""
        return f"/0/view/{self.world.shared_links.create_temporary(self.scope, path).token}/name"

    def _app(self, environ, start_response):
        RequestContext(environ).namespace = Namespace(self.world)
        return _WEB(environ, start_response)


@pytest.fixture
def visitor():
    """A visitor of a fresh world."""
    made = Visitor()
    yield made
    made.world.close()


def test_visitor_sees_name_size_and_download_of_a_shared_file(visitor):
    """The download is the same URL with `dl=1`."""
    visitor.has("/a <b>.bin")
    page = visitor.get(visitor.shared("/a <b>.bin") + "/a.bin").text
    assert "<h1>a &lt;b&gt;.bin</h1>" in page
    assert "10 bytes" in page
    assert 'href="?dl=1"' in page


def test_visitor_downloads_a_shared_file(visitor):
    """Under its own name."""
    visitor.has("/ü.txt")
    response = visitor.get(visitor.shared("/ü.txt") + "/x?dl=1")
    assert response.data == CONTENT
    assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%BC.txt"


def test_visitor_of_a_content_host_gets_the_bytes_themselves(visitor):
    """Some clients swap the host of a link for it."""
    visitor.has("/a.txt")
    response = visitor.get(visitor.shared("/a.txt") + "/a.txt", **CONTENT_HOST)
    assert response.data == CONTENT


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.txt", "&lt;script&gt;"),
        ("a.svg", "&lt;script&gt;"),
        ("a.png", "<img"),
        ("a.mov", "<video"),
        ("a.mp3", "<audio"),
    ],
)
def test_visitor_sees_a_preview(visitor, name, shown):
    """Text as text, whatever it would do in a browser; the rest from the link itself."""
    visitor.has(f"/{name}", b"<script>")
    url = visitor.shared(f"/{name}")
    page = visitor.get(f"{url}/{name}").text
    assert shown in page
    assert "<script>" not in page


def test_preview_is_loaded_from_the_link_itself(visitor):
    """The page refers to the bytes; it does not repeat them."""
    visitor.has("/a b?.png")
    url = f"{visitor.shared('/a b?.png')}/a%20b%3F.png"
    assert f'src="{url}?raw=1"' in visitor.get(url).text
    assert visitor.get(f"{url}?raw=1").data == CONTENT


def test_visitor_of_a_short_url_is_led_to_the_long_one(visitor):
    """And nowhere if there is none."""
    visitor.has("/a b.txt")
    link = visitor.world.shared_links.create(visitor.scope, "/a b.txt")[0].link
    response = visitor.get(f"/db.tt/{link.short_code}")
    assert response.status_code == 302
    assert response.headers["Location"] == f"/s/{link.token}/a%20b.txt"
    assert visitor.get("/db.tt/unknown").status_code == 404


def test_visitor_without_the_name_is_led_to_it(visitor):
    """With all that was asked besides."""
    visitor.has("/a b.txt")
    url = visitor.shared("/a b.txt")
    assert visitor.get(f"{url}?dl=1").headers["Location"] == f"{url}/a%20b.txt?dl=1"
    assert visitor.get(url).headers["Location"] == f"{url}/a%20b.txt"


def test_visitor_walks_through_a_shared_folder(visitor):
    """Everything below it has a page of its own, and a download."""
    visitor.has("/My Folder/sub/a b.txt")
    url = visitor.shared("/My Folder") + "/My%20Folder"
    page = visitor.get(url).text
    assert "<h1>My Folder</h1>" in page
    assert f'href="{url}/sub"' in page
    assert f'href="{url}/sub/a%20b.txt"' in visitor.get(f"{url}/sub").text
    assert "<h1>a b.txt</h1>" in visitor.get(f"{url}/sub/a%20b.txt").text
    assert visitor.get(f"{url}/sub/a%20b.txt?dl=1").data == CONTENT


def test_visitor_of_an_empty_folder_is_told_so(visitor):
    """What was deleted from it isn't shown."""
    visitor.has("/folder/a.txt")
    url = visitor.shared("/folder")
    visitor.world.files.delete(visitor.scope, "/folder/a.txt")
    page = visitor.get(f"{url}/folder").text
    assert "Nothing here" in page
    assert "a.txt" not in page


@pytest.mark.parametrize("below", ["missing", "..", "../secret.txt", "a%5Cb", "%FF", "x" * 300])
def test_visitor_of_a_folder_sees_nothing_else(visitor, below):
    """404 for what isn't below it, and for what can't be."""
    visitor.has("/folder/a.txt")
    visitor.has("/secret.txt")
    url = visitor.shared("/folder")
    assert visitor.get(f"{url}/folder/{below}").status_code == 404


def test_visitor_sees_nothing_once_the_file_is_gone(visitor):
    """Nor with a word that was never a link's, or is another kind of link's."""
    visitor.has("/a.txt")
    shared, media = visitor.shared("/a.txt"), visitor.media("/a.txt")
    visitor.world.files.delete(visitor.scope, "/a.txt")
    for url in (f"{shared}/a.txt", media, "/s/unknown/a", "/s/unknown", "/0/view/unknown/a"):
        assert visitor.get(url).status_code == 404


def test_temporary_link_opens_no_page(visitor):
    """And a lasting one streams under no other address."""
    visitor.has("/a.txt")
    shared, media = visitor.shared("/a.txt"), visitor.media("/a.txt")
    assert visitor.get(media.replace("/0/view/", "/s/")).status_code == 404
    assert visitor.get(shared.replace("/s/", "/0/view/") + "/a.txt").status_code == 404


def test_player_seeks_in_a_temporary_link(visitor):
    """Parts of the bytes, as its type, to be shown rather than kept."""
    visitor.has("/a.mov")
    response = visitor.get(visitor.media("/a.mov"), Range="bytes=2-4")
    assert (response.status_code, response.data) == (206, b"234")
    assert response.headers["Content-Type"] == "video/quicktime"
    assert response.headers["Content-Disposition"].startswith("inline")


def test_player_is_told_where_the_end_is(visitor):
    """416 with the size; HEAD tells it as well."""
    visitor.has("/a.mov")
    url = visitor.media("/a.mov")
    response = visitor.get(url, Range="bytes=10-")
    assert (response.status_code, response.headers["Content-Range"]) == (416, "bytes */10")
    assert visitor.head(url).headers["Content-Length"] == "10"


def test_temporary_link_ends_after_four_hours(visitor):
    """By the emulated clock."""
    visitor.has("/a.mov")
    url = visitor.media("/a.mov")
    visitor.world.clock.advance(4 * 3600 - 60)
    assert visitor.get(url).status_code == 200
    visitor.world.clock.advance(60)
    assert visitor.get(url).status_code == 404


def test_temporary_link_of_what_became_a_folder_is_404(visitor):
    """It was made for a file."""
    visitor.has("/a.mov")
    url = visitor.media("/a.mov")
    visitor.world.files.delete(visitor.scope, "/a.mov")
    visitor.world.files.create_folder(visitor.scope, "/a.mov")
    assert visitor.get(url).status_code == 404


def test_visitor_is_shown_no_details_of_an_unexpected_failure(visitor, monkeypatch, caplog):
    """The log has them, the page doesn't."""
    visitor.has("/a.txt")
    url = visitor.shared("/a.txt")
    monkeypatch.setattr(visitor.world.shared_links, "look", lambda *_: 1 / 0)
    answer = visitor.get(f"{url}/a.txt")
    assert (answer.status_code, "ZeroDivisionError" in answer.text) == (500, False)
    assert "ZeroDivisionError" in caplog.text
