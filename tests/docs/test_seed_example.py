"""The example program of the SDK's first documentation, as the README has it."""

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


def test_seed_example_links_an_account_when_its_user_presses_allow(tmp_path: Path) -> None:
    """It prints a URL, waits for its user to allow it, and then names the linked account."""
    (program,) = [block.text for block in blocks_of(README) if block.asks]
    (tmp_path / "example.py").write_text(program)
    with Fakebox() as box:
        running = subprocess.Popen(
            [sys.executable, "-u", tmp_path / "example.py"],
            env={**os.environ, **box.env()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert running.stdout is not None
        url = running.stdout.readline().removeprefix("url: ").strip()
        _press_allow(url)
        output, _ = running.communicate("\n", timeout=30)
    assert running.returncode == 0
    assert "linked account: {" in output


def _press_allow(url: str) -> None:
    """Sign in and allow, as a browser without scripts does."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = browser.open(url).read().decode()
    for fields in (
        {"action": "sign_in", "email": "user@fakebox.example", "password": "fakebox"},
        {"action": "allow"},
    ):
        guard = re.search('name="csrf" value="([^"]+)"', page)
        assert guard is not None, page
        form = urllib.parse.urlencode({**fields, "csrf": guard[1]})
        page = browser.open(url, form.encode()).read().decode()
