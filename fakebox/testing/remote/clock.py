"""The clock of an emulator in another process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakebox.testing.remote.control_plane import ControlPlane


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
