"""The faults that are planned, in their order, and what became of each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import count
from typing import TYPE_CHECKING, Any

from fakebox.core.random_ids import RandomIds
from fakebox.middleware.faults.fault import Fault
from fakebox.middleware.request_matcher import how_often

if TYPE_CHECKING:
    from fakebox.context import RequestContext


class Planned:
    """A fault in the list.

    Attributes:
        id: its number.
        fault: what goes wrong.
        matched: how many requests it could have befallen since it was planned.
        used: how many it has.
    """

    def __init__(self, number: int, fault: Fault) -> None:
        self.id = number
        self.fault = fault
        self.matched: int = 0
        self.used: int = 0
        self.dice: RandomIds = RandomIds(fault.seed)

    def __repr__(self) -> str:
        return f"<fault {self.id}: {self.fault} (happened {how_often(self.used)})>"

    @property
    def is_consumed(self) -> bool:
        """Whether it has happened as often as was planned; one without end, or left to chance,
        need not have happened more than once, or at all.
        """
        if self.fault.probability is not None:
            return True
        return self.used >= (self.fault.times or 1)

    def happens(self) -> bool:
        """Whether it happens to the request that it has just matched; counts it if so."""
        fault = self.fault
        if fault.nth is not None and self.matched != fault.nth:
            return False
        if fault.times is not None and self.used >= fault.times:
            return False
        if fault.probability is not None and self.dice.fraction() >= fault.probability:
            return False
        self.used += 1
        return True


class Faults:
    """The faults that are planned. For each request the first one that befalls it happens."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []
        self._numbers = count(1)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many are planned, consumed ones included."""
        return len(self._planned)

    def __iter__(self) -> Iterator[Planned]:
        """Each of them, in order."""
        return iter(tuple(self._planned))

    def __repr__(self) -> str:
        return f"<Faults {list(self)}>"

    def add(self, *faults: Fault, **values: Any) -> int:
        """Plan faults, behind those that are planned already.

        Args:
            faults: what is to go wrong, in this order,
            values: or the fields of one `Fault`.

        Returns:
            The number of the last one, for `remove`.

        Raises:
            InvalidFault: it can't be.
            TypeError: nothing is to go wrong, or what stands there is no `Fault`.
        """
        _check(faults)
        matcher = [*faults, *([Fault.of(values)] if values else [])]
        if not matcher:
            raise TypeError("add takes faults, or the fields of one")
        with self._lock:
            self._planned += [Planned(next(self._numbers), fault) for fault in matcher]
            return self._planned[-1].id

    def plan(self, endpoint: str, *faults: Fault) -> None:
        """What happens to the coming requests of one endpoint: one after the other, then no more.

        Args:
            endpoint: the documented call, as `files_put`.
            faults: what goes wrong; `Fault(no_fault=True)` lets a request pass.

        Raises:
            TypeError: as for `add`.
        """
        _check(faults)
        self.add(*(replace(fault, endpoint=endpoint) for fault in faults))

    def remove(self, number: int) -> None:
        """Take one out of the list.

        Raises:
            KeyError: there is none of this number.
        """
        with self._lock:
            kept = [planned for planned in self._planned if planned.id != number]
            if len(kept) == len(self._planned):
                raise KeyError(number)
            self._planned = kept

    def clear(self) -> None:
        """Plan nothing any more."""
        with self._lock:
            self._planned = []

    def unconsumed(self) -> list[Planned]:
        """Those that have not happened as often as was planned."""
        return [planned for planned in self if not planned.is_consumed]

    def assert_consumed(self) -> None:
        """Make sure that everything that was planned has happened.

        Raises:
            AssertionError: something hasn't; its text names what.
        """
        __tracebackhide__ = True
        if missing := self.unconsumed():
            lines = "\n".join(f"  {planned!r}" for planned in missing)
            faults = "fault" if len(missing) == 1 else "faults"
            raise AssertionError(f"{len(missing)} planned {faults} did not happen:\n{lines}")

    def take(self, request: RequestContext) -> Planned | None:
        """The one that befalls a request, if any does."""
        with self._lock:
            # All count the request, so that "the nth" means the same wherever in the list it is.
            matching = [planned for planned in self._planned if _matches(planned.fault, request)]
            for planned in matching:
                planned.matched += 1
            return next((planned for planned in matching if planned.happens()), None)


def _matches(fault: Fault, request: RequestContext) -> bool:
    if fault.method not in (None, request.method):
        return False
    if fault.endpoint and not fnmatchcase(request.operation.endpoint, fault.endpoint):
        return False
    if fault.path and not any(fnmatchcase(path, fault.path) for path in request.paths):
        return False
    return fault.account is None or _is_of(request, fault.account)


def _is_of(request: RequestContext, account: str) -> bool:
    found = request.named_account
    return found is not None and account in (found.email, str(found.id))


def _check(faults: tuple[object, ...]) -> None:
    for fault in faults:
        if not isinstance(fault, Fault):
            raise TypeError(
                f"expected a Fault, not {fault!r}; a call is named by the field endpoint="
            )
