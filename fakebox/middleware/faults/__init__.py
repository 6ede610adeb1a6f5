"""Planned faults: their conditions, their effects, and the number of their uses."""

from fakebox.middleware.faults.fault import Fault, InvalidFault, check_endpoint
from fakebox.middleware.faults.fault_list import FaultList, Planned
from fakebox.middleware.faults.faults import Faults

__all__ = ["Fault", "FaultList", "Faults", "InvalidFault", "Planned", "check_endpoint"]
