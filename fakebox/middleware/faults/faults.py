"""The list of planned faults of an emulator."""

from __future__ import annotations

import threading
from fnmatch import fnmatchcase
from itertools import count
from typing import TYPE_CHECKING

from fakebox.middleware.endpoints import Endpoints
from fakebox.middleware.faults.fault import Fault, check_endpoint
from fakebox.middleware.faults.fault_list import FaultList, Planned

if TYPE_CHECKING:
    from fakebox.context import RequestContext


class Faults(FaultList):
    """The planned faults. The first one that applies to a request is used.

    Args:
        endpoints: the endpoints that a fault can have; `None` accepts all.

    Attributes:
        endpoints: the endpoints that a fault can have; `None` accepts all.

    Example:
        >>> _ = box.faults.add(Fault(endpoint="delta", status=500), Fault(status=503))
        >>> len(box.faults)
        2
    """

    def __init__(self, endpoints: Endpoints | None = None) -> None:
        self.endpoints = endpoints
        self._planned: list[Planned] = []
        self._numbers = count(1)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """The number of planned faults, including consumed faults."""
        return len(self._planned)

    def _list(self) -> list[Planned]:
        return self._planned

    def _add(self, faults: list[Fault]) -> int:
        if self.endpoints:
            for fault in faults:
                check_endpoint(fault, self.endpoints)
        with self._lock:
            self._planned += [Planned(next(self._numbers), fault) for fault in faults]
            return self._planned[-1].id

    def _remove(self, number: int) -> None:
        with self._lock:
            kept = [planned for planned in self._planned if planned.id != number]
            if len(kept) == len(self._planned):
                raise KeyError(number)
            self._planned = kept

    def _clear(self) -> None:
        with self._lock:
            self._planned = []

    def take(self, request: RequestContext) -> Planned | None:
        """Count a request, and return the fault that applies to it; `None` if no fault applies."""
        if any(planned.fault.path for planned in self._planned):
            # Outside of the lock: the client may send the body slowly.
            request.read_arguments()
        with self._lock:
            # Every matching fault counts the request, so that `nth` does not depend on the order.
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
