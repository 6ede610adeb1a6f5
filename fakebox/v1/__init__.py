"""The dialect of the Core API, version 1."""
