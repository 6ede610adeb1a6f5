"""The accounts, files, clock, faults and journal of an emulator in another process."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fakebox.app import ENDPOINTS
from fakebox.core.accounts import AccountType, full_name
from fakebox.middleware.faults import Fault, FaultList, InvalidFault, Planned
from fakebox.middleware.journal_entry import summary
from fakebox.middleware.request_log import RequestLog
from fakebox.testing.remote.control_plane import ControlPlane, ControlPlaneError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class RemoteAccount:
    """An account, as it was when it was read; see `AccountInfo`."""

    id: int
    email: str
    given_name: str
    surname: str
    country: str
    locale: str
    type: AccountType
    auto_approve: bool
    quota_bytes: int
    used_bytes: int

    @classmethod
    def of(cls, shown: dict[str, Any]) -> RemoteAccount:
        """Make an account from the JSON of the control plane."""
        values = {
            name: value for name, value in shown.items() if name not in ("uid", "display_name")
        }
        return cls(id=shown["uid"], **values)

    @property
    def display_name(self) -> str:
        """The full name of the owner."""
        return full_name(self.given_name, self.surname)


class RemoteFiles:
    """The files of an account.

    Args:
        control: the control plane.
        account_id: the account.
    """

    def __init__(self, control: ControlPlane, account_id: int) -> None:
        self._control = control
        self._root = f"/accounts/{account_id}"

    def read(self, path: str) -> bytes:
        """Return the content of a file.

        Raises:
            NotFound, NotAFile: there is no file at the path.
        """
        return self._control.download("GET", f"{self._root}/files{_escaped(path)}")

    def store(self, path: str, blocks: Iterable[bytes], modified_s: int | None = None) -> None:
        """Store a file; see `directory_sync.Target`."""
        target = f"{self._root}/files{_escaped(path)}"
        query = {} if modified_s is None else {"modified_s": modified_s}
        self._control.request("PUT", target, body=blocks, **query)

    def create_folder(self, path: str) -> None:
        """Create a folder; see `directory_sync.Target`."""
        self._control.request("PUT", f"{self._root}/folders{_escaped(path)}")

    def contents(self) -> dict[str, str | None]:
        """The content hash of each file by its path; `None` for a folder."""
        contents: dict[str, str | None] = self._control.get(f"{self._root}/content-hashes")[
            "content_hashes"
        ]
        return contents


def _escaped(path: str) -> str:
    """The path for a URL, which urllib3 leaves as it is."""
    escaped = quote(path if path.startswith("/") else f"/{path}")
    return re.sub(r"(?<=/)\.{1,2}(?=/|$)", lambda dots: dots[0].replace(".", "%2E"), escaped)


class RemoteClock:
    """The emulated clock; see `fakebox.core.clock.Clock` for each method.

    Args:
        control: the control plane.
    """

    def __init__(self, control: ControlPlane) -> None:
        self._control = control

    def now(self) -> float:
        """Return the time in seconds since 1970, with fractions."""
        return float(self._state()["now_s"])

    @property
    def is_frozen(self) -> bool:
        """Whether the time is frozen."""
        return bool(self._state()["is_frozen"])

    def set(self, when_s: float) -> None:
        """Set the time, in seconds since 1970."""
        self._change(set_s=when_s)

    def advance(self, seconds: float) -> None:
        """Advance the time by a number of seconds."""
        self._change(advance_s=seconds)

    def freeze(self) -> None:
        """Stop the clock at its time."""
        self._change(frozen=True)

    def run(self) -> None:
        """Let a frozen clock continue from its time."""
        self._change(frozen=False)

    def reset(self) -> None:
        """Return to the machine's time."""
        self._change(reset=True)

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._control.get("/clock")
        return state

    def _change(self, **changes: float) -> None:
        self._control.request("POST", "/clock", changes)


class RemoteFaults(FaultList):
    """The planned faults. The first one that applies to a request is used.

    The body of a fault cannot be a function, which only the emulator's process could call.

    Args:
        control: the control plane.
    """

    def __init__(self, control: ControlPlane) -> None:
        self._control = control

    def _list(self) -> list[Planned]:
        return [_planned(shown) for shown in self._control.get("/faults")["faults"]]

    def _add(self, faults: list[Fault]) -> int:
        payload = [_sent(fault) for fault in faults]
        try:
            numbers: list[int] = self._control.request("POST", "/faults", payload)["ids"]
        except ControlPlaneError as error:
            raise InvalidFault(str(error)) from error
        return numbers[-1]

    def _remove(self, number: int) -> None:
        try:
            self._control.request("DELETE", f"/faults/{number}")
        except ControlPlaneError as error:
            if error.status != 404:
                raise
            raise KeyError(number) from error

    def _clear(self) -> None:
        self._control.request("DELETE", "/faults")


def _sent(fault: Fault) -> dict[str, object]:
    """The JSON of a fault."""
    values = fault.to_dict()
    body = values.get("body")
    if callable(body):
        raise InvalidFault(
            "body must not be a function for an emulator in another process; use a text, bytes or a"
            " JSON value"
        )
    if isinstance(body, bytes):
        # JSON has no bytes. The header keeps the type that a body of bytes has.
        try:
            values["body"] = body.decode()
        except UnicodeDecodeError:
            raise InvalidFault(
                "body must be a text in UTF-8 for an emulator in another process"
            ) from None
        names = {name.lower() for name in fault.headers}
        if "content-type" not in names:
            values["headers"] = {**fault.headers, "Content-Type": "application/octet-stream"}
    return {name: dict(value) if name == "headers" else value for name, value in values.items()}  # type: ignore[call-overload]


def _planned(shown: dict[str, Any]) -> Planned:
    planned = Planned(shown["id"], Fault.of(shown["fault"]))
    planned.matched, planned.used = shown["matched"], shown["used"]
    return planned


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
