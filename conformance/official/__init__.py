"""Cases of the official SDK, which `tox -e conformance-official` runs in a separate environment."""
