"""The commands other than `serve`, and what they have in common."""

from __future__ import annotations

import pytest

from dropbox.endpoints import CA_BUNDLE_VARIABLE, ENDPOINT_VARIABLE
from fakebox.cli import main


@pytest.mark.parametrize("command", [[], ["serve"], ["env"], ["demo"]])
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


@pytest.mark.parametrize("url", ["", "127.0.0.1:8710", "ftp://127.0.0.1"])
def test_user_points_a_shell_at_no_address(capsys, url):
    """One line that says how one begins, and nothing that a shell could take over."""
    assert main(["env", "--url", url]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "it begins with http:// or https://" in told.err
