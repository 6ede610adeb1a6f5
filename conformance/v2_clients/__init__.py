"""Clients of today, each on a tour of the emulator."""
