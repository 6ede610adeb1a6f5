"""Tests of the root of the emulator."""

from __future__ import annotations

import urllib3

from fakebox import Fakebox


def test_root_redirects_to_the_dashboard():
    """A user who opens the URL of the emulator in a browser gets the dashboard."""
    with Fakebox() as box:
        response = urllib3.request("GET", f"{box.url}/", redirect=False)
        page = urllib3.request("GET", f"{box.url}/")
    assert (response.status, response.headers["Location"]) == (302, "/_fakebox/")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
