"""The routes below `/2/files`."""
