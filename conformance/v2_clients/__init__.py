"""Tests of the emulator with current clients."""
