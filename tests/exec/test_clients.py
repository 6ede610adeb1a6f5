"""Tests of `fakebox exec` with unmodified clients. Each says which program is missing."""

from __future__ import annotations

import json
import sys

import pytest

from fakebox.core import defaults

BEARER = f"Authorization: Bearer {defaults.BEARER_TOKEN}"
UPLOAD = "https://content.dropboxapi.com/2/files/upload"
DOWNLOAD = "https://content.dropboxapi.com/2/files/download"
ARGUMENT = 'Dropbox-API-Arg: {"path": "/letter.txt"}'
OTHER_HOST = "https://host.example/"
# With fetch, which reads no proxy before Node.js 24.5, and with https.
NODE = f"""
const https = require('node:https');
const body = JSON.stringify({{ query: 'hello' }});
const headers = {{
  Authorization: 'Bearer {defaults.BEARER_TOKEN}',
  'Content-Type': 'application/json',
}};
const url = 'https://api.dropboxapi.com/2/check/user';
async function main() {{
  const response = await fetch(url, {{ method: 'POST', headers, body }});
  console.log(await response.text());
  const health = await fetch(process.env.DROPBOX_ENDPOINT_URL + '/_fakebox/health');
  console.log(await health.text());
  const request = https.request(url, {{ method: 'POST', headers }});
  request.on('response', (received) => received.pipe(process.stdout)).end(body);
}}
main();
"""


@pytest.fixture
def letter(tmp_path):
    """A file to upload, in the directory of the command."""
    (tmp_path / "letter.txt").write_text("Dear Sir")


@pytest.mark.usefixtures("letter")
def test_curl_uploads_and_downloads_a_file(run_exec, tool):
    """The program curl needs no option for the proxy and the CA."""
    curl = f"{tool('curl')} -qsS -H '{BEARER}' -H '{ARGUMENT}'"
    upload = (
        f"{curl} -H 'Content-Type: application/octet-stream' --data-binary @letter.txt {UPLOAD}"
    )
    done = run_exec("--", "sh", "-ec", f"{upload} >/dev/null; {curl} -X POST {DOWNLOAD}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Dear Sir", "")


def test_curl_reaches_the_control_plane_without_the_proxy(run_exec, tool):
    """The URL of the emulator is one of this machine, which `NO_PROXY` names."""
    done = run_exec("--", "sh", "-c", f"{tool('curl')} -qsS $DROPBOX_ENDPOINT_URL/_fakebox/health")
    assert json.loads(done.stdout)["status"] == "ok"


def test_wget_downloads_from_the_emulator(run_exec, tool):
    """The program wget reads the CA from the file that `WGETRC` names."""
    url = "https://api.dropbox.com/1/account/info"
    done = run_exec("--", tool("wget"), "-qO-", f"--header={BEARER}", url)
    assert json.loads(done.stdout)["uid"] == 1, done.stderr


@pytest.mark.usefixtures("letter")
def test_rclone_copies_a_file(run_exec, tool):
    """The environment has a remote with the name `fakebox`."""
    rclone = f"{tool('rclone')} -q --config ''"
    script = f"{rclone} copy letter.txt fakebox:letters && {rclone} cat fakebox:letters/letter.txt"
    done = run_exec("--", "sh", "-c", script)
    assert (done.returncode, done.stdout) == (0, "Dear Sir"), done.stderr


def test_node_uses_the_proxy_for_fetch_and_https(run_exec, tool):
    """The preload file leads fetch and https to the emulator."""
    done = run_exec("--", tool("node"), "-e", NODE)
    assert done.returncode == 0, done.stderr
    printed = done.stdout.replace("}{", "}\n{").split("\n")
    user, health, user_again = (json.loads(each) for each in printed if each)
    assert user == user_again == {"result": "hello"}
    assert health["status"] == "ok"


def test_node_reports_the_error_of_the_proxy(run_exec, tool):
    """A request to another host fails with the status of the proxy."""
    program = f"fetch('{OTHER_HOST}').catch((error) => console.log(String(error.cause)))"
    done = run_exec("--", tool("node"), "-e", program)
    assert "403" in done.stdout


def test_python_of_the_standard_library_uses_the_proxy(run_exec):
    """The proxy and the CA of Python's standard library come from the environment."""
    program = (
        "import urllib.request as u\n"
        f"request = u.Request('https://api.dropbox.com/1/account/info')\n"
        f"request.add_header('Authorization', 'Bearer {defaults.BEARER_TOKEN}')\n"
        "print(u.urlopen(request).read().decode())\n"
    )
    done = run_exec("--", sys.executable, "-c", program)
    assert json.loads(done.stdout)["uid"] == 1, done.stderr
