"""Tests the example program from the first SDK documentation, which the README contains."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

from fakebox import Fakebox
from tests.docs.pages import blocks_of

README = Path(__file__).parents[2] / "README.md"


def test_seed_example_links_an_account_after_allow(tmp_path: Path) -> None:
    """The example prints a URL, waits for the user's approval, and prints the linked account."""
    (program,) = [block.text for block in blocks_of(README) if block.reads_input]
    (tmp_path / "example.py").write_text(program)
    with Fakebox() as box:
        process = subprocess.Popen(
            [sys.executable, "-u", tmp_path / "example.py"],
            env={**os.environ, **box.env()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("url: ").strip()
        _press_allow(url)
        output, _ = process.communicate("\n", timeout=30)
    assert process.returncode == 0
    assert "linked account: {" in output


def _press_allow(url: str) -> None:
    """Signs in and allows the app, like a browser without scripts."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = browser.open(url).read().decode()
    for fields in (
        {"action": "sign_in", "email": "user@fakebox.example", "password": "fakebox"},
        {"action": "allow"},
    ):
        csrf = re.search('name="csrf" value="([^"]+)"', page)
        assert csrf is not None, page
        form = urllib.parse.urlencode({**fields, "csrf": csrf[1]})
        page = browser.open(url, form.encode()).read().decode()
