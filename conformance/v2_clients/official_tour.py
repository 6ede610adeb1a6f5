"""A tour of the official SDK, run in a separate environment by `drive_v2_clients.py`.

Environment variables configure the connection. The run ends at the first unexpected result.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import sys
import uuid
import warnings
import zipfile

import requests

import dropbox
from dropbox import exceptions, files, sharing

MEBIBYTE = 1024 * 1024
# Revisions of a path remain, so each run uses a new folder.
ROOT = f"/official {uuid.uuid4()}"


def main() -> None:
    """Run all steps in order; some depend on earlier ones."""
    client = dropbox.Dropbox(os.environ["TOUR_TOKEN"], timeout=30)
    steps = [
        account,
        contents,
        upload_link,
        conflicts,
        sessions,
        concurrent_session,
        listing,
        longpoll,
        operations,
        batches,
        revisions,
        search,
        links,
        pictures,
        references,
        tags,
        archives,
        deprecated_routes,
        unknown_token,
        refreshing,
    ]
    client.files_create_folder_v2(ROOT)
    for step in steps:
        step(client)
    client.files_delete_v2(ROOT)
    client.close()
    print(f"dropbox {dropbox.__version__}: {len(steps)} steps")


def account(client: dropbox.Dropbox) -> None:
    """Read the account, its space usage, and echo requests."""
    me = client.users_get_current_account()
    check(client.users_get_account(me.account_id).email == me.email, "account")
    check(client.users_get_account_batch([me.account_id])[0].email == me.email, "account batch")
    check(client.users_get_space_usage().used >= 0, "space")
    check(client.check_user("echo").result == "echo", "check/user")
    app = dropbox.Dropbox(
        app_key=os.environ["TOUR_APP_KEY"], app_secret=os.environ["TOUR_APP_SECRET"]
    )
    check(app.check_app("echo").result == "echo", "check/app")
    app.close()


def contents(client: dropbox.Dropbox) -> None:
    """Upload a file and download it, by path, id and revision."""
    modified = dt.datetime(2020, 2, 3, 4, 5, 6)  # noqa: DTZ001 - the SDK uses naive datetimes
    put = client.files_upload(b"content", f"{ROOT}/Ünï.txt", client_modified=modified)
    got, response = client.files_download(f"{ROOT}/ünï.txt")
    check(response.content == b"content" and got.rev == put.rev, "download")
    check(got.client_modified == modified, "client_modified")
    check(client.files_get_metadata(got.id).path_lower == got.path_lower, "by id")
    check(client.files_download(f"rev:{put.rev}")[1].content == b"content", "by rev")
    temporary = client.files_get_temporary_link(got.path_lower)
    check(temporary.link.startswith("https://"), "temporary link")


def upload_link(client: dropbox.Dropbox) -> None:
    """Use a temporary upload link once, without a token."""
    path = f"{ROOT}/by link.txt"
    link = client.files_get_temporary_upload_link(files.CommitInfo(path), duration=60).link

    def use() -> requests.Response:
        headers = {"Content-Type": "application/octet-stream"}
        return requests.post(link, b"by link", headers=headers, timeout=30)

    uploaded_hash = use().json()["content-hash"]
    check(client.files_get_metadata(path).content_hash == uploaded_hash, "uploaded by a link")
    check(use().status_code == 410, "the link is used up")


def conflicts(client: dropbox.Dropbox) -> None:
    """Upload to existing paths with each write mode."""
    path = f"{ROOT}/conflict.txt"
    first = client.files_upload(b"one", path)
    check(client.files_upload(b"one", path).rev == first.rev, "same bytes are no conflict")
    error = error_of(lambda: client.files_upload(b"two", path))
    check(error.get_path().reason.get_conflict().is_file(), "conflict")
    renamed = client.files_upload(b"two", path, autorename=True)
    check(renamed.name == "conflict (1).txt", "autorename")
    update = files.WriteMode.update(first.rev)
    second = client.files_upload(b"two", path, mode=update)
    check(second.name == "conflict.txt", "update")
    stale = client.files_upload(b"three", path, mode=update, autorename=True)
    check("conflicted copy" in stale.name, "stale update")
    wrong = error_of(lambda: client.files_upload(b"x", f"{ROOT}/w", content_hash="0" * 64))
    check(wrong.is_content_hash_mismatch(), "content hash")
    check(error_of(lambda: client.files_get_metadata("/nothing")).get_path().is_not_found(), "404")


def sessions(client: dropbox.Dropbox) -> None:
    """Upload a file in parts, append at a wrong offset, and finish a batch."""
    data = os.urandom(MEBIBYTE)
    begun = client.files_upload_session_start(data)
    cursor = files.UploadSessionCursor(begun.session_id, 5)
    error = error_of(lambda: client.files_upload_session_append_v2(data, cursor))
    check(error.get_incorrect_offset().correct_offset == MEBIBYTE, "offset")
    cursor.offset = MEBIBYTE
    client.files_upload_session_append_v2(data, cursor)
    cursor.offset *= 2
    commit = files.CommitInfo(f"{ROOT}/pieces.bin")
    done = client.files_upload_session_finish(b"end", cursor, commit)
    check(done.size == 2 * MEBIBYTE + 3, "finish")
    closed = client.files_upload_session_start(b"closed", close=True)
    entry = files.UploadSessionFinishArg(
        files.UploadSessionCursor(closed.session_id, 6), files.CommitInfo(f"{ROOT}/batch.txt")
    )
    result = client.files_upload_session_finish_batch_v2([entry])
    check(result.entries[0].get_success().name == "batch.txt", "finish batch")
    again = client.files_upload_session_finish_batch([entry])
    status = client.files_upload_session_finish_batch_check(again.get_async_job_id())
    check(status.get_complete().entries[0].is_failure(), "finish batch of a finished session")


def concurrent_session(client: dropbox.Dropbox) -> None:
    """Upload the pieces of a session in any order."""
    kind = files.UploadSessionType.concurrent
    begun = client.files_upload_session_start(b"", session_type=kind)
    piece = os.urandom(4 * MEBIBYTE)
    for offset, data, close in ((4 * MEBIBYTE, b"end", True), (0, piece, False)):
        cursor = files.UploadSessionCursor(begun.session_id, offset)
        client.files_upload_session_append_v2(data, cursor, close=close)
    cursor = files.UploadSessionCursor(begun.session_id, 4 * MEBIBYTE + 3)
    done = client.files_upload_session_finish(b"", cursor, files.CommitInfo(f"{ROOT}/parallel"))
    check(client.files_download(done.id)[1].content == piece + b"end", "concurrent")


def listing(client: dropbox.Dropbox) -> None:
    """List a folder in pages and read its changes."""
    folder = f"{ROOT}/many"
    for number in range(5):
        client.files_upload(b"x", f"{folder}/sub/{number}")
    for recursive, expected in ((False, ["sub"]), (True, ["many", "sub", *"01234"])):
        page = client.files_list_folder(folder, recursive=recursive, limit=2)
        names = [entry.name for entry in page.entries]
        while page.has_more:
            page = client.files_list_folder_continue(page.cursor)
            names += [entry.name for entry in page.entries]
        check(sorted(names) == sorted(expected), f"listing {names}")
        client.files_upload(b"y", f"{folder}/new")
        client.files_delete_v2(f"{folder}/new")
        news = client.files_list_folder_continue(page.cursor).entries
        check([type(one) for one in news] == [files.DeletedMetadata], "changes")
    latest = client.files_list_folder_get_latest_cursor(ROOT).cursor
    check(client.files_list_folder_continue(latest).entries == [], "latest cursor")
    check(client.files_list_folder("").entries != [], "root")
    gone = error_of(lambda: client.files_list_folder("/nothing"))
    check(gone.get_path().is_not_found(), "no folder")


def longpoll(client: dropbox.Dropbox) -> None:
    """A long poll returns at once if there are changes."""
    cursor = client.files_list_folder_get_latest_cursor(ROOT).cursor
    client.files_upload(b"news", f"{ROOT}/news")
    check(client.files_list_folder_longpoll(cursor).changes, "longpoll")


def operations(client: dropbox.Dropbox) -> None:
    """Copy, move and delete files and folders."""
    client.files_upload(b"x", f"{ROOT}/ops/a")
    before = client.files_get_metadata(f"{ROOT}/ops/a")
    client.files_copy_v2(f"{ROOT}/ops", f"{ROOT}/ops copy")
    moved = client.files_move_v2(f"{ROOT}/ops/a", f"{ROOT}/ops/b").metadata
    check(moved.id == before.id, "identity")
    error = error_of(lambda: client.files_copy_v2(f"{ROOT}/ops/b", f"{ROOT}/ops copy/a"))
    check(error.get_to().get_conflict().is_file(), "conflict")
    check(client.files_delete_v2(f"{ROOT}/ops").metadata.name == "ops", "delete")
    lost = error_of(lambda: client.files_delete_v2(f"{ROOT}/ops"))
    check(lost.get_path_lookup().is_not_found(), "delete twice")
    into = error_of(lambda: client.files_move_v2(ROOT, f"{ROOT}/x/y"))
    check(into.is_duplicated_or_nested_paths(), "into itself")


def batches(client: dropbox.Dropbox) -> None:
    """Run batches and check their jobs."""
    made = client.files_create_folder_batch([f"{ROOT}/b1", f"{ROOT}/b2"]).get_complete()
    check(all(entry.is_success() for entry in made.entries), "create batch")
    pairs = [files.RelocationPath(f"{ROOT}/b{n}", f"{ROOT}/c{n}") for n in (1, 2, 3)]
    job = client.files_copy_batch_v2(pairs).get_async_job_id()
    done = client.files_copy_batch_check_v2(job).get_complete().entries
    check([entry.is_success() for entry in done] == [True, True, False], "copy batch")
    job = client.files_move_batch_v2(pairs[:1]).get_async_job_id()
    done = client.files_move_batch_check_v2(job).get_complete().entries
    check(done[0].get_failure().get_relocation_error().is_to(), "move batch")
    doomed = [files.DeleteArg(f"{ROOT}/c{n}") for n in (1, 2, 3)]
    job = client.files_delete_batch(doomed).get_async_job_id()
    gone = client.files_delete_batch_check(job).get_complete().entries
    check([entry.is_success() for entry in gone] == [True, True, False], "delete batch")


def revisions(client: dropbox.Dropbox) -> None:
    """List revisions and restore one."""
    path = f"{ROOT}/past.txt"
    revs = [
        client.files_upload(text, path, mode=files.WriteMode.overwrite).rev
        for text in (b"one", b"two")
    ]
    listed = client.files_list_revisions(path)
    check([entry.rev for entry in listed.entries] == revs[::-1], "revisions")
    client.files_delete_v2(path)
    check(client.files_list_revisions(path).is_deleted, "deleted")
    client.files_restore(path, revs[0])
    check(client.files_download(path)[1].content == b"one", "restore")
    shown = client.files_get_metadata(path, include_deleted=True)
    check(isinstance(shown, files.FileMetadata), "restored")


def search(client: dropbox.Dropbox) -> None:
    """Search by name in pages."""
    for number in range(3):
        client.files_upload(b"x", f"{ROOT}/find/needle {number}.txt")
    options = files.SearchOptions(path=ROOT, max_results=2)
    page = client.files_search_v2("needle", options)
    found = list(page.matches)
    while page.has_more:
        page = client.files_search_continue_v2(page.cursor)
        found += page.matches
    names = sorted(match.metadata.get_metadata().name for match in found)
    check(names == [f"needle {number}.txt" for number in range(3)], "search")


def links(client: dropbox.Dropbox) -> None:
    """Create, list, read, modify and revoke a shared link."""
    path = f"{ROOT}/shared.txt"
    client.files_upload(b"shared", path)
    made = client.sharing_create_shared_link_with_settings(path)
    again = error_of(lambda: client.sharing_create_shared_link_with_settings(path))
    check(again.get_shared_link_already_exists().get_metadata().url == made.url, "exists")
    check(client.sharing_list_shared_links(path).links[0].url == made.url, "list")
    check(
        client.sharing_get_shared_links(path).links[0].url == made.url,
        "deprecated list",
    )
    check(client.sharing_get_shared_link_metadata(made.url).name == "shared.txt", "metadata")
    check(client.sharing_get_shared_link_file(made.url)[1].content == b"shared", "file")
    expires = dt.datetime(2035, 1, 1)  # noqa: DTZ001 - the SDK uses naive datetimes
    settings = sharing.SharedLinkSettings(expires=expires)
    limited = client.sharing_modify_shared_link_settings(made.url, settings)
    check(limited.expires == expires, "expires")
    client.sharing_revoke_shared_link(made.url)
    error = error_of(lambda: client.sharing_get_shared_link_metadata(made.url))
    check(error.is_shared_link_not_found(), "revoked")


def pictures(client: dropbox.Dropbox) -> None:
    """Request thumbnails and previews."""
    path = f"{ROOT}/picture.png"
    client.files_upload(PICTURE, path)
    resource = files.PathOrLink.path(path)
    shown, response = client.files_get_thumbnail_v2(resource, size=files.ThumbnailSize.w32h32)
    check(response.content[:2] == b"\xff\xd8", "thumbnail")
    check(shown.file_metadata.name == "picture.png", "thumbnail's file")
    batch = client.files_get_thumbnail_batch([files.ThumbnailArg(path)])
    check(batch.entries[0].is_success(), "thumbnail batch")
    client.files_upload(b"a,b", f"{path}.csv")
    check(b"a,b" in client.files_get_preview(f"{path}.csv")[1].content, "preview")


def references(client: dropbox.Dropbox) -> None:
    """Use copy references and save_url."""
    path = f"{ROOT}/referred.txt"
    client.files_upload(b"referred", path)
    reference = client.files_copy_reference_get(path).copy_reference
    saved = client.files_copy_reference_save(reference, f"{ROOT}/saved.txt")
    check(saved.metadata.name == "saved.txt", "copy reference")
    link = client.files_get_temporary_link(path).link
    job = client.files_save_url(f"{ROOT}/url.txt", link).get_async_job_id()
    check(client.files_save_url_check_job_status(job).get_complete().size == 8, "save_url")


def tags(client: dropbox.Dropbox) -> None:
    """Add and remove tags."""
    path = f"{ROOT}/referred.txt"
    client.files_tags_add(path, "todo")
    (tagged,) = client.files_tags_get([path]).paths_to_tags
    check(tagged.tags[0].get_user_generated_tag().tag_text == "todo", "tags")
    client.files_tags_remove(path, "todo")
    check(client.files_tags_get([path]).paths_to_tags[0].tags == [], "no tags")


def archives(client: dropbox.Dropbox) -> None:
    """Download a folder as a zip file."""
    _, response = client.files_download_zip(f"{ROOT}/many")
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        check("many/sub/0" in archive.namelist(), "zip")


def deprecated_routes(client: dropbox.Dropbox) -> None:
    """Call deprecated routes that older programs use."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        folder = f"{ROOT}/deprecated routes"
        check(client.files_create_folder(folder).path_display == folder, "deprecated create_folder")
        begun = client.files_upload_session_start(b"pic")
        client.files_upload_session_append(b"ture", begun.session_id, 3)
        cursor = files.UploadSessionCursor(begun.session_id, 7)
        client.files_upload_session_finish(b"", cursor, files.CommitInfo(f"{folder}/a"))
        check(client.files_copy(f"{folder}/a", f"{folder}/b").name == "b", "deprecated copy")
        check(client.files_move(f"{folder}/b", f"{folder}/c").name == "c", "deprecated move")
        found = client.files_search(folder, "c", max_results=1)
        check((found.matches[0].metadata.name, found.more) == ("c", False), "deprecated search")
        client.files_upload(PICTURE, f"{folder}/picture.png")
        shown, response = client.files_get_thumbnail(f"{folder}/picture.png")
        check(
            (shown.name, response.content[:2]) == ("picture.png", b"\xff\xd8"),
            "old thumbnail",
        )
        link = client.sharing_create_shared_link(f"{folder}/c")
        check(client.sharing_get_shared_link_metadata(link.url).name == "c", "old shared link")
        check(client.files_delete(folder).path_display == folder, "deprecated delete")


def unknown_token(_: dropbox.Dropbox) -> None:
    """An unknown token is rejected."""
    client = dropbox.Dropbox("sl.unknown-token")
    try:
        client.users_get_current_account()
    except exceptions.AuthError as error:
        check(error.error.is_invalid_access_token(), "401")
    else:
        check(False, "401")
    client.close()


def refreshing(_: dropbox.Dropbox) -> None:
    """Link an app with PKCE and refresh its access token."""
    flow = dropbox.DropboxOAuth2FlowNoRedirect(
        os.environ["TOUR_APP_KEY"], use_pkce=True, token_access_type="offline"
    )
    code = allow(flow.start())
    granted = flow.finish(code)
    check(granted.refresh_token and granted.account_id.startswith("dbid:"), "grant")
    client = dropbox.Dropbox(
        oauth2_refresh_token=granted.refresh_token, app_key=os.environ["TOUR_APP_KEY"]
    )
    check(client.users_get_current_account().account_id == granted.account_id, "refreshed")
    client.close()


def allow(url: str) -> str:
    """Return the code from the consent page; the account approves apps automatically."""
    response = requests.get(url, timeout=30)
    return re.search(r'id="auth-code">([^<]+)', response.text)[1]


def error_of(call):
    """Return the error of a call that must fail."""
    try:
        call()
    except exceptions.ApiError as error:
        return error.error
    sys.exit("a call succeeded that should have failed")


def check(condition: bool, what: str) -> None:
    """Exit with a message if a condition is false."""
    if not condition:
        sys.exit(f"official SDK: unexpected result of {what}")


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c6360606000000004000127340a0d0000000049454e44ae426082"
)

if __name__ == "__main__":
    main()
