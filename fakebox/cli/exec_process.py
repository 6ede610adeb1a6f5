"""Runs a command, forwards signals to it, and stops the processes that it leaves running."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from fakebox.cli.commands import CommandError, print_error
from fakebox.core.clock import Deadline

_NOT_EXECUTABLE, _NOT_FOUND = 126, 127
# Shells add this to the number of the signal that ended a command.
_SIGNALLED = 128
_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
_FORWARDED = (*_KEYBOARD, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
_PR_SET_CHILD_SUBREAPER = 36
_GRACE_S = 2.0
_INTERVAL_S = 0.02


def check_command(name: str) -> None:
    """Check that a command exists.

    Raises:
        CommandError: there is no such command, or it is not executable.
    """
    if shutil.which(name):
        return
    if os.sep in name and Path(name).exists():
        raise CommandError(f"{name!r} is not an executable file", status=_NOT_EXECUTABLE)
    raise CommandError(f"there is no command {name!r}", status=_NOT_FOUND)


def run_command(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command until it ends.

    On Linux, the processes that the command leaves running are stopped: the emulator that their
    environment names stops as well.

    Args:
        words: the command and its arguments.
        environment: the environment variables.

    Returns:
        The exit status of the command; 128 and the number of the signal that ended it.

    Raises:
        CommandError: the command cannot be started.
    """
    name = words[0]
    _adopt_orphans()
    known = _children()
    with _signal_numbers() as numbers:
        try:
            process = subprocess.Popen(words, env=environment)  # noqa: S603 -- the user's command
        except OSError as error:
            is_missing = isinstance(error, FileNotFoundError)
            raise CommandError(
                f"cannot run {name!r}: {error.strerror}",
                status=_NOT_FOUND if is_missing else _NOT_EXECUTABLE,
            ) from error
        while (status := process.poll()) is None:
            number = os.read(numbers, 1)[0]
            # The terminal sends the signals of the keyboard to the command as well.
            if number in _FORWARDED and not (number in _KEYBOARD and _is_in_foreground()):
                process.send_signal(number)
        stopped = _stop_orphans(known)
    if stopped:
        print_error(
            f"{name!r} left processes running, which were stopped: {', '.join(map(str, stopped))}"
        )
    if status < 0:
        print_error(f"{name!r} was ended by the signal {_signal_name(-status)}")
        return _SIGNALLED - status
    return status


def _signal_name(number: int) -> str:
    # Most real-time signals have no name.
    return signal.Signals(number).name if number in set(signal.Signals) else str(number)


@contextmanager
def _signal_numbers() -> Iterator[int]:
    """Write the number of each signal, one byte, to a pipe whose reading end is the result.

    A handler in Python runs between two instructions only. A signal that arrives just before this
    process waits would be handled when the command has ended, but its number is in the pipe.
    """
    receiving, sending = os.pipe()
    os.set_blocking(sending, False)
    # The command inherits the signals that this process ignores.
    forwarded = [each for each in _FORWARDED if signal.getsignal(each) is not signal.SIG_IGN]
    handlers = {
        number: signal.signal(number, lambda *_: None) for number in (*forwarded, signal.SIGCHLD)
    }
    previous = signal.set_wakeup_fd(sending, warn_on_full_buffer=False)
    try:
        yield receiving
    finally:
        signal.set_wakeup_fd(previous)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(receiving)
        os.close(sending)


def _is_in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


# --- processes that the command leaves running ----------------------------------------------


def _adopt_orphans() -> None:
    """Make the processes that lose their parent children of this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children() -> set[int]:
    """The running children of this process. Those that have ended are reaped."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            # The name of the program is in parentheses, and may contain any character.
            state, parent, *_ = path.read_text(errors="replace").rpartition(")")[2].split()
            if int(parent) == os.getpid():
                pid = int(path.parent.name)
                if state == "Z":
                    os.waitpid(pid, os.WNOHANG)
                else:
                    found.add(pid)
    return found


def _stop_orphans(known: set[int]) -> list[int]:
    found: set[int] = set()
    for number in (signal.SIGTERM, signal.SIGKILL):
        signalled: set[int] = set()
        deadline = Deadline(_GRACE_S)
        while left := _children() - known:
            for pid in left - signalled:
                with suppress(OSError):
                    os.kill(pid, number)
            signalled |= left
            found |= left
            if not deadline.remaining_s():
                break
            threading.Event().wait(_INTERVAL_S)
    return sorted(found)
