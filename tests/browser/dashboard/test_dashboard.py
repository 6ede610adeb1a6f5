"""Tests of the dashboard at `/_fakebox/` in a browser."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from dropbox.rest import ErrorResponse
from dropbox.retry import NEVER
from tests.browser.conftest import take_screenshot

pytestmark = pytest.mark.browser


both_schemes = pytest.mark.parametrize("visitor", ["light", "dark"], indirect=True)


@pytest.fixture
def visitor(request, box, chromium):
    """Opens a page with a color scheme, and saves a screenshot of it after the test."""
    context = chromium.new_context(
        color_scheme=getattr(request, "param", "light"), viewport={"width": 1200, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    messages = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    yield page
    take_screenshot(page, request.node.name)
    context.close()
    assert messages == []


@pytest.fixture
def client(box):
    """Returns a client that does not retry."""
    client = box.client()
    client.retries = NEVER
    return client


def picture():
    """Returns a JPEG image of 100 by 50 pixels."""
    file = io.BytesIO()
    Image.effect_mandelbrot((100, 50), (-2, -1, 1, 1), 50).save(file, "JPEG")
    return file.getvalue()


@both_schemes
def test_dashboard_shows_accounts_faults_and_requests(visitor, box, client):
    """The dashboard lists the accounts, the faults and the requests with their statuses."""
    client.put_file("/Photos/a.jpg", picture())
    client.metadata("/")
    box.faults.add(endpoint="files_put", status=503, retry_after_s=1, times=2)
    box.faults.add(endpoint="delta", reset="after_applied", times=None)
    with pytest.raises(ErrorResponse):
        client.put_file("/b.txt", b"")
    with pytest.raises(ErrorResponse):
        client.metadata("/nothing")
    visitor.goto(f"{box.url}/_fakebox/")
    expect(visitor.get_by_role("link", name="Fakebox User")).to_be_visible()
    expect(visitor.locator(".faults li")).to_have_count(2)
    expect(visitor.locator(".requests tbody tr")).to_have_count(4)
    expect(visitor.locator(".requests tbody tr").nth(1)).to_contain_text("503")


def test_dashboard_shows_new_requests(visitor, box, client):
    """A new request appears on the open page without a reload."""
    visitor.goto(f"{box.url}/_fakebox/")
    expect(visitor.locator(".requests")).to_contain_text("No requests yet.")
    client.account_info()
    expect(visitor.locator(".requests")).to_contain_text("account/info")


def test_dashboard_adds_and_removes_a_fault(visitor, box, client):
    """A fault added with the form applies to requests until its button removes it."""
    visitor.goto(f"{box.url}/_fakebox/")
    visitor.get_by_label("Effect").select_option("401, expired token")
    visitor.get_by_label("Endpoint").fill("account/info")
    visitor.get_by_label("Times").fill("")
    visitor.get_by_role("button", name="Add").click()
    expect(visitor.locator(".faults li")).to_have_count(1)
    with pytest.raises(ErrorResponse):
        client.account_info()
    visitor.get_by_role("button", name="Remove fault 1").click()
    expect(visitor.get_by_text("No planned faults.")).to_be_visible()
    assert client.account_info()["uid"] == 1


def test_dashboard_clears_all_faults(visitor, box):
    """The button "Clear all" removes every fault."""
    for _ in range(3):
        box.faults.add(status=500)
    visitor.goto(f"{box.url}/_fakebox/")
    visitor.get_by_role("button", name="Clear all").click()
    expect(visitor.get_by_text("No planned faults.")).to_be_visible()
    assert len(box.faults) == 0


def test_dashboard_controls_the_clock(visitor, box):
    """The buttons freeze, advance, run and reset the clock."""
    visitor.goto(f"{box.url}/_fakebox/")
    visitor.get_by_role("button", name="Freeze").click()
    expect(visitor.locator(".clock")).to_contain_text("frozen")
    before_s = box.clock.now()
    visitor.get_by_label("Hours to advance").fill("5")
    visitor.get_by_role("button", name="Advance").click()
    expect(visitor.get_by_role("button", name="Run")).to_be_visible()
    assert box.clock.now() == pytest.approx(before_s + 5 * 3600)
    visitor.get_by_role("button", name="Run").click()
    expect(visitor.get_by_role("button", name="Freeze")).to_be_visible()
    visitor.get_by_role("button", name="Now").click()
    expect(visitor.get_by_role("button", name="Freeze")).to_be_visible()
    assert box.clock.now() < before_s + 3600


def test_dashboard_shows_a_stored_image(visitor, box):
    """Links lead from the account through its folders to a preview of the image."""
    box.write("/Photos/2012/a.jpg", picture())
    visitor.goto(f"{box.url}/_fakebox/")
    for name in ("Fakebox User", "Photos/", "2012/", "a.jpg"):
        visitor.get_by_role("link", name=name, exact=True).click()
    image = visitor.get_by_role("img", name="a.jpg")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.naturalWidth") == 100
    visitor.get_by_role("link", name="Photos", exact=True).click()
    expect(visitor.get_by_role("link", name="2012/")).to_be_visible()


def test_dashboard_shows_a_stored_text_without_running_it(visitor, box):
    """A text file with a script is displayed as text, and the script does not run."""
    box.write("/<b>notes.txt", "<script>document.title = 'taken over'</script>")
    visitor.goto(f"{box.url}/_fakebox/page/files/1/")
    visitor.get_by_role("link", name="<b>notes.txt").click()
    expect(visitor.locator("pre")).to_contain_text("<script>")
    assert "taken over" not in visitor.title()


def test_dashboard_resets_the_emulator(visitor, box):
    """The button "Reset everything" deletes the files and the recorded requests."""
    box.client().put_file("/a.txt", b"")
    visitor.goto(f"{box.url}/_fakebox/")
    visitor.get_by_role("button", name="Reset everything").click()
    expect(visitor.locator(".requests")).to_contain_text("No requests yet.")
    assert box.tree() == []


def test_dashboard_stays_in_its_namespace(visitor, box):
    """The links and buttons of a namespace's page apply to that namespace only."""
    visitor.goto(f"{box.url}/_fakebox/?namespace=one")
    visitor.get_by_role("button", name="Freeze").click()
    expect(visitor.locator(".tag")).to_have_text("one")
    expect(visitor.locator(".clock")).to_contain_text("frozen")
    visitor.get_by_role("link", name="Fakebox User").click()
    expect(visitor.get_by_text("This folder is empty.")).to_be_visible()
    expect(visitor.locator(".tag")).to_have_text("one")
    assert not box.clock.is_frozen


def test_dashboard_fits_the_width_of_a_phone(visitor, box):
    """Long names are wrapped, so that no page needs horizontal scrolling."""
    visitor.set_viewport_size({"width": 390, "height": 720})
    name = "a" * 120 + ".txt"
    box.write(f"/{name}", "text " + "a" * 500)
    box.add_account(f"{'ann' * 20}@fakebox.example", given_name="Ann" * 30)
    box.faults.add(path="/" + "a" * 200, status=500)
    box.client().put_file("/" + "b" * 200, b"")
    for page in ("", f"page/files/1/{name}", "page/files/1/"):
        visitor.goto(f"{box.url}/_fakebox/{page}")
        width = visitor.evaluate("document.documentElement.scrollWidth")
        assert width == 390, page
