"""The planned faults of an emulator in another process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakebox.middleware.faults import Fault, FaultList, InvalidFault, Planned
from fakebox.testing.remote.control_plane import ControlPlaneError

if TYPE_CHECKING:
    from fakebox.testing.remote.control_plane import ControlPlane


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
