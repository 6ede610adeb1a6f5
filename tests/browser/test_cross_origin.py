"""Tests of attacks by a web page of another origin, in a real browser with scripts."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import urllib3

from tests import user_content

pytestmark = pytest.mark.browser

# If this script ran in the emulator's origin, it would reset the emulator and store a file.
_SCRIPT = (
    "fetch('/_fakebox/files/1/owned.txt', {method: 'PUT', body: 'x'});"
    "fetch('/_fakebox/reset', {method: 'POST'}); document.title = 'owned';"
)
_HTML = f"<!doctype html><title>evil</title><script>{_SCRIPT}</script>"
_SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><script>{_SCRIPT}</script></svg>'
FILES = {"/d/evil.html": _HTML, "/d/evil.svg": _SVG, "/d/evil.txt": _HTML, "/d/evil.js": _SCRIPT}

_UPLOAD = """async ([base, path, body]) => {
  const response = await fetch(base + "/2/files/upload", {
    method: "POST",
    headers: {
      "Authorization": "Bearer fakebox-bearer-token",
      "Content-Type": "application/octet-stream",
      "Dropbox-API-Arg": JSON.stringify({path}),
    },
    body,
  });
  return response.status;
}"""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>other site</title>")

    def log_message(self, *args):
        pass


@pytest.fixture
def other_site():
    """Starts a site of another origin and returns its URL; `localhost` differs from 127.0.0.1."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def attacker(chromium, other_site):
    """Opens a page of the other site, with scripts enabled."""
    context = chromium.new_context(accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(other_site)
    yield page
    context.close()


def open_url(attacker, url):
    """Opens a URL, and ignores the error that a download causes."""
    try:
        # A script that runs sets the title before the page has loaded.
        attacker.goto(url)
    except Exception as error:
        if "Download is starting" not in str(error) and "ERR_ABORTED" not in str(error):
            raise


@pytest.mark.parametrize("path", FILES)
def test_scripts_in_an_uploaded_file_change_nothing(attacker, box, other_site, path):
    """A file uploaded by another site runs no script on any route that sends its content."""
    assert attacker.evaluate(_UPLOAD, [box.url, path, FILES[path]]) == 200
    for rule, target in user_content.routes(box, path):
        open_url(attacker, f"{box.url}{target}")
        assert attacker.title() != "owned", rule
        assert box.tree() == ["/d/", path], rule
        attacker.goto(other_site)


def test_scripts_in_a_framed_file_change_nothing(attacker, box):
    """A file in a frame of another site runs no script on any route."""
    assert attacker.evaluate(_UPLOAD, [box.url, "/d/evil.html", _HTML]) == 200
    attacker.evaluate(
        """(urls) => Promise.all(urls.map((url) => new Promise((done) => {
          const frame = document.createElement("iframe");
          frame.onload = done;
          // A download causes no load event.
          setTimeout(done, 1000);
          frame.src = url;
          document.body.append(frame);
        })))""",
        [f"{box.url}{target}" for _, target in user_content.routes(box, "/d/evil.html")],
    )
    assert box.tree() == ["/d/", "/d/evil.html"]


@pytest.mark.parametrize(
    "script",
    [
        "fetch(base + '/_fakebox/reset', {method: 'POST'})",
        "fetch(base + '/_fakebox/reset', {method: 'POST', mode: 'no-cors'})",
        "fetch(base + '/_fakebox/accounts', {method: 'POST', mode: 'no-cors', body: '{}'})",
        "Promise.resolve(navigator.sendBeacon(base + '/_fakebox/reset', ''))",
    ],
)
def test_cross_origin_requests_change_nothing(attacker, box, script):
    """Requests to the control plane from a page of another site change no file."""
    box.write("/a.txt", b"x")
    attacker.evaluate(f"(base) => {script}.catch(() => null)", box.url)
    attacker.wait_for_load_state("networkidle")
    assert box.tree() == ["/a.txt"]


@pytest.mark.parametrize("sandbox", ["", "allow-forms allow-scripts"])
def test_cross_origin_form_changes_nothing(attacker, box, sandbox):
    """A form of another site changes no file, also in a sandboxed frame with the origin `null`."""
    box.write("/a.txt", b"x")
    form = (
        f"<form method=post action='{box.url}/_fakebox/page/reset'><button>go</button></form>"
        "<script>document.forms[0].submit()</script>"
    )
    attacker.evaluate(
        """async ([html, sandbox]) => {
          const frame = document.createElement("iframe");
          if (sandbox) frame.setAttribute("sandbox", sandbox);
          let loads = 0;
          const loaded = new Promise((done) => {
            frame.onload = () => { if (++loads === 2) done(); };
            setTimeout(done, 2000);
          });
          frame.srcdoc = html;
          document.body.append(frame);
          await loaded;
        }""",
        [form, sandbox],
    )
    assert box.tree() == ["/a.txt"]


def test_cross_origin_page_cannot_read_the_control_plane(attacker, box):
    """Another site reads nothing with fetch, and creates no namespace with an image URL."""
    read = attacker.evaluate(
        """async (base) => {
          const paths = ["/_fakebox/tokens", "/_fakebox/tree/1", "/_fakebox/health"];
          const responses = await Promise.allSettled(paths.map((path) => fetch(base + path)));
          const picture = new Image();
          const finished = new Promise((done) => { picture.onload = picture.onerror = done; });
          picture.src = base + "/_fakebox/?namespace=n1";
          await finished;
          return responses.filter((response) => response.status === "fulfilled").length;
        }""",
        box.url,
    )
    assert read == 0
    found = urllib3.request("GET", f"{box.url}/_fakebox/namespaces").json()
    assert found == {"namespaces": []}


def test_stored_images_are_displayed(attacker, box):
    """A stored image is displayed despite the sandbox, alone and on a shared link's page."""
    from io import BytesIO

    from PIL import Image

    data = BytesIO()
    Image.new("RGB", (40, 30)).save(data, "PNG")
    box.write("/d/p.png", data.getvalue())
    for rule, target in user_content.routes(box, "/d/p.png"):
        if "zip" in rule or "dl=1" in target or "preview" in rule:
            continue
        open_url(attacker, f"{box.url}{target}")
        assert attacker.evaluate("document.images[0].naturalWidth") > 0, rule
