"""Typed results and exceptions of the official SDK for the main calls."""

import contextlib
import datetime as dt
import hashlib
import io
import os
import re
import time
import zipfile

import pytest

import dropbox
from dropbox import async_, common, exceptions, files, sharing, users

BLOCK_BYTES = 4 * 1024 * 1024
# The SDK uses naive times.
TIME = dt.datetime(2015, 5, 12, 15, 50, 38)  # noqa: DTZ001


def error_of(call, *args, **options):
    """Return the value of the `ApiError` that a call raises."""
    with pytest.raises(exceptions.ApiError) as caught:
        call(*args, **options)
    assert re.fullmatch("[0-9a-f]{32}", caught.value.request_id)
    return caught.value.error


def put(client, path, content=b"content", **options):
    """Upload a file; return its metadata after a check of its type."""
    metadata = client.files_upload(content, path, **options)
    assert isinstance(metadata, files.FileMetadata)
    assert metadata.size == len(content)
    return metadata


def content(client, path):
    """Return the content of a file."""
    with contextlib.closing(client.files_download(path)[1]) as response:
        return response.content


def done(check, launch):
    """Return the completed result of a launched job."""
    if launch.is_complete():
        return launch.get_complete()
    for _ in range(60):
        status = check(launch.get_async_job_id())
        if status.is_complete():
            return status.get_complete()
        assert status.is_in_progress()
        time.sleep(1)
    raise AssertionError("the job is still in progress after 60 seconds")


def pages_from(page, next_page):
    """Return a page and the pages after it, at most 11 of them."""
    pages = [page]
    while pages[-1].has_more and len(pages) < 11:
        pages.append(next_page(pages[-1].cursor))
    return pages


@pytest.mark.checks("v2-account", "v2-account-root")
def test_account(client):
    """The account is a FullAccount with a UserRootInfo or TeamRootInfo."""
    account = client.users_get_current_account()
    assert isinstance(account, users.FullAccount)
    assert isinstance(account.root_info, common.RootInfo)
    assert (
        account.account_type.is_basic()
        or account.account_type.is_pro()
        or account.account_type.is_business()
    )
    assert isinstance(account.email_verified, bool)


@pytest.mark.checks("v2-account-by-id", "v2-account-unknown")
def test_account_by_its_id(client):
    """An account by its id is a BasicAccount; an unknown one is no_account."""
    own = client.users_get_current_account()
    basic = client.users_get_account(own.account_id)
    assert isinstance(basic, users.BasicAccount)
    assert (basic.email, basic.is_teammate) == (own.email, True)
    assert [one.email for one in client.users_get_account_batch([own.account_id])] == [own.email]
    unknown = "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"
    assert error_of(client.users_get_account, unknown).is_no_account()
    assert error_of(client.users_get_account_batch, [unknown]).get_no_account() == unknown


@pytest.mark.checks("v2-space")
def test_space_usage(client):
    """The space is a SpaceUsage with an allocation."""
    usage = client.users_get_space_usage()
    assert isinstance(usage, users.SpaceUsage)
    assert usage.allocation.is_individual() or usage.allocation.is_team()


@pytest.mark.checks("v2-check", "v2-check-app", "v2-app-auth")
def test_checks(client):
    """The checks of a token and of an app return an EchoResult."""
    assert client.check_user("foo").result == "foo"
    if not hasattr(client, "box") and not os.environ.get("DROPBOX_APP_SECRET"):
        pytest.skip("not applicable: needs DROPBOX_APP_KEY and DROPBOX_APP_SECRET")
    assert client.check_app("foo").result == "foo"


@pytest.mark.checks("v2-features")
def test_features(client):
    """Features are values with a tag."""
    feature = users.UserFeature.file_locking
    (value,) = client.users_features_get_values([feature]).values
    assert value.is_file_locking()
    assert value.get_file_locking().is_enabled()


@pytest.mark.checks("v2-metadata-fields", "v2-upload-client-modified", "v2-content-hash")
def test_upload_and_download(client, folder):
    """Metadata is the same for an upload, a download and get_metadata."""
    metadata = put(client, f"{folder}/Ünï.txt", b"12345", client_modified=TIME)
    assert metadata.client_modified == TIME
    digest = hashlib.sha256(hashlib.sha256(b"12345").digest()).hexdigest()
    assert metadata.content_hash == digest
    downloaded, response = client.files_download(f"{folder}/ünï.TXT")
    with contextlib.closing(response):
        assert response.content == b"12345"
    shown = client.files_get_metadata(metadata.id)
    for one in (downloaded, shown):
        assert isinstance(one, files.FileMetadata)
        assert (one.rev, one.id, one.name) == (metadata.rev, metadata.id, "Ünï.txt")
    assert content(client, f"rev:{metadata.rev}") == b"12345"


@pytest.mark.checks("v2-upload-add", "v2-upload-autorename", "v2-upload-overwrite")
def test_write_modes(client, folder):
    """Each mode has its result or its WriteConflictError."""
    path = f"{folder}/a.txt"
    first = put(client, path, b"one")
    error = error_of(client.files_upload, b"two", path)
    assert isinstance(error, files.UploadError)
    assert isinstance(error.get_path(), files.UploadWriteFailed)
    assert error.get_path().reason.get_conflict().is_file()
    assert put(client, path, b"two", autorename=True).name == "a (1).txt"
    second = put(client, path, b"two", mode=files.WriteMode.overwrite)
    assert (second.id, second.name) == (first.id, "a.txt")
    client.files_create_folder_v2(f"{folder}/folder")
    error = error_of(client.files_upload, b"x", f"{folder}/folder")
    assert error.get_path().reason.get_conflict().is_folder()
    error = error_of(client.files_upload, b"x", f"{path}/below")
    assert error.get_path().reason.get_conflict().is_file_ancestor()


@pytest.mark.checks(
    "v2-upload-update", "v2-upload-update-stale", "v2-upload-update-conflicted-copy"
)
def test_update_mode(client, folder):
    """An update is written for the current rev only."""
    path = f"{folder}/a.txt"
    first = put(client, path, b"one")
    mode = files.WriteMode.update(first.rev)
    assert put(client, path, b"two", mode=mode).id == first.id
    error = error_of(client.files_upload, b"three", path, mode=mode)
    assert error.get_path().reason.get_conflict().is_file()
    copy = put(client, path, b"three", mode=mode, autorename=True)
    assert "conflicted copy" in copy.name
    assert content(client, path) == b"two"


@pytest.mark.checks("v2-content-hash-verified")
def test_wrong_content_hash(client, folder):
    """A wrong content hash is content_hash_mismatch."""
    error = error_of(client.files_upload, b"x", f"{folder}/a", content_hash="0" * 64)
    assert error.is_content_hash_mismatch()


@pytest.mark.checks("v2-metadata-not-found", "v2-download-not-found", "v2-metadata-deleted")
def test_lookup_errors(client, folder):
    """Lookups have a LookupError; a deleted file is a DeletedMetadata."""
    assert error_of(client.files_get_metadata, f"{folder}/never").get_path().is_not_found()
    assert error_of(client.files_download, f"{folder}/never").get_path().is_not_found()
    assert error_of(client.files_download, folder).get_path().is_not_file()
    put(client, f"{folder}/gone")
    client.files_delete_v2(f"{folder}/gone")
    shown = client.files_get_metadata(f"{folder}/gone", include_deleted=True)
    assert isinstance(shown, files.DeletedMetadata)


@pytest.mark.checks("v2-400-pattern", "v2-400-root")
def test_bad_input(client):
    """An invalid argument that passes the SDK's own checks is a BadInputError."""
    with pytest.raises(exceptions.BadInputError) as caught:
        client.files_list_folder("/")
    assert "Specify the root folder as an empty string" in caught.value.message


@pytest.mark.checks("v2-token-unknown")
@pytest.mark.not_live("sends no valid token")
def test_unknown_token(client):
    """An unknown token is an AuthError."""
    with dropbox.Dropbox("A" * 64) as other, pytest.raises(exceptions.AuthError) as caught:
        other.users_get_current_account()
    assert caught.value.error.is_invalid_access_token()


@pytest.mark.checks("v2-429-rate")
@pytest.mark.not_live("needs a rate limit that the case can reach")
def test_rate_limit(client):
    """The rate limit is a RateLimitError with the time to wait."""
    client.box.limit_rate(1, 60)
    client.users_get_current_account()
    with (
        dropbox.Dropbox("fakebox-bearer-token", max_retries_on_rate_limit=0) as other,
        pytest.raises(exceptions.RateLimitError) as caught,
    ):
        other.users_get_current_account()
    assert caught.value.error.reason.is_too_many_requests()
    assert caught.value.backoff >= 1


@pytest.mark.checks("v2-5xx")
@pytest.mark.not_live("needs a planned fault")
def test_server_error(client):
    """A server error is an InternalServerError after the SDK's retries."""
    client.box.faults.add(endpoint="users/get_current_account", status=500, times=None)
    with (
        dropbox.Dropbox("fakebox-bearer-token", max_retries_on_error=0) as other,
        pytest.raises(exceptions.InternalServerError),
    ):
        other.users_get_current_account()


@pytest.mark.checks("v2-list-result", "v2-list-limit", "v2-list-deleted")
def test_listing(client, folder):
    """A listing in pages has each entry once, with its type."""
    for number in range(5):
        put(client, f"{folder}/{number}")
    client.files_create_folder_v2(f"{folder}/folder")
    client.files_delete_v2(f"{folder}/0")
    page = client.files_list_folder(folder, limit=2, include_deleted=True)
    assert isinstance(page, files.ListFolderResult)
    assert page.has_more
    pages = pages_from(page, client.files_list_folder_continue)
    entries = [entry for each in pages for entry in each.entries]
    kinds = {entry.name: type(entry) for entry in entries}
    assert len(entries) == len(kinds) == 6
    assert kinds.pop("folder") is files.FolderMetadata
    assert kinds.pop("0") is files.DeletedMetadata
    assert set(kinds.values()) == {files.FileMetadata}


@pytest.mark.checks("v2-changes", "v2-changes-deleted", "v2-latest-cursor", "v2-longpoll")
def test_changes(client, folder):
    """Changes since a cursor are files and deletions, and end a long poll."""
    put(client, f"{folder}/old")
    cursor = client.files_list_folder_get_latest_cursor(folder).cursor
    new = put(client, f"{folder}/new")
    client.files_delete_v2(f"{folder}/old")
    result = client.files_list_folder_longpoll(cursor)
    assert isinstance(result, files.ListFolderLongpollResult)
    assert result.changes is True
    changes = {entry.name: entry for entry in client.files_list_folder_continue(cursor).entries}
    assert changes["new"].rev == new.rev
    assert isinstance(changes["old"], files.DeletedMetadata)


@pytest.mark.checks("v2-list-not-found", "v2-cursor-reset")
def test_listing_errors(client, folder):
    """A missing folder is a LookupError."""
    assert error_of(client.files_list_folder, f"{folder}/never").get_path().is_not_found()
    put(client, f"{folder}/file")
    assert error_of(client.files_list_folder, f"{folder}/file").get_path().is_not_folder()


@pytest.mark.checks("v2-cursor-reset")
@pytest.mark.not_live("needs a planned fault")
def test_cursor_that_was_reset(client, folder):
    """An invalidated cursor is a ListFolderContinueError."""
    cursor = client.files_list_folder(folder).cursor
    client.box.faults.add(endpoint="files/list_folder/continue", delta_reset=True)
    assert error_of(client.files_list_folder_continue, cursor).is_reset()


@pytest.mark.checks("v2-session-sequential", "v2-session-offset", "v2-session-closed")
def test_sequential_session(client, folder):
    """A session joins its pieces; a wrong offset has the correct one."""
    begun = client.files_upload_session_start(b"one")
    assert isinstance(begun, files.UploadSessionStartResult)
    cursor = files.UploadSessionCursor(begun.session_id, 1)
    error = error_of(client.files_upload_session_append_v2, b"two", cursor)
    assert error.get_incorrect_offset().correct_offset == 3
    cursor.offset = 3
    assert client.files_upload_session_append_v2(b"two", cursor, close=True) is None
    cursor.offset = 6
    error = error_of(client.files_upload_session_append_v2, b"x", cursor)
    assert error.is_closed()
    commit = files.CommitInfo(f"{folder}/a")
    metadata = client.files_upload_session_finish(b"", cursor, commit)
    assert (type(metadata), metadata.size) == (files.FileMetadata, 6)
    unknown = files.UploadSessionCursor("AAAAAAAAAAAAAAAAAAAAAA", 0)
    error = error_of(client.files_upload_session_finish, b"", unknown, commit)
    assert error.get_lookup_failed().is_not_found()


@pytest.mark.checks("v2-session-concurrent", "v2-session-start-batch")
def test_concurrent_session(client, folder):
    """The pieces of a concurrent session may be sent in any order."""
    kind = files.UploadSessionType.concurrent
    (session,) = client.files_upload_session_start_batch(1, kind).session_ids
    first = os.urandom(BLOCK_BYTES)
    for offset, data, close in ((BLOCK_BYTES, b"end", True), (0, first, False)):
        cursor = files.UploadSessionCursor(session, offset)
        client.files_upload_session_append_v2(data, cursor, close=close)
    cursor = files.UploadSessionCursor(session, BLOCK_BYTES + 3)
    client.files_upload_session_finish(b"", cursor, files.CommitInfo(f"{folder}/a"))
    assert content(client, f"{folder}/a") == first + b"end"


@pytest.mark.checks("v2-session-batch", "v2-session-batch-v2")
def test_batch_of_sessions(client, folder):
    """A batch has a result for each session."""
    entries = []
    for name in ("a", "b"):
        begun = client.files_upload_session_start(b"x", close=True)
        cursor = files.UploadSessionCursor(begun.session_id, 1)
        entries.append(files.UploadSessionFinishArg(cursor, files.CommitInfo(f"{folder}/{name}")))
    result = client.files_upload_session_finish_batch_v2(entries)
    assert [entry.get_success().name for entry in result.entries] == ["a", "b"]
    with pytest.deprecated_call():
        launch = client.files_upload_session_finish_batch(entries)
    result = done(client.files_upload_session_finish_batch_check, launch)
    assert all(entry.get_failure().is_lookup_failed() for entry in result.entries)


@pytest.mark.checks("v2-create-folder", "v2-create-folder-conflict")
def test_create_folder(client, folder):
    """A new folder is a CreateFolderResult."""
    result = client.files_create_folder_v2(f"{folder}/new")
    assert isinstance(result, files.CreateFolderResult)
    assert isinstance(result.metadata, files.FolderMetadata)
    error = error_of(client.files_create_folder_v2, f"{folder}/new")
    assert error.get_path().get_conflict().is_folder()


@pytest.mark.checks("v2-copy-file", "v2-move-file", "v2-relocate-conflict", "v2-relocate-nested")
def test_copy_and_move(client, folder):
    """Copies and moves are a RelocationResult or a RelocationError."""
    metadata = put(client, f"{folder}/a")
    copied = client.files_copy_v2(f"{folder}/a", f"{folder}/b")
    assert isinstance(copied, files.RelocationResult)
    assert copied.metadata.id != metadata.id
    moved = client.files_move_v2(f"{folder}/a", f"{folder}/c").metadata
    assert (type(moved), moved.id) == (files.FileMetadata, metadata.id)
    error = error_of(client.files_copy_v2, f"{folder}/b", f"{folder}/c")
    assert error.get_to().get_conflict().is_file()
    error = error_of(client.files_move_v2, f"{folder}/never", f"{folder}/d")
    assert error.get_from_lookup().is_not_found()
    error = error_of(client.files_move_v2, folder, f"{folder}/d")
    assert error.is_duplicated_or_nested_paths()


@pytest.mark.checks("v2-delete", "v2-delete-not-found", "v2-delete-parent-rev")
def test_delete(client, folder):
    """Deleting is a DeleteResult or a DeleteError."""
    metadata = put(client, f"{folder}/a")
    error = error_of(client.files_delete_v2, f"{folder}/a", parent_rev="0123456789abc")
    assert error.get_path_write().get_conflict().is_file()
    result = client.files_delete_v2(f"{folder}/a", parent_rev=metadata.rev)
    assert isinstance(result, files.DeleteResult)
    assert result.metadata.rev == metadata.rev
    assert error_of(client.files_delete_v2, f"{folder}/a").get_path_lookup().is_not_found()


@pytest.mark.checks("v2-create-folder-batch", "v2-relocate-batch", "v2-delete-batch")
def test_batches(client, folder):
    """Batches have a result for each entry."""
    paths = [f"{folder}/{name}" for name in ("a", "b")]
    launch = client.files_create_folder_batch(paths)
    assert isinstance(launch, files.CreateFolderBatchLaunch)
    result = done(client.files_create_folder_batch_check, launch)
    assert [entry.get_success().metadata.name for entry in result.entries] == ["a", "b"]
    for kind in ("copy", "move"):
        pairs = [
            files.RelocationPath(f"{folder}/{name}", f"{folder}/{kind} {name}")
            for name in ("a", "never")
        ]
        launch = getattr(client, f"files_{kind}_batch_v2")(pairs)
        result = done(getattr(client, f"files_{kind}_batch_check_v2"), launch)
        good, bad = result.entries
        assert good.get_success().name == f"{kind} a"
        assert bad.get_failure().get_relocation_error().get_from_lookup().is_not_found()
    entries = [files.DeleteArg(f"{folder}/{name}") for name in ("b", "never")]
    result = done(client.files_delete_batch_check, client.files_delete_batch(entries))
    good, bad = result.entries
    assert good.get_success().metadata.name == "b"
    assert bad.get_failure().get_path_lookup().is_not_found()


@pytest.mark.checks("v2-job-unknown")
def test_unknown_job(client):
    """An unknown job is a PollError."""
    error = error_of(client.files_delete_batch_check, "dbjid:" + "A" * 88)
    assert isinstance(error, async_.PollError)
    assert error.is_invalid_async_job_id()


@pytest.mark.checks("v2-revisions", "v2-restore", "v2-restore-invalid")
def test_revisions(client, folder):
    """Revisions are a ListRevisionsResult; one of them can be restored."""
    path = f"{folder}/a"
    revs = [put(client, path, text, mode=files.WriteMode.overwrite).rev for text in (b"1", b"22")]
    result = client.files_list_revisions(path)
    assert isinstance(result, files.ListRevisionsResult)
    assert [entry.rev for entry in result.entries] == revs[::-1]
    client.files_delete_v2(path)
    result = client.files_list_revisions(path)
    assert result.is_deleted
    assert isinstance(result.server_deleted, dt.datetime)
    assert client.files_restore(path, revs[0]).size == 1
    assert error_of(client.files_restore, path, "0123456789abcdef0").is_invalid_revision()


@pytest.mark.checks("v2-search")
@pytest.mark.not_live("the search index of the service has a delay")
def test_search(client, folder):
    """A search is a SearchV2Result whose matches have metadata."""
    for number in range(3):
        put(client, f"{folder}/needle {number}")
    options = files.SearchOptions(path=folder, max_results=2)
    page = client.files_search_v2("needle", options)
    assert isinstance(page, files.SearchV2Result)
    pages = pages_from(page, client.files_search_continue_v2)
    matches = [match for each in pages for match in each.matches]
    found = sorted(match.metadata.get_metadata().name for match in matches)
    assert found == [f"needle {number}" for number in range(3)]
    assert all(match.match_type.is_filename() for match in matches)


@pytest.mark.checks("v2-link-file", "v2-link-exists", "v2-link-list", "v2-link-revoke")
def test_shared_links(client, folder):
    """A link is a FileLinkMetadata; a second one has the first."""
    path = f"{folder}/shared.txt"
    put(client, path, b"12345")
    link = client.sharing_create_shared_link_with_settings(path)
    assert isinstance(link, sharing.FileLinkMetadata)
    error = error_of(client.sharing_create_shared_link_with_settings, path)
    assert error.get_shared_link_already_exists().get_metadata().url == link.url
    assert [one.url for one in client.sharing_list_shared_links(path).links] == [link.url]
    shown = client.sharing_get_shared_link_metadata(link.url)
    assert (type(shown), shown.name) == (sharing.FileLinkMetadata, "shared.txt")
    metadata, response = client.sharing_get_shared_link_file(link.url)
    with contextlib.closing(response):
        assert (metadata.name, response.content) == ("shared.txt", b"12345")
    assert client.sharing_revoke_shared_link(link.url) is None
    error = error_of(client.sharing_get_shared_link_metadata, link.url)
    assert error.is_shared_link_not_found()


@pytest.mark.checks("v2-link-folder")
def test_shared_link_to_a_folder(client, folder):
    """A link to a folder is a FolderLinkMetadata."""
    client.files_create_folder_v2(f"{folder}/shared")
    link = client.sharing_create_shared_link_with_settings(f"{folder}/shared")
    assert isinstance(link, sharing.FolderLinkMetadata)


@pytest.mark.checks("v2-temporary-link", "v2-upload-link", "v2-save-url", "v2-copy-reference")
def test_links_to_contents(client, folder):
    """Temporary links, copy references and saved URLs have their types."""
    metadata = put(client, f"{folder}/a", b"12345")
    link = client.files_get_temporary_link(f"{folder}/a")
    assert isinstance(link, files.GetTemporaryLinkResult)
    assert link.metadata.rev == metadata.rev
    launch = client.files_save_url(f"{folder}/b", link.link)
    saved = done(client.files_save_url_check_job_status, launch)
    assert (type(saved), saved.size) == (files.FileMetadata, 5)
    reference = client.files_copy_reference_get(f"{folder}/a")
    assert isinstance(reference, files.GetCopyReferenceResult)
    result = client.files_copy_reference_save(reference.copy_reference, f"{folder}/c")
    assert result.metadata.name == "c"
    upload = client.files_get_temporary_upload_link(files.CommitInfo(f"{folder}/d"))
    assert upload.link.startswith("https://")


@pytest.mark.checks("v2-tags", "v2-tags-errors")
def test_tags(client, folder):
    """Tags are UserGeneratedTag values."""
    path = f"{folder}/a"
    put(client, path)
    client.files_tags_add(path, "todo")
    (tagged,) = client.files_tags_get([path]).paths_to_tags
    assert [tag.get_user_generated_tag().tag_text for tag in tagged.tags] == ["todo"]
    client.files_tags_remove(path, "todo")
    assert error_of(client.files_tags_remove, path, "todo").is_tag_not_present()


@pytest.mark.checks("v2-thumbnail", "v2-thumbnail-batch", "v2-thumbnail-errors")
def test_thumbnails(client, folder):
    """A thumbnail is a PreviewResult and a picture."""
    put(client, f"{folder}/a.png", PICTURE)
    put(client, f"{folder}/a.txt")
    resource = files.PathOrLink.path(f"{folder}/a.png")
    shown, response = client.files_get_thumbnail_v2(resource)
    with contextlib.closing(response):
        assert response.content.startswith(b"\xff\xd8")
    assert isinstance(shown, files.PreviewResult)
    resource = files.PathOrLink.path(f"{folder}/a.txt")
    assert error_of(client.files_get_thumbnail_v2, resource).is_unsupported_extension()
    (entry,) = client.files_get_thumbnail_batch([files.ThumbnailArg(f"{folder}/a.png")]).entries
    assert isinstance(entry.get_success(), files.GetThumbnailBatchResultData)


@pytest.mark.checks("v2-zip", "v2-zip-errors")
def test_archive(client, folder):
    """A folder as an archive is a DownloadZipResult."""
    put(client, f"{folder}/folder/a", b"12345")
    result, response = client.files_download_zip(f"{folder}/folder")
    assert isinstance(result, files.DownloadZipResult)
    with contextlib.closing(response), zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.read("folder/a") == b"12345"
    assert error_of(client.files_download_zip, f"{folder}/folder/a").get_path().is_not_folder()


@pytest.mark.checks("v2-path-root-invalid")
def test_path_root(client):
    """A wrong root is a PathRootError."""
    other = client.with_path_root(common.PathRoot.root("1"))
    with pytest.raises(exceptions.PathRootError) as caught:
        other.files_list_folder("")
    assert caught.value.error.is_invalid_root()


@pytest.mark.checks("v2-pkce", "v2-refresh")
@pytest.mark.not_live("needs the consent of a user in a browser")
def test_pkce_flow(client):
    """The flow without a redirect links an app by PKCE, and its token is refreshed."""
    import requests

    requests.patch(
        "https://api.dropboxapi.com/_fakebox/accounts/1", json={"auto_approve": True}, timeout=30
    )
    flow = dropbox.DropboxOAuth2FlowNoRedirect(
        "fakebox-app-key", use_pkce=True, token_access_type="offline"
    )
    page = requests.get(flow.start(), timeout=30).text
    result = flow.finish(re.search('id="auth-code">([^<]+)', page)[1])
    assert isinstance(result, dropbox.oauth.OAuth2FlowNoRedirectResult)
    assert result.account_id == client.users_get_current_account().account_id
    with dropbox.Dropbox(
        oauth2_refresh_token=result.refresh_token, app_key="fakebox-app-key"
    ) as other:
        assert other.users_get_current_account().account_id == result.account_id


@pytest.mark.checks("v2-revoke")
@pytest.mark.not_live("would revoke the token of the run")
def test_revoked_token(client):
    """A revoked token is an AuthError."""
    token = client.box.add_token(bearer=True).token
    with dropbox.Dropbox(token) as other:
        assert other.auth_token_revoke() is None
        with pytest.raises(exceptions.AuthError):
            other.users_get_current_account()


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c6360606000000004000127340a0d0000000049454e44ae426082"
)
