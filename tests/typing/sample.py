"""A typical program, which type checkers accept without errors (`tox -e types`)."""

from pathlib import Path

from dropbox import client, rest, session


def link(key: str, secret: str) -> client.DropboxClient:
    """Link an account by the documented steps."""
    sess = session.DropboxSession(key, secret, "dropbox")
    request_token = sess.obtain_request_token()
    url: str = sess.build_authorize_url(request_token)
    print("url:", url)
    token_key, token_secret = sess.obtain_access_token(request_token)
    sess.set_token(token_key, token_secret)
    return client.DropboxClient(sess)


def names(dropbox: client.DropboxClient) -> list[str]:
    """Return the paths of the entries in the root folder."""
    return [entry["path"] for entry in dropbox.metadata("/").get("contents", [])]


def back_up(dropbox: client.DropboxClient, file: Path) -> str:
    """Upload a file, and return its revision."""
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
    """Print the changes, and return the cursor."""
    page = dropbox.delta(cursor)
    for path, metadata in page["entries"]:
        print(path, "deleted" if metadata is None else metadata["size"])
    return page["cursor"]


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
