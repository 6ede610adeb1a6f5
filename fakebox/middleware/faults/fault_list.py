"""Planned faults, and the methods of the list of them, wherever the emulator runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fakebox.core.random_ids import RandomIds
from fakebox.middleware.faults.fault import Fault
from fakebox.middleware.request_log import how_often


class Planned:
    """A fault in the list.

    Attributes:
        id: the number of the fault.
        fault: the fault.
        matched: the number of requests that have matched its conditions.
        used: the number of requests that it was applied to.
        random: the random numbers of the fault.

    Example:
        >>> number = box.faults.add(endpoint="delta", status=500)
        >>> planned = next(iter(box.faults))
        >>> planned.id == number, planned.fault.status, planned.used
        (True, 500, 0)
    """

    def __init__(self, number: int, fault: Fault) -> None:
        self.id = number
        self.fault = fault
        self.matched: int = 0
        self.used: int = 0
        self.random: RandomIds = RandomIds(fault.seed)

    def __repr__(self) -> str:
        return f"<fault {self.id}: {self.fault} (applied {how_often(self.used)})>"

    @property
    def is_consumed(self) -> bool:
        """Whether the fault was applied as often as planned.

        A fault with `times=None` is consumed after one request. A fault with a probability is
        always consumed.

        Example:
            >>> _ = box.faults.add(endpoint="delta", status=500)
            >>> [planned.is_consumed for planned in box.faults]
            [False]
        """
        if self.fault.probability is not None:
            return True
        return self.used >= (self.fault.times or 1)

    def left(self) -> Fault | None:
        """Return the fault for the requests to come; `None` if it is used up.

        Example:
            >>> _ = box.faults.add(endpoint="account/info", no_fault=True, times=3)
            >>> _ = client.account_info()
            >>> [planned.left().times for planned in box.faults]
            [2]
        """
        fault = self.fault
        nth = None if fault.nth is None else fault.nth - self.matched
        times = None if fault.times is None else fault.times - self.used
        if (nth is not None and nth < 1) or times == 0:
            return None
        return replace(fault, nth=nth, times=times)

    def happens(self) -> bool:
        """Return whether to apply the fault to the last matched request; if so, count the use."""
        fault = self.fault
        if fault.nth is not None and self.matched != fault.nth:
            return False
        if fault.times is not None and self.used >= fault.times:
            return False
        if fault.probability is not None and self.random.fraction() >= fault.probability:
            return False
        self.used += 1
        return True


class FaultList(ABC):
    """The planned faults. The first one that applies to a request is used.

    Example:
        >>> _ = box.faults.add(Fault(endpoint="delta", status=500), Fault(status=503))
        >>> len(box.faults)
        2
    """

    @abstractmethod
    def _list(self) -> Sequence[Planned]: ...
    @abstractmethod
    def _add(self, faults: list[Fault]) -> int: ...
    @abstractmethod
    def _remove(self, number: int) -> None: ...
    @abstractmethod
    def _clear(self) -> None: ...

    def __len__(self) -> int:
        """The number of planned faults, including consumed faults."""
        return len(self._list())

    def __iter__(self) -> Iterator[Planned]:
        """Iterate over the planned faults, in order."""
        return iter(tuple(self._list()))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {list(self)}>"

    def add(self, *faults: Fault, **values: object) -> int:
        """Add faults at the end of the list.

        Args:
            faults: the faults, in this order.
            values: the fields of one more `Fault`.

        Returns:
            The number of the last fault, for `remove`.

        Raises:
            InvalidFault: the fields are not valid, or there is no such endpoint.
            TypeError: there are no arguments, or one is not a `Fault`.

        Example:
            >>> _ = box.faults.add(endpoint="files_put", reset="after_applied")
            >>> client.put_file("/a.txt", b"hello")["bytes"]
            Traceback (most recent call last):
            ...
            dropbox.errors.RESTSocketError: ...
            >>> box.read("/a.txt")
            b'hello'
        """
        _check(faults)
        added = [*faults, *([Fault.of(values)] if values else [])]
        if not added:
            raise TypeError(
                "add() requires at least one Fault, or the fields of a Fault as keyword arguments"
            )
        return self._add(added)

    def plan(self, endpoint: str, *faults: Fault) -> None:
        """Add faults for the next requests to one endpoint, one fault for each request.

        Args:
            endpoint: the documented endpoint, such as `files_put`.
            faults: the faults; `Fault(no_fault=True)` leaves a request unchanged.

        Raises:
            InvalidFault: an endpoint is unknown.
            TypeError: as for `add`.

        Example:
            >>> box.faults.plan("account/info", Fault(no_fault=True), Fault(status=400))
            >>> client.account_info()["uid"]
            1
            >>> client.account_info()
            Traceback (most recent call last):
            ...
            dropbox.errors.ErrorResponse: [400] ...
        """
        _check(faults)
        self.add(*(replace(fault, endpoint=endpoint) for fault in faults))

    def remove(self, number: int) -> None:
        """Remove a fault.

        Args:
            number: the number that `add` returned.

        Raises:
            KeyError: there is no fault with this number.

        Example:
            >>> number = box.faults.add(endpoint="delta", status=500)
            >>> box.faults.remove(number)
            >>> len(box.faults)
            0
        """
        self._remove(number)

    def clear(self) -> None:
        """Remove all faults.

        Example:
            >>> _ = box.faults.add(status=500, times=None)
            >>> box.faults.clear()
            >>> client.account_info()["uid"]
            1
        """
        self._clear()

    def unconsumed(self) -> list[Planned]:
        """The faults that were not applied as often as planned.

        Example:
            >>> _ = box.faults.add(endpoint="delta", status=500)
            >>> box.faults.unconsumed()
            [<fault ...: endpoint='delta' status=500 (applied 0 times)>]
        """
        return [planned for planned in self if not planned.is_consumed]

    def assert_consumed(self) -> None:
        """Assert that all faults are consumed.

        Raises:
            AssertionError: at least one fault is not consumed; the message lists these faults.

        Example:
            >>> _ = box.faults.add(endpoint="delta", status=500)
            >>> box.faults.assert_consumed()
            Traceback (most recent call last):
            ...
            AssertionError: 1 planned fault was not applied as often as planned:
              <fault ...: endpoint='delta' status=500 (applied 0 times)>
        """
        __tracebackhide__ = True
        if missing := self.unconsumed():
            lines = "\n".join(f"  {planned!r}" for planned in missing)
            faults = "fault was" if len(missing) == 1 else "faults were"
            raise AssertionError(
                f"{len(missing)} planned {faults} not applied as often as planned:\n{lines}"
            )


def _check(faults: tuple[object, ...]) -> None:
    for fault in faults:
        if not isinstance(fault, Fault):
            raise TypeError(
                f"expected a Fault, not {fault!r}; use endpoint= for the name of an endpoint"
            )
