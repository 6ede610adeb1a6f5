"""The web application among the examples, as a visitor uses it: in a browser."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "examples" / "web_app.py"


@pytest.fixture
def site(box):
    """The example, run by Flask's own command as its docstring says; the URL of its page."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "flask", "--app", str(APP), "run", "--port", str(port)]
    with subprocess.Popen(
        command, env={**os.environ, **box.env()}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert any(b"Running on" in line for line in process.stdout)
        yield f"http://127.0.0.1:{port}/"
        process.terminate()


def sign_in(page, site, answer):
    """Follow the link to Dropbox's page, sign in there and press a button."""
    page.goto(site)
    page.get_by_role("link", name="Sign in with Dropbox").click()
    page.get_by_label("Password").fill("fakebox")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=answer).click()
    page.wait_for_url(re.compile(re.escape(site)))


def test_visitor_signs_in_and_uploads_a_file(page, site, box):
    """It is in their Dropbox, and on the page."""
    sign_in(page, site, "Allow")
    page.get_by_label("A file").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"remember"}
    )
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("/notes.txt").wait_for()
    assert box.read("/notes.txt") == b"remember"


def test_visitor_who_denies_stays_a_stranger(page, site):
    """They may think again."""
    sign_in(page, site, "Deny")
    page.get_by_role("link", name="Sign in with Dropbox").wait_for()


def test_upload_without_the_pages_form_is_refused(site, box):
    """Another site can't have a visitor's browser upload anything."""
    answer = urllib3.request("POST", f"{site}upload", fields={"file": ("a.txt", b"x")})
    assert answer.status == 403
    assert box.tree() == []
