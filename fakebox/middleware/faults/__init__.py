"""Planned faults: which requests they apply to, their effects, and whether they were used."""

from fakebox.middleware.faults.endpoints import Endpoints
from fakebox.middleware.faults.fault import Fault, InvalidFault
from fakebox.middleware.faults.faults import Faults, Planned

__all__ = ["Endpoints", "Fault", "Faults", "InvalidFault", "Planned"]
