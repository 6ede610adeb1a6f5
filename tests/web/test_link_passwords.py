"""Pages of links with a password, with an audience, and without downloads."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client

from fakebox.context import Namespace, RequestContext
from fakebox.core import defaults
from fakebox.core.link_settings import LinkSettings
from fakebox.core.world import World
from fakebox.http.urls import keyed_path_of
from fakebox.web.app import create_web

CONTENT = b"the content"
PASSWORD = "hunter-two"

_WEB = create_web()


class Owner:
    """A world with a file and a folder, and browsers that open links to them."""

    def __init__(self):
        self.world = World()
        self.scope = self.world.tokens.scope(self.world.tokens.find(defaults.TOKEN), "dropbox")
        for path in ("/d/a b?.txt", "/d/c.png"):
            self.world.files.upload(self.scope, path, [CONTENT])

    def share(self, path="/d/a b?.txt", form="keyed", **settings):
        """Create a link with settings, and return its URL of one of the forms."""
        links = self.world.shared_links
        link = links.create(self.scope, path, LinkSettings(**settings))[0].link
        if form == "keyed":
            return f"{keyed_path_of(link)}?{urlencode({'rlkey': link.rlkey, 'dl': 0})}"
        return f"/s/{link.token}/{'d' if link.is_folder else 'a%20b%3F.txt'}?dl=0"

    def configure(self, url, **settings):
        """Change the settings of a link."""
        token = url.split("/")[3][:15]
        self.world.shared_links.configure(self.scope, token, LinkSettings(**settings))

    def browser(self):
        """Return a new client, which keeps cookies."""

        def app(environ, start_response):
            RequestContext(environ).namespace = Namespace(self.world)
            return _WEB(environ, start_response)

        return Client(app)


@pytest.fixture
def owner():
    """The owner of a new world."""
    new_owner = Owner()
    yield new_owner
    new_owner.world.close()


def asks_for_a_password(response):
    """Return whether a response is the form for the password, without anything of the file."""
    assert CONTENT not in response.data
    return 'type="password"' in response.text


def unlock(browser, url, password=PASSWORD):
    """Send the form with the password."""
    return browser.post(url, data={"password": password})


@pytest.mark.parametrize("form", ["keyed", "older"])
@pytest.mark.parametrize("query", ["dl=0", "dl=1", "raw=1"])
def test_link_with_a_password_shows_a_form(owner, form, query):
    """The page, the download and the raw content are shown after the password only."""
    url, browser = owner.share(form=form, password=PASSWORD), owner.browser()
    url = url.replace("dl=0", query)
    response = browser.get(url)
    assert response.status_code == 200
    assert asks_for_a_password(response)
    assert "a b" not in response.text
    assert response.headers["Cache-Control"] == "no-store"
    unlocked = unlock(browser, url)
    assert (unlocked.status_code, unlocked.headers["Location"]) == (303, url)
    assert CONTENT in browser.get(url, follow_redirects=True).data


@pytest.mark.parametrize("password", ["", "wrong", "Hunter-two", "hunter-two ", "\N{SNOWMAN}"])
def test_wrong_password_is_403_with_the_form(owner, password):
    """The form is shown again with a message, and the browser gets no access."""
    url, browser = owner.share(password=PASSWORD), owner.browser()
    response = unlock(browser, url, password)
    assert response.status_code == 403
    assert asks_for_a_password(response)
    assert 'role="alert"' in response.text
    assert "Set-Cookie" not in response.headers
    assert asks_for_a_password(browser.get(url))


def test_content_host_does_not_send_a_file_with_a_password(owner):
    """The host name of the content makes no difference."""
    url = owner.share(password=PASSWORD)
    headers = {"Host": "dl.dropboxusercontent.com"}
    assert asks_for_a_password(owner.browser().get(url, headers=headers))


def test_other_browsers_need_the_password(owner):
    """The right to use a link is that of one browser, for one link."""
    url, first, second = owner.share(password=PASSWORD), owner.browser(), owner.browser()
    folder = owner.share("/d", password=PASSWORD)
    unlock(first, url)
    assert asks_for_a_password(second.get(url))
    assert asks_for_a_password(first.get(folder))
    unlock(first, folder)
    assert CONTENT in first.get(url).data


def test_new_password_is_asked_for(owner):
    """A browser that has used the link needs the new password."""
    url, browser = owner.share(password=PASSWORD), owner.browser()
    unlock(browser, url)
    owner.configure(url, password="second")
    assert asks_for_a_password(browser.get(url))
    unlock(browser, url, "second")
    assert CONTENT in browser.get(url).data
    owner.configure(url, requires_password=False)
    assert CONTENT in owner.browser().get(url).data


def test_password_of_a_folder_opens_its_entries(owner):
    """The entries below the folder need no other password."""
    url, browser = owner.share("/d", password=PASSWORD), owner.browser()
    inner = url.replace("/h?", "/h/c.png?").replace("dl=0", "raw=1")
    assert asks_for_a_password(browser.get(inner))
    unlock(browser, url)
    assert "c.png" in browser.get(url).text
    assert browser.get(inner, follow_redirects=True).data == CONTENT


def test_password_for_an_unknown_or_incomplete_link_is_an_error(owner):
    """The form of a link that does not exist is 404, and without the second key 403."""
    browser, url = owner.browser(), owner.share(password=PASSWORD)
    assert unlock(browser, "/s/unknown/a").status_code == 404
    response = unlock(browser, re.sub("rlkey=[^&]*", "rlkey=x", url))
    assert (response.status_code, "rlkey" in response.text) == (403, True)


def test_many_passwords_do_not_fill_the_cookie(owner):
    """The browser keeps the right to use the links that it has opened last."""
    browser, urls = owner.browser(), []
    for number in range(40):
        owner.world.files.upload(owner.scope, f"/{number}.txt", [CONTENT])
        urls.append(owner.share(f"/{number}.txt", password=PASSWORD))
        response = unlock(browser, urls[-1])
        assert len(response.headers["Set-Cookie"]) < 4000
    assert asks_for_a_password(browser.get(urls[0]))
    for url in urls[-20:]:
        assert CONTENT in browser.get(url).data


def test_link_without_a_password_does_not_depend_on_cookies(owner):
    """The response for a browser without cookies may be stored for others."""
    response = owner.browser().get(owner.share().replace("dl=0", "raw=1"), follow_redirects=True)
    assert response.data == CONTENT
    for one in (response, *response.history):
        assert "Cookie" not in one.headers.get("Vary", "")


@pytest.mark.parametrize("query", ["dl=1", "raw=1"])
def test_address_of_the_content_is_denied_after_the_settings_change(owner, query):
    """The address needs no session, and does not work once the password is another."""
    url, browser = owner.share(password=PASSWORD).replace("dl=0", query), owner.browser()
    unlock(browser, url)
    address = browser.get(url).headers["Location"]
    assert owner.browser().get(address).data == CONTENT
    owner.configure(url, password="second")
    response = owner.browser().get(address)
    assert (response.status_code, CONTENT in response.data) == (403, False)


@pytest.mark.parametrize("step", ["dl", "raw"])
def test_step_to_the_content_leads_back_to_the_form(owner, step):
    """Without the session, the URL of the second step is redirected to the form."""
    url = owner.share(form="older", password=PASSWORD)
    target = url.replace("/s/", f"/s/{step}/").replace("?dl=0", "")
    response = owner.browser().get(target)
    assert (response.status_code, CONTENT in response.data) == (302, False)
    assert response.headers["Location"] == url.replace("dl=0", f"{step}=1")
    assert asks_for_a_password(owner.browser().get(target, follow_redirects=True))


def test_archive_of_a_folder_needs_the_password(owner):
    """The archive is sent after the password only, and not without downloads."""
    url, browser = owner.share("/d", password=PASSWORD).replace("dl=0", "dl=1"), owner.browser()
    assert asks_for_a_password(browser.get(url, follow_redirects=True))
    unlock(browser, url)
    response = browser.get(url, follow_redirects=True, buffered=True)
    assert response.mimetype == "application/zip"
    address = browser.get(url).headers["Location"]
    owner.configure(url, allows_download=False)
    for target in (url, address):
        response = browser.get(target)
        assert (response.status_code, response.mimetype) == (403, "text/html")


def test_link_for_an_audience_is_403(owner):
    """The page of a link that is not public does not show the file."""
    response = owner.browser().get(owner.share(audience="no_one"))
    assert response.status_code == 403
    assert CONTENT not in response.data


@pytest.mark.parametrize("path", ["/d/a b?.txt", "/d/c.png"])
def test_link_without_downloads_shows_a_page_only(owner, path):
    """The page has no download and no URL of the content, which are 403."""
    url, browser = owner.share(path, allows_download=False), owner.browser()
    page = browser.get(url)
    assert page.status_code == 200
    assert "does not allow downloads" in page.text
    assert not re.search("(raw|dl)=1", page.text)
    for query in ("dl=1", "raw=1"):
        response = browser.get(url.replace("dl=0", query))
        assert response.status_code == 403
        assert CONTENT not in response.data
    headers = {"Host": "dl.dropboxusercontent.com"}
    assert browser.get(url, headers=headers).status_code == 403
