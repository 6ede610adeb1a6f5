"""The official SDK, unchanged, with the emulator."""

from __future__ import annotations

import importlib
import json
import threading

import pytest
import urllib3

from fakebox import Fakebox, mock_dropbox
from fakebox.network_guard import Guard
from fakebox.v2.permissions import PERMISSIONS

TOKEN = "fakebox-bearer-token"


@pytest.fixture
def dropbox():
    """The package of the official SDK."""
    import dropbox

    return dropbox


@pytest.fixture
def box():
    """An emulator that responds to the SDK."""

    def reject(host):
        raise AssertionError(host)

    with Guard(reject), Fakebox("inprocess") as box, box.intercept():
        yield box


def test_sdk_uploads_and_downloads(box, dropbox):
    """Files go to the emulator and come back."""
    client = dropbox.Dropbox(TOKEN)
    assert client.files_upload(b"hello", "/a.txt").size == 5
    metadata, response = client.files_download("/a.txt")
    assert (metadata.path_lower, response.content) == ("/a.txt", b"hello")
    assert box.read("/a.txt") == b"hello"


def test_client_from_before_is_intercepted(dropbox):
    """A client that was made before the interception reaches the emulator."""
    client = dropbox.Dropbox(TOKEN)
    with Fakebox("inprocess") as box, box.intercept():
        assert client.users_get_current_account().email == "user@fakebox.example"


def test_one_client_reaches_one_emulator_after_another(dropbox):
    """A client of several tests reaches the emulator of each."""
    client = dropbox.Dropbox(TOKEN)
    for _ in range(3):
        with Fakebox("inprocess") as box, box.intercept():
            client.files_upload(b"", "/a")
            assert box.tree() == ["/a"]


def test_sdk_uploads_a_large_file_in_a_session(box, dropbox):
    """An upload session is stored as one file."""
    client = dropbox.Dropbox(TOKEN)
    begun = client.files_upload_session_start(bytes(3_000_000))
    cursor = dropbox.files.UploadSessionCursor(begun.session_id, 3_000_000)
    client.files_upload_session_finish(b"end", cursor, dropbox.files.CommitInfo("/large"))
    assert len(box.read("/large")) == 3_000_003


def test_sdk_lists_folders_in_pages(box, dropbox):
    """Cursors of list_folder work."""
    for number in range(5):
        box.write(f"/{number}", b"")
    client = dropbox.Dropbox(TOKEN)
    page = client.files_list_folder("", limit=2)
    names = [entry.name for entry in page.entries]
    while page.has_more:
        page = client.files_list_folder_continue(page.cursor)
        names += [entry.name for entry in page.entries]
    assert names == ["0", "1", "2", "3", "4"]


def test_sdk_sees_errors_as_its_exceptions(box, dropbox):
    """An error of the API is the exception of the SDK."""
    with pytest.raises(dropbox.exceptions.ApiError) as raised:
        dropbox.Dropbox(TOKEN).files_get_metadata("/none")
    assert raised.value.error.get_path().is_not_found()


def test_sdk_retries_after_errors_of_the_server(box, dropbox):
    """The SDK repeats requests that were answered 500."""
    box.faults.add(status=500, times=2)
    client = dropbox.Dropbox(TOKEN, max_retries_on_error=2)
    assert client.users_get_current_account().email == "user@fakebox.example"
    assert [entry.status for entry in box.requests] == [500, 500, 200]


def test_sdk_sees_a_reset_connection(box, dropbox):
    """A reset connection is the exception of requests."""
    import requests

    box.faults.add(reset="before_read")
    with pytest.raises(requests.ConnectionError):
        dropbox.Dropbox(TOKEN).users_get_current_account()


def test_sdk_sees_the_end_of_an_emulator_that_stops(box, dropbox):
    """A request that is in progress when the emulator stops is the exception of requests."""
    import requests

    def stop():
        while not box.requests:
            threading.Event().wait(0.001)
        box.stop()

    box.faults.add(latency_s=60)
    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(requests.ConnectionError):
        dropbox.Dropbox(TOKEN).users_get_current_account()
    stopper.join()
    # So do later requests, and nothing is sent to the real service.
    with pytest.raises(requests.ConnectionError):
        dropbox.Dropbox(TOKEN).users_get_current_account()


def test_sdk_waits_for_changes(box, dropbox):
    """A long poll ends when there are changes."""
    client = dropbox.Dropbox(TOKEN)
    cursor = client.files_list_folder_get_latest_cursor("").cursor
    box.write("/a", b"")
    assert client.files_list_folder_longpoll(cursor).changes


@mock_dropbox
def test_decorated_test_needs_no_fixture(dropbox, fakebox):
    """A test with the decorator gets the emulator beside its fixtures."""
    dropbox.Dropbox(TOKEN).files_upload(b"", "/a")
    assert fakebox.tree() == ["/a"]


def test_sdk_sees_the_errors_of_path_roots(box, dropbox):
    """The root of another account is a PathRootError with the right root."""
    client = dropbox.Dropbox(TOKEN)
    own = client.users_get_current_account().root_info
    root = dropbox.common.PathRoot.root
    box.write("/a.txt", b"")
    for selected in (
        dropbox.common.PathRoot.home,
        root(own.root_namespace_id),
        dropbox.common.PathRoot.namespace_id(own.home_namespace_id),
    ):
        names = [one.name for one in client.with_path_root(selected).files_list_folder("").entries]
        assert names == ["a.txt"]
    with pytest.raises(dropbox.exceptions.PathRootError) as raised:
        client.with_path_root(root("999")).files_list_folder("")
    found = raised.value.error.get_invalid_root()
    assert isinstance(found, dropbox.common.UserRootInfo)
    assert found.root_namespace_id == own.root_namespace_id
    foreign = dropbox.common.PathRoot.namespace_id("999")
    with pytest.raises(dropbox.exceptions.PathRootError) as raised:
        client.with_path_root(foreign).files_list_folder("")
    assert raised.value.error.is_no_permission()
    sandbox = dropbox.Dropbox("fakebox-sandbox-bearer-token")
    with pytest.raises(dropbox.exceptions.BadInputError, match="Path root is not supported"):
        sandbox.with_path_root(dropbox.common.PathRoot.home).files_list_folder("")


def test_sdk_sees_the_error_of_a_selected_member(box, dropbox):
    """The token of an account with a team member is an AuthError, or a BadInputError."""
    for name in ("User", "Admin"):
        headers = {f"Dropbox-API-Select-{name}": "dbmid:" + "A" * 35}
        with pytest.raises(dropbox.exceptions.AuthError) as raised:
            dropbox.Dropbox(TOKEN, headers=headers).users_get_current_account()
        assert getattr(raised.value.error, f"is_invalid_select_{name.lower()}")()
        headers = {f"Dropbox-API-Select-{name}": "user@fakebox.example"}
        with pytest.raises(dropbox.exceptions.BadInputError, match="id format"):
            dropbox.Dropbox(TOKEN, headers=headers).users_get_current_account()


def test_sdk_sets_and_sends_the_password_of_a_link(box, dropbox):
    """Settings and permissions of a link have types of the SDK, as has the error for a password."""
    box.write("/a.txt", b"shared")
    client, other = dropbox.Dropbox(TOKEN), dropbox.Dropbox("fakebox-other-bearer-token")
    settings = dropbox.sharing.SharedLinkSettings(
        require_password=True,
        link_password="hunter-two",
        audience=dropbox.sharing.LinkAudience.public,
    )
    link = client.sharing_create_shared_link_with_settings("/a.txt", settings)
    assert link.link_permissions.resolved_visibility.is_password()
    assert link.link_permissions.effective_audience.is_public()
    assert link.link_permissions.require_password
    policies = link.link_permissions.visibility_policies
    assert [one.allowed for one in policies] == [True, False, True]
    assert policies[1].disallowed_reason.is_user_not_on_team()
    for call in (other.sharing_get_shared_link_metadata, other.sharing_get_shared_link_file):
        with pytest.raises(dropbox.exceptions.ApiError) as raised:
            call(link.url, link_password="wrong")
        assert raised.value.error.is_shared_link_access_denied()
    _, response = other.sharing_get_shared_link_file(link.url, link_password="hunter-two")
    assert response.content == b"shared"


def test_sdk_sees_the_settings_that_a_basic_account_lacks(box, dropbox):
    """The error of a setting that needs another type of account is that of the settings."""
    box.add_account("basic@fakebox.example", type="basic")
    client = dropbox.Dropbox(str(box.add_token("basic@fakebox.example", bearer=True)))
    client.files_upload(b"", "/a.txt")
    settings = dropbox.sharing.SharedLinkSettings(link_password="hunter-two")
    with pytest.raises(dropbox.exceptions.ApiError) as raised:
        client.sharing_create_shared_link_with_settings("/a.txt", settings)
    assert raised.value.error.get_settings_error().is_not_authorized()
    assert client.users_get_current_account().account_type.is_basic()


def test_planned_409_of_every_route_is_decoded(box, dropbox):
    """A planned 409 has an error that the SDK knows, unless the route has no documented error."""
    from stone.backends.python_rsrc import stone_serializers, stone_validators

    routes = {
        f"{name}/{route.name}" + (f"_v{route.version}" if route.version > 1 else ""): route
        for name in ("auth", "check", "files", "sharing", "users")
        for route in importlib.import_module(f"dropbox.{name}").ROUTES.values()
    }
    headers = {"Authorization": "Bearer fakebox-bearer-token"}
    for name in PERMISSIONS:
        box.faults.add(status=409)
        response = urllib3.request("POST", f"https://api.dropboxapi.com/2/{name}", headers=headers)
        error = json.loads(response.data)["error"]
        error_type = routes[name].error_type
        found = stone_serializers.json_compat_obj_decode(error_type, error, strict=False)
        if isinstance(error_type, stone_validators.Void):
            # An older SDK lacks the errors that a route has now.
            assert set(error) == {".tag"}
        else:
            assert found._tag == error[".tag"]
            assert found._tag != "other"
