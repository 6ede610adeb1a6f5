"""Tests of `fakebox serve`: its output, options, shutdown and errors."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl

import pytest
import urllib3

from fakebox.core import defaults
from tests.command_line import run_here

BEARER = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}


def get(served, path):
    """Sends a GET request and returns the status and the JSON of the response."""
    response = urllib3.request("GET", f"{served.url}{path}", headers=BEARER)
    return response.status, response.json()


def test_serve_accepts_requests_after_its_ready_line(serve):
    """`fakebox serve` prints its URL on one line, and a request sent after it succeeds."""
    served = serve()
    assert re.fullmatch(r"fakebox ready: http://127\.0\.0\.1:\d+\n", served.line)
    assert get(served, "/1/account/info")[1]["uid"] == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_exits_with_status_0_when_signalled(serve, number):
    """A signal ends the server with status 0 and no more output, also during a long poll."""
    served = serve()
    with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2]))) as client:
        cursor = urllib3.request("POST", f"{served.url}/1/delta", headers=BEARER).json()["cursor"]
        target = f"/1/longpoll_delta?timeout=480&cursor={cursor}"
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        served.process.send_signal(number)
        assert served.finish()[:2] == (0, "")


def test_serve_prints_its_pages_and_credentials(serve):
    """Standard error shows the page URLs, the credentials and the command that sets up a shell."""
    served = serve()
    served.process.terminate()
    stderr = served.finish()[2]
    assert f"{served.url}/_fakebox/" in stderr
    assert "user@fakebox.example, password fakebox" in stderr
    assert f'eval "$(fakebox env --url {served.url})"' in stderr
    assert "in memory" in stderr


def test_serve_prints_its_data_directory_and_ca_file(serve, tmp_path):
    """Standard error shows the data directory and the CA file, but not the admin token."""
    served = serve("--data", "kept", "--tls", "--ca-file", "my ca.pem", "--admin-token", "sesame")
    served.process.terminate()
    stderr = served.finish()[2]
    assert "kept in kept" in stderr
    assert f"--ca-file '{tmp_path / 'my ca.pem'}'" in stderr
    assert "requires the admin token" in stderr
    assert "sesame" not in stderr


def test_serve_with_data_keeps_files_across_restarts(serve, tmp_path):
    """A server started on the same `--data` directory returns the files of the previous one."""
    first = serve("--data", tmp_path / "data")
    urllib3.request("PUT", f"{first.url}/1/files_put/dropbox/a.txt", body=b"kept", headers=BEARER)
    first.process.terminate()
    first.finish()
    second = serve("--data", tmp_path / "data")
    response = urllib3.request("GET", f"{second.url}/1/files/dropbox/a.txt", headers=BEARER)
    assert response.data == b"kept"


def test_serve_with_seed_and_read_only_rejects_writes(serve, tmp_path):
    """`--seed` loads the files of a directory, and `--read-only` rejects an upload with 503."""
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "a.txt").write_text("hello")
    served = serve("--seed", tmp_path / "seed", "--read-only")
    assert get(served, "/1/metadata/dropbox/a.txt")[1]["bytes"] == 5
    response = urllib3.request("PUT", f"{served.url}/1/files_put/dropbox/b.txt", headers=BEARER)
    assert response.status == 503


def test_serve_with_faults_applies_the_faults_of_the_file(serve, tmp_path):
    """`--faults` reads a fault from a file and applies it to the first request."""
    (tmp_path / "faults.json").write_text(json.dumps([{"status": 500, "body": {"error": "x"}}]))
    served = serve("--faults", tmp_path / "faults.json")
    assert get(served, "/1/account/info") == (500, {"error": "x"})
    assert get(served, "/1/account/info")[0] == 200


def test_serve_with_tls_writes_the_ca_file_before_its_ready_line(serve, tmp_path):
    """After the ready line, a client can verify the server with the CA file."""
    served = serve("--tls", "--ca-file", tmp_path / "ca.pem")
    assert served.url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with urllib3.PoolManager(ssl_context=context) as pool:
        response = pool.request("GET", f"{served.url}/1/account/info", headers=BEARER)
    assert response.status == 200


def test_serve_with_proxy_receives_requests_to_the_real_hosts(serve, tmp_path):
    """A client that uses the proxy and the real host names reaches the emulator."""
    served = serve("--tls", "--ca-file", tmp_path / "ca.pem", "--proxy", "0")
    proxy = re.search(r"HTTPS_PROXY=(\S+)", served.banner())[1]
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with urllib3.ProxyManager(proxy, ssl_context=context) as pool:
        response = pool.request("GET", "https://api.dropbox.com/1/account/info", headers=BEARER)
    assert response.json()["email"] == defaults.USER.email


@pytest.mark.parametrize("host", ["127.0.0.2", "0.0.0.0", "localhost"])
def test_proxy_connects_to_the_address_given_as_host(serve, tmp_path, host):
    """The proxy reaches a server on another loopback address, on all addresses, or on a name."""
    ca_file = tmp_path / "ca.pem"
    options = ("--tls", "--ca-file", ca_file, "--proxy", "0", "--admin-token", "token")
    served = serve(*options, "--host", host)
    proxy = re.search(r"HTTPS_PROXY=(\S+)", served.banner())[1]
    context = ssl.create_default_context(cafile=ca_file)
    with urllib3.ProxyManager(proxy, ssl_context=context) as pool:
        response = pool.request("GET", "https://api.dropbox.com/1/account/info", retries=False)
    assert response.status == 401


def test_control_plane_requires_the_admin_token_on_all_addresses(serve):
    """With `--admin-token`, the control plane answers 401 without the token; the API needs none."""
    served = serve("--host", "0.0.0.0", "--admin-token", "sesame")
    assert urllib3.request("GET", f"{served.url}/_fakebox/usage").status == 401
    admin = {"Authorization": "Bearer sesame"}
    assert urllib3.request("GET", f"{served.url}/_fakebox/usage", headers=admin).status == 200
    assert get(served, "/1/account/info")[0] == 200


def test_serve_with_retired_answers_v1_retired(serve):
    """With `--retired`, the API and the authorization pages answer 400 `v1_retired`."""
    served = serve("--retired")
    for path in ("/1/account/info", "/1/oauth/authorize", "/1/oauth2/authorize"):
        assert get(served, path) == (400, {"error": "v1_retired"})


def test_serve_with_random_seed_creates_the_same_tokens(serve):
    """Two servers with the same `--random-seed` create the same token."""
    tokens = {
        urllib3.request("POST", f"{serve('--random-seed', 7).url}/_fakebox/tokens").json()["token"]
        for _ in range(2)
    }
    assert len(tokens) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "http"], "the port must be between 0 and 65535, not 'http'"),
        (["--port", "70000"], "the port must be between 0 and 65535, not '70000'"),
        (["--delta-page-size", "0"], "the number must be at least 1, not '0'"),
        (["--auth", "lax"], "invalid choice: 'lax'"),
        (["--nonsense"], "unrecognized arguments: --nonsense (see fakebox serve --help)"),
        (["--host", "0.0.0.0"], "0.0.0.0 can be reached from other machines"),
        (["--host", ""], "--host must not be empty; use 0.0.0.0"),
        (["--admin-token", ""], "--admin-token must not be empty"),
        (["--ca-file", "x"], "--ca-file requires --tls"),
        (["--proxy", "0"], "--proxy requires --tls"),
        (["--tls", "--ca-file", "no/such/ca.pem"], "cannot write the CA certificate"),
        (["--seed", "nowhere"], "--seed: nowhere is not a directory"),
        (["--faults", "nowhere"], "cannot read nowhere: No such file"),
        (["--data", "/dev/null/x"], "/dev/null/x"),
        (["--data", ""], "argument --data: the name must not be empty"),
        (["--seed", ""], "argument --seed: the name must not be empty"),
        (
            ["--host", "203.0.113.1", "--admin-token", "x", "--port", "0"],
            "cannot listen on 203.0.113.1",
        ),
    ],
)
def test_serve_prints_one_line_for_an_invalid_option(tmp_path, monkeypatch, arguments, message):
    """An invalid option value exits with status 2 and one line that explains the error."""
    monkeypatch.chdir(tmp_path)
    done = run_here("serve", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fakebox: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "must contain a JSON list of faults"),
        ('[{"status": 500, "probability": NaN}]', "fault 1: probability must be a finite number"),
        ('[{"status": 500}, {"statsu": 500}]', "fault 2: unknown field 'statsu'; did you mean"),
        ('[{"endpoint": "files/uplod", "status": 500}]', "fault 1: no endpoint matches"),
        ('[{"preset": "takedwn"}]', "fault 1: unknown preset 'takedwn'; accepted: "),
        ('[{"no_fault": true, "fine": false}]', "fault 1: no_fault and fine are the same field"),
    ],
    ids=[
        "broken",
        "deep",
        "no list",
        "no number",
        "misspelt",
        "no endpoint",
        "no preset",
        "contradiction",
    ],
)
def test_serve_names_the_fault_file_and_its_error(tmp_path, monkeypatch, text, message):
    """An invalid fault file exits with status 2, and the message names the file and the error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faults.json").write_text(text)
    done = run_here("serve", "--faults", "faults.json")
    assert done.returncode == 2
    assert message in done.stderr
    assert "faults.json" in done.stderr


def test_serve_rejects_a_data_directory_in_use(serve, tmp_path):
    """A second server on the same data directory exits with status 2."""
    serve("--data", tmp_path / "data")
    done = run_here("serve", "--port", 0, "--data", tmp_path / "data")
    assert done.returncode == 2
    assert "it is in use by another fakebox process" in done.stderr


def test_serve_prints_an_error_when_the_database_is_a_directory(tmp_path):
    """A directory in place of the database exits with status 2 and one line with the path."""
    (tmp_path / "world.sqlite3").mkdir()
    done = run_here("serve", "--port", 0, "--data", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"{tmp_path}: its database cannot be opened" in done.stderr


def test_serve_prints_an_error_when_the_content_directory_is_a_file(tmp_path):
    """A file in place of the content directory is reported at start, not at the first upload."""
    (tmp_path / "content").touch()
    done = run_here("serve", "--port", 0, "--data", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"{tmp_path}/content: it is not a directory" in done.stderr


def test_serve_keeps_a_damaged_database_unchanged(tmp_path):
    """A damaged database exits with status 2 and is not overwritten."""
    (tmp_path / "world.sqlite3").write_bytes(b"nonsense" * 1000)
    done = run_here("serve", "--port", 0, "--data", tmp_path)
    assert done.returncode == 2
    assert "damaged" in done.stderr
    assert (tmp_path / "world.sqlite3").read_bytes() == b"nonsense" * 1000
