"""Checks of the documented behaviour, run against the emulator and the live service."""
