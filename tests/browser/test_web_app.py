"""Tests of the example web application in a browser."""

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
    """Runs the example with `flask run`, as in its docstring, and returns its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "flask", "--app", str(APP), "run", "--port", str(port)]
    with subprocess.Popen(
        command, env={**os.environ, **box.env()}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert any(b"Running on" in line for line in process.stdout)
        yield f"http://127.0.0.1:{port}/"
        process.terminate()


def sign_in(page, site, button):
    """Follows the link to the authorization page, signs in and presses a button."""
    page.goto(site)
    page.get_by_role("link", name="Sign in with Dropbox").click()
    page.get_by_label("Password").fill("fakebox")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=button).click()
    page.wait_for_url(re.compile(re.escape(site)))


def test_web_app_uploads_a_file_after_sign_in(page, site, box):
    """After sign-in and Allow, an uploaded file is stored and listed on the page."""
    sign_in(page, site, "Allow")
    page.get_by_label("A file").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"remember"}
    )
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("/notes.txt").wait_for()
    assert box.read("/notes.txt") == b"remember"


def test_web_app_stays_signed_out_after_deny(page, site):
    """After Deny, the page offers the sign-in link again."""
    sign_in(page, site, "Deny")
    page.get_by_role("link", name="Sign in with Dropbox").wait_for()


def test_web_app_rejects_an_upload_without_its_form(site, box):
    """An upload without the form's token is answered with 403, to prevent cross-site uploads."""
    response = urllib3.request("POST", f"{site}upload", fields={"file": ("a.txt", b"x")})
    assert response.status == 403
    assert box.tree() == []
