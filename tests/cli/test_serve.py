"""`fakebox serve`, from its one line to its end."""

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
    """An answer's status and JSON."""
    answer = urllib3.request("GET", f"{served.url}{path}", headers=BEARER)
    return answer.status, answer.json()


def test_user_starts_it_and_it_is_ready_when_it_says_so(serve):
    """One line on standard output, and the first request after it is answered."""
    served = serve()
    assert re.fullmatch(r"fakebox ready: http://127\.0\.0\.1:\d+\n", served.line)
    assert get(served, "/1/account/info")[1]["uid"] == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_user_stops_it(serve, number):
    """It ends with status 0, its line is all of its output; a long poll doesn't hold it."""
    served = serve()
    with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2]))) as client:
        cursor = urllib3.request("POST", f"{served.url}/1/delta", headers=BEARER).json()["cursor"]
        target = f"/1/longpoll_delta?timeout=480&cursor={cursor}"
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        served.process.send_signal(number)
        assert served.finish()[:2] == (0, "")


def test_user_reads_where_everything_is(serve):
    """On standard error, before the line: the pages, the credentials, how to point a shell here."""
    served = serve()
    served.process.terminate()
    payload = served.finish()[2]
    assert f"{served.url}/_fakebox/" in payload
    assert "user@fakebox.example, password fakebox" in payload
    assert f'eval "$(fakebox env --url {served.url})"' in payload
    assert "in memory" in payload


def test_user_reads_where_files_and_certificate_are(serve, tmp_path):
    """As far as there are any; the admin token isn't shown."""
    served = serve("--data", "kept", "--tls", "--ca-file", "my ca.pem", "--admin-token", "sesame")
    served.process.terminate()
    payload = served.finish()[2]
    assert "kept in kept" in payload
    assert f"--ca-file '{tmp_path / 'my ca.pem'}'" in payload
    assert "it needs the admin token" in payload
    assert "sesame" not in payload


def test_user_keeps_everything_across_restarts(serve, tmp_path):
    """With --data; the second server says what the first one was told."""
    first = serve("--data", tmp_path / "data")
    urllib3.request("PUT", f"{first.url}/1/files_put/dropbox/a.txt", body=b"kept", headers=BEARER)
    first.process.terminate()
    first.finish()
    second = serve("--data", tmp_path / "data")
    answer = urllib3.request("GET", f"{second.url}/1/files/dropbox/a.txt", headers=BEARER)
    assert answer.data == b"kept"


def test_user_starts_with_files(serve, tmp_path):
    """With --seed; the directory itself stays as it is."""
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "a.txt").write_text("hello")
    served = serve("--seed", tmp_path / "seed", "--read-only")
    assert get(served, "/1/metadata/dropbox/a.txt")[1]["bytes"] == 5
    refused = urllib3.request("PUT", f"{served.url}/1/files_put/dropbox/b.txt", headers=BEARER)
    assert refused.status == 503


def test_user_starts_with_faults(serve, tmp_path):
    """With --faults, from a file."""
    (tmp_path / "faults.json").write_text(json.dumps([{"status": 500, "body": {"error": "x"}}]))
    served = serve("--faults", tmp_path / "faults.json")
    assert get(served, "/1/account/info") == (500, {"error": "x"})
    assert get(served, "/1/account/info")[0] == 200


def test_user_speaks_tls_to_it(serve, tmp_path):
    """The certificate authority is there before the line is."""
    served = serve("--tls", "--ca-file", tmp_path / "ca.pem")
    assert served.url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with urllib3.PoolManager(ssl_context=context) as pool:
        answer = pool.request("GET", f"{served.url}/1/account/info", headers=BEARER)
    assert answer.status == 200


def test_user_leads_the_real_names_here(serve, tmp_path):
    """By --proxy, a client that only knows the real hosts reaches the emulator."""
    served = serve("--tls", "--ca-file", tmp_path / "ca.pem", "--proxy", "0")
    proxy = re.search(r"HTTPS_PROXY=(\S+)", served.banner())[1]
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with urllib3.ProxyManager(proxy, ssl_context=context) as pool:
        answer = pool.request("GET", "https://api.dropbox.com/1/account/info", headers=BEARER)
    assert answer.json()["email"] == defaults.USER.email


@pytest.mark.parametrize("host", ["127.0.0.2", "0.0.0.0", "localhost"])
def test_proxy_connects_to_the_address_that_is_served(serve, tmp_path, host):
    """Whatever `--host` is: another loopback address, every address, or a name."""
    ca_file = tmp_path / "ca.pem"
    options = ("--tls", "--ca-file", ca_file, "--proxy", "0", "--admin-token", "token")
    served = serve(*options, "--host", host)
    proxy = re.search(r"HTTPS_PROXY=(\S+)", served.banner())[1]
    context = ssl.create_default_context(cafile=ca_file)
    with urllib3.ProxyManager(proxy, ssl_context=context) as pool:
        answer = pool.request("GET", "https://api.dropbox.com/1/account/info", retries=False)
    assert answer.status == 401


def test_user_serves_others_behind_a_token(serve):
    """On every address, with --admin-token."""
    served = serve("--host", "0.0.0.0", "--admin-token", "sesame")
    assert urllib3.request("GET", f"{served.url}/_fakebox/usage").status == 401
    allowed = {"Authorization": "Bearer sesame"}
    assert urllib3.request("GET", f"{served.url}/_fakebox/usage", headers=allowed).status == 200
    assert get(served, "/1/account/info")[0] == 200


def test_user_has_the_service_of_after_its_end(serve):
    """With --retired; the pages on which people allowed an app are gone as well."""
    served = serve("--retired")
    for path in ("/1/account/info", "/1/oauth/authorize", "/1/oauth2/authorize"):
        assert get(served, path) == (400, {"error": "v1_retired"})


def test_user_repeats_a_run(serve):
    """With --random-seed, the same tokens are drawn."""
    drawn = {
        urllib3.request("POST", f"{serve('--random-seed', 7).url}/_fakebox/tokens").json()["token"]
        for _ in range(2)
    }
    assert len(drawn) == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--port", "http"], "the port must be between 0 and 65535, not 'http'"),
        (["--port", "70000"], "the port must be between 0 and 65535, not '70000'"),
        (["--delta-page-size", "0"], "the number must be at least 1, not '0'"),
        (["--auth", "lax"], "invalid choice: 'lax'"),
        (["--nonsense"], "unrecognized arguments: --nonsense (see fakebox serve --help)"),
        (["--host", "0.0.0.0"], "0.0.0.0 can be reached from other machines"),
        (["--host", ""], "--host must not be empty; use 0.0.0.0"),
        (["--admin-token", ""], "the admin token must not be empty"),
        (["--ca-file", "x"], "--ca-file needs --tls"),
        (["--proxy", "0"], "--proxy needs --tls"),
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
def test_user_asks_for_what_cannot_be(tmp_path, monkeypatch, arguments, complaint):
    """One line that says what and how to mend it, and status 2."""
    monkeypatch.chdir(tmp_path)
    done = run_here("serve", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fakebox: ")
    assert done.stderr.count("\n") == 1
    assert complaint in done.stderr


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "must contain a JSON list of faults"),
        ('[{"status": 500, "probability": NaN}]', "fault 1: probability must be a finite number"),
        ('[{"status": 500}, {"statsu": 500}]', "fault 2: unknown field 'statsu'; did you mean"),
        ('[{"no_fault": true, "fine": false}]', "fault 1: no_fault and fine are the same field"),
    ],
    ids=["broken", "deep", "no list", "no number", "misspelt", "contradiction"],
)
def test_users_file_of_faults_is_wrong(tmp_path, monkeypatch, text, complaint):
    """The line names the file and the fault."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faults.json").write_text(text)
    done = run_here("serve", "--faults", "faults.json")
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "faults.json" in done.stderr


def test_users_port_is_in_use():
    """The line says so, and how to take another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = run_here("serve", "--port", port)
    assert done.returncode == 2
    assert f"127.0.0.1:{port} is in use; choose another" in done.stderr


def test_users_data_is_in_use(serve, tmp_path):
    """Two servers on one directory would destroy it."""
    serve("--data", tmp_path / "data")
    done = run_here("serve", "--port", 0, "--data", tmp_path / "data")
    assert done.returncode == 2
    assert "another fakebox uses it" in done.stderr


def test_users_data_has_a_directory_for_a_database(tmp_path):
    """The line says that it cannot be opened."""
    (tmp_path / "world.sqlite3").mkdir()
    done = run_here("serve", "--port", 0, "--data", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"{tmp_path}: its database cannot be opened" in done.stderr


def test_users_data_has_a_file_for_its_contents(tmp_path):
    """Before anybody uploads to it."""
    (tmp_path / "content").touch()
    done = run_here("serve", "--port", 0, "--data", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"{tmp_path}/content: it cannot be created" in done.stderr


def test_users_data_is_damaged(tmp_path):
    """It is refused, not overwritten."""
    (tmp_path / "world.sqlite3").write_bytes(b"nonsense" * 1000)
    done = run_here("serve", "--port", 0, "--data", tmp_path)
    assert done.returncode == 2
    assert "damaged" in done.stderr
    assert (tmp_path / "world.sqlite3").read_bytes() == b"nonsense" * 1000
