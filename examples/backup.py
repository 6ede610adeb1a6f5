"""Back up a directory to Dropbox, with the official SDK (the distribution `dropbox`).

    python examples/backup.py sign-in APP_KEY
    python examples/backup.py upload DIRECTORY
    python examples/backup.py share PATH

The refresh token is kept in the file `backup-token.json` of the current directory.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import requests

import dropbox
from dropbox.exceptions import ApiError
from dropbox.files import CommitInfo, FileMetadata, UploadSessionCursor, WriteMode

FOLDER = "/Backup"
CHUNK_BYTES = 8 * 1024 * 1024
PAGE_ENTRIES = 100
ATTEMPTS = 3
TOKEN_FILE = Path("backup-token.json")


class BackupError(Exception):
    """The backup cannot go on; the message is for the user."""


def begin_sign_in(app_key: str) -> dropbox.DropboxOAuth2FlowNoRedirect:
    """Return a sign-in; its `start()` is the URL that the user opens in a browser."""
    return dropbox.DropboxOAuth2FlowNoRedirect(app_key, use_pkce=True, token_access_type="offline")


def finish_sign_in(flow: dropbox.DropboxOAuth2FlowNoRedirect, code: str, file: Path) -> None:
    """Store the refresh token for the code that the user copies from the browser."""
    try:
        result = flow.finish(code)
    except requests.HTTPError as error:
        raise BackupError("the code is not valid; sign in again") from error
    file.write_text(json.dumps({"app_key": flow.consumer_key, "token": result.refresh_token}))


def connect(file: Path) -> dropbox.Dropbox:
    """Return a client for a stored refresh token."""
    stored = json.loads(file.read_text())
    return dropbox.Dropbox(oauth2_refresh_token=stored["token"], app_key=stored["app_key"])


class Backup:
    """A backup in a folder of Dropbox."""

    def __init__(self, client: dropbox.Dropbox, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._client = client
        self._chunk_bytes = chunk_bytes

    def sizes(self) -> dict[str, int]:
        """Return the sizes of all files of the backup by their paths, in lower case."""
        return {entry.path_lower: entry.size for entry in self._files()}

    def upload_directory(self, directory: Path) -> list[str]:
        """Upload files that are missing or have another size; return their paths."""
        stored = self.sizes()
        uploaded = []
        for source in sorted(path for path in directory.rglob("*") if path.is_file()):
            path = f"{FOLDER}/{source.relative_to(directory).as_posix()}"
            if stored.get(path.lower()) != source.stat().st_size:
                self._upload(source, path)
                uploaded.append(path)
        return uploaded

    def share(self, path: str) -> str:
        """Return a link that downloads a file."""
        try:
            link = self._client.sharing_create_shared_link_with_settings(path)
        except ApiError as error:
            if not error.error.is_shared_link_already_exists():
                raise
            link = self._client.sharing_list_shared_links(path, direct_only=True).links[0]
        return link.url.replace("dl=0", "dl=1")

    def _files(self) -> Iterator[FileMetadata]:
        try:
            page = self._client.files_list_folder(FOLDER, recursive=True, limit=PAGE_ENTRIES)
        except ApiError as error:
            if error.error.is_path() and error.error.get_path().is_not_found():
                return
            raise
        while True:
            yield from (entry for entry in page.entries if isinstance(entry, FileMetadata))
            if not page.has_more:
                return
            page = self._client.files_list_folder_continue(page.cursor)

    def _upload(self, source: Path, path: str) -> None:
        content = source.read_bytes()
        try:
            if len(content) <= self._chunk_bytes:
                self._client.files_upload(content, path, mode=WriteMode.overwrite)
            else:
                self._upload_in_session(content, path)
        except ApiError as error:
            if "insufficient_space" in str(error):
                raise BackupError(f"the account is full; {path} was not uploaded") from error
            raise

    def _upload_in_session(self, content: bytes, path: str) -> None:
        session = self._client.files_upload_session_start(b"").session_id
        cursor = UploadSessionCursor(session, 0)
        while len(content) - cursor.offset > self._chunk_bytes:
            self._append(content[cursor.offset :][: self._chunk_bytes], cursor)
        commit = CommitInfo(path, mode=WriteMode.overwrite)
        self._client.files_upload_session_finish(content[cursor.offset :], cursor, commit)

    def _append(self, chunk: bytes, cursor: UploadSessionCursor) -> None:
        for attempt in range(ATTEMPTS):
            try:
                self._client.files_upload_session_append_v2(chunk, cursor)
            except requests.ConnectionError:
                # The chunk may have been stored; then the next attempt has the wrong offset.
                if attempt == ATTEMPTS - 1:
                    raise
            except ApiError as error:
                if not error.error.is_incorrect_offset():
                    raise
                cursor.offset = error.error.get_incorrect_offset().correct_offset
                return
            else:
                cursor.offset += len(chunk)
                return


def main(command: str, argument: str) -> None:
    """Run a command."""
    if command == "sign-in":
        flow = begin_sign_in(argument)
        print("Open this page and copy the code:", flow.start())
        finish_sign_in(flow, input("Code: "), TOKEN_FILE)
        return
    backup = Backup(connect(TOKEN_FILE))
    if command == "upload":
        print("\n".join(backup.upload_directory(Path(argument))))
    else:
        print(backup.share(argument))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("sign-in", "upload", "share"):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except BackupError as error:
        sys.exit(str(error))
