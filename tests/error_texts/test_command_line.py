"""The error texts of the command line."""

from __future__ import annotations

import errno
import os
import socket
import sys

import pytest

from fakebox.cli import serve_options
from tests.command_line import run_here
from tests.error_texts.texts import COMMANDS, NO_SDK, NO_STORAGE, STATUSES, VARIABLES, matches


def error_of_command(arguments: str, status: int = 2) -> str:
    """Run the command line, which has to fail; return the error without the name of the program."""
    done = run_here(*arguments.split())
    assert (done.returncode, done.stdout) == (status, "")
    assert (done.stderr.startswith("fakebox: "), done.stderr.count("\n")) == (True, 1)
    return done.stderr.removeprefix("fakebox: ").rstrip("\n")


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(("arguments", "text"), COMMANDS)
def test_command_line_prints_the_text(arguments: str, text: str) -> None:
    """The line is the only output, and the exit status is 2."""
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = str(used.getsockname()[1])
        found = error_of_command(arguments.replace("USED", port)).replace(port, "USED")
    assert matches(text, found), found


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(("arguments", "status", "text"), STATUSES)
def test_command_line_prints_the_text_with_its_status(
    arguments: str, status: int, text: str
) -> None:
    """The line is the only output, and the exit status tells what failed."""
    found = error_of_command(arguments, status)
    assert matches(text, found), found


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(("name", "value", "text"), VARIABLES)
def test_serve_prints_the_text_for_a_variable(
    name: str, value: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names the variable."""
    monkeypatch.setenv(name, value)
    assert error_of_command("serve") == text


@pytest.mark.usefixtures("directory")
def test_command_line_prints_one_line_for_a_name_with_a_line_break() -> None:
    """A line break in an argument is printed as a space."""
    done = run_here("serve", "--seed", "two\nlines")
    text = "--seed: two lines is not a directory that can be read"
    assert (done.returncode, done.stderr) == (2, f"fakebox: {text}\n")


def test_serve_prints_the_text_when_data_cannot_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the disk is one line with the directory."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(serve_options, "Namespaces", fail)
    assert error_of_command("serve --data accounts") == NO_STORAGE


def test_demo_prints_the_text_when_the_sdk_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the distribution to install."""
    monkeypatch.setitem(sys.modules, "dropbox.client", None)
    text = error_of_command("demo")
    assert matches(NO_SDK, text), text
