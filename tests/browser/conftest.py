"""Fixtures for tests in a real browser: the installed Chromium, controlled by Playwright."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from fakebox import Fakebox

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def take_screenshot(page, name):
    """Saves a screenshot of the page in the directory that SCREENSHOTS names, if it is set."""
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png".replace("/", "_"), full_page=True)


# Playwright's synchronous interface keeps an event loop running in the main thread until it stops.
# Tests in other modules could not start a loop meanwhile, so it stops after each module.
@pytest.fixture(scope="module")
def chromium():
    """Starts the installed Chromium; skips the tests if it is not installed."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, request):
    """Opens a page without cookies, and saves a screenshot of it after the test."""
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 720}
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    take_screenshot(page, request.node.name)
    context.close()


@pytest.fixture
def box():
    """Starts an emulator with a socket."""
    with Fakebox() as box:
        yield box
