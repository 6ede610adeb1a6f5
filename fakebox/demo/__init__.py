"""`fakebox demo`: a tour of the documented API on real files, every answer checked."""

from fakebox.demo.tour import run

__all__ = ["run"]
