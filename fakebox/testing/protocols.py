"""The interfaces of the objects that the methods of an emulator return, wherever it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from fakebox import directory_sync

if TYPE_CHECKING:
    from fakebox.core.accounts import AccountType


class AccountInfo(Protocol):
    """An account.

    Attributes:
        id: the user id, which responses contain as `uid`.
        email, given_name, surname, display_name: the owner.
        country: the country, in two letters.
        locale: the language.
        type: `basic`, `pro` or `business`.
        auto_approve: whether every app gets access without an authorization page.
        quota_bytes: the storage quota.
        used_bytes: the size of all files.
    """

    @property
    def id(self) -> int: ...  # noqa: D102 -- see the class
    @property
    def email(self) -> str: ...  # noqa: D102
    @property
    def given_name(self) -> str: ...  # noqa: D102
    @property
    def surname(self) -> str: ...  # noqa: D102
    @property
    def display_name(self) -> str: ...  # noqa: D102
    @property
    def country(self) -> str: ...  # noqa: D102
    @property
    def locale(self) -> str: ...  # noqa: D102
    @property
    def type(self) -> AccountType: ...  # noqa: D102
    @property
    def auto_approve(self) -> bool: ...  # noqa: D102
    @property
    def quota_bytes(self) -> int: ...  # noqa: D102
    @property
    def used_bytes(self) -> int: ...  # noqa: D102


class EmulatedClock(Protocol):
    """The emulated clock; see `fakebox.core.clock.Clock` for each method."""

    def now(self) -> float:
        """Return the time in seconds since 1970, with fractions."""
        ...

    @property
    def is_frozen(self) -> bool:
        """Whether the time is frozen."""
        ...

    def set(self, when_s: float) -> None:
        """Set the time, in seconds since 1970."""
        ...

    def advance(self, seconds: float) -> None:
        """Advance the time by a number of seconds."""
        ...

    def freeze(self) -> None:
        """Stop the clock at its time."""
        ...

    def run(self) -> None:
        """Let a frozen clock continue from its time."""
        ...

    def reset(self) -> None:
        """Return to the machine's time."""
        ...


class EmulatedAccount(directory_sync.Target, Protocol):
    """The files of an account."""

    def read(self, path: str) -> bytes:
        """Return the content of a file; see `Emulator.read`."""
        ...

    def contents(self) -> Mapping[str, str | None]:
        """The content hash of each file by its path; `None` for a folder."""
        ...
