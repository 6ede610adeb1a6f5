"""Test the emulator with other OAuth 1.0 clients: requests-oauthlib, oauth-1.0a and dropbox-js.

The last two run in Node; the tests of dropbox-js are its own. Run by `tox -e clients`, not as part
of the suite. It fails if Node or npm is missing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dropbox_js import drive_dropbox_js
from requests_oauthlib import OAuth1Session

from fakebox import Fakebox

HERE = Path(__file__).parent
NPM_LIMIT_S = 300
NODE_LIMIT_S = 60


def main() -> None:
    """Run all clients."""
    missing = [name for name in ("node", "npm") if not shutil.which(name)]
    if missing:
        sys.exit(f"missing: {', '.join(missing)}; on Debian: apt-get install nodejs npm")
    drive_requests()
    drive_node()
    drive_dropbox_js()


def drive_requests() -> None:
    """Link an app, upload and download a file, and send a wrong signature."""
    with Fakebox() as box:
        app = box.session(linked=False).consumer_creds
        linking = OAuth1Session(app.key, app.secret)
        request_token = linking.fetch_request_token(f"{box.url}/1/oauth/request_token")
        box.allow(request_token["oauth_token"])
        linking._client.client.verifier = "none"
        token = linking.fetch_access_token(f"{box.url}/1/oauth/access_token")
        linking.close()
        keys = token["oauth_token"], token["oauth_token_secret"]
        with OAuth1Session(app.key, app.secret, *keys) as session:
            put = session.put(f"{box.url}/1/files_put/dropbox/requests.txt", data=b"content")
            check(put.json()["bytes"] == 7, "the upload")
            got = session.get(f"{box.url}/1/files/dropbox/requests.txt")
            check(got.content == b"content", "the download")
        with OAuth1Session(app.key, app.secret, keys[0], "wrong") as session:
            check(
                session.get(f"{box.url}/1/account/info").status_code == 403, "the wrong signature"
            )
    print("requests-oauthlib: linking, upload, download and a rejected signature")


def drive_node() -> None:
    """Install the library and run `client.mjs`."""
    with tempfile.TemporaryDirectory(prefix="fakebox-clients-") as folder, Fakebox() as box:
        for name in ("package.json", "client.mjs"):
            shutil.copy(HERE / name, folder)
        npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(npm, cwd=folder, check=True, timeout=NPM_LIMIT_S)
        session = box.session()
        keys = [*session.consumer_creds, *session.token]
        command = ["node", "client.mjs", box.url, *keys]
        subprocess.run(command, cwd=folder, check=True, timeout=NODE_LIMIT_S)


def check(condition: bool, what: str) -> None:
    """Exit with a message if a condition is false."""
    if not condition:
        sys.exit(f"requests-oauthlib: unexpected result of {what}")


if __name__ == "__main__":
    main()
