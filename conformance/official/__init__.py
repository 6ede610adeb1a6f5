"""Cases of the official SDK, run by `tox -e conformance-official` in an environment of its own."""
