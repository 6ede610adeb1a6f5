"""Tests of `fakebox exec`: exit status, signals, left processes, and the environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.exec.conftest import TIMEOUT_S, exec_environment, exec_words

PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"
# Python ends with the status 130 after SIGINT, and reports SIGTERM with a status of its own.
REPORT_SIGNALS = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
signal.signal(signal.SIGINT, lambda *_: sys.exit(8))
print("ready", flush=True)
while True:
    time.sleep(0.1)
"""


@pytest.mark.parametrize("status", [0, 1, 3, 255])
def test_exec_exits_with_the_status_of_the_command(run_exec, status):
    """The exit status of the command is that of `exec`, and `exec` prints nothing."""
    done = run_exec("--", "sh", "-c", f"exit {status}")
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


def test_exec_passes_arguments_and_input_to_the_command(tmp_path):
    """Arguments after `--` that look like options, a second `--`, and the input are passed on."""
    done = subprocess.run(
        exec_words("--", "sh", "-c", 'cat; echo "$@"', "sh", "--tls", "--", "-x"),
        env=exec_environment(),
        cwd=tmp_path,
        input="input\n",
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "input\n--tls -- -x\n")


def test_exec_exits_with_128_and_the_number_of_a_signal(run_exec):
    """A command that a signal ends leads to the status of a shell, and one line with the signal."""
    for number, text in ((9, "SIGKILL"), (40, "40")):
        done = run_exec("--", "sh", "-c", f"kill -{number} $$")
        assert (done.returncode, done.stdout) == (128 + number, "")
        assert done.stderr == f"fakebox: 'sh' was ended by the signal {text}\n"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 7), (signal.SIGINT, 8)])
def test_exec_forwards_a_signal_to_the_command(tmp_path, number, status):
    """A signal to `exec` reaches the command, whose exit status is returned."""
    with subprocess.Popen(
        exec_words("--", sys.executable, "-c", REPORT_SIGNALS),
        env=exec_environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Without a terminal, which would send SIGINT to the command as well.
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            _, errors = process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
    assert (process.returncode, errors) == (status, "")


def test_exec_forwards_a_signal_that_follows_another_one(tmp_path):
    """Both of two signals are forwarded, whichever thread of `exec` receives the second one."""
    acknowledge = (
        "import os, signal\n"
        "received, sent = os.pipe()\n"
        "os.set_blocking(sent, False)\n"
        "signal.set_wakeup_fd(sent)\n"
        "for number in (signal.SIGUSR1, signal.SIGUSR2):\n"
        "    signal.signal(number, lambda *_: None)\n"
        "os.write(1, b'r')\n"
        "while True:\n"
        "    os.write(1, os.read(received, 1))\n"
    )
    with subprocess.Popen(
        exec_words("--", sys.executable, "-c", acknowledge),
        env=exec_environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.read(1) == b"r"
            for _ in range(200):
                process.send_signal(signal.SIGUSR1)
                process.send_signal(signal.SIGUSR2)
                assert set(process.stdout.read(2)) == {signal.SIGUSR1, signal.SIGUSR2}
        finally:
            process.terminate()


def test_exec_forwards_sigint_once_from_a_terminal(tmp_path):
    """The terminal sends Ctrl-C to the command, so `exec` does not send it again."""
    pty = pytest.importorskip("pty")
    count = (
        "import os, signal\n"
        # A signal that arrives before the program waits for it is in the pipe.
        "received, sent = os.pipe()\n"
        "os.set_blocking(sent, False)\n"
        "signal.set_wakeup_fd(sent)\n"
        "for number in (signal.SIGINT, signal.SIGTERM):\n"
        "    signal.signal(number, lambda *_: None)\n"
        "print('ready', flush=True)\n"
        "numbers = [os.read(received, 1)[0]]\n"
        "print('interrupted', flush=True)\n"
        "while numbers[-1] != signal.SIGTERM:\n"
        "    numbers.append(os.read(received, 1)[0])\n"
        "print(f'{numbers.count(signal.SIGINT)} times', flush=True)\n"
    )
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover -- the child process
        os.chdir(tmp_path)
        os.execve(sys.executable, exec_words("--", sys.executable, "-c", count), exec_environment())
    with os.fdopen(terminal, "rb", buffering=0) as screen:
        shown = b""
        while b"ready" not in shown:
            shown += os.read(screen.fileno(), 1024)
        os.write(screen.fileno(), b"\x03")
        while b"interrupted" not in shown:
            shown += os.read(screen.fileno(), 1024)
        os.kill(pid, signal.SIGTERM)
        while b"times" not in shown:
            shown += os.read(screen.fileno(), 1024)
        _, status = os.waitpid(pid, 0)
    assert b"1 times" in shown
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the processes are found on Linux only")
def test_exec_stops_the_processes_that_the_command_leaves_running(run_exec, tmp_path):
    """Background processes and daemons are stopped, and one line has their ids."""
    script = "sleep 100 >/dev/null 2>&1 & echo $! >child; setsid sleep 200 >/dev/null 2>&1 & exit 3"
    done = run_exec("--", "sh", "-c", script)
    child = (tmp_path / "child").read_text().strip()
    assert done.returncode == 3
    assert done.stderr.startswith("fakebox: 'sh' left processes running, which were stopped: ")
    assert done.stderr.count("\n") == 1
    assert child in done.stderr.replace(",", "").split()
    assert not Path("/proc", child).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the processes are found on Linux only")
def test_exec_kills_a_left_process_that_ignores_sigterm(run_exec, tmp_path):
    """A process that ignores SIGTERM is killed."""
    script = (
        "sh -c 'trap \"\" TERM; echo $$ >child; while :; do sleep 100; done' >/dev/null 2>&1 &"
        " until [ -s child ]; do :; done"
    )
    done = run_exec("--", "sh", "-c", script)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert not Path("/proc", (tmp_path / "child").read_text().strip()).exists()


def test_exec_removes_its_files_and_stops_the_emulator(run_exec):
    """The files that the environment names do not exist after the command."""
    done = run_exec("--", sys.executable, "-c", PRINT_ENVIRONMENT)
    variables = json.loads(done.stdout)
    assert not Path(variables["CURL_CA_BUNDLE"]).parent.exists()
    health = subprocess.run(
        [sys.executable, "-m", "fakebox", "health", variables["DROPBOX_ENDPOINT_URL"]],
        env=exec_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (health.returncode, "refused" in health.stderr) == (1, True)


def test_exec_keeps_the_options_of_node_java_and_wget(run_exec, tmp_path):
    """Options that the environment has already are kept before those of `exec`."""
    given = tmp_path / "given"
    given.write_text("tries = 2\n")
    script = 'echo "$NODE_OPTIONS"; echo "$JAVA_TOOL_OPTIONS"; cat "$WGETRC"'
    done = run_exec(
        "--",
        "sh",
        "-c",
        script,
        NODE_OPTIONS="--no-warnings",
        JAVA_TOOL_OPTIONS="-Xmx1g",
        WGETRC=str(given),
    )
    node, java, *wgetrc = done.stdout.splitlines()
    assert node.startswith("--no-warnings --require=")
    assert java.startswith("-Xmx1g -Dhttps.proxyHost=127.0.0.1 ")
    assert wgetrc[0] == "tries = 2"


def test_exec_keeps_no_name_in_no_proxy_that_includes_dropbox(run_exec):
    """Names of other hosts stay in `NO_PROXY`; those that include a host of Dropbox do not."""
    given = "internal.example,localhost,*,.dropbox.com,dropboxapi.com,com,api.dropbox.com"
    done = run_exec("--", "sh", "-c", 'echo "$NO_PROXY $no_proxy"', NO_PROXY=given)
    expected = "localhost,127.0.0.1,::1,internal.example"
    assert done.stdout == f"{expected} {expected}\n"


def test_exec_adds_the_default_roots_only_with_passthrough(run_exec, tmp_path):
    """Clients trust their default roots too if they may connect to other hosts."""
    roots = tmp_path / "roots.pem"
    count = "grep -c BEGIN $SSL_CERT_FILE"
    assert run_exec("--", "sh", "-c", count).stdout == "1\n"
    run_exec("--ca-file", roots, "--", "true")
    done = run_exec(
        "--passthrough", "example.com", "--", "sh", "-c", count, SSL_CERT_FILE=str(roots)
    )
    assert done.stdout == "2\n"


def test_exec_ignores_a_root_that_cannot_be_read(run_exec, tmp_path):
    """A damaged certificate among the default roots is neither an error nor a warning."""
    roots = tmp_path / "roots.pem"
    damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    roots.write_text(damaged)
    done = run_exec("--passthrough", "example.com", "--", "true", SSL_CERT_FILE=str(roots))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_exec_takes_the_options_of_serve(run_exec, tmp_path):
    """The emulator starts with the given files, and `--log` prints a line for each request."""
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "a.txt").write_text("hello")
    program = (
        "import os, ssl, urllib.request as u\n"
        "headers = {'Authorization': 'Bearer fakebox-bearer-token'}\n"
        "url = 'https://api-content.dropbox.com/1/files/auto/a.txt'\n"
        "print(u.urlopen(u.Request(url, headers=headers)).read().decode())\n"
    )
    done = run_exec("--seed", "seed", "--log", "--", sys.executable, "-c", program)
    assert (done.returncode, done.stdout) == (0, "hello\n")
    assert done.stderr == "fakebox: GET files /a.txt -> 200\n"
