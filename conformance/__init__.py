"""One suite, two targets: what the documentation promises, held against both."""
