"""The commands other than `serve`, and what they have in common."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fakebox.cli import main
from tests.cli.conftest import TIMEOUT_S, environment

# Variables of the SDK.
ENDPOINT_VARIABLE = "DROPBOX_ENDPOINT_URL"
CA_BUNDLE_VARIABLE = "DROPBOX_CA_BUNDLE"
COMPLETE = """
eval "$(cat completion.bash)"
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_shtab_fakebox fakebox "${{COMP_WORDS[-1]}}" >/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

# What a shell starts in the background is deaf to SIGINT, and so is what that starts. And Python
# drops an interrupt that comes while it throws away an answer that nobody has closed, so the tour
# waits for it at its first chapter.
LISTENING = """
import runpy, signal, threading
from fakebox.demo.stage import Stage
signal.signal(signal.SIGINT, signal.default_int_handler)
Stage.chapter = lambda *_: threading.Event().wait()
runpy.run_module("fakebox", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("command", [[], ["serve"], ["env"], ["demo"], ["completion"]])
def test_user_asks_for_help(run, command):
    """On every command, with status 0."""
    done = run(*command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: fakebox")


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["env", "--nonsense"]])
def test_user_mistypes_a_command(capsys, arguments):
    """One line, and status 2."""
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_reader_of_the_output_has_read_enough():
    """As of `fakebox env | head -1`; nobody has to be told."""
    reading, writing = os.pipe()
    os.close(reading)
    done = _printing_to(writing, "env")
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("words", [["env"], ["--version"]])
def test_users_disk_is_full(words):
    """One line that says so."""
    with Path("/dev/full").open("w") as full:
        done = _printing_to(full, *words)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("fakebox: [Errno 28]")


def test_user_interrupts_the_tour():
    """Without a traceback, and with the status that shells have for it."""
    # Not measured: coverage takes no interrupt while it holds its own lock, and stands still then.
    unmeasured = {
        name: text for name, text in environment().items() if not name.startswith("COVERAGE_")
    }
    command = [sys.executable, "-u", "-c", LISTENING, "demo"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=unmeasured
    ) as tour:
        try:
            assert tour.stdout
            tour.stdout.readline()
            tour.send_signal(signal.SIGINT)
            assert (tour.communicate(timeout=TIMEOUT_S)[1], tour.returncode) == (b"", 130)
        finally:
            tour.kill()


def _printing_to(stdout, *words):
    return subprocess.run(
        [sys.executable, "-m", "fakebox", *words],
        env=environment(),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_user_points_a_shell_at_the_emulator(capsys):
    """With the ready-made credentials, quoted for the shell."""
    assert main(["env"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"export {ENDPOINT_VARIABLE}=http://127.0.0.1:8710" in lines
    assert "export DROPBOX_ACCESS_TOKEN_SECRET=fakebox-token-secret" in lines
    assert len(lines) == 6


def test_user_points_a_shell_at_another_one(capsys):
    """Which speaks TLS, and has a certificate to trust."""
    main(["env", "--url", "https://127.0.0.1:9999/", "--ca-file", "my ca.pem"])
    out = capsys.readouterr().out
    assert f"export {ENDPOINT_VARIABLE}=https://127.0.0.1:9999\n" in out
    assert f"export {CA_BUNDLE_VARIABLE}='my ca.pem'\n" in out


def test_user_points_the_official_sdk_of_today_at_the_emulator(capsys):
    """Its hosts have no scheme, since it insists on https."""
    assert main(["env", "--tls", "--ca-file", "ca.pem"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in ("API", "API_CONTENT", "API_NOTIFY", "WEB"):
        assert f"export DROPBOX_{name}_HOST=127.0.0.1:8710" in lines
    assert "export REQUESTS_CA_BUNDLE=ca.pem" in lines
    assert f"export {ENDPOINT_VARIABLE}=https://127.0.0.1:8710" in lines
    assert main(["env", "--tls", "--url", "http://127.0.0.1:1"]) == 2


@pytest.mark.parametrize("url", ["", "127.0.0.1:8710", "ftp://127.0.0.1"])
def test_user_points_a_shell_at_no_address(capsys, url):
    """One line that says how one begins, and nothing that a shell could take over."""
    assert main(["env", "--url", url]) == 2
    payload = capsys.readouterr()
    assert payload.out == ""
    assert "it begins with http:// or https://" in payload.err


@pytest.fixture
def complete(capsys, tmp_path):
    """What bash offers at a Tab, in an empty directory but for the completion's own file."""
    assert main(["completion", "bash"]) == 0
    (tmp_path / "completion.bash").write_text(capsys.readouterr().out)

    def press_tab(words):
        script = COMPLETE.format(words=words)
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    return press_tab


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("fakebox s", ["serve"]),
        ("fakebox serve --ra", ["--random-seed"]),
        ("fakebox serve --auth l", ["lenient"]),
        ("fakebox serve --faults comp", ["completion.bash"]),
        ("fakebox serve --data comp", []),
    ],
)
def test_user_presses_tab(complete, words, offered):
    """Commands, options, choices, files and directories are completed, each in its place."""
    assert complete(words) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_user_has_one_of_the_known_shells(capsys, shell):
    """The script names every command."""
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(command in script for command in ("serve", "env", "demo", "completion"))
