"""A typical program, which type checkers accept without errors (`tox -e types`).

It uses every call of the SDK. The checkers verify the types of arguments and results, and
`test_sample.py` verifies that no call is missing.
"""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any

from dropbox import client, rest, session
from dropbox.content_hash import content_hash
from dropbox.oauth2 import RefreshTokenError
from dropbox.retry import RetryPolicy


def link(key: str, secret: str) -> client.DropboxClient:
    """Link an account by the documented steps."""
    sess = session.DropboxSession(key, secret, "dropbox", "en")
    request_token = sess.obtain_request_token()
    sess.set_request_token(request_token.key, request_token.secret)
    url: str = sess.build_authorize_url(request_token, oauth_callback="https://app.example/done")
    print("url:", url)
    token_key, token_secret = sess.obtain_access_token(request_token)
    sess.set_token(token_key, token_secret)
    restored = session.DropboxSession.from_dict(json.loads(json.dumps(sess.to_dict())))
    assert restored.is_linked()
    return client.DropboxClient(restored)


def link_today(key: str, state_file: Path) -> client.DropboxClient:
    """Link an account of today's service, and store the tokens whenever they change."""

    def store(changed: session.DropboxOAuth2Session) -> None:
        state_file.write_text(json.dumps(changed.to_dict()))

    if state_file.exists():
        saved: dict[str, Any] = json.loads(state_file.read_text())
        return client.DropboxClient(session.DropboxOAuth2Session.from_dict(saved, on_refresh=store))
    flow = client.DropboxOAuth2FlowNoRedirect(
        key, use_pkce=True, token_access_type="offline", scope=["files.content.read"]
    )
    print("url:", flow.start())
    result = flow.finish(input())
    access_token, user_id = result
    print("account:", user_id, result.account_id, result.scope)
    sess = session.DropboxOAuth2Session(
        access_token,
        oauth2_refresh_token=result.refresh_token,
        oauth2_access_token_expiration=result.expires_at,
        app_key=key,
        on_refresh=store,
    )
    store(sess)
    return client.DropboxClient(
        sess, rest.RESTClientObject(read_timeout_s=120), retries=RetryPolicy(attempts=5)
    )


def refresh(sess: session.DropboxOAuth2Session) -> datetime | None:
    """Refresh the tokens of a session; forget them if the user has revoked them."""
    try:
        sess.check_and_refresh_access_token()
        sess.refresh_access_token()
    except RefreshTokenError as error:
        print(error.status, error.error_msg)
        sess.unlink()
    token: str | None = sess.access_token or sess.refresh_token
    print("linked" if token else "not linked")
    return sess.expires_at


def redirect_flow(web_session: MutableMapping[str, Any], key: str, secret: str) -> str:
    """Start the flow of a web application."""
    flow = client.DropboxOAuth2Flow(
        key,
        secret,
        "https://app.example/done",
        web_session,
        "csrf",
        scope=["account_info.read"],
        include_granted_scopes="user",
        api="v2",
    )
    return flow.start(url_state="/settings")


def finish_flow(flow: client.DropboxOAuth2Flow, query: dict[str, str]) -> tuple[str, str | None]:
    """Finish the flow of a web application."""
    try:
        result = flow.finish(query)
    except flow.NotApprovedException:
        return "", None
    token, _, url_state = result
    refresh_token: str | None = result.refresh_token
    return refresh_token or token, url_state


def account(dropbox: client.DropboxClient) -> str:
    """Describe the account."""
    info = dropbox.account_info()
    quota: int = info["quota_info"]["quota"]
    return f"{info['display_name']} has {quota} bytes"


def names(dropbox: client.DropboxClient) -> list[str]:
    """Return the paths of the entries in the root folder."""
    return [entry["path"] for entry in dropbox.metadata("/").get("contents", [])]


def tree(dropbox: client.DropboxClient) -> list[str]:
    """Return the paths of all entries."""
    return [entry["path"] for entry in dropbox.walk("/")]


def back_up(dropbox: client.DropboxClient, file: Path) -> str:
    """Upload a file, and return its revision."""
    try:
        metadata = dropbox.upload(file, f"/{file.name}", overwrite=True)
    except rest.ErrorResponse as error:
        status: int = error.status
        return f"failed with {status}"
    return metadata.get("rev", "")


def upload_in_chunks(dropbox: client.DropboxClient, file: Path) -> None:
    """Upload a file by the three interfaces for chunks."""
    with file.open("rb") as source:
        uploader = dropbox.get_chunked_uploader(source, file.stat().st_size)
        uploader.upload_chunked(chunk_size=4096, progress=lambda sent, total: print(sent / total))
        size: int = uploader.finish("/in-chunks.bin")["bytes"]
    chunk = dropbox.upload_chunk(b"content", 7)
    dropbox.upload_chunk(b" and more", 9, chunk["offset"], chunk["upload_id"])
    stored = dropbox.commit_chunked_upload("/chunks.bin", chunk["upload_id"], overwrite=True)
    print(size, stored["path"])


def fetch(dropbox: client.DropboxClient, path: str) -> bytes:
    """Download a file."""
    response, metadata = dropbox.get_file_and_metadata(path)
    with response:
        data: bytes = response.read()
    assert len(data) == metadata["bytes"]
    with dropbox.get_file(path, rev=metadata.get("rev"), start=1, length=2) as part:
        assert part.read() == data[1:3]
    saved = dropbox.download(path, "copy.bin", progress=print)
    assert saved.get("rev") == metadata.get("rev")
    return data


def preview(dropbox: client.DropboxClient, path: str) -> bytes:
    """Return the thumbnail of a picture."""
    with dropbox.thumbnail(path, size="large", format="PNG") as response:
        small: bytes = response.read()
    response, metadata = dropbox.thumbnail_and_metadata(path)
    with response:
        print(metadata["path"], response.getheader("Content-Type"))
    return small


def tidy(dropbox: client.DropboxClient) -> None:
    """Change files and folders."""
    dropbox.file_create_folder("/Archive")
    dropbox.put_file("/notes.txt", "text", overwrite=False, parent_rev=None)
    copied = dropbox.file_copy("/notes.txt", "/Archive/notes.txt")
    moved = dropbox.file_move(copied["path"], "/Archive/old notes.txt")
    reference = dropbox.create_copy_ref("/notes.txt")
    dropbox.add_copy_ref(reference["copy_ref"], "/Archive/another.txt")
    deleted = dropbox.file_delete("/notes.txt")
    print(moved["path"], reference["expires"], deleted.get("is_deleted"))


def undo(dropbox: client.DropboxClient, path: str) -> str:
    """Restore the oldest revision of a file."""
    revisions = dropbox.revisions(path, rev_limit=100)
    restored = dropbox.restore(path, revisions[-1].get("rev", ""))
    return restored.get("modified", "")


def publish(dropbox: client.DropboxClient, path: str) -> tuple[str, str]:
    """Return a link to the page of a file, and one to its content."""
    page, content = dropbox.share(path, short_url=False), dropbox.media(path)
    print("until", page["expires"], content["expires"])
    return page["url"], content["url"]


def find(dropbox: client.DropboxClient, text: str) -> list[int]:
    """Return the sizes of the files whose names contain a text."""
    return [entry["bytes"] for entry in dropbox.search("/", text, file_limit=10)]


def follow(dropbox: client.DropboxClient, cursor: str | None) -> str:
    """Print the changes, wait for more, and return the cursor."""
    page = dropbox.delta(cursor)
    for path, metadata in page["entries"]:
        print(path, "deleted" if metadata is None else metadata["size"])
    for later in dropbox.iter_delta(page["cursor"]):
        cursor = later["cursor"]
    waited = dropbox.longpoll_delta(cursor or page["cursor"], timeout=60)
    changed: bool = waited["changes"]
    print("changed" if changed else "unchanged", waited.get("backoff", 0))
    return cursor or page["cursor"]


def call_by_name(dropbox: client.DropboxClient) -> object:
    """Send a request that has no method."""
    url, _, headers = dropbox.request("/account/info", method="GET")
    return dropbox.rest_client.GET(url, headers)


def describe(key: str, secret: str) -> str:
    """Describe the account within five seconds, and close the connections."""
    with link(key, secret) as dropbox:
        text = account(dropbox.with_options(timeout_s=5))
    dropbox.close()
    return text


def modernize(dropbox: client.DropboxClient) -> client.DropboxClient:
    """Replace an OAuth 1.0 token by an OAuth 2 token."""
    token: str = dropbox.create_oauth2_access_token()
    dropbox.disable_access_token()
    dropbox.session.unlink()
    return client.DropboxClient(oauth2_access_token=token, locale="de")


def is_unchanged(file: Path, expected: str) -> bool:
    """Compare a local file with a content hash."""
    with file.open("rb") as source:
        return content_hash(source) == expected


def reach(sess: session.DropboxSession) -> str | None:
    """Return the error of the connection to the service."""
    url = sess.build_url(sess.API_HOST, "/account/info")
    headers, params = sess.build_access_headers("POST", url, {"locale": "en"})
    print(sess.build_path("/account/info"))
    try:
        rest.RESTClient.POST(url, params, headers)
    except rest.RESTSocketError as error:
        return f"{error.host}: {error.errno}"
    return None


def upload_quickly(token: str, file: Path) -> int:
    """Upload chunks at the same time, and tell errors apart by their class."""
    with client.DropboxClient(token, timeout_s=30, user_agent="sample/1.0") as dropbox:
        try:
            metadata = dropbox.with_options(timeout_s=120).upload(
                file, f"/{file.name}", parallel=4, progress=print
            )
        except rest.OutOfSpaceError as error:
            tags: tuple[str, ...] = error.tags
            print(error.status, tags)
            raise
        except rest.ConflictError:
            return 0
        dropbox.close()
    return metadata["bytes"]
