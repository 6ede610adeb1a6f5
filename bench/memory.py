"""Memory of a process, as Linux reports it."""

from __future__ import annotations

from pathlib import Path

MEBIBYTE = 1024 * 1024


def peak_bytes(pid: int | str = "self") -> int:
    """Return the peak resident size."""
    return _field_bytes(pid, "VmHWM")


def resident_bytes(pid: int | str = "self") -> int:
    """Return the current resident size."""
    return _field_bytes(pid, "VmRSS")


def _field_bytes(pid: int | str, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)
