"""A Dropbox with no HTTP in it, on the standard library alone."""
