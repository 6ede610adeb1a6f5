"""Tests of the commands other than `serve`, and of the behaviour that all commands share."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fakebox.cli import main
from tests.cli.conftest import TIMEOUT_S, environment
from tests.command_line import run_here

# Variables of the SDK.
ENDPOINT_VARIABLE = "DROPBOX_ENDPOINT_URL"
CA_BUNDLE_VARIABLE = "DROPBOX_CA_BUNDLE"
COMPLETE = """
eval "$(cat completion.bash)"
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_shtab_fakebox fakebox "${{COMP_WORDS[-1]}}" >/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

# A shell ignores SIGINT in its background jobs, and child processes inherit this, so the script
# restores the handler. Python can lose an interrupt that arrives while it finalizes an unclosed
# HTTP response, so the demo waits for the interrupt at the start of its first chapter.
WAIT_FOR_INTERRUPT = """
import runpy, signal, threading
from fakebox.demo.report import Report
signal.signal(signal.SIGINT, signal.default_int_handler)
Report.chapter = lambda *_: threading.Event().wait()
runpy.run_module("fakebox", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    "command", [[], ["serve"], ["exec"], ["env"], ["health"], ["wait"], ["demo"], ["completion"]]
)
def test_command_prints_its_usage_for_help(command):
    """Every command prints its usage and exits with status 0 when `--help` is given."""
    done = run_here(*command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: fakebox")


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["env", "--nonsense"]])
def test_command_line_prints_one_line_for_an_unknown_argument(capsys, arguments):
    """A missing or unknown command or option prints one line and exits with status 2."""
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_command_prints_no_error_when_stdout_is_a_closed_pipe():
    """The command exits with status 1 and no message, as for `fakebox env | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    done = _run_with_stdout(writing, "env")
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full does not exist")
@pytest.mark.parametrize("words", [["env"], ["--version"]])
def test_command_prints_one_line_when_the_disk_is_full(words):
    """A full disk behind standard output ends the command with status 1 and one line."""
    with Path("/dev/full").open("w") as full:
        done = _run_with_stdout(full, *words)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr == f"fakebox: {os.strerror(errno.ENOSPC)}\n"


def test_demo_exits_with_status_130_when_interrupted():
    """SIGINT ends the demo with the status of an interrupted program and without a traceback."""
    # Without coverage: it can deadlock if the interrupt arrives while it holds its lock.
    without_coverage = {
        name: text for name, text in environment().items() if not name.startswith("COVERAGE_")
    }
    command = [sys.executable, "-u", "-c", WAIT_FOR_INTERRUPT, "demo"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=without_coverage
    ) as process:
        try:
            assert process.stdout
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert (process.communicate(timeout=TIMEOUT_S)[1], process.returncode) == (b"", 130)
        finally:
            process.kill()


def _run_with_stdout(stdout, *words):
    return subprocess.run(
        [sys.executable, "-m", "fakebox", *words],
        env=environment(),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_env_prints_the_default_address_and_credentials(capsys):
    """`fakebox env` prints the default address and credentials as shell `export` lines."""
    assert main(["env"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"export {ENDPOINT_VARIABLE}=http://127.0.0.1:8710" in lines
    assert "export DROPBOX_ACCESS_TOKEN_SECRET=fakebox-token-secret" in lines
    assert len(lines) == 6


def test_env_prints_the_given_address_and_ca_file(capsys):
    """`fakebox env` prints the given TLS address and the CA file, quoted for the shell."""
    main(["env", "--url", "https://127.0.0.1:9999/", "--ca-file", "my ca.pem"])
    out = capsys.readouterr().out
    assert f"export {ENDPOINT_VARIABLE}=https://127.0.0.1:9999\n" in out
    assert f"export {CA_BUNDLE_VARIABLE}='{Path('my ca.pem').resolve()}'\n" in out


def test_env_prints_the_hosts_of_the_official_sdk_with_tls(capsys):
    """The host variables of the current official SDK have no scheme, as it always uses https."""
    assert main(["env", "--tls", "--ca-file", "ca.pem"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in ("API", "API_CONTENT", "API_NOTIFY", "WEB"):
        assert f"export DROPBOX_{name}_HOST=127.0.0.1:8710" in lines
    assert f"export REQUESTS_CA_BUNDLE={Path('ca.pem').resolve()}" in lines
    assert "export DROPBOX_ACCESS_TOKEN=fakebox-bearer-token" in lines
    assert "export NO_PROXY=localhost,127.0.0.1,::1" in lines
    assert f"export {ENDPOINT_VARIABLE}=https://127.0.0.1:8710" in lines
    assert main(["env", "--tls", "--url", "http://127.0.0.1:1"]) == 2


@pytest.mark.parametrize("url", ["", "127.0.0.1:8710", "ftp://127.0.0.1"])
def test_env_rejects_a_url_without_an_http_scheme(capsys, url):
    """A URL without an HTTP scheme is an error, and standard output has no line to evaluate."""
    assert main(["env", "--url", url]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "--url must begin with http:// or https://" in captured.err


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("dotenv", ["DROPBOX_CA_BUNDLE='/my ca.pem'", "DROPBOX_APP_KEY=fakebox-app-key"]),
        ("github", ["DROPBOX_CA_BUNDLE=/my ca.pem", "DROPBOX_APP_KEY=fakebox-app-key"]),
    ],
)
def test_env_prints_the_variables_in_a_format(name, lines):
    """Each line has one variable, with quotes only where the format needs them."""
    printed = run_here("env", "--ca-file", "/my ca.pem", "--format", name).stdout.splitlines()
    assert set(lines) <= set(printed)


def test_env_rejects_a_line_break_in_the_format_of_github():
    """A line break in a value would set another variable, so nothing is printed."""
    done = run_here("env", "--ca-file", "a\nNODE_OPTIONS=b", "--format", "github")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fakebox: --format github must have no line breaks, as in ")


def test_env_prints_a_json_object():
    """The format `json` is an object with the names and the values."""
    variables = json.loads(run_here("env", "--tls", "--format", "json").stdout)
    assert variables[ENDPOINT_VARIABLE] == "https://127.0.0.1:8710"
    assert variables["DROPBOX_ACCESS_TYPE"] == "dropbox"


@pytest.fixture
def complete(capsys, tmp_path):
    """Returns a function that lists bash's completions of a command line.

    The working directory contains only the completion script.
    """
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
    ("words", "completions"),
    [
        ("fakebox s", ["serve"]),
        ("fakebox serve --ra", ["--random-seed"]),
        ("fakebox serve --auth l", ["lenient"]),
        ("fakebox serve --faults comp", ["completion.bash"]),
        ("fakebox serve --data comp", []),
    ],
)
def test_completion_offers_the_values_of_each_position(complete, words, completions):
    """Bash completes commands, options, choices, files and directories where each is accepted."""
    assert complete(words) == completions


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_script_contains_every_command(capsys, shell):
    """The completion script of each supported shell contains the name of every command."""
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(command in script for command in ("serve", "exec", "env", "health", "wait"))
