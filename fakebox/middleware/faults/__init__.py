"""What goes wrong on purpose: which requests it befalls, what happens, and whether it did."""

from fakebox.middleware.faults.fault import Fault, InvalidFault
from fakebox.middleware.faults.faults import Faults, Planned

__all__ = ["Fault", "Faults", "InvalidFault", "Planned"]
