"""The journal of an emulator in another process."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from fakebox.app import ENDPOINTS
from fakebox.middleware.journal_entry import summary
from fakebox.middleware.request_log import RequestLog

if TYPE_CHECKING:
    from fakebox.testing.remote.control_plane import ControlPlane


@dataclass(frozen=True, repr=False)
class RemoteEntry:
    """A request and its response, as they were when the journal was read.

    The attributes are those of `fakebox.middleware.journal_entry.JournalEntry`.
    """

    number: int
    began_s: float
    method: str
    api_version: int | None
    endpoint: str
    path: str
    paths: tuple[str, ...]
    described: str
    url: str
    http_version: str
    params: dict[str, str]
    query: dict[str, str]
    form: dict[str, str]
    arguments: dict[str, object]
    headers: dict[str, str]
    request_bytes: int
    request_text: str
    status: int | None
    response_headers: dict[str, str]
    response_bytes: int
    response_text: str
    duration_s: float | None
    fault: str
    unknown_credential: str

    def __repr__(self) -> str:
        return summary(self)


_NAMES = [field.name for field in fields(RemoteEntry)]


class RemoteJournal(RequestLog[RemoteEntry]):
    """The latest requests, oldest first. Each use reads the journal of the emulator again.

    Args:
        control: the control plane.
    """

    def __init__(self, control: ControlPlane) -> None:
        self._control = control
        self._endpoints = ENDPOINTS

    def _list(self) -> list[RemoteEntry]:
        return [_entry(shown) for shown in self._control.get("/journal")["requests"]]

    def _clear(self) -> None:
        self._control.request("DELETE", "/journal")

    def _har(self) -> dict[str, object]:
        archive: dict[str, object] = self._control.get("/journal.har")
        return archive


def _entry(shown: dict[str, Any]) -> RemoteEntry:
    values = {name: shown[name] for name in _NAMES}
    return RemoteEntry(**{**values, "paths": tuple(values["paths"])})
