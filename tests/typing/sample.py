"""A program as a user writes it; type checkers find nothing in it (`tox -e types`)."""

from pathlib import Path

from dropbox import client, rest, session


def link(key: str, secret: str) -> client.DropboxClient:
    """The documented dance."""
    sess = session.DropboxSession(key, secret, "dropbox")
    request_token = sess.obtain_request_token()
    url: str = sess.build_authorize_url(request_token)
    print("url:", url)
    token_key, token_secret = sess.obtain_access_token(request_token)
    sess.set_token(token_key, token_secret)
    return client.DropboxClient(sess)


def names(dropbox: client.DropboxClient) -> list[str]:
    """What is in the root folder."""
    return [entry["path"] for entry in dropbox.metadata("/").get("contents", [])]


def back_up(dropbox: client.DropboxClient, file: Path) -> str:
    """Upload a file and keep its revision."""
    try:
        metadata = dropbox.upload(file, f"/{file.name}", overwrite=True)
    except rest.ErrorResponse as error:
        status: int = error.status
        return f"failed with {status}"
    return metadata.get("rev", "")


def fetch(dropbox: client.DropboxClient, path: str) -> bytes:
    """Download a file."""
    response, metadata = dropbox.get_file_and_metadata(path)
    with response:
        data: bytes = response.read()
    assert len(data) == metadata["bytes"]
    return data


def follow(dropbox: client.DropboxClient, cursor: str | None) -> str:
    """Apply the changes, and remember the cursor."""
    page = dropbox.delta(cursor)
    for path, metadata in page["entries"]:
        print(path, "gone" if metadata is None else metadata["size"])
    return page["cursor"]
