"""The example `backup.py`, an app on the official SDK, unchanged."""

from __future__ import annotations

import pytest
import requests

from tests.official.example import load_example

backup = load_example("backup")


@pytest.fixture
def token_file(fakebox, tmp_path):
    """A stored refresh token of a sign-in that the user has allowed."""
    file = tmp_path / "token.json"
    flow = backup.begin_sign_in("fakebox-app-key")
    backup.finish_sign_in(flow, fakebox.authorize(flow.start()), file)
    return file


@pytest.fixture
def app(token_file):
    """The app with a small chunk size."""
    return backup.Backup(backup.connect(token_file), chunk_bytes=1000)


@pytest.fixture
def directory(tmp_path):
    """A directory with a file, and another one in a subdirectory."""
    path = tmp_path / "source"
    (path / "sub").mkdir(parents=True)
    (path / "a.txt").write_text("hello")
    (path / "sub" / "b.txt").write_text("world")
    return path


def test_directory_is_uploaded(app, directory, fakebox):
    """Files are stored with the names of the directory."""
    assert app.upload_directory(directory) == ["/Backup/a.txt", "/Backup/sub/b.txt"]
    assert fakebox.read("/Backup/sub/b.txt") == b"world"


def test_only_changed_files_are_uploaded_again(app, directory, fakebox):
    """A second run uploads only a file with another size."""
    app.upload_directory(directory)
    (directory / "a.txt").write_text("hello again")
    assert app.upload_directory(directory) == ["/Backup/a.txt"]
    assert fakebox.read("/Backup/a.txt") == b"hello again"


def test_backup_of_many_files_is_listed_in_pages(app, fakebox):
    """All pages of the listing are read."""
    for number in range(250):
        fakebox.write(f"/Backup/{number}.txt", "x")
    assert len(app.sizes()) == 250
    fakebox.requests.assert_made("files/list_folder/continue", times=2)


def test_large_file_is_uploaded_in_a_session(app, directory, fakebox):
    """A file that is larger than a chunk is uploaded in chunks."""
    content = bytes(range(250)) * 10
    (directory / "large.bin").write_bytes(content)
    app.upload_directory(directory)
    assert fakebox.read("/Backup/large.bin") == content
    fakebox.requests.assert_made("files/upload_session/append_v2", times=2)


@pytest.mark.parametrize("when", ["before_read", "after_applied"])
def test_upload_session_continues_after_a_lost_connection(app, directory, fakebox, when):
    """The content is complete, whether the chunk of the lost connection was stored or not."""
    (directory / "large.bin").write_bytes(b"0123456789" * 250)
    fakebox.faults.add(endpoint="files/upload_session/append_v2", reset=when)
    app.upload_directory(directory)
    assert fakebox.read("/Backup/large.bin") == b"0123456789" * 250
    fakebox.faults.assert_consumed()


def test_upload_is_repeated_after_too_many_requests(app, directory, fakebox):
    """The SDK repeats a request when the service allows it again."""
    fakebox.faults.add(endpoint="files/upload", status=429, retry_after_s=0, times=2)
    assert len(app.upload_directory(directory)) == 2
    fakebox.faults.assert_consumed()


def test_full_account_is_reported(app, directory, fakebox):
    """The error names the file that was not uploaded."""
    fakebox.set_quota(5)
    with pytest.raises(backup.BackupError, match=r"account is full; /Backup/sub/b\.txt"):
        app.upload_directory(directory)
    assert fakebox.tree() == ["/Backup/", "/Backup/a.txt"]


def test_other_errors_of_an_upload_are_raised(app, directory, fakebox):
    """A folder with the name of the file is an exception of the SDK."""
    fakebox.write("/Backup/a.txt/other.txt", "other")
    with pytest.raises(backup.ApiError):
        app.upload_directory(directory)


def test_shared_link_has_the_content(app, fakebox):
    """The link downloads the file, and is the same the next time."""
    fakebox.write("/Backup/a.txt", "hello")
    link = app.share("/Backup/a.txt")
    assert requests.get(link, timeout=10).content == b"hello"
    assert app.share("/Backup/a.txt") == link


def test_token_is_refreshed_after_five_hours(app, directory, fakebox):
    """The access token expires after four hours, and the app goes on."""
    app.sizes()
    fakebox.clock.advance(5 * 60 * 60)
    assert len(app.upload_directory(directory)) == 2
    fakebox.requests.assert_made("files/list_folder", status=401, times=1)
    fakebox.requests.assert_made("/oauth2/token", grant_type="refresh_token", status=200, times=2)


def test_wrong_code_is_reported(fakebox, tmp_path):
    """A wrong code of the sign-in is one clear error, and nothing is stored."""
    flow = backup.begin_sign_in("fakebox-app-key")
    flow.start()
    with pytest.raises(backup.BackupError, match="sign in again"):
        backup.finish_sign_in(flow, "wrong", tmp_path / "token.json")
    assert not (tmp_path / "token.json").exists()
