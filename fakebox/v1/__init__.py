"""The Core API, version 1."""
