"""`fakebox demo`: a tour of the documented API with real files, which checks every result."""

from fakebox.demo.tour import run

__all__ = ["run"]
