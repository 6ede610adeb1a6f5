"""The API version 2, on the same world as version 1."""
